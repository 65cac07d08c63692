package oracle

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// ErrDisagreement says that a witness contradicts.
var ErrDisagreement = errors.New("the witnesses disagree")

// Largest distances from the reference that are rounding: of another float64 program, of central differences, and of float32.
const (
	float64Bound    = 1e-9
	differenceBound = 1e-6
	float32Bound    = 1e-4
)

// Distance is how far a witness is from the reference device, relative to the norm of the reference's values.
type Distance struct {
	Witness      string // gorgonia, differences, or a device's name
	Value, Bound float64
}

// Failed says that the distance is no rounding.
func (d Distance) Failed() bool { return !(d.Value <= d.Bound) }

// Row is what was found of one result.
type Row struct {
	Kind      string // the operation's type, loss, gradient, or a number of steps
	Tensor    program.Tensor
	Distances []Distance
}

// Failed says that a witness contradicts.
func (r Row) Failed() bool { return slices.ContainsFunc(r.Distances, Distance.Failed) }

// bound is what rounding may do on a device.
func bound(d device.Device) float64 {
	if d.Info().Float64 {
		return float64Bound
	}
	return float32Bound
}

// Check compares the operations of a training step that follow the noisy batch (train.Update), at the given values of what they read: each result of
// the forward operations, the loss, and its gradient by each parameter. Witnesses against the reference device are Gorgonia, central differences of the loss in float64, each
// parameter along one random direction, and the device unless it is nil.
func Check(step []program.Operation, values map[string][]float64, d device.Device) ([]Row, error) {
	return check(step, values, reference.New(), d)
}

func check(step []program.Operation, values map[string][]float64, reference, d device.Device) ([]Row, error) {
	derivation, parts, err := derivation(step)
	if err != nil {
		return nil, err
	}
	if values, err = parts.drawn(reference, values); err != nil {
		return nil, err
	}
	results := parts.results()
	p := &program.Program{Name: "check", Operations: derivation}
	var kept []program.Tensor
	for _, result := range results {
		kept = append(kept, result.of)
	}
	p = keeping(p, kept)
	want, err := evaluate(reference, p, kept, values)
	if err != nil {
		return nil, err
	}
	got := map[string][]float64{}
	if d != nil {
		if got, err = evaluate(d, p, kept, values); err != nil {
			return nil, err
		}
	}
	graph, err := NewGraph(parts.forward, parts.wanted())
	if err != nil {
		return nil, err
	}
	defer graph.Close()
	if err := graph.Run(func(tensor program.Tensor) ([]float64, error) { return find(values, tensor) }); err != nil {
		return nil, err
	}
	risk, err := newRisk(reference, parts, values)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, result := range results {
		name := result.of.Name
		row := Row{Kind: result.kind, Tensor: result.of}
		second := graph.Output(name)
		if result.kind == "gradient" {
			row.Tensor = parts.weights[name]
			second = graph.Gradient(row.Tensor.Name)
		}
		row.Distances = append(row.Distances, Distance{"gorgonia", relative(second, want[name]), float64Bound})
		if result.kind == "gradient" {
			distance, err := risk.distance(row.Tensor, want[name])
			if err != nil {
				return nil, err
			}
			row.Distances = append(row.Distances, Distance{"differences", distance, differenceBound})
		}
		if d != nil {
			row.Distances = append(row.Distances, Distance{d.Info().Name, relative(got[name], want[name]), bound(d)})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// result is a tensor that is compared.
type result struct {
	kind string
	of   program.Tensor
}

// results lists what the forward operations write, then the gradients in the order of the updates.
func (s parts) results() []result {
	var results []result
	for _, operation := range s.forward {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", operation), "program.")
		for _, written := range operation.Writes() {
			switch {
			case written.Name == s.loss.losses.Name:
				results = append(results, result{"loss", written})
			case s.derived[written.Name]: // of the loss's gradient: what becomes of it are the gradients by the weights
			default:
				results = append(results, result{kind, written})
			}
		}
	}
	for _, operation := range s.updates {
		if op, is := operation.(program.Adam); is {
			results = append(results, result{"gradient", op.Gradient})
		}
	}
	return results
}

// derivation is a step up to its gradients.
func derivation(step []program.Operation) ([]program.Operation, parts, error) {
	parts, err := split(&program.Program{Operations: step})
	if err != nil {
		return nil, parts, err
	}
	for i, operation := range step {
		if _, is := operation.(program.GradientNorm); is {
			return step[:i], parts, nil
		}
	}
	return nil, parts, errors.New("check: the step has no gradients")
}

// drawn adds to the values what the step draws: the same for all witnesses.
func (s parts) drawn(reference device.Device, values map[string][]float64) (map[string][]float64, error) {
	var written []program.Tensor
	for _, operation := range s.draws {
		written = append(written, operation.Writes()...)
	}
	drawn, err := evaluate(reference, keeping(&program.Program{Name: "draws", Operations: s.draws}, written), written, values)
	if err != nil {
		return nil, err
	}
	maps.Copy(drawn, values)
	return drawn, nil
}

// evaluate runs a program once on a device and returns the values of the tensors that it keeps.
func evaluate(d device.Device, p *program.Program, kept []program.Tensor, values map[string][]float64) (map[string][]float64, error) {
	state, executable, err := compile(d, p)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	defer executable.Close()
	if err := writeInputs(state, p, values); err != nil {
		return nil, err
	}
	if err := executable.Run(program.Scalars{}); err != nil {
		return nil, err
	}
	results := map[string][]float64{}
	for _, tensor := range kept {
		results[tensor.Name] = make([]float64, tensor.Elements())
		if err := state.Read(keptPrefix+tensor.Name, results[tensor.Name]); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// writeInputs writes what a program reads and does not compute.
func writeInputs(state device.State, p *program.Program, values map[string][]float64) error {
	for _, tensor := range p.Tensors() {
		if tensor.Role == program.Temporary || tensor.Role == program.Recorded {
			continue
		}
		held, err := find(values, tensor)
		if err != nil {
			return err
		}
		if err := state.Write(tensor.Name, held); err != nil {
			return err
		}
	}
	return nil
}

func find(values map[string][]float64, tensor program.Tensor) ([]float64, error) {
	held, found := values[tensor.Name]
	if !found || len(held) != tensor.Elements() {
		return nil, fmt.Errorf("check: there are %d values for %v", len(held), tensor)
	}
	return held, nil
}

// relative is the norm of the difference, relative to the norm of what is wanted: 0 if both are zero, infinite if only the latter is, NaN if anything is.
func relative(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.NaN()
	}
	difference, norm := 0.0, 0.0
	for i := range want {
		difference = math.Hypot(difference, got[i]-want[i])
		norm = math.Hypot(norm, want[i])
	}
	if difference == 0 && norm == 0 {
		return 0
	}
	return difference / norm
}

// normals are reproducible standard normal values, different for each name.
func normals(name string, count int) []float64 {
	seed := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(name) {
		seed = (seed ^ uint64(c)) * 1099511628211
	}
	values := make([]float64, 0, count+3)
	for block := uint32(0); len(values) < count; block++ {
		four := random.Normals(random.Words(seed, random.Noise, 0, 0, block))
		values = append(values, four[:]...)
	}
	return values[:count]
}
