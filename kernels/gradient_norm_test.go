//go:build gpu

package kernels

import (
	"math"
	"testing"
)

// norm runs GradientNorm on gradients that lie at every alignment, moved on by shift elements.
func norm(b *bench, gradients [][]float32, shift int) float32 {
	var list []Gradient
	for i, g := range gradients {
		list = append(list, Gradient{upload(b, g, 4*((i+shift)%4)), len(g)})
	}
	table := GradientNormTable(list)
	n := GradientNorm{Table: upload(b, table, 0), Chunks: len(table) / int(GradientNormTableBytes(1)), Norm: b.allocate(4, 4)}
	n.Workspace = b.allocate(int(GradientNormBytes(n.Chunks)), 0)
	b.must(b.kernels.GradientNorm(b.stream, n))
	return download[float32](b, n.Norm, 1)[0]
}

func TestGradientNormOfManyTensors(t *testing.T) {
	onDevice(t, func(b *bench) {
		var gradients [][]float32
		sum := 0.0
		for i, n := range manyLengths() {
			gradients = append(gradients, values(uint64(i), n))
			for _, v := range gradients[i] {
				sum += float64(v) * float64(v)
			}
		}
		first := norm(b, gradients, 0)
		if want := math.Sqrt(sum); !(math.Abs(float64(first)-want) <= 0x1p-24*want*(1+1e-12)) { // rounded once
			t.Errorf("the norm is %v, want %v", first, want)
		}
		b.withFewBlocks(func() {
			for shift := range 4 {
				if got := norm(b, gradients, shift); got != first {
					t.Errorf("at another alignment or grid the norm is %v, was %v", got, first)
				}
			}
		})
	})
}

// A gradient that is not finite must show wherever it lies; one that is only large must not.
func TestGradientNormOfExtremes(t *testing.T) {
	onDevice(t, func(b *bench) {
		for _, value := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
			for _, at := range []int{0, 3, chunk - 1, chunk, chunk + 4} {
				gradients := [][]float32{{1, 2, 3}, values(1, chunk+5), {4}}
				gradients[1][at] = value
				if got := float64(norm(b, gradients, 1)); !math.IsNaN(got) && !math.IsInf(got, 0) {
					t.Errorf("with %v at %d the norm is %v", value, at, got)
				}
			}
		}
		for _, value := range []float32{1e30, -1e38, 1e-30, 0x1p-149, 0} { // whose squares no float32 holds
			gradients := [][]float32{{0, 0, 0, 0, value}}
			if got := norm(b, gradients, 0); got != float32(math.Abs(float64(value))) {
				t.Errorf("the norm of %v alone is %v", value, got)
			}
		}
		if got := norm(b, [][]float32{{math.MaxFloat32, math.MaxFloat32}}, 0); !math.IsInf(float64(got), 1) {
			t.Errorf("a norm beyond float32 is %v", got)
		}
	})
}
