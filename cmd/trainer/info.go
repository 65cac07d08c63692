package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"tweedie/engine/checkpoint"
)

func runInfo(i *invocation) error {
	if err := i.parse(1, 1); err != nil {
		return err
	}
	path := i.arguments[0]
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		newest, skipped, err := checkpoint.Newest(path)
		for _, broken := range skipped {
			fmt.Fprintf(i.stdout, "broken: %v\n", broken)
		}
		if err != nil {
			return &dataError{err}
		}
		path = checkpoint.Path(path, newest.Step)
	}
	file, err := checkpoint.ReadFile(path)
	if err != nil {
		return &dataError{err}
	}
	fmt.Fprintln(i.stdout, path)
	if file.Digest != "" {
		fmt.Fprintf(i.stdout, "digest %s (verified)\n", file.Digest)
	} else {
		fmt.Fprintln(i.stdout, "no digest: damage would not be seen")
	}
	for _, key := range slices.Sorted(maps.Keys(file.Metadata)) {
		text := file.Metadata[key]
		if strings.Contains(text, "\n") {
			text = "\n    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
		}
		fmt.Fprintf(i.stdout, "%s: %s\n", key, text)
	}
	total := 0
	for _, tensor := range file.Tensors {
		elements := 1
		for _, length := range tensor.Shape {
			elements *= length
		}
		total += elements
		fmt.Fprintf(i.stdout, "%-44s %-4s %v\n", tensor.Name, tensor.Type(), tensor.Shape)
	}
	fmt.Fprintf(i.stdout, "%d tensors, %d values\n", len(file.Tensors), total)
	return nil
}
