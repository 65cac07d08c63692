#!/usr/bin/env bash
# Runs every fuzz target for a time (default 60s): scripts/fuzz.sh 10m
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0
while IFS=: read -r file _ line; do
    target=$(sed -E 's/func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
    echo "$target in $(dirname "$file")"
    go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" || failed=1
done < <(grep -rn --include='*_test.go' '^func Fuzz' engine cmd)
exit $failed
