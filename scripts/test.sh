#!/usr/bin/env bash
# Runs the checks of `make test`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/checks.sh

formatted() {
    local files
    files=$(gofmt -l cmd configs cudnn engine kernels scripts) && [ -z "$files" ] || { echo "gofmt would change: $files"; return 1; }
}

: >build/test.log
check gofmt formatted
check "go vet" go vet ./...
check "go vet without cgo" env CGO_ENABLED=0 go vet ./...
check "go vet for arm64" env GOARCH=arm64 CGO_ENABLED=0 go vet ./engine/... ./cmd/...
check staticcheck go tool -modfile=scripts/tools/go.mod staticcheck ./...
check tests tested ./...
check "tests without cgo" env CGO_ENABLED=0 bash -c "$(declare -f tested); tested ./engine ./engine/denoise ./engine/device/... ./engine/train"
check "CUDA" scripts/test-cuda.sh short
finish
