package oracle

import (
	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
)

// drawing computes the operations that draw patches and noise on the reference device, with a State of its own.
type drawing struct {
	read, written []program.Tensor
	state         device.State
	executable    device.Executable
}

const keptPrefix = "kept/" // of copies that outlive a run

func newDrawing(operations []program.Operation) (*drawing, error) {
	p := &program.Program{Name: "draws", Operations: operations}
	d := &drawing{}
	written := map[string]bool{}
	for _, operation := range operations {
		for _, tensor := range operation.Writes() {
			written[tensor.Name] = true
			d.written = append(d.written, tensor)
		}
	}
	for _, tensor := range p.Tensors() {
		if !written[tensor.Name] {
			d.read = append(d.read, tensor)
		}
	}
	p = keeping(p, d.written)
	var err error
	d.state, d.executable, err = compile(reference.New(), p)
	return d, err
}

// keeping is the program with copies of some tensors, which can be read after it has run.
func keeping(p *program.Program, tensors []program.Tensor) *program.Program {
	kept := &program.Program{Name: p.Name, Operations: append([]program.Operation(nil), p.Operations...)}
	for _, tensor := range tensors {
		kept.Append(program.Add{
			Inputs: []program.Tensor{tensor}, Output: program.Tensor{Name: keptPrefix + tensor.Name, Shape: tensor.Shape, Role: program.Recorded},
		})
	}
	return kept
}

// compile returns a program's executable on a device, and a State of all its tensors that are not temporary.
func compile(d device.Device, p *program.Program) (device.State, device.Executable, error) {
	var stored []program.Tensor
	for _, tensor := range p.Tensors() {
		if tensor.Role != program.Temporary {
			stored = append(stored, tensor)
		}
	}
	state, err := d.NewState(stored)
	if err != nil {
		return nil, nil, err
	}
	executable, err := d.Compile(p, state, device.Plan{})
	return state, executable, err
}

// run draws from what the executable's State holds.
func (d *drawing) run(e *executable, scalars program.Scalars) error {
	for _, tensor := range d.read {
		values := hostSlice(tensor)
		if err := e.held.Read(tensor.Name, values); err != nil {
			return err
		}
		if err := d.state.Write(tensor.Name, values); err != nil {
			return err
		}
	}
	if err := d.executable.Run(scalars); err != nil {
		return err
	}
	for _, tensor := range d.written {
		values := make([]float64, tensor.Elements())
		if err := d.state.Read(keptPrefix+tensor.Name, values); err != nil {
			return err
		}
		if err := e.write(tensor, values); err != nil {
			return err
		}
	}
	return nil
}

// hostSlice holds a tensor's values without loss.
func hostSlice(tensor program.Tensor) any {
	switch tensor.Type {
	case program.Uint8:
		return make([]uint8, tensor.Elements())
	case program.Uint16:
		return make([]uint16, tensor.Elements())
	case program.Uint32:
		return make([]uint32, tensor.Elements())
	}
	return make([]float64, tensor.Elements())
}
