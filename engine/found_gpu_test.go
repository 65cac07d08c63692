//go:build gpu

package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestCUDAIsFoundOnTheEmulatedDriver(t *testing.T) {
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER is not set: scripts/cuda-emulator.sh builds an emulated driver")
	}
	devices, libraries := Find()
	for _, words := range []string{"Emulated device", "compute capability 8.0", "driver of CUDA 13.0", " GiB free"} {
		if !strings.Contains(devices[0].Description, words) {
			t.Errorf("%+v lacks %q", devices[0], words)
		}
	}
	if devices[0].Name != "cuda:0" || devices[0].Absent != "" {
		t.Errorf("the first device is %+v", devices[0])
	}
	if libraries[0].Name != "cuBLAS" || !strings.HasPrefix(libraries[0].Description, "13.0.0, /") || libraries[0].Absent != "" {
		t.Errorf("the first library is %+v", libraries[0])
	}
}

// A device that cannot be used is listed with its hardware and the reason. The driver is loaded once, so this has a process of its own.
func TestCUDADeviceThatCannotBeUsedIsFound(t *testing.T) {
	const source = `
		int cuInit(unsigned flags) { return 0; }
		int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
		int cuDeviceGetCount(int *count) { *count = 1; return 0; }
		int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return 0; }
		int cuDeviceGetName(char *name, int bytes, int device) { name[0] = 'Q'; name[1] = 0; return 0; }
		int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { *bytes = 3ul << 33; return 0; }
		int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = 8; return 0; }`
	const variable = "TWEEDIE_FIND_TEST"
	if os.Getenv(variable) == "" {
		file := filepath.Join(t.TempDir(), "libcuda.so.1")
		compiler := exec.Command("cc", "-shared", "-fPIC", "-x", "c", "-o", file, "-")
		compiler.Stdin = strings.NewReader(source)
		if output, err := compiler.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		command.Env = append(os.Environ(), variable+"=1", "TWEEDIE_CUDA_DRIVER="+file)
		if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
			t.Fatalf("%v\n%s", err, output)
		}
		return
	}
	devices, _ := Find()
	found := devices[0]
	if found.Name != "cuda:0" || !strings.HasPrefix(found.Description, "Q, compute capability 8.8") || strings.Contains(found.Description, "free") || !strings.Contains(found.Absent, "runs CUDA 12.4, but 13.0 is needed") {
		t.Errorf("the first device is %+v", found)
	}
}
