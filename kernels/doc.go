// Package kernels holds the CUDA kernels, one .cu file and one Go file an operation, and launches them on a device of package driver. It is built
// with the tag gpu; what an operation means is in package program.
package kernels
