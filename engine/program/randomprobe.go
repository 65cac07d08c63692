package program

import (
	"fmt"

	"tweedie/engine/random"
)

// RandomProbe draws directions along which Jacobians are probed: independent signs (Hutchinson 1990), or standard normal values. By the words of (Seed, Stream,
// step, sample n), and of element e the two first as package noise has them:
//
//	output[n, e] = 1 if bit 31 of word e mod 4 of block e/4 is 0, else -1     or, with Normal,
//	output[n, e] = Normal of package noise
//
// Every device has the same bits. It has neither gradient nor tangent: it reads nothing.
type RandomProbe struct {
	Output Tensor
	Normal bool
	Seed   uint64
	Stream random.Stream
}

// Reads lists nothing.
func (op RandomProbe) Reads() []Tensor { return nil }

// Writes lists the output.
func (op RandomProbe) Writes() []Tensor { return []Tensor{op.Output} }

// Check reports an output that is no image of float32.
func (op RandomProbe) Check() error {
	if err := activation(op.Output); err != nil {
		return fmt.Errorf("random probe: %w", err)
	}
	if err := single(op.Output); err != nil {
		return fmt.Errorf("random probe: %w", err)
	}
	return nil
}

func randomProbeCases() []Case {
	var cases []Case
	for i, shape := range [][]int{{1, 1, 1, 1}, {2, 1, 3, 1}, {3, 5, 7, 1}, {2, 8, 8, 1}, {5, 4, 33, 2}, {2, 70, 60, 1}} {
		for _, normal := range []bool{false, true} {
			cases = append(cases, Case{
				Name: fmt.Sprint(shape, ",normal=", normal), Scalars: Scalars{Step: 1<<32 + 77},
				Operation: RandomProbe{Output: output("output", shape...), Normal: normal, Seed: 9 + 1<<35 + uint64(i), Stream: random.Probes},
			})
		}
	}
	return cases
}
