//go:build gpu

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCUDAScripts runs testdata/script-cuda, each script in a folder with what writeTiny leaves there.
func TestCUDAScripts(t *testing.T) {
	driver := os.Getenv("TWEEDIE_CUDA_DRIVER")
	if driver == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER names no driver: scripts/cuda-emulator.sh builds one, or set it to libcuda.so.1 where there is a GPU")
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script-cuda"), RequireUniqueNames: true, Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			env.Setenv("TWEEDIE_CUDA_DRIVER", driver)
			return writeTiny(env.WorkDir)
		},
	})
}
