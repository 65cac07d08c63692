#!/usr/bin/env bash
# Runs the checks of `make test` and shows what was skipped, by name and reason. The whole output is in build/test.log.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
failed=0

check() { # NAME COMMAND...
    local name=$1
    shift
    if ! "$@"; then
        echo "FAILED: $name"
        failed=1
    fi
}

formatted() {
    local files
    files=$(gofmt -l cmd configs engine) && [ -z "$files" ] || { echo "gofmt would change: $files"; return 1; }
}

tested() { # go test -v, of which only results, failures and skips are shown
    go test -v -timeout 20m "$@" >build/part.log 2>&1
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

: >build/test.log
check gofmt formatted
check "go vet" go vet ./...
check "go vet without cgo" env CGO_ENABLED=0 go vet ./...
check staticcheck go tool -modfile=scripts/tools/go.mod staticcheck ./...
check tests tested ./...
check "tests without cgo" env CGO_ENABLED=0 bash -c "$(declare -f tested); tested ./engine ./engine/denoise ./engine/device/... ./engine/train"
[ $failed -eq 0 ] && echo "all checks passed"
exit $failed
