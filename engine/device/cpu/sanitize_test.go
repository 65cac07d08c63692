//go:build cgo

package cpu

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tweedie/engine/noise"
)

// driverArguments are a compiler's for testdata/sanitize.c and the C files. The driver counts allocations.
func driverArguments(sources []string, program string) []string {
	arguments := []string{"-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-psabi", "-I.", fmt.Sprintf("-DMODELS=%d", len(noise.Models())), "testdata/sanitize.c"}
	arguments = append(append(arguments, sources...), "-o", program, "-lm", "-lpthread")
	for _, function := range []string{"malloc", "calloc", "realloc", "aligned_alloc"} {
		arguments = append(arguments, "-Wl,--wrap="+function)
	}
	return arguments
}

// TestSanitizers builds the C files with testdata/sanitize.c under AddressSanitizer, UBSan and ThreadSanitizer, and runs every tier's kernels at
// awkward shapes; then those for a tile unit with testdata/amx.c. It is skipped where there is no C compiler or its sanitizers are not installed.
func TestSanitizers(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the C files twice")
	}
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "gcc"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skip(err)
	}
	sources, err := filepath.Glob("*.c")
	if err != nil {
		t.Fatal(err)
	}
	for name, flag := range map[string]string{"address,undefined": "-fsanitize=address,undefined", "thread": "-fsanitize=thread"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			empty := filepath.Join(folder, "empty.c")
			if err := os.WriteFile(empty, []byte("int main(void) { return 0; }\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			program := filepath.Join(folder, "sanitize")
			if output, err := exec.Command(compiler, flag, empty, "-o", program).CombinedOutput(); err != nil {
				t.Skipf("%s has no %s: %s", compiler, flag, output)
			}
			if output, err := exec.Command(program).CombinedOutput(); err != nil {
				t.Skipf("an empty program does not run under %s: %v %s", flag, err, output)
			}
			arguments := append([]string{"-O0", "-g1", "-fno-sanitize-recover=all", flag}, driverArguments(sources, program)...)
			if output, err := exec.Command(compiler, arguments...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			if output, err := exec.Command(program).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
			tiles := kernelsWith(t, "", "", "", "-g1", "-fno-sanitize-recover=all", flag)
			if output, err := exec.Command(tiles, "8").CombinedOutput(); err != nil {
				t.Errorf("tiles: %v\n%s", err, output)
			}
		})
	}
}
