package cpu

import (
	"math"
	"testing"
	"unsafe"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// TestGuardsSeeEachByte: a byte written directly before or after a tensor or a temporary is reported, and what lies inside is not.
func TestGuardsSeeEachByte(t *testing.T) {
	a, b, hidden := activation("a", 5), activation("b", 5), program.Tensor{Name: "hidden", Shape: []int{5}}
	s, e := compiled(t, Options{Guards: true}, device.Plan{},
		program.Add{Inputs: []program.Tensor{a}, Output: hidden}, program.Add{Inputs: []program.Tensor{hidden}, Output: b})
	if err := e.Run(program.Scalars{}); err != nil {
		t.Fatal(err)
	}
	held, arena := s.(*state), e.(*executable)
	check := func() (tensors, temporaries error) { return held.CheckGuards(), arena.CheckGuards() }
	if tensors, temporaries := check(); tensors != nil || temporaries != nil {
		t.Fatal(tensors, temporaries)
	}
	for _, distance := range []int{-4 * guardWords, -1, 20, 20 + 4*guardWords - 1} {
		for name, start := range map[string]unsafe.Pointer{"a": held.memory["a"], "hidden": unsafe.Add(arena.arena.start, 4*guardWords)} {
			at := (*byte)(unsafe.Add(start, distance))
			*at ^= 1
			tensors, temporaries := check()
			if (tensors != nil) != (name == "a") || (temporaries != nil) != (name == "hidden") {
				t.Errorf("a byte %d from the start of %s: %v, %v", distance, name, tensors, temporaries)
			}
			*at ^= 1
		}
	}
}

// TestConstantsAreDecimal: 1 - 0.999 is 0.001 to the last bit, and not 1 minus the float32 nearest to 0.999.
func TestConstantsAreDecimal(t *testing.T) {
	op := program.Adam{Beta1: 0.9, Beta2: 0.999}
	got := adamAt(op, program.Scalars{Step: 1, LearningRate: 1e-3})
	want := adamConstants{
		beta1: 0.9, rest1: 0.1, beta2: 0.999, rest2: 0.001,
		rate: float32(1e-3 / (1 - math.Pow(0.9, 2))), correction: float32(1 / (1 - math.Pow(0.999, 2))),
	}
	if got != want {
		t.Errorf("the constants of step 1 are %v, want %v", got, want)
	}
	if rest := (program.Average{Decay: 0.999}).Rest(program.Scalars{Step: 1 << 20}); rest != 0.001 {
		t.Errorf("the average moves by %v, want 0.001", rest)
	}
}

// TestStatesBelongToTheirDevice: a program is not compiled over the memory of another device.
func TestStatesBelongToTheirDevice(t *testing.T) {
	operation := program.Add{Inputs: []program.Tensor{activation("a", 4)}, Output: activation("b", 4)}
	s, _ := compiled(t, Options{}, device.Plan{}, operation)
	other, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Compile(&program.Program{Operations: []program.Operation{operation}}, s, device.Plan{}); err == nil {
		t.Error("the state of another device is taken")
	}
}
