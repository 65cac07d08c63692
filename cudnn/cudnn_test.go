//go:build gpu

package cudnn

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/kernels/driver"
)

const (
	libraries = "../build/cuda-libraries"
	toolkit   = "../build/cuda/include"
)

func TestPrototypesAreThoseOfTheHeaders(t *testing.T) {
	if _, err := os.Stat(libraries + "/include/cudnn.h"); err != nil {
		t.Skipf("%s has no include/cudnn.h: scripts/cuda-libraries.sh fetches it", libraries)
	}
	arguments := []string{"-std=gnu11", "-fsyntax-only", "-Wno-deprecated-declarations", "-I", libraries + "/include", "-I", toolkit, "-I", toolkit + "/cccl", "testdata/prototypes.c"}
	if output, err := exec.Command("cc", arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// loaded opens the library that scripts/cuda-libraries.sh fetched, or one of this machine.
func loaded(t *testing.T) {
	t.Helper()
	if folder, err := filepath.Abs(libraries + "/lib"); err == nil && os.Getenv("TWEEDIE_CUDA_LIBRARIES") == "" {
		t.Setenv("TWEEDIE_CUDA_LIBRARIES", folder)
	}
	if err := Load(); err != nil {
		if Version() != "" || Path() != "" || !strings.HasPrefix(err.Error(), "no cuDNN: ") {
			t.Errorf("without a library: version %q, path %q, %v", Version(), Path(), err)
		}
		t.Skipf("%v: scripts/cuda-libraries.sh fetches it", err)
	}
}

func TestVersionAndPath(t *testing.T) {
	loaded(t)
	if !strings.HasPrefix(Version(), "9.") {
		t.Errorf("version %q", Version())
	}
	if _, err := os.Stat(Path()); err != nil {
		t.Error(err)
	}
}

// Without a device cuDNN says so, and nothing worse happens.
func TestOpenWithoutDevice(t *testing.T) {
	loaded(t)
	if _, err := os.Stat("/dev/nvidiactl"); err == nil {
		t.Skip("there is a device")
	}
	h, err := Open(driver.Stream{})
	if err == nil {
		t.Fatal("a handle was made")
	}
	if !strings.HasPrefix(err.Error(), "cuDNN: cudnnCreate: CUDNN_STATUS_NOT_INITIALIZED") || h != nil {
		t.Errorf("%v, %v", h, err)
	}
}

// cuDNN itself says what the output's size is; it needs no device for that.
func TestShapes(t *testing.T) {
	loaded(t)
	h := &Handle{}
	for _, bfloat16 := range []bool{false, true} {
		for _, s := range []Shape{
			{1, 1, 1, 1, 1, 3, 1, 1, bfloat16},
			{2, 5, 7, 3, 64, 3, 1, 1, bfloat16},
			{128, 40, 40, 64, 64, 3, 1, 1, bfloat16},
			{4, 6, 8, 5, 9, 1, 1, 0, bfloat16},
			{4, 6, 8, 5, 9, 2, 2, 0, bfloat16},
		} {
			c, err := h.NewConvolution(s)
			if err != nil {
				t.Errorf("%v: %v", s, err)
				continue
			}
			if bfloat16 {
				if algorithms, err := c.Algorithms(WeightGradient); len(algorithms) != 0 || err != nil {
					t.Errorf("%v: a rounded gradient is offered: %v, %v", s, algorithms, err)
				}
				if err := c.Run(WeightGradient, Algorithm{}, 0, 0, 0, 0); err != errWeightGradient {
					t.Errorf("%v: a rounded gradient was answered by %v", s, err)
				}
			}
			c.Close()
		}
	}
	for _, s := range []Shape{{}, {1, 1, 1, 1, 1, 3, 1, 0, false}, {1, 1, 1, 1, 0, 1, 1, 0, false}, {1, 1, 1, 1, 1, 1, 1, 1, false}, {1 << 31, 1, 1, 1, 1, 1, 1, 0, false}} {
		if _, err := h.NewConvolution(s); err == nil || !strings.Contains(err.Error(), "cuDNN: there is no ") {
			t.Errorf("%v was answered by %v", s, err)
		}
	}
}
