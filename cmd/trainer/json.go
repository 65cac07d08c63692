package main

import (
	"encoding/json"

	"tweedie/engine/report"
)

// jsonFlag declares -json. Its help lists the object's keys.
func (i *invocation) jsonFlag(keys string) {
	i.flags.BoolVar(&i.asJSON, "json", false, "print one JSON object: "+keys)
}

// found prints what a command found: with -json the object, and nothing else, on one line; else as the text that print prints. Figures that may not be finite are a
// report.Number, which JSON has as null.
func (i *invocation) found(object any, print func()) error {
	if i.asJSON {
		return json.NewEncoder(i.stdout).Encode(object)
	}
	print()
	return nil
}

// numbers are values as JSON has them.
func numbers(values []float64) []report.Number {
	list := make([]report.Number, len(values))
	for k, value := range values {
		list[k] = report.Number(value)
	}
	return list
}
