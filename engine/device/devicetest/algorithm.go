package devicetest

import (
	"slices"
	"strings"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// Algorithm is one way in which a device computes some operations, named by the first word of a Plan's choice. The suite runs the cases that it applies
// to with a Plan that asks for it, whatever the device's default is.
type Algorithm struct {
	Name    string
	Applies func(program.Operation) bool
	// Bound is what the results for these contents may differ from the reference by, for each tensor that the operation writes. Nil: the case's own bound.
	Bound func(c program.Case, contents map[string]any) map[string][]float64
}

// alternatives are the algorithms of a device that names them itself.
func alternatives(d device.Device) []Algorithm {
	tuner, ok := d.(device.Tuner)
	if !ok {
		return nil
	}
	var list []Algorithm
	for _, c := range program.Cases() {
		for _, name := range tuner.Alternatives(c.Operation) {
			if !slices.ContainsFunc(list, func(a Algorithm) bool { return a.Name == name }) {
				list = append(list, Algorithm{Name: name, Applies: func(operation program.Operation) bool {
					return slices.Contains(tuner.Alternatives(operation), name)
				}})
			}
		}
	}
	return list
}

// pass is one algorithm on one case, or the device's default.
type pass struct {
	algorithm  string // empty for the default
	algorithms []Algorithm
}

// passes are the default and every algorithm that applies.
func passes(operation program.Operation, algorithms []Algorithm) []pass {
	list := []pass{{"", algorithms}}
	for _, a := range algorithms {
		if a.Applies(operation) {
			list = append(list, pass{a.Name, algorithms})
		}
	}
	return list
}

// plan is the device's own plan with the pass's algorithm in the place of every choice's first word.
func (p pass) plan(own device.Plan) device.Plan {
	if p.algorithm == "" {
		return own
	}
	asked := device.Plan{Device: own.Device, Algorithms: map[string]string{}}
	for key, choice := range own.Algorithms {
		_, rest, _ := strings.Cut(choice, " ")
		asked.Algorithms[key] = strings.TrimSpace(p.algorithm + " " + rest)
	}
	return asked
}

// bound returns the bound of the algorithm that the plan names, nil if that is the case's own.
func (p pass) bound(plan device.Plan, c program.Case) map[string][]float64 {
	for _, choice := range plan.Algorithms {
		name, _, _ := strings.Cut(choice, " ")
		at := slices.IndexFunc(p.algorithms, func(a Algorithm) bool { return a.Name == name })
		if at >= 0 && p.algorithms[at].Bound != nil {
			return p.algorithms[at].Bound(c, contents(c))
		}
	}
	return nil
}
