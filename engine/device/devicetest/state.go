package devicetest

import (
	"errors"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// testState checks transfers of every type, snapshots, and the errors of a caller's mistakes.
func testState(t T, d device.Device) {
	tensors := []program.Tensor{
		{Name: "float", Shape: []int{2, 3}, Role: program.Weight},
		{Name: "bytes", Shape: []int{5}, Type: program.Uint8, Role: program.Images},
		{Name: "shorts", Shape: []int{3}, Type: program.Uint16, Role: program.Images},
		{Name: "words", Shape: []int{1}, Type: program.Uint32, Role: program.Images},
	}
	s, err := d.NewState(tensors)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	floats := make([]float32, 6)
	if err := s.Read("float", floats); err != nil || !slices.Equal(floats, make([]float32, 6)) {
		t.Errorf("a new tensor holds %v (%v), want zeros", floats, err)
	}
	want := []float32{1, -2, 3.5, 0x1p-149, -0x1p127, 6}
	transfer(t, s, "float", want, floats)
	wide := make([]float64, 6)
	if err := s.Read("float", wide); err != nil || wide[3] != 0x1p-149 {
		t.Errorf("float64 reads %v (%v)", wide, err)
	}
	transfer(t, s, "bytes", []uint8{0, 1, 127, 128, 255}, make([]uint8, 5))
	transfer(t, s, "shorts", []uint16{0, 256, 65535}, make([]uint16, 3))
	transfer(t, s, "words", []uint32{1 << 31}, make([]uint32, 1))

	snapshot, err := s.Copy()
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	if err := s.Write("float", make([]float64, 6)); err != nil {
		t.Error(err)
	}
	if err := snapshot.Read("float", floats); err != nil || !slices.Equal(floats, want) {
		t.Errorf("the snapshot holds %v (%v), want %v", floats, err, want)
	}

	for name, err := range map[string]error{
		"reading an unknown name":   s.Read("flaot", floats),
		"writing an unknown name":   s.Write("flaot", floats),
		"reading a wrong length":    s.Read("float", floats[:5]),
		"writing a wrong length":    s.Write("float", make([]float32, 7)),
		"writing a wrong type":      s.Write("bytes", make([]uint16, 5)),
		"reading floats from bytes": s.Read("bytes", make([]float32, 5)),
		"reading into a string":     s.Read("bytes", "12345"),
	} {
		if !errors.Is(err, device.ErrTensor) {
			t.Errorf("%s gives %v, want an error of the tensor", name, err)
		}
	}
	if _, err := d.NewState([]program.Tensor{tensors[0], tensors[0]}); !errors.Is(err, device.ErrTensor) {
		t.Errorf("a name declared twice gives %v", err)
	}
}

// testCompile checks that a device refuses programs that do not fit the State, and plans of other devices.
func testCompile(t T, d device.Device) {
	tensor := func(name string, role program.Role, shape ...int) program.Tensor {
		return program.Tensor{Name: name, Shape: shape, Role: role}
	}
	input, output := tensor("input", program.Input, 2, 3), tensor("output", program.Recorded, 2, 3)
	s, err := d.NewState([]program.Tensor{input, output})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	compile := func(plan device.Plan, from, to program.Tensor) error {
		e, err := d.Compile(&program.Program{Operations: []program.Operation{program.Add{Inputs: []program.Tensor{from}, Output: to}}}, s, plan)
		if err == nil {
			err = e.Close()
		}
		return err
	}
	if err := compile(device.Plan{}, input, output); err != nil {
		t.Errorf("a program that fits is refused: %v", err)
	}
	short, bytes := tensor("short", program.Temporary, 2), input
	bytes.Type = program.Uint8
	for name, err := range map[string]error{
		"a plan of another device":  compile(device.Plan{Device: "abacus"}, input, output),
		"a tensor not in the state": compile(device.Plan{}, input, tensor("elsewhere", program.Recorded, 2, 3)),
		"a tensor of another shape": compile(device.Plan{}, tensor("input", program.Input, 3, 2), tensor("sum", program.Temporary, 3, 2)),
		"a tensor of another type":  compile(device.Plan{}, bytes, tensor("sum", program.Temporary, 2, 3)),
		"a program with a mistake":  compile(device.Plan{}, input, short),
	} {
		if err == nil {
			t.Errorf("%s compiles", name)
		}
	}
}

func transfer[E comparable](t T, s device.State, name string, want, got []E) {
	t.Helper()
	if err := s.Write(name, want); err != nil {
		t.Fatal(err)
	}
	if err := s.Read(name, got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: wrote %v, read %v (%v)", name, want, got, err)
	}
}
