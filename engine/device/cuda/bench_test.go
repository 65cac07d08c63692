//go:build gpu

package cuda

import (
	"os"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// BenchmarkRun is the host's work for one pass: what the program calls, without what the device computes, which is awaited outside of the time. On
// the emulated driver, which computes late, it includes what that driver does to enqueue a graph.
func BenchmarkRun(b *testing.B) {
	if os.Getenv("TWEEDIE_CUDA_DRIVER") == "" {
		b.Skip("TWEEDIE_CUDA_DRIVER names no driver")
	}
	d, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	x, y := tensor("x", program.Input, 4), tensor("y", program.Recorded, 4)
	p := &program.Program{Name: "small", Operations: []program.Operation{program.Add{Inputs: []program.Tensor{x}, Output: y}}}
	s, err := d.NewState(p.Tensors())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	e, err := d.Compile(p, s, device.Plan{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := e.Run(program.Scalars{Step: uint64(i)}); err != nil {
			b.Fatal(err)
		}
		if i%32 == 31 {
			b.StopTimer()
			if err := s.Read("y", make([]float32, 4)); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
}
