package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func figureCommand(ts *testscript.TestScript, arguments []string) {
	low, lowErr := strconv.ParseFloat(arguments[2], 64)
	high, highErr := strconv.ParseFloat(arguments[3], 64)
	ts.Check(errors.Join(lowErr, highErr))
	text := ts.ReadFile(arguments[0])
	object := map[string]any{}
	if err := json.Unmarshal([]byte(text), &object); err != nil { // which refuses what stands before or behind the object
		ts.Fatalf("%v: %s", err, text)
	}
	var value any = object
	for _, key := range strings.Split(arguments[1], ".") {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[key]
		case []any:
			index, err := strconv.Atoi(key)
			if err != nil || index < 0 || index >= len(inside) {
				ts.Fatalf("%s: there is no %q in a list of %d", arguments[1], key, len(inside))
			}
			value = inside[index]
		default:
			ts.Fatalf("%s: there is nothing below %v", arguments[1], value)
		}
	}
	if number, is := value.(float64); !is || !(number >= low && number <= high) {
		ts.Fatalf("%s is %v, not a number from %v to %v:\n%s", arguments[1], value, low, high, text)
	}
}
