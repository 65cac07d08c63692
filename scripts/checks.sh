# Sourced by the scripts that test: runs checks one after the other, whatever becomes of the others, and shows what was skipped, by name and reason.
# The whole output of the tests is in build/test.log.
mkdir -p build
failed=0

check() { # NAME COMMAND...
    local name=$1
    shift
    if ! "$@"; then
        echo "FAILED: $name"
        failed=1
        return 1
    fi
}

tested() { # go test -v, of which only results, failures and skips are shown
    go test -v -timeout 40m "$@" >build/part.log 2>&1
    local code=$?
    cat build/part.log >>build/test.log
    if [ $code -ne 0 ]; then
        grep -vE '^(=== |[[:space:]]*--- (PASS|SKIP)|PASS$)' build/part.log | tail -n 200
    else
        grep -E '^(ok|FAIL)' build/part.log
    fi
    grep -B1 -E -- '--- SKIP' build/part.log | grep -v '^--$'
    return $code
}

# skipped: some tests cannot run here. Where TWEEDIE_CI is set, that is a failure: continuous integration installs what they need.
skipped() { # WHAT AND WHY
    echo "SKIPPED: $1"
    [ -z "${TWEEDIE_CI:-}" ] || failed=1
}

finish() {
    [ $failed -eq 0 ] && echo "all checks passed"
    exit $failed
}
