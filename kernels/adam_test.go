//go:build gpu

package kernels

import (
	"fmt"
	"math"
	"testing"
)

// weights are a weight and what belongs to it, on the host.
type weights struct{ weight, gradient, first, second, average []float32 }

// tensors makes weights of these lengths. Every third has no average.
func tensors(lengths []int) []weights {
	var list []weights
	for i, n := range lengths {
		w := weights{weight: values(uint64(5*i), n), gradient: values(uint64(5*i+1), n), first: values(uint64(5*i+2), n), second: values(uint64(5*i+3), n)}
		for k, v := range w.second {
			w.second[k] = v*v + 1e-3
		}
		if i%3 != 2 {
			w.average = values(uint64(5*i+4), n)
		}
		list = append(list, w)
	}
	return list
}

// uploadWeights puts tensors where one of their arrays, each in turn, is not aligned to a vector, or none or all are not.
func uploadWeights(b *bench, list []weights) []AdamTensor {
	var uploaded []AdamTensor
	for i, w := range list {
		skew := func(array int) int {
			if i%7 == array || i%7 == 6 {
				return 4 * (1 + i%3)
			}
			return 0
		}
		u := AdamTensor{
			Weight: upload(b, w.weight, skew(0)), Gradient: upload(b, w.gradient, skew(1)), FirstMoment: upload(b, w.first, skew(2)),
			SecondMoment: upload(b, w.second, skew(3)), Elements: len(w.weight),
		}
		if w.average != nil {
			u.Average = upload(b, w.average, skew(4))
		}
		uploaded = append(uploaded, u)
	}
	return uploaded
}

func (b *bench) checkWeights(what string, uploaded []AdamTensor, want []weights) {
	b.Helper()
	for i, u := range uploaded {
		at := fmt.Sprintf("%s, tensor %d of %d elements", what, i, u.Elements)
		b.sameBits(at+", weight", download[float32](b, u.Weight, u.Elements), want[i].weight)
		b.sameBits(at+", first moment", download[float32](b, u.FirstMoment, u.Elements), want[i].first)
		b.sameBits(at+", second moment", download[float32](b, u.SecondMoment, u.Elements), want[i].second)
		if u.Average != 0 {
			b.sameBits(at+", average", download[float32](b, u.Average, u.Elements), want[i].average)
		}
	}
}

// adamByHand is the definition in adam.go, each operation rounded.
func adamByHand(w weights, a Adam, norm, learningRate float32, corrections [2]float32, rest float32) {
	scale := float32(1)
	if a.Clip > 0 && norm > a.Clip {
		scale = a.Clip / norm
	}
	rate := learningRate * corrections[0]
	for i := range w.weight {
		if n := float64(norm); !math.IsNaN(n) && !math.IsInf(n, 0) {
			g := scale * w.gradient[i]
			w.first[i] = float32(a.Beta1*w.first[i]) + float32(a.Rest1*g)
			w.second[i] = float32(a.Beta2*w.second[i]) + float32(a.Rest2*float32(g*g))
			root := float32(math.Sqrt(float64(float32(w.second[i] * corrections[1]))))
			w.weight[i] -= float32(float32(rate*w.first[i]) / float32(root+a.Epsilon))
		}
		if w.average != nil {
			w.average[i] += float32(rest * float32(w.weight[i]-w.average[i]))
		}
	}
}

// manyLengths are tails of every kind, a tensor of several chunks, and more tensors than a small grid has blocks.
func manyLengths() []int {
	lengths := []int{chunk - 1, chunk, chunk + 1, 2*chunk + 6, 1023, 1024, 1025}
	for i := range 20 {
		lengths = append(lengths, 1+i%7)
	}
	return lengths
}

func TestAdamOfManyTensors(t *testing.T) {
	onDevice(t, func(b *bench) {
		corrections, rest := [2]float32{3.5, 80}, float32(0.125)
		constants := Adam{Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Epsilon: 1e-8}
		b.withFewBlocks(func() {
			for _, c := range []struct{ norm, clip float32 }{
				{2.5, 0}, {2.5, 1}, {2.5, 2.5}, {2.5, 3}, {0, 1}, {math.MaxFloat32, 1},
				{float32(math.NaN()), 1}, {float32(math.Inf(1)), 1}, {float32(math.Inf(1)), 0},
			} {
				list := tensors(manyLengths())
				uploaded := uploadWeights(b, list)
				table := AdamTable(uploaded)
				a := constants
				a.Table, a.Chunks, a.Clip = upload(b, table, 8), len(table)/int(AdamTableBytes(1)), c.clip
				a.Norm, a.Scalars = upload(b, []float32{c.norm}, 4), b.scalars(7, 1e-2)
				a.Corrections, a.Rest = upload(b, corrections[:], 4), upload(b, []float32{rest}, 4)
				b.must(b.kernels.Adam(b.stream, a))
				for _, w := range list {
					adamByHand(w, a, c.norm, 1e-2, corrections, rest)
				}
				b.checkWeights(fmt.Sprintf("norm %v, clip %v", c.norm, c.clip), uploaded, list)
			}
		})
	})
}

func TestAdamWithoutAverages(t *testing.T) {
	onDevice(t, func(b *bench) {
		list := tensors([]int{5, 4099})
		for i := range list {
			list[i].average = nil
		}
		uploaded := uploadWeights(b, list)
		a := Adam{Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Epsilon: 1e-8, Table: upload(b, AdamTable(uploaded), 0), Chunks: Chunks(5, 4099)}
		a.Norm, a.Scalars, a.Corrections = upload(b, []float32{1}, 0), b.scalars(0, 1e-2), upload(b, []float32{10, 100}, 0)
		b.must(b.kernels.Adam(b.stream, a))
		for _, w := range list {
			adamByHand(w, a, 1, 1e-2, [2]float32{10, 100}, 0)
		}
		b.checkWeights("no averages", uploaded, list)
	})
}

func TestAverageOfManyTensors(t *testing.T) {
	onDevice(t, func(b *bench) {
		b.withFewBlocks(func() {
			var uploaded []AverageTensor
			var want [][]float32
			for i, n := range manyLengths() {
				average, weight := values(uint64(2*i), n), values(uint64(2*i+1), n)
				uploaded = append(uploaded, AverageTensor{upload(b, average, 4*(i&1)), upload(b, weight, 4*(i>>1&1)), n})
				for k := range average {
					average[k] += float32(0.25 * float32(weight[k]-average[k]))
				}
				want = append(want, average)
			}
			table := AverageTable(uploaded)
			rest := upload(b, []float32{0.25}, 4)
			b.must(b.kernels.Average(b.stream, Average{upload(b, table, 0), len(table) / int(AverageTableBytes(1)), rest}))
			for i, u := range uploaded {
				b.sameBits(fmt.Sprintf("average of tensor %d", i), download[float32](b, u.Average, u.Elements), want[i])
			}
		})
	})
}
