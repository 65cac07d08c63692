package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"tweedie/engine/network"
)

// layerKey is one key of a table [[network.layer]].
type layerKey struct {
	name string
	set  func(*network.Layer, any) (problem string)
	text func(*network.Layer) string // TOML, or "" if it says nothing
}

// keyOfLayer is a key whose zero means that it is absent.
func keyOfLayer[T any](name string, k kind[T], pointer func(*network.Layer) *T, absent func(T) bool) layerKey {
	return layerKey{
		name: name,
		set: func(l *network.Layer, value any) string {
			converted, problem := k.convert(value)
			if problem == "" {
				*pointer(l) = converted
			}
			return problem
		},
		text: func(l *network.Layer) string {
			if absent(*pointer(l)) {
				return ""
			}
			return k.text(*pointer(l))
		},
	}
}

func isZero[T comparable](value T) bool { return value == *new(T) }

func layerKeys() []layerKey {
	activation := choice(network.Activations()...)
	return []layerKey{
		keyOfLayer("kind", choice(network.Kinds()...), func(l *network.Layer) *string { return &l.Kind }, isZero),
		keyOfLayer("name", moduleName(), func(l *network.Layer) *string { return &l.Name }, isZero),
		keyOfLayer("from", moduleName(), func(l *network.Layer) *string { return &l.From }, isZero),
		keyOfLayer("add", list("the name of an earlier layer, or a list of two"), func(l *network.Layer) *[]string { return &l.Add },
			func(names []string) bool { return len(names) == 0 }),
		keyOfLayer("gate", moduleName(), func(l *network.Layer) *string { return &l.Gate }, isZero),
		keyOfLayer("channels", integer(1, 65536), func(l *network.Layer) *int { return &l.Channels }, isZero),
		keyOfLayer("kernel", oneOrThree(), func(l *network.Layer) *int { return &l.Kernel }, isZero),
		keyOfLayer("height", integer(1, 65536), func(l *network.Layer) *int { return &l.Height }, isZero),
		keyOfLayer("width", integer(1, 65536), func(l *network.Layer) *int { return &l.Width }, isZero),
		keyOfLayer("activation", activation, func(l *network.Layer) *string { return &l.Activation }, isZero),
		keyOfLayer("bias", negated(), func(l *network.Layer) *bool { return &l.NoBias }, isZero),
		keyOfLayer("latent", truth(), func(l *network.Layer) *bool { return &l.Latent }, isZero),
	}
}

// negated is true or false, kept as the opposite.
func negated() kind[bool] {
	k := truth()
	return kind[bool]{
		want: k.want,
		convert: func(value any) (bool, string) {
			b, problem := k.convert(value)
			return !b, problem
		},
		text: func(b bool) string { return k.text(!b) },
	}
}

// oneOrThree is the side of a kernel.
func oneOrThree() kind[int] {
	k := integer(1, 3)
	return kind[int]{
		convert: func(value any) (int, string) {
			n, problem := k.convert(value)
			if problem != "" || n == 2 {
				return 0, "want 1 or 3"
			}
			return n, ""
		},
		text: k.text,
	}
}

var module = regexp.MustCompile(`^[\pL_][\pL\pN_.-]*$`)

// moduleName is the name of a layer, which begins those of its parameters.
func moduleName() kind[string] {
	const want = "want the name of a layer, of letters, digits, _, - and ., such as \"encoder.0\""
	return words(want, func(s string) string {
		if !module.MatchString(s) {
			return want
		}
		return ""
	})
}

// readLayer reads one table [[network.layer]].
func readLayer(table map[string]any) (l network.Layer, problem string) {
	known := layerKeys()
	var names []string
	for _, k := range known {
		names = append(names, k.name)
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		at := slices.Index(names, name)
		if at < 0 {
			if near := Nearest(name, names); near != "" {
				return l, fmt.Sprintf("unknown key %q of a layer; did you mean %q?", shorten(name), near)
			}
			return l, fmt.Sprintf("unknown key %q of a layer; its keys are %s", shorten(name), strings.Join(names, ", "))
		}
		if problem := known[at].set(&l, table[name]); problem != "" {
			return l, name + " = " + describe(table[name]) + ": " + problem
		}
	}
	if l.Kind == "" {
		return l, "it has no kind; write one of " + strings.Join(network.Kinds(), ", ")
	}
	return l, ""
}

// layersKey is the entry of the layers that make up a network.
func layersKey() key {
	const want = "tables [[network.layer]], each with a kind and its keys (docs/networks.md)"
	pointer := func(e *Experiment) *[]network.Layer { return &e.Network.Layer }
	read := func(e *Experiment, tables []map[string]any) (index int, problem string) {
		layers := make([]network.Layer, len(tables))
		for i, table := range tables {
			if layers[i], problem = readLayer(table); problem != "" {
				return i, problem
			}
		}
		*pointer(e) = layers
		return 0, ""
	}
	return key{
		section: "network", name: "layer",
		field: field{
			want:    want,
			pointer: func(e *Experiment) any { return pointer(e) },
			reset:   func(e *Experiment) { *pointer(e) = nil },
			set: func(e *Experiment, value any) string {
				tables, ok := tablesOf(value)
				if !ok {
					return "want " + want
				}
				if index, problem := read(e, tables); problem != "" {
					return fmt.Sprintf("layer %d: %s", index+1, problem)
				}
				return ""
			},
			check: func(*Experiment) string { return "" },
			text: func(e *Experiment) string {
				var tables []string
				for _, l := range *pointer(e) {
					tables = append(tables, layerText(l))
				}
				if tables == nil {
					return ""
				}
				return "[" + strings.Join(tables, ", ") + "]"
			},
		},
		placed: func(e *Experiment, tables []map[string]any, places []string) (place, problem string) {
			index, problem := read(e, tables)
			if problem != "" {
				return places[index], fmt.Sprintf("layer %d: %s", index+1, problem)
			}
			for i := range *pointer(e) {
				(*pointer(e))[i].At = places[i]
			}
			return "", ""
		},
		help:    "the layers of a network of your own, in order: name = \"layers\" for images of any size, \"layers28x28\" for that size",
		absent:  "of a network named layers",
		example: `[{kind = "convolution", channels = 32, activation = "silu"}, {kind = "convolution", channels = 1, add = "noisy"}]`,
	}
}

// layerText is a layer as an inline table.
func layerText(l network.Layer) string {
	var entries []string
	for _, k := range layerKeys() {
		if text := k.text(&l); text != "" {
			entries = append(entries, k.name+" = "+text)
		}
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

// tablesOf gives an array of tables, in either form that TOML has for it.
func tablesOf(value any) ([]map[string]any, bool) {
	switch value := value.(type) {
	case []map[string]any:
		return value, true
	case []any:
		var tables []map[string]any
		for _, item := range value {
			table, ok := item.(map[string]any)
			if !ok {
				return nil, false
			}
			tables = append(tables, table)
		}
		return tables, true
	}
	return nil, false
}
