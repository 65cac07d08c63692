package main

import (
	"fmt"
	"os"

	"tweedie/engine/report"
)

func runPlot(i *invocation) error {
	out := i.flags.String("o", "", "`path` of the picture (PNG)")
	force := i.flags.Bool("force", false, "overwrite the picture if it exists")
	title := i.flags.String("title", "", "`text` above the plot; the file's name if absent")
	if err := i.parse(1, 1); err != nil {
		return err
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	if _, err := os.Lstat(*out); err == nil && !*force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", *out)}
	}
	rows, err := report.ReadSweep(i.arguments[0])
	if err != nil {
		return &dataError{err}
	}
	if *title == "" {
		*title = i.arguments[0]
	}
	picture, err := report.SweepPlot(*title, rows)
	if err != nil {
		return &dataError{err}
	}
	if err := report.WritePNG(*out, picture); err != nil {
		return err
	}
	fmt.Fprintln(i.stdout, *out)
	return nil
}
