package config

import (
	"slices"
	"strconv"
	"strings"
)

// A builder is an experiment in the making, with the places from which its values came.
type builder struct {
	experiment Experiment
	file       string
	places     map[string]string // of what was given, by section and by section.key
	order      []string          // the keys given, the latest last
}

// newBuilder begins with every default.
func newBuilder(file string) *builder {
	b := &builder{file: file, places: make(map[string]string)}
	for _, k := range keys() {
		k.field.reset(&b.experiment)
	}
	return b
}

// add takes over a section or a key of the file.
func (b *builder) add(i item) error {
	at := b.file
	if i.line > 0 {
		at += ":" + strconv.Itoa(i.line)
	}
	if !i.isKey {
		b.places[i.section] = at
		if problem := sectionProblem(i); problem != "" {
			return &Error{at, problem}
		}
		return nil
	}
	k, known := find(i.section, i.name)
	if !known {
		return &Error{at, unknownKey(i.section, i.name)}
	}
	if tables, ok := tablesOf(i.value); ok && k.placed != nil && len(tables) == len(i.tables) {
		return b.place(k, tables, i.tables)
	}
	if problem := b.give(k, i.value, at); problem != "" {
		return &Error{at, k.path() + " = " + describe(i.value) + ": " + problem}
	}
	return nil
}

// place takes over a key whose tables stand on lines of their own.
func (b *builder) place(k key, tables []map[string]any, lines []int) error {
	var places []string
	for _, line := range lines {
		places = append(places, b.file+":"+strconv.Itoa(line))
	}
	if place, problem := k.placed(&b.experiment, tables, places); problem != "" {
		return &Error{place, k.section + "." + problem}
	}
	b.note(k, b.file)
	return nil
}

// sectionProblem says what is wrong with an entry of the outermost table.
func sectionProblem(i item) string {
	known := slices.Contains(sections(), i.section)
	switch i.value.(type) {
	case map[string]any:
		if !known {
			return unknownSection(i.section)
		}
		return ""
	case []map[string]any:
		if !known {
			return unknownSection(i.section)
		}
		return "[[" + i.section + "]] is a section that stands once; write [" + i.section + "]"
	}
	if !known {
		return strayKey(i.section)
	}
	return i.section + " is a section; write [" + i.section + "] and its keys below it"
}

// set takes over one "section.key=value" of the command line.
func (b *builder) set(text string) error {
	at := "-set " + bare(text)
	path, value, assigned := strings.Cut(text, "=")
	if !assigned {
		return &Error{at, "write section.key=value, as in train.batch=8"}
	}
	section, name, dotted := strings.Cut(strings.TrimSpace(path), ".")
	if !dotted {
		return &Error{at, strayKey(section)}
	}
	if !slices.Contains(sections(), section) {
		return &Error{at, unknownSection(section)}
	}
	k, known := find(section, name)
	if !known {
		return &Error{at, unknownKey(section, name)}
	}
	if problem := b.give(k, setValue(strings.TrimSpace(value), k.field.words), at); problem != "" {
		return &Error{at, problem}
	}
	if k.instead != "" {
		other, _ := find(section, k.instead)
		other.field.reset(&b.experiment)
	}
	if k.settle != nil {
		k.settle(&b.experiment)
	}
	return nil
}

// setValue gives the value of -set: TOML, or text where it is not TOML or where text is wanted and it is TOML of another type.
func setValue(text string, words bool) any {
	if len(text) > mostBytes {
		return text
	}
	tree, err := decode("value = " + text)
	value, found := tree["value"]
	if err != nil || !found || len(tree) != 1 {
		return text
	}
	if words {
		switch value.(type) {
		case string, []any:
		default:
			return text
		}
	}
	return value
}

// give sets a key and notes where it was set.
func (b *builder) give(k key, value any, at string) (problem string) {
	if problem := k.field.set(&b.experiment, value); problem != "" {
		return problem
	}
	b.note(k, at)
	return ""
}

func (b *builder) note(k key, at string) {
	b.places[k.path()] = at
	b.order = append(b.order, k.path())
}

// placeOf says where the latest given of some keys stands, or else the section of the first.
func (b *builder) placeOf(paths []string) string {
	for _, path := range slices.Backward(b.order) {
		if at, given := b.places[path]; given && slices.Contains(paths, path) {
			return at
		}
	}
	section, _, _ := strings.Cut(paths[0], ".")
	if at, given := b.places[section]; given {
		return at
	}
	return b.file
}
