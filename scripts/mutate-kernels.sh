#!/usr/bin/env bash
# Shows that the tests of the CUDA kernels can fail: puts the faults of kernels/emu/mutants.txt into a copy of the kernels, one at a time, and
# fails unless the tests notice each. An argument chooses those whose line contains it.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=${1-}
scripts/cuda-emulator.sh check
. scripts/cuda-env.sh
copy=$PWD/build/mutants
rm -rf "$copy"
mkdir -p "$copy/build/emulator"
cp -a kernels "$copy/kernels"
cp -a build/emulator/check "$copy/build/emulator/check" # so that only what a fault touches is compiled again
ln -s "$PWD/build/cuda" "$copy/build/cuda"
go test -c -tags gpu -o "$copy/kernels.test" ./kernels
go test -c -tags gpu -o "$copy/cuda.test" ./engine/device/cuda

build() { (cd "$copy" && nice -n 5 make --no-print-directory -s -j"$(nproc)" -f kernels/emu/emulator.mk MODE=check libraries); }
tests() { # PACKAGE PATTERN
    case $1 in kernels) folder=kernels ;; cuda) folder=engine/device/cuda ;; esac
    (cd $folder && TWEEDIE_CUDA_DRIVER=$copy/build/emulator/check/libcuda.so.1 TWEEDIE_CUDA_LIBRARIES=$copy/build/emulator/check \
        timeout 300 "$copy/$1.test" -test.run "$2" -test.failfast >"$copy/log" 2>&1)
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
    sed -i "$edit" "$copy/kernels/$file"
    if cmp -s "kernels/$file" "$copy/kernels/$file"; then
        result='CHANGES NOTHING'
    elif ! build >"$copy/log" 2>&1; then
        result='DOES NOT COMPILE'
    elif tests "$package" "${pattern//\\/|}"; then
        result='NOT NOTICED'
    else
        result="caught: $(grep -m1 -oE '(race|out of bounds|uninitialised|misaligned|pending|deadlock|divergent)[^;(]*|[^ ]+ is .*' "$copy/log" | head -n 1 | cut -c1-80 || true)"
    fi
    cp "kernels/$file" "$copy/kernels/$file"
    case $result in caught*) caught=$((caught + 1)) ;; *) failed=$((failed + 1)) ;; esac
    printf '%-26s %-70s %s\n' "$file" "${edit:0:70}" "$result"
done <"$copy/mutants"
echo "$caught faults noticed, $failed not"
[ $failed = 0 ] && [ $caught != 0 ]
