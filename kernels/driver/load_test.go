//go:build gpu

package driver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inProcess runs a test again in a process of its own, since the driver is loaded once, with a driver's file; it says whether this is
// that process.
func inProcess(t *testing.T, file string) bool {
	t.Helper()
	const variable = "TWEEDIE_DRIVER_TEST"
	if os.Getenv(variable) == t.Name() {
		return true
	}
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), variable+"="+t.Name(), "TWEEDIE_CUDA_DRIVER="+file)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Fatalf("the test did not run in the process of its own:\n%s", output)
	}
	return false
}

// falseDriver compiles a library with the functions of a C source.
func falseDriver(t *testing.T, source string) string {
	t.Helper()
	folder := t.TempDir()
	path, library := filepath.Join(folder, "driver.c"), filepath.Join(folder, "libcuda.so.1")
	if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("cc", "-shared", "-fPIC", "-o", library, path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return library
}

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; wanted one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q lacks %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q is more than a line", err)
	}
}

func TestWithoutDriverLoadSaysWhy(t *testing.T) {
	if !inProcess(t, "/nowhere/libcuda.so.1") {
		return
	}
	_, err := Devices()
	wantError(t, err, "cuDeviceGetCount", "the driver is not loaded")
	for range 2 {
		wantError(t, Load(), "no NVIDIA driver: /nowhere/libcuda.so.1: cannot open shared object file")
	}
	var failure *Error
	if _, err := Devices(); !errors.As(err, &failure) || failure.Code != 100 {
		t.Errorf("after a failed Load, Devices returned %v, not error 100", err)
	}
	if _, err := Open(0); err == nil {
		t.Error("a device was opened without a driver")
	}
}

func TestFileThatIsNoDriver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libcuda.so.1")
	if err := os.WriteFile(path, []byte("no library"), 0o666); err != nil {
		t.Fatal(err)
	}
	if inProcess(t, path) {
		wantError(t, Load(), "no NVIDIA driver: ", "libcuda.so.1")
	}
}

func TestDriverThatDoesNotStart(t *testing.T) {
	library := falseDriver(t, `
		int cuInit(unsigned flags) { return 803; }
		int cuGetErrorString(int code, const char **text) { *text = code == 803 ? "driver and library differ" : 0; return 0; }`)
	if inProcess(t, library) {
		wantError(t, Load(), "the NVIDIA driver does not start: cuInit: driver and library differ (error 803)")
	}
}

// A function that an old driver lacks is an error where it is called, and a driver that is too old for the kernels is one at Open.
func TestOldDriver(t *testing.T) {
	library := falseDriver(t, `
		int cuInit(unsigned flags) { return 0; }
		int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
		int cuDeviceGetCount(int *count) { *count = 2; return 0; }
		int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
		int cuDeviceGetName(char *name, int bytes, int device) { name[0] = 'A' + device; name[1] = 0; return 0; }
		int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { *bytes = 3ul << 33; return 0; }
		int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = attribute; return 0; }`)
	if !inProcess(t, library) {
		return
	}
	if err := Load(); err != nil {
		t.Fatal(err)
	}
	infos, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	// The numbers of the attributes are those of CUDA's documentation: 75 and 76 the capability, 16 multiprocessors, 97 shared memory.
	want := Info{Ordinal: 1, Name: "B", Bytes: 3 << 33, Capability: [2]int{75, 76}, DriverVersion: [2]int{12, 4}, Multiprocessors: 16, SharedBytes: 97}
	if len(infos) != 2 || infos[1] != want {
		t.Errorf("devices %+v, of which the second is not %+v", infos, want)
	}
	_, err = Open(1)
	wantError(t, err, "runs CUDA 12.4, but 13.0 is needed")
	wantError(t, Info{Name: "GeForce", DriverVersion: [2]int{13, 0}, Capability: [2]int{7, 5}}.Check(), "GeForce has compute capability 7.5, but 8.0 is needed")
	if err := (Info{DriverVersion: [2]int{13, 0}, Capability: [2]int{8, 0}}).Check(); err != nil {
		t.Error(err)
	}
	_, err = Open(2)
	wantError(t, err, "there is no CUDA device 2; there are 2")
	_, err = Allocate(1)
	wantError(t, err, "cuMemAlloc of 1 bytes", "the driver lacks this function")
}
