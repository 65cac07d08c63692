package main

import (
	"fmt"
	"strconv"
	"strings"
)

// notMeasured stands where a command that failed printed no figure.
const notMeasured = "(not measured)"

// figure is a number that a stage printed, times a scale: the path's parts are keys and indices, as in levels.0.left. A figure that is not there is an error, unless the
// stage printed none at all.
func (p page) figure(name, path string, scale float64, format string) (string, error) {
	s, known := p.Stages[name]
	if !known {
		return "", fmt.Errorf("there is no stage %q", name)
	}
	if s.figures == nil && s.Missed != "" {
		return notMeasured, nil
	}
	value := s.figures
	for _, part := range strings.Split(path, ".") {
		switch inside := value.(type) {
		case map[string]any:
			value = inside[part]
		case []any:
			index, err := strconv.Atoi(part)
			if err != nil || index < 0 || index >= len(inside) {
				return "", fmt.Errorf("%s printed no %s", s.Command, path)
			}
			value = inside[index]
		default:
			return "", fmt.Errorf("%s printed no %s", s.Command, path)
		}
	}
	number, is := value.(float64)
	if !is {
		return "", fmt.Errorf("%s printed no number as %s: %v", s.Command, path, value)
	}
	return fmt.Sprintf(format, scale*number), nil
}

// largest is the largest of a key's figures over a stage's levels.
func (p page) largest(name, key string, scale float64, format string) (string, error) {
	s, known := p.Stages[name]
	if !known {
		return "", fmt.Errorf("there is no stage %q", name)
	}
	if s.figures == nil && s.Missed != "" {
		return notMeasured, nil
	}
	object, _ := s.figures.(map[string]any)
	levels, _ := object["levels"].([]any)
	if len(levels) == 0 {
		return "", fmt.Errorf("%s printed no levels", s.Command)
	}
	most, found := 0.0, false
	for _, level := range levels {
		fields, _ := level.(map[string]any)
		if value, is := fields[key].(float64); is && (!found || value > most) {
			most, found = value, true
		}
	}
	if !found {
		return "", fmt.Errorf("%s printed no %s", s.Command, key)
	}
	return fmt.Sprintf(format, scale*most), nil
}
