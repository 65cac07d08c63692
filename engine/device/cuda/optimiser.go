//go:build gpu

package cuda

import (
	"math"

	"tweedie/engine/program"
	"tweedie/kernels"
	"tweedie/kernels/driver"
)

// group is a run of Adam and Average operations that one or two launches compute: the updates, with the averages of the weights that they update,
// and the averages of other weights.
type group struct {
	first, last int
	updates     []update
	others      []program.Average
}

// update is the step of one weight and of the average that follows it, which may be absent.
type update struct {
	adam    program.Adam
	average program.Tensor
}

// groupAt collects the operations from an index on for as long as they have the constants of the first ones and none depends on another in a way
// that the fused launches would not keep.
func groupAt(operations []program.Operation, index int) group {
	g := group{first: index, last: index - 1}
	var decay *float32
	touched, read := map[string]bool{}, map[string]bool{} // tensors that the group writes, and reads
	for _, operation := range operations[index:] {
		switch op := operation.(type) {
		case program.Adam:
			if len(g.updates) > 0 && !sameConstants(g.updates[0].adam, op) || meets(touched, op) || read[op.Weight.Name] {
				return g
			}
			g.updates = append(g.updates, update{adam: op})
		case program.Average:
			if decay != nil && *decay != op.Decay || touched[op.Average.Name] || read[op.Average.Name] {
				return g
			}
			decay = &op.Decay
			if at := g.updating(op.Weight); at < 0 {
				if meets(touched, op) {
					return g
				}
				g.others = append(g.others, op)
			} else if g.updates[at].average.Present() {
				return g
			} else {
				g.updates[at].average = op.Average
			}
		default:
			return g
		}
		for _, tensor := range operation.Writes() {
			touched[tensor.Name] = true
		}
		for _, tensor := range operation.Reads() {
			read[tensor.Name] = true
		}
		g.last++
	}
	return g
}

// updating is the index of the update of a weight, -1 if there is none.
func (g group) updating(weight program.Tensor) int {
	for i, u := range g.updates {
		if u.adam.Weight.Name == weight.Name {
			return i
		}
	}
	return -1
}

// meets says whether an operation reads or writes something that is in the set.
func meets(touched map[string]bool, operation program.Operation) bool {
	for _, list := range [][]program.Tensor{operation.Reads(), operation.Writes()} {
		for _, tensor := range list {
			if touched[tensor.Name] {
				return true
			}
		}
	}
	return false
}

func sameConstants(a, b program.Adam) bool {
	return a.Beta1 == b.Beta1 && a.Beta2 == b.Beta2 && a.Epsilon == b.Epsilon && a.Clip == b.Clip && a.Norm.Name == b.Norm.Name
}

// optimiser is the unit of the group that begins at an index.
func (e *executable) optimiser(index int) (unit, error) {
	g := groupAt(e.program.Operations, index)
	u := unit{first: g.first, last: g.last}
	var launches []func(m memory) error
	rest := e.rest(g)
	if len(g.updates) > 0 {
		launches = append(launches, e.adam(&u, g, rest))
	}
	if len(g.others) > 0 {
		launches = append(launches, e.average(&u, g, rest))
	}
	u.launch = func(m memory) error {
		for _, launch := range launches {
			if err := launch(m); err != nil {
				return err
			}
		}
		return nil
	}
	return u, nil
}

// rest reserves the number by which the group's averages move; it is nil without averages.
func (e *executable) rest(g group) func(m memory) driver.Address {
	var average program.Average
	switch {
	case len(g.others) > 0:
		average = g.others[0]
	default:
		for _, operation := range e.program.Operations[g.first : g.last+1] {
			if op, ok := operation.(program.Average); ok {
				average = op
			}
		}
	}
	if !average.Average.Present() {
		return func(memory) driver.Address { return 0 }
	}
	offset := e.scalars.add(average.Rest)
	return func(m memory) driver.Address { return m.scalars() + offset }
}

func (e *executable) adam(u *unit, g group, rest func(memory) driver.Address) func(m memory) error {
	op := g.updates[0].adam
	beta1, beta2 := program.Decimal(op.Beta1), program.Decimal(op.Beta2)
	correction := func(beta float64) func(program.Scalars) float32 {
		return func(s program.Scalars) float32 { return float32(1 / (1 - math.Pow(beta, float64(s.Step)+1))) }
	}
	corrections := e.scalars.add(correction(beta1))
	e.scalars.add(correction(beta2))
	lengths := make([]int, len(g.updates))
	for i, update := range g.updates {
		lengths[i] = update.adam.Weight.Elements()
	}
	chunks := kernels.Chunks(lengths...)
	entries := e.lasting(g.first, "weights", kernels.AdamTableBytes(chunks))
	u.spans = append(u.spans, entries)
	u.tables = append(u.tables, table{entries, func(m memory) []byte {
		tensors := make([]kernels.AdamTensor, len(g.updates))
		for i, update := range g.updates {
			tensors[i] = kernels.AdamTensor{
				Weight: m.at(update.adam.Weight), Gradient: m.at(update.adam.Gradient), FirstMoment: m.at(update.adam.FirstMoment),
				SecondMoment: m.at(update.adam.SecondMoment), Average: m.at(update.average), Elements: lengths[i],
			}
		}
		return kernels.AdamTable(tensors)
	}})
	return func(m memory) error {
		return e.device.kernels.Adam(e.device.stream, kernels.Adam{
			Table: m[entries.Name], Chunks: chunks, Norm: m.at(op.Norm), Scalars: m.scalars(), Corrections: m.scalars() + corrections, Rest: rest(m),
			Beta1: float32(beta1), Rest1: float32(1 - beta1), Beta2: float32(beta2), Rest2: float32(1 - beta2), Epsilon: op.Epsilon, Clip: op.Clip,
		})
	}
}

func (e *executable) average(u *unit, g group, rest func(memory) driver.Address) func(m memory) error {
	lengths := make([]int, len(g.others))
	for i, average := range g.others {
		lengths[i] = average.Weight.Elements()
	}
	chunks := kernels.Chunks(lengths...)
	entries := e.lasting(g.first, "averages", kernels.AverageTableBytes(chunks))
	u.spans = append(u.spans, entries)
	u.tables = append(u.tables, table{entries, func(m memory) []byte {
		tensors := make([]kernels.AverageTensor, len(g.others))
		for i, average := range g.others {
			tensors[i] = kernels.AverageTensor{Average: m.at(average.Average), Weight: m.at(average.Weight), Elements: lengths[i]}
		}
		return kernels.AverageTable(tensors)
	}})
	return func(m memory) error {
		return e.device.kernels.Average(e.device.stream, kernels.Average{Table: m[entries.Name], Chunks: chunks, Rest: rest(m)})
	}
}
