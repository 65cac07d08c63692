package config

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/engine/noise"
)

// noiseKey is the entry of a noise models' parameter, by what package noise says of it.
func noiseKey(name string, pointer func(*Noise) *Range) key {
	var parameter noise.Parameter
	var models []string
	for _, model := range noise.Models() {
		for _, p := range model.Parameters {
			if p.Name == name {
				parameter = p
				models = append(models, model.Name)
			}
		}
	}
	drawn := "uniformly"
	if parameter.Logarithmic {
		drawn = "uniformly in the logarithm"
	}
	example := formatFloat(parameter.Default)
	return key{
		section: "noise", name: name,
		field:  optional(interval(parameter.Low, parameter.High, parameter.Exclusive), func(e *Experiment) *Range { return pointer(&e.Noise) }),
		help:   fmt.Sprintf("%s; from a range one is drawn for each sample, %s", parameter.Help, drawn),
		absent: fmt.Sprintf("of %s; default: %s", strings.Join(models, ", "), example), example: example,
	}
}

// summaries lists the models, "name is y given x".
func summaries() string {
	var list []string
	for _, model := range noise.Models() {
		formula, _, _ := strings.Cut(model.Summary, ": ")
		list = append(list, model.Name+" is "+formula)
	}
	return strings.Join(list, ", ")
}

// ranges are the parameters by their keys.
func (n *Noise) ranges() map[string]*Range {
	return map[string]*Range{"sigma": &n.Sigma, "peak": &n.Peak, "photons": &n.Photons, "attenuation": &n.Attenuation, "looks": &n.Looks}
}

// parameters are those of the model, none if it is unknown.
func (n *Noise) parameters() []noise.Parameter {
	model, _, _ := noise.ByName(n.Model)
	return model.Parameters
}

// fill gives each parameter of the model that is absent its default.
func (n *Noise) fill() {
	for _, p := range n.parameters() {
		if r := n.ranges()[p.Name]; *r == (Range{}) {
			*r = Range{p.Default, p.Default}
		}
	}
}

// keepOwn removes the parameters of other models.
func (n *Noise) keepOwn() {
	for name, r := range n.ranges() {
		if !n.owns(name) {
			*r = Range{}
		}
	}
	if n.Model != OneOf {
		n.Of = nil
	}
}

func (n *Noise) owns(name string) bool {
	return slices.ContainsFunc(n.parameters(), func(p noise.Parameter) bool { return p.Name == name })
}

// problem reports a parameter that is not the model's, and one of the model that is absent.
func (n *Noise) problem() (key, problem string) {
	var own []string
	for _, p := range n.parameters() {
		own = append(own, p.Name)
	}
	if n.Model == OneOf {
		own = []string{"of"}
	}
	for _, k := range keys() {
		r, isParameter := n.ranges()[k.name]
		switch {
		case k.section != "noise" || !isParameter:
		case *r != (Range{}) && !n.owns(k.name):
			having := "which has none"
			if len(own) > 0 {
				having = "whose keys are " + strings.Join(own, ", ")
			}
			return k.name, fmt.Sprintf("%s in [noise] is no key of the model %q, %s; remove it, or choose another model", k.name, n.Model, having)
		case *r == (Range{}) && n.owns(k.name):
			return k.name, fmt.Sprintf("[noise] has no %s, which the model %q needs; add it, such as %[1]s = %[3]s", k.name, n.Model, k.example)
		}
	}
	switch {
	case n.Model == OneOf && (len(n.Of) == 0 || len(n.Of) > noise.MostComponents):
		return "of", fmt.Sprintf("[noise] has %d models for %q to choose from, not 1 to %d; give each a table [[noise.of]] with its model and keys",
			len(n.Of), OneOf, noise.MostComponents)
	case n.Model != OneOf && len(n.Of) > 0:
		return "of", fmt.Sprintf("[[noise.of]] lists models, but the model is %q; write model = %q in [noise]", n.Model, OneOf)
	}
	return "", ""
}

// Fixed is the noise as one model at fixed parameters, if it is that.
func (n *Noise) Fixed() (fixed noise.Fixed, found bool) {
	given := map[string]float64{}
	for _, p := range n.parameters() {
		r := n.ranges()[p.Name]
		if !r.Fixed() {
			return noise.Fixed{}, false
		}
		given[p.Name] = r.From
	}
	fixed, err := noise.Fix(n.Model, given)
	return fixed, err == nil
}

// Components are the models with their ranges, as programs draw from them: one, those of OneOf in their shares, or none where the noise was recorded.
func (n *Noise) Components() []noise.Component {
	if n.Model == Paired {
		return nil
	}
	if n.Model != OneOf {
		return []noise.Component{n.component(1)}
	}
	total, sum := 0.0, 0.0
	for _, share := range n.Of {
		total += share.Weight
	}
	var components []noise.Component
	for i, share := range n.Of {
		sum += share.Weight
		until := float32(sum / total)
		if i == len(n.Of)-1 {
			until = 1
		}
		components = append(components, share.Noise.component(until))
	}
	return components
}

func (n *Noise) component(until float32) noise.Component {
	model, number, _ := noise.ByName(n.Model)
	component := noise.Component{Model: number, Until: until}
	for i, p := range model.Parameters {
		r := n.ranges()[p.Name]
		component.Ranges[i] = p.Range(r.From, r.To)
	}
	return component
}
