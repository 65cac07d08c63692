# To be sourced in the repository's root by what builds or tests with `-tags gpu`. The flags are in the key of Go's build cache: they are
# the same string everywhere, so that gorgonia.org/cu and Go's own cgo packages are compiled once.
export CGO_CFLAGS="-O2 -g -I$PWD/kernels/driver/compat -I$PWD/build/cuda/include"
