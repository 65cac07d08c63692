#!/usr/bin/env bash
# Shows that the tests of the CUDA engine can fail: puts the faults of kernels/emu/mutants.txt into copies of kernels and of the engine's files,
# one at a time, and fails unless the tests notice each. An argument chooses those whose line contains it.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1-}
scripts/cuda-emulator.sh check
. scripts/cuda-env.sh
copy=$PWD/build/mutants
rm -rf "$copy"
mkdir -p "$copy/build/emulator" "$copy/engine/device"
echo 'module mutants' >"$copy/go.mod" # so that ./... does not take the copies for packages of ours
cp -a kernels "$copy/kernels"
cp -a engine/device/cuda "$copy/engine/device/cuda"
cp -a build/emulator/check "$copy/build/emulator/check" # so that only what a fault touches is compiled again
ln -s "$PWD/build/cuda" "$copy/build/cuda"
go test -c -tags gpu -o "$copy/kernels.test" ./kernels
go test -c -tags gpu -o "$copy/engine/device/cuda.test" ./engine/device/cuda

build() { # FILE, which is a kernel's, or Go
    if [[ $1 == *.go ]]; then
        echo "{\"Replace\": {\"$PWD/$1\": \"$copy/$1\"}}" >"$copy/overlay.json"
        go test -c -vet=off -tags gpu -overlay "$copy/overlay.json" -o "$copy/${1%/*}.test" "./${1%/*}"
    else
        (cd "$copy" && nice -n 5 make --no-print-directory -s -j"$(nproc)" -f kernels/emu/emulator.mk MODE=check libraries)
    fi
}
tests() { # PACKAGE PATTERN
    (cd "$1" && TWEEDIE_CUDA_DRIVER=$copy/build/emulator/check/libcuda.so.1 TWEEDIE_CUDA_LIBRARIES=$copy/build/emulator/check \
        TWEEDIE_EMULATOR_SCHEDULE=late timeout 300 "$copy/$1.test" -test.run "$2" -test.failfast >"$copy/log" 2>&1)
}

grep -v -e '^#' -e '^$' kernels/emu/mutants.txt | sed 's/\\|/\\/g' | grep -F -- "$wanted" >"$copy/mutants" || { echo "no fault of kernels/emu/mutants.txt contains '$wanted'"; exit 2; }

# Without a fault the tests pass, and there are such tests: else their failure would say nothing.
cut -d'|' -f2,3 "$copy/mutants" | sort -u | while IFS='|' read -r package pattern; do
    tests "$package" "${pattern//\\/|}" && ! grep -q 'no tests to run' "$copy/log" && continue
    cat "$copy/log"
    echo "FAILED without any fault: $package, $pattern"
    exit 1
done

caught=0 failed=0
while IFS='|' read -r file package pattern edit; do
    sed -i "$edit" "$copy/$file"
    if cmp -s "$file" "$copy/$file"; then
        result='CHANGES NOTHING'
    elif ! build "$file" >"$copy/log" 2>&1; then
        result='DOES NOT COMPILE'
    elif tests "$package" "${pattern//\\/|}"; then
        result='NOT NOTICED'
    else
        result="caught: $(grep -m1 -oE '(race|out of bounds|uninitialised|misaligned|pending|deadlock|divergent)[^;(]*|[^ ]+ is .*' "$copy/log" | head -n 1 | cut -c1-80 || true)"
    fi
    cp "$file" "$copy/$file"
    [[ $file != *.go ]] || build "$file"
    case $result in caught*) caught=$((caught + 1)) ;; *) failed=$((failed + 1)) ;; esac
    printf '%-26s %-70s %s\n' "${file##*/}" "${edit:0:70}" "$result"
done <"$copy/mutants"
echo "$caught faults noticed, $failed not"
[ $failed = 0 ] && [ $caught != 0 ]
