package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sharesKey is the entry of the models that OneOf chooses from.
func sharesKey() key {
	const want = "tables [[noise.of]], each with a model, its keys, and a weight from 0.001 to 1000 (1 if absent)"
	pointer := func(e *Experiment) *[]NoiseShare { return &e.Noise.Of }
	return key{
		section: "noise", name: "of",
		field: field{
			want:    want,
			pointer: func(e *Experiment) any { return pointer(e) },
			reset:   func(e *Experiment) { *pointer(e) = nil },
			set: func(e *Experiment, value any) (problem string) {
				tables, ok := tablesOf(value)
				if !ok {
					return "want " + want
				}
				shares := make([]NoiseShare, len(tables))
				for i, table := range tables {
					if shares[i], problem = readShare(table); problem != "" {
						return fmt.Sprintf("table %d: %s", i+1, problem)
					}
				}
				*pointer(e) = shares
				return ""
			},
			check: func(e *Experiment) string {
				for i, share := range *pointer(e) {
					if problem := share.problem(); problem != "" {
						return fmt.Sprintf("table %d: %s", i+1, problem)
					}
				}
				return ""
			},
			text: func(e *Experiment) string {
				var tables []string
				for _, share := range *pointer(e) {
					tables = append(tables, share.text())
				}
				if tables == nil {
					return ""
				}
				return "[" + strings.Join(tables, ", ") + "]"
			},
		},
		help:    "the models that one-of chooses from, each sample anew",
		absent:  "of " + OneOf,
		example: `[{model = "gaussian", sigma = [0, 55]}, {model = "poisson", peak = [5, 100], weight = 2}]`,
	}
}

func weight() kind[float64] { return number(0.001, 1000) }

// shareKeys are the keys of a table but weight: those of [noise] that belong to a model.
func shareKeys() []key {
	return slices.DeleteFunc(keys(), func(k key) bool { return k.section != "noise" || k.name == "of" || k.name == "recorded" })
}

// readShare reads one table [[noise.of]] and fills in the defaults.
func readShare(table map[string]any) (share NoiseShare, problem string) {
	e := Experiment{}
	share.Weight = 1
	names := []string{"weight"}
	for _, k := range shareKeys() {
		names = append(names, k.name)
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		value := table[name]
		if name == "weight" {
			if share.Weight, problem = weight().convert(value); problem != "" {
				return share, "weight = " + describe(value) + ": " + problem
			}
			continue
		}
		k, known := find("noise", name)
		if !known || name == "of" || name == "recorded" {
			return share, fmt.Sprintf("unknown key %q; its keys are %s", name, strings.Join(names, ", "))
		}
		if problem := k.field.set(&e, value); problem != "" {
			return share, name + " = " + describe(value) + ": " + problem
		}
	}
	e.Noise.fill()
	share.Noise = e.Noise
	return share, share.problem()
}

// problem says what is wrong with a share.
func (s NoiseShare) problem() string {
	if problem := weight().check(s.Weight); problem != "" {
		return "weight: " + problem
	}
	if s.Noise.Model == "" || s.Noise.Model == OneOf || s.Noise.Model == Paired {
		return "it needs a model other than one-of and paired"
	}
	e := Experiment{Noise: s.Noise}
	for _, k := range shareKeys() {
		if problem := k.field.check(&e); problem != "" {
			return k.name + ": " + problem
		}
	}
	_, problem := s.Noise.problem()
	return strings.ReplaceAll(problem, " in [noise]", "")
}

// text is the share as an inline table.
func (s NoiseShare) text() string {
	var entries []string
	e := Experiment{Noise: s.Noise}
	for _, k := range shareKeys() {
		if text := k.field.text(&e); text != "" {
			entries = append(entries, k.name+" = "+text)
		}
	}
	if s.Weight != 1 {
		entries = append(entries, "weight = "+weight().text(s.Weight))
	}
	return "{" + strings.Join(entries, ", ") + "}"
}
