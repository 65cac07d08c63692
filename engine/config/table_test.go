package config

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// Every field of Experiment has its key and every key its field; names correspond; every key can be explained.
func TestTableAndExperimentCorrespond(t *testing.T) {
	var e Experiment
	unused := make(map[any]key)
	for _, k := range keys() {
		pointer := k.field.pointer(&e)
		if other, twice := unused[pointer]; twice {
			t.Errorf("%s and %s are the same field", k.path(), other.path())
		}
		unused[pointer] = k
		if k.help == "" || strings.Contains(k.help, "\n") {
			t.Errorf("%s: help %q is not one line", k.path(), k.help)
		}
		if k.field.initial == "" && (k.absent == "" || k.example == "") {
			t.Errorf("%s has no default and does not say what holds instead", k.path())
		}
		if _, known := find(k.section, k.instead); k.instead != "" && !known {
			t.Errorf("%s removes the key %q, which is none", k.path(), k.instead)
		}
	}
	structure := reflect.ValueOf(&e).Elem()
	for i := range structure.NumField() {
		section := structure.Field(i)
		for j := range section.NumField() {
			path := snake(structure.Type().Field(i).Name) + "." + snake(section.Type().Field(j).Name)
			k, found := unused[section.Field(j).Addr().Interface()]
			if !found {
				t.Errorf("%s has no key", path)
			} else if k.path() != path {
				t.Errorf("the key of %s is %s", path, k.path())
			}
			delete(unused, section.Field(j).Addr().Interface())
		}
	}
	for _, k := range unused {
		t.Errorf("%s is no field of Experiment", k.path())
	}
}

func snake(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

// Each default is a value that its own key accepts, and its text is read back as it.
func TestDefaultsAreInRange(t *testing.T) {
	for _, k := range keys() {
		if k.field.initial == "" {
			continue
		}
		var byDefault, byText Experiment
		k.field.reset(&byDefault)
		if problem := k.field.check(&byDefault); problem != "" {
			t.Errorf("%s: %s", k.path(), problem)
		}
		tree, err := decode("value = " + k.field.initial)
		if err != nil {
			t.Fatal(err)
		}
		if problem := k.field.set(&byText, tree["value"]); problem != "" {
			t.Errorf("%s: %s", k.path(), problem)
		}
		if !reflect.DeepEqual(byDefault, byText) {
			t.Errorf("%s: default is %+v, its text gives %+v", k.path(), byDefault, byText)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"sigma", "sigma", 0},
		{"sgima", "sigma", 1},    // a swap
		{"signa", "sigma", 1},    // a substitution
		{"sima", "sigma", 1},     // a deletion
		{"siggma", "sigma", 1},   // an insertion
		{"kitten", "sitting", 3}, // Levenshtein's textbook case
		{"ca", "abc", 3},         // 2 without the rule that no letter is edited twice
		{"é", "e", 1},            // runes, not bytes
	} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
