//go:build cgo

package cpu

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestARM64 builds the C files for arm64, where the vectors of plain C are NEON, and runs testdata/sanitize.c in an emulator. It is skipped where there is no
// cross-compiler or no emulator.
func TestARM64(t *testing.T) {
	const compiler, emulator = "aarch64-linux-gnu-gcc", "qemu-aarch64"
	for _, program := range []string{compiler, emulator} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	sources, err := filepath.Glob("*.c")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "kernels")
	arguments := append([]string{"-O1", "-static"}, driverArguments(sources, program)...)
	if output, err := exec.Command(compiler, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	output, err := exec.Command(emulator, program).CombinedOutput()
	if err != nil || string(output) != "plain\n" {
		t.Errorf("%v\n%s", err, output)
	}
}
