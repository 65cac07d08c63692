package config

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// mostBytes bounds an experiment's text, because the time that package toml needs grows with the square of the nesting: a minute for 64 KiB of it.
const mostBytes = 1 << 14

// Parse reads an experiment. Name is what messages call the text, and its base without .toml is the experiment's name where the text has none.
// The error, if any, is an *Error.
func Parse(name string, text []byte) (*Experiment, error) {
	return parse(name, baseName(name), text, nil)
}

// baseName is the name of an experiment that has none of its own.
func baseName(path string) string { return strings.TrimSuffix(filepath.Base(path), extension) }

// parse calls the text by the name file in messages.
func parse(file, name string, text []byte, sets []string) (*Experiment, error) {
	items, err := readItems(file, text)
	if err != nil {
		return nil, err
	}
	b := newBuilder(file)
	for _, item := range items {
		if err := b.add(item); err != nil {
			return nil, err
		}
	}
	for _, set := range sets {
		if err := b.set(set); err != nil {
			return nil, err
		}
	}
	e := &b.experiment
	if e.Experiment.Name == "" {
		e.Experiment.Name = name
	}
	if e.Experiment.Output == "" {
		e.Experiment.Output = "runs/" + e.Experiment.Name
	}
	e.settlePairs()
	e.Noise.fill()
	e.fillDomain()
	if paths, problem := e.problem(); problem != "" {
		return nil, &Error{b.placeOf(paths), problem}
	}
	return e, nil
}

// An item is a section or a key as found in a file.
type item struct {
	section, name string
	isKey         bool // else a section, and the name is empty
	value         any
	line          int   // 0 if not known
	tables        []int // of the tables of an array
}

// readItems decodes a document into its sections and keys in the order of their lines.
func readItems(file string, text []byte) ([]item, error) {
	if len(text) > mostBytes {
		return nil, &Error{file, fmt.Sprintf("more than %d bytes: this is no experiment", mostBytes)}
	}
	tree, err := decode(string(text))
	if err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, &Error{fmt.Sprintf("%s:%d", file, lineAt(string(text), syntax.Position.Start)), syntaxProblem(syntax.Message)}
		}
		return nil, &Error{file, syntaxProblem(err.Error())}
	}
	lines, tableLines := lineNumbers(string(text)), tableLineNumbers(string(text))
	var items []item
	for section, content := range tree {
		items = append(items, item{section: section, value: content, line: lines[place{section: section}]})
		table, _ := content.(map[string]any)
		for name, value := range table {
			at := place{section, name, true}
			items = append(items, item{section, name, true, value, lines[at], tableLines[at]})
		}
	}
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.section, b.section), cmp.Compare(a.name, b.name))
	})
	return items, nil
}

// decode reads TOML. Package toml panics where its lexer and its parser disagree; to a user that is one more text that cannot be read.
func decode(text string) (tree map[string]any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			tree, err = nil, errors.New("it cannot be parsed")
		}
	}()
	_, err = toml.Decode(text, &tree)
	return tree, err
}

// syntaxProblem is what package toml says, on one line: it repeats characters of the text as they are.
func syntaxProblem(message string) string {
	problem := "not valid TOML: " + strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.TrimSuffix(message, "."))
	if strings.HasSuffix(problem, "out of range for int64") {
		problem += "; the largest integer is 9223372036854775807"
	}
	return problem
}
