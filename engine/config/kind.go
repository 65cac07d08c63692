package config

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A kind is a type of value: how it is read from TOML, which values it may have, how it is written.
type kind[T any] struct {
	want    string                   // "an integer from 1 to 8"
	convert func(any) (T, string)    // from what package toml decodes; the text is a problem, or ""
	check   func(T) (problem string) // "" if the value is allowed
	text    func(T) string           // TOML
	words   bool                     // the value is text or a list of it, so that -set takes what is not text literally
}

// integer is a whole number in [low, high]. A float is refused even where it is whole: it is more often a slip than meant.
func integer[T int | uint64](low, high T) kind[T] {
	want := fmt.Sprintf("an integer from %d to %d", low, high)
	return kind[T]{
		want: want,
		convert: func(value any) (T, string) {
			switch value := value.(type) {
			case int64:
				if value < int64(low) || value > int64(high) {
					return 0, "want " + want
				}
				return T(value), ""
			case float64:
				if value == math.Trunc(value) && value >= float64(low) && value <= float64(high) && math.Abs(value) < 1<<53 {
					return 0, fmt.Sprintf("want %s, without decimal point or exponent: write %d", want, int64(value))
				}
			}
			return 0, "want " + want
		},
		check: func(value T) string {
			if value < low || value > high {
				return "want " + want
			}
			return ""
		},
		text: func(value T) string { return fmt.Sprint(value) },
	}
}

// number is a float in [low, high]; TOML may write it as an integer.
func number(low, high float64) kind[float64] {
	want := "a number from " + formatFloat(low) + " to " + formatFloat(high)
	check := func(value float64) string {
		if !(value >= low && value <= high) { // written so that NaN fails
			return "want " + want
		}
		return ""
	}
	return kind[float64]{
		want: want,
		convert: func(value any) (float64, string) {
			float, ok := toFloat(value)
			if !ok {
				return 0, "want " + want
			}
			return float, check(float)
		},
		check: check,
		text:  formatFloat,
	}
}

// interval is a number or [from, to], within [low, high]. If exclusive, the number low alone is refused: noise of sigma 0 leaves nothing to learn.
func interval(low, high float64, exclusive bool) kind[Range] {
	start := "a number from %[1]s to %[2]s"
	if exclusive {
		start = "a number above %[1]s up to %[2]s"
	}
	want := fmt.Sprintf(start+", or a range [from, to] within [%[1]s, %[2]s]", formatFloat(low), formatFloat(high))
	check := func(r Range) string {
		switch {
		case !(r.From >= low && r.From <= high && r.To >= low && r.To <= high), exclusive && r.Fixed() && r.From == low:
			return "want " + want
		case r.From > r.To:
			return fmt.Sprintf("the range runs backwards: write [%s, %s]", formatFloat(r.To), formatFloat(r.From))
		}
		return ""
	}
	return kind[Range]{
		want: want,
		convert: func(value any) (Range, string) {
			ends, ok := value.([]any)
			if !ok {
				ends = []any{value, value}
			}
			if len(ends) != 2 {
				return Range{}, "want " + want
			}
			from, fromOK := toFloat(ends[0])
			to, toOK := toFloat(ends[1])
			if !fromOK || !toOK {
				return Range{}, "want " + want
			}
			r := Range{from, to}
			return r, check(r)
		},
		check: check,
		text: func(r Range) string {
			if r.Fixed() {
				return formatFloat(r.From)
			}
			return "[" + formatFloat(r.From) + ", " + formatFloat(r.To) + "]"
		},
	}
}

// truth is true or false.
func truth() kind[bool] {
	return kind[bool]{
		want: "true or false",
		convert: func(value any) (bool, string) {
			b, ok := value.(bool)
			if !ok {
				return false, "want true or false"
			}
			return b, ""
		},
		check: func(bool) string { return "" },
		text:  strconv.FormatBool,
	}
}

// words is a text that is not empty and can be printed on one line.
func words(want string, check func(string) (problem string)) kind[string] {
	return kind[string]{
		want: want,
		convert: func(value any) (string, string) {
			s, ok := value.(string)
			if !ok {
				return "", "want " + want
			}
			return s, check(s)
		},
		check: check,
		text:  strconv.Quote, // also TOML for printable text
		words: true,
	}
}

// oneLine is any text of one line.
func oneLine(want string) kind[string] {
	return words(want, func(s string) string {
		if !printable(s) {
			return "want " + want
		}
		return ""
	})
}

// fileName is a name under which a folder can be made.
func fileName() kind[string] {
	const want = "a name without / and \\"
	return words(want, func(s string) string {
		if !printable(s) || strings.ContainsAny(s, `/\`) || s == "." || s == ".." {
			return "want " + want
		}
		return ""
	})
}

// choice is one of a few words.
func choice(options ...string) kind[string] {
	quoted := make([]string, len(options))
	for i, option := range options {
		quoted[i] = strconv.Quote(option)
	}
	want := quoted[0]
	if last := len(quoted) - 1; last > 0 {
		want = strings.Join(quoted[:last], ", ") + " or " + quoted[last]
	}
	return words(want, func(s string) string {
		if slices.Contains(options, s) {
			return ""
		}
		if near := Nearest(s, options); near != "" && len(options) > 1 {
			return fmt.Sprintf("want %s; did you mean %q?", want, near)
		}
		return "want " + want
	})
}

// deviceName is the name of a kind of device, or of one of several: cuda:0 is the first, as cuda is.
func deviceName() kind[string] {
	names := []string{"auto", "cuda", "cpu", "reference", "gorgonia"}
	const want = `want "auto", "cuda" (or "cuda:1", ...), "cpu", "reference" or "gorgonia"`
	return words(want, func(s string) string {
		if slices.Contains(names, s) || numberedDevice.MatchString(s) {
			return ""
		}
		if near := Nearest(s, names); near != "" {
			return fmt.Sprintf("%s; did you mean %q?", want, near)
		}
		return want
	})
}

var numberedDevice = regexp.MustCompile(`^cuda:\d{1,3}$`)

// list is one or more lines of text; a single text stands for a list of one.
func list(want string) kind[[]string] {
	check := func(values []string) string {
		if len(values) == 0 || slices.ContainsFunc(values, func(s string) bool { return !printable(s) }) {
			return "want " + want
		}
		return ""
	}
	return kind[[]string]{
		want: want,
		convert: func(value any) ([]string, string) {
			if s, ok := value.(string); ok {
				value = []any{s}
			}
			items, _ := value.([]any)
			var values []string
			for _, item := range items {
				s, ok := item.(string)
				if !ok {
					return nil, "want " + want
				}
				values = append(values, s)
			}
			return values, check(values)
		},
		check: check,
		text: func(values []string) string {
			quoted := make([]string, len(values))
			for i, value := range values {
				quoted[i] = strconv.Quote(value)
			}
			return "[" + strings.Join(quoted, ", ") + "]"
		},
		words: true,
	}
}

// printable reports whether s is text that can stand in a message and in a path: not empty, UTF-8, without control characters.
func printable(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func toFloat(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value + 0, true // -0 becomes 0: equal values have equal text
	}
	return 0, false
}

// formatFloat gives the shortest text that reads back as the same value. TOML accepts it wherever a float is wanted.
func formatFloat(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }
