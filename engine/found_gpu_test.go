//go:build gpu

package engine

import (
	"os"
	"strings"
	"testing"
)

func TestFindOnTheEmulatedDriver(t *testing.T) {
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
