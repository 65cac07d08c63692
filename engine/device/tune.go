package device

import "tweedie/engine/program"

// Measurement is the time of one operation by one algorithm.
type Measurement struct {
	Key          string  `json:"key"`       // the operation's kind and shape, as in Plans
	Algorithm    string  `json:"algorithm"` // as in Plans
	Milliseconds float64 `json:"ms"`        // of the operation alone, the least of several
	Work         float64 `json:"flop"`      // floating-point operations of the direct sum
	Bytes        int64   `json:"bytes"`     // of workspaces
}

// Tuner is a Device that has several algorithms for some operations and can time them.
type Tuner interface {
	// Alternatives are the names of the algorithms that can compute an operation, the default first; none for operations that have one way.
	Alternatives(program.Operation) []string
	// Measure times every algorithm of every such operation of a program, once for each kind and shape.
	Measure(*program.Program) ([]Measurement, error)
}

// Fastest is the Plan of the algorithms that took the least time.
func Fastest(device string, measurements []Measurement) Plan {
	plan := Plan{Device: device, Algorithms: map[string]string{}}
	least := map[string]float64{}
	for _, m := range measurements {
		if best, known := least[m.Key]; !known || m.Milliseconds < best {
			least[m.Key], plan.Algorithms[m.Key] = m.Milliseconds, m.Algorithm
		}
	}
	return plan
}
