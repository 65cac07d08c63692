//go:build gpu

package cuda

import (
	"fmt"
	"slices"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/kernels/driver"
)

func TestAwaited(t *testing.T) {
	reads := func(at driver.Address) use { return use{at, 10, false} }
	writes := func(at driver.Address) use { return use{at, 10, true} }
	on := func(side bool, uses ...use) step { return step{side: side, uses: uses} }
	for name, c := range map[string]struct {
		steps []step
		want  []int
	}{
		"nothing in common":               {[]step{on(false, writes(0)), on(true, writes(10))}, []int{-1, -1}},
		"one stream":                      {[]step{on(false, writes(0)), on(false, reads(0))}, []int{-1, -1}},
		"both read":                       {[]step{on(false, reads(0)), on(true, reads(0))}, []int{-1, -1}},
		"a result":                        {[]step{on(false, writes(0)), on(true, reads(9))}, []int{-1, 0}},
		"what is still read":              {[]step{on(true, reads(0)), on(false, writes(5))}, []int{-1, 0}},
		"written twice":                   {[]step{on(true, writes(0)), on(false, writes(0))}, []int{-1, 0}},
		"the last of several":             {[]step{on(false, writes(0)), on(false, writes(20)), on(false), on(true, reads(0), reads(20))}, []int{-1, -1, -1, 1}},
		"waited for already":              {[]step{on(false, writes(0)), on(false, writes(20)), on(true, reads(20)), on(true, reads(0))}, []int{-1, -1, 1, -1}},
		"waited for, but not the newer":   {[]step{on(false, writes(0)), on(true, reads(0)), on(false, writes(0)), on(true, reads(0))}, []int{-1, 0, 1, 2}},
		"each stream waits for the other": {[]step{on(true, writes(0)), on(false, reads(0), writes(20)), on(true, reads(20))}, []int{-1, 0, 1}},
	} {
		if got := awaited(c.steps); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v are waited for, want %v", name, got, c.want)
		}
	}
}

// layers is the backward pass of a chain of convolutions, and the norm of its gradients.
func layers(depth int) *program.Program {
	half := func(name string) program.Tensor {
		return program.Tensor{Name: name, Shape: []int{2, 9, 7, 16}, Type: program.BFloat16}
	}
	p := &program.Program{Name: "layers"}
	norm := program.GradientNorm{Norm: tensor("norm", program.Recorded, 1)}
	image := half("image")
	image.Role = program.Input
	gradient := half("gradient")
	gradient.Role = program.Input
	images := []program.Tensor{image}
	for i := range depth {
		weight := tensor(fmt.Sprint("weight", i), program.Weight, 16, 16, 3, 3)
		next := half(fmt.Sprint("image", i))
		p.Append(program.Convolution{Input: image, Weight: weight, Output: next})
		image = next
		images = append(images, image)
	}
	for i := depth - 1; i >= 0; i-- {
		weight := tensor(fmt.Sprint("weight", i), program.Weight, 16, 16, 3, 3)
		of := tensor(fmt.Sprint("gradient of weight", i), program.Temporary, 16, 16, 3, 3)
		p.Append(program.WeightGradient{Input: images[i], OutputGradient: gradient, WeightGradient: of})
		norm.Gradients = append(norm.Gradients, of)
		if i > 0 {
			next := half(fmt.Sprint("gradient", i))
			p.Append(program.TransposedConvolution{Input: gradient, Weight: weight, Mask: images[i], Output: next})
			gradient = next
		}
	}
	p.Append(norm)
	return p
}

// TestWeightGradientsRunBesideDataGradients: the data gradient of a layer waits for no weight gradient of its own layer, nor the other way round; what
// is to be waited for is.
func TestWeightGradientsRunBesideDataGradients(t *testing.T) {
	const depth = 5
	d := opened(t)
	p := layers(depth)
	kept := slices.DeleteFunc(p.Tensors(), func(t program.Tensor) bool { return t.Role == program.Temporary })
	s, err := d.NewState(kept)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := &executable{
		device: d, state: s.(*state), program: p, plan: device.Plan{Device: name, Algorithms: map[string]string{}}, weights: &packings{}, scalars: newScalars(),
	}
	var steps []step
	err = d.do(func() error {
		var err error
		if _, steps, _, err = e.place(device.Plan{}); err != nil {
			return err
		}
		return e.arena.free()
	})
	if err != nil {
		t.Fatal(err)
	}
	waits, pairs := awaited(steps), 0
	for i, s := range steps {
		if !s.side {
			continue
		}
		if _, ok := p.Operations[s.operation].(program.WeightGradient); !ok {
			t.Errorf("operation %d is on the second stream", s.operation)
		}
		next := slices.IndexFunc(steps, func(other step) bool { return other.operation == s.operation+1 })
		if waits[next] >= i {
			t.Errorf("operation %d waits for operation %d of its layer", steps[next].operation, s.operation)
		}
		pairs++
	}
	if pairs != depth-1 || !(waits[len(steps)-1] >= 0) {
		t.Errorf("%d of %d weight gradients are on the second stream, and the norm waits for step %d", pairs, depth, waits[len(steps)-1])
	}
}

// TestBranchesChangeNothing, not a bit, in each of many launches.
func TestBranchesChangeNothing(t *testing.T) {
	needsDriver(t)
	var want []float64
	for _, oneStream := range []bool{true, false} {
		d, err := New(Options{OneStream: oneStream})
		if err != nil {
			t.Fatal(err)
		}
		for runs := 1; runs < 4; runs++ {
			got := ran(t, d, "norm", runs, layers(6).Operations...)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("after %d runs the norm of the gradients is %v, on one stream %v", runs, got, want)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
