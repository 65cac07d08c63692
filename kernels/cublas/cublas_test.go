//go:build gpu

package cublas

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tweedie/kernels/driver"
)

const (
	headers = "../../build/cuda-libraries/include"
	toolkit = "../../build/cuda/include"
)

func TestPrototypesAreThoseOfTheHeaders(t *testing.T) {
	if _, err := os.Stat(headers + "/cublas_v2.h"); err != nil {
		t.Skipf("%s has no cublas_v2.h: scripts/cuda-libraries.sh fetches it", headers)
	}
	arguments := []string{"-std=gnu11", "-fsyntax-only", "-I", headers, "-I", toolkit, "-I", toolkit + "/cccl", "testdata/prototypes.c"}
	if output, err := exec.Command("cc", arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// opened is cuBLAS on a stream of device 0; f is called inside Do.
func opened(t *testing.T, f func(h *Handle, s driver.Stream)) {
	t.Helper()
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		t.Skip("TWEEDIE_CUDA_DRIVER is not set: scripts/cuda-emulator.sh builds an emulated driver with an emulated cuBLAS")
	}
	if err := driver.Load(); err != nil {
		t.Fatal(err)
	}
	device, err := driver.Open(0)
	must(t, err)
	must(t, device.Do(func() error {
		s, err := driver.NewStream()
		must(t, err)
		h, err := Open(s)
		must(t, err)
		f(h, s)
		must(t, h.Close())
		return s.Close()
	}))
	must(t, device.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// memory is device memory with a copy of values in it, rounded to bfloat16 if wanted; every value is one of bfloat16 already.
func memory(t *testing.T, s driver.Stream, values []float32, bfloat16 bool) driver.Address {
	t.Helper()
	var bytes []byte
	for _, value := range values {
		if bits := math.Float32bits(value); bfloat16 {
			bytes = binary.NativeEndian.AppendUint16(bytes, uint16(bits>>16))
		} else {
			bytes = binary.NativeEndian.AppendUint32(bytes, bits)
		}
	}
	host, err := driver.Pinned(len(bytes))
	must(t, err)
	copy(host, bytes)
	address, err := driver.Allocate(int64(len(bytes)))
	must(t, err)
	must(t, s.Upload(address, host))
	must(t, s.Synchronize())
	must(t, driver.FreePinned(host))
	return address
}

func read(t *testing.T, s driver.Stream, address driver.Address, n int, bfloat16 bool) []float32 {
	t.Helper()
	size := 4
	if bfloat16 {
		size = 2
	}
	host, err := driver.Pinned(size * n)
	must(t, err)
	must(t, s.Download(host, address))
	must(t, s.Synchronize())
	values := make([]float32, n)
	for i := range values {
		if bfloat16 {
			values[i] = math.Float32frombits(uint32(binary.NativeEndian.Uint16(host[2*i:])) << 16)
		} else {
			values[i] = math.Float32frombits(binary.NativeEndian.Uint32(host[4*i:]))
		}
	}
	must(t, driver.FreePinned(host))
	return values
}

// value is a small integer that depends on the place, which every type holds: sums of a few hundred products of two are exact in float32.
func value(i, j, seed int) float32 { return float32((i*7+j*13+seed)%9 - 4) }

// Every type, transposition and beta, at sizes that differ, with rows that are longer than the matrix: the product of integers is exact.
func TestMultiply(t *testing.T) {
	const m, n, k, beyond = 5, 3, 7, 2
	opened(t, func(h *Handle, s driver.Stream) {
		workspace, err := driver.Allocate(WorkspaceBytes)
		must(t, err)
		must(t, h.UseWorkspace(workspace, WorkspaceBytes))
		for choice := range 32 {
			transposedA, transposedB, narrow, narrowC, add := choice&1 != 0, choice&2 != 0, choice&4 != 0, choice&8 != 0, choice&16 != 0
			if narrowC && !narrow {
				continue
			}
			name := fmt.Sprintf("transposed %t %t, bfloat16 %t into %t, beta %t", transposedA, transposedB, narrow, narrowC, add)
			factor := func(rows, columns, seed int, transposed bool) Matrix {
				stored := [2]int{rows, columns}
				if transposed {
					stored = [2]int{columns, rows}
				}
				values := make([]float32, stored[0]*(stored[1]+beyond))
				for i := range values {
					values[i] = float32(math.NaN()) // between the rows
				}
				for i := range rows {
					for j := range columns {
						at := i*(stored[1]+beyond) + j
						if transposed {
							at = j*(stored[1]+beyond) + i
						}
						values[at] = value(i, j, seed)
					}
				}
				return Matrix{memory(t, s, values, narrow), stored[1] + beyond, narrow, transposed}
			}
			a, b := factor(m, k, 1, transposedA), factor(k, n, 2, transposedB)
			beta, before := float32(0), float32(math.NaN())
			if add {
				beta, before = 2, 8
			}
			old := make([]float32, m*(n+beyond))
			for i := range old {
				old[i] = before
			}
			c := Matrix{Address: memory(t, s, old, narrowC), Stride: n + beyond, BFloat16: narrowC}
			must(t, h.Multiply(m, n, k, 0.5, a, b, beta, c))
			got := read(t, s, c.Address, len(old), narrowC)
			for i := range m {
				for j := range n + beyond {
					want := before // not written
					if j < n {
						want = 0
						if add {
							want = beta * before
						}
						for l := range k {
							want += 0.5 * value(i, l, 1) * value(l, j, 2)
						}
					}
					if at := got[i*(n+beyond)+j]; !(at == want) && !(want != want && at != at) {
						t.Errorf("%s: element (%d, %d) is %v, not %v", name, i, j, at, want)
					}
				}
			}
			for _, matrix := range []Matrix{a, b, c} {
				must(t, driver.Free(matrix.Address))
			}
		}
		must(t, driver.Free(workspace))
	})
}

func TestWrongProductsAreErrors(t *testing.T) {
	opened(t, func(h *Handle, s driver.Stream) {
		address := memory(t, s, make([]float32, 64), false)
		float32s, bfloat16s := Matrix{Address: address, Stride: 4}, Matrix{Address: address, Stride: 4, BFloat16: true}
		for name, err := range map[string]error{
			"mixed factors":       h.Multiply(4, 4, 4, 1, float32s, bfloat16s, 0, float32s),
			"bfloat16 of float32": h.Multiply(4, 4, 4, 1, float32s, float32s, 0, bfloat16s),
			"transposed result":   h.Multiply(4, 4, 4, 1, float32s, float32s, 0, Matrix{Address: address, Stride: 4, Transposed: true}),
			"no rows":             h.Multiply(0, 4, 4, 1, float32s, float32s, 0, float32s),
			"rows that overlap":   h.Multiply(4, 8, 4, 1, float32s, float32s, 0, float32s),
			"more than 2^31":      h.Multiply(1<<31, 4, 4, 1, float32s, float32s, 0, float32s),
		} {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		must(t, driver.Free(address))
	})
}

func TestVersionAndPath(t *testing.T) {
	if err := Load(); err != nil {
		if Version() != "" || Path() != "" || !strings.HasPrefix(err.Error(), "no cuBLAS: ") {
			t.Errorf("without a library: version %q, path %q, %v", Version(), Path(), err)
		}
		t.Skip(err)
	}
	var major, minor, patch int
	if n, err := fmt.Sscanf(Version(), "%d.%d.%d", &major, &minor, &patch); n != 3 || major < 12 {
		t.Errorf("version %q: %v", Version(), err)
	}
	if _, err := os.Stat(Path()); err != nil {
		t.Error(err)
	}
}
