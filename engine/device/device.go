// Package device is the seam between what is computed and where: a Device holds tensors in a State and compiles programs over it.
// Layout in memory, fusion, algorithms and streams are behind it. Concrete devices live in the packages below; package devicetest
// holds the suite that each of them passes.
package device

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"tweedie/engine/program"
)

// Device is one piece of hardware that holds tensors and runs programs.
type Device interface {
	Info() Info
	NewState([]program.Tensor) (State, error)
	// Compile plans a program over the tensors of a State. Algorithms that the Plan names are used; for the others the device's
	// default is. A Plan of another device, or one that names what this hardware lacks, is an error.
	Compile(*program.Program, State, Plan) (Executable, error)
	Close() error
}

// State holds the tensors that outlive a program: weights, their average, moments, image sets, loss ring.
type State interface {
	// Read copies a tensor to dst ([]float32, []float64, []uint8, []uint16 or []uint32 of its length) after what was enqueued has run; a
	// device's errors surface here. Float32 and BFloat16 tensors are read as either float type.
	Read(name string, dst any) error
	// Write copies src, of the same types, into a tensor.
	Write(name string, src any) error
	// Copy is a snapshot on the device: a checkpoint is written from it while training goes on.
	Copy() (State, error)
	Close() error
}

// Executable is a program compiled over a State, with its temporaries planned into one arena.
type Executable interface {
	// Run enqueues one pass.
	Run(program.Scalars) error
	// Plan is the algorithm chosen for each operation.
	Plan() Plan
	// Bytes is the size of the arena of temporaries and workspaces.
	Bytes() int64
	Close() error
}

// Follower is an Executable whose host need not wait for it in order to see the losses that it Records.
type Follower interface {
	// Follow copies a ring of the program to dst ([]float32 or []float64 of its length) as the host knows it by now, and says how many of the runs that were
	// enqueued have not ended. Their rows may hold anything; those of all others are there. A device's errors surface here, too.
	Follow(ring string, dst any) (pending int, err error)
}

// Info describes a device for people and for what depends on its arithmetic.
type Info struct {
	Name        string // as in [device] name: cpu, reference
	Description string // hardware and instruction set
	Threads     int
	// Float64 says that tensors of type float32 are held in float64, so that only float64 carries them without loss.
	Float64 bool
	Slow    string // why the device is slow, one sentence; empty if it is not
	Missing string // which algorithms there are none of, and why, in words; empty if there are all
}

// Plan records the algorithms that were chosen, by a name of the operation's kind and shape. It is a value that travels in checkpoints:
// one device, one Plan and one program give the same bits.
type Plan struct {
	Device     string            `json:"device"`
	Algorithms map[string]string `json:"algorithms,omitempty"`
}

// Merge adds the choices of other to those of p.
func (p Plan) Merge(other Plan) Plan {
	merged := Plan{Device: other.Device, Algorithms: maps.Clone(p.Algorithms)}
	if merged.Algorithms == nil {
		merged.Algorithms = map[string]string{}
	}
	maps.Copy(merged.Algorithms, other.Algorithms)
	return merged
}

// ErrTensor is wrapped by errors of Read and Write that the caller made: an unknown name, a wrong type or length.
var ErrTensor = errors.New("tensor")

// CheckTransfer reports a host slice that does not hold the tensor.
func CheckTransfer(tensor program.Tensor, host any) error {
	length, element := -1, program.Float32
	if tensor.Type == program.BFloat16 {
		element = program.BFloat16
	}
	switch slice := host.(type) {
	case []float32:
		length = len(slice)
	case []float64:
		length = len(slice)
	case []uint8:
		length, element = len(slice), program.Uint8
	case []uint16:
		length, element = len(slice), program.Uint16
	case []uint32:
		length, element = len(slice), program.Uint32
	}
	if length != tensor.Elements() || element != tensor.Type {
		return fmt.Errorf("%w %v of %v is not held by a %T of length %d", ErrTensor, tensor, tensor.Type, host, length)
	}
	return nil
}

// UnknownTensor is the error for a name that a State does not hold.
func UnknownTensor(name string) error {
	return fmt.Errorf("%w %q is not in the state", ErrTensor, name)
}

// CheckStored reports tensors of p that are not temporary and that stored, the tensors of a State by name, lacks or holds in another form.
func CheckStored(p *program.Program, stored map[string]program.Tensor) error {
	for _, tensor := range p.Tensors() {
		if tensor.Role == program.Temporary {
			continue
		}
		held, found := stored[tensor.Name]
		if !found {
			return fmt.Errorf("program %s: %w", p.Name, UnknownTensor(tensor.Name))
		}
		if held.Type != tensor.Type || !slices.Equal(held.Shape, tensor.Shape) {
			return fmt.Errorf("program %s: %w %v of %v is in the state as %v of %v", p.Name, ErrTensor, tensor, tensor.Type, held, held.Type)
		}
	}
	return nil
}

// Failure says that a device did not do what it was asked for: too little memory, or a fault of hardware or driver. A run that ends by one may be
// resumed.
type Failure struct{ Err error }

func (e *Failure) Error() string { return "device: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Failure) Unwrap() error { return e.Err }

// MemoryError says that a device has too little memory left for something.
type MemoryError struct {
	What                string // what the memory is for
	Needed, Free, Total int64  // bytes
}

func (e *MemoryError) Error() string {
	const mebi = 1 << 20
	return fmt.Sprintf("device: %s needs %d MiB, and %d of %d MiB are free", e.What, (e.Needed+mebi-1)/mebi, e.Free/mebi, e.Total/mebi)
}
