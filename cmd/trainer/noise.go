package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/engine"
	"tweedie/engine/picture"
	"tweedie/engine/report"
)

func runNoise(i *invocation) error {
	chosen := i.noiseFlags("model")
	seed := i.flags.Uint64("seed", 1, "seed of the generator")
	out := i.flags.String("o", "", "`path` of the noisy image")
	chart := i.flags.Bool("chart", false, "draw a chart of every model in three strengths, histogram and variance, instead")
	force := i.flags.Bool("force", false, "overwrite the result if it exists")
	openDevice := i.deviceFlags()
	if err := i.parse(1, 1); err != nil {
		return err
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	if *chart {
		return i.noiseChart(*out, *seed, *force)
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	if missing {
		return i.sigmaMissing()
	}
	if sameFile(i.arguments[0], *out) {
		return &dataError{fmt.Errorf("%s would be overwritten by its own result; name another place by -o", i.arguments[0])}
	}
	if _, err := os.Lstat(*out); err == nil && !*force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", *out)}
	}
	clean, err := picture.Read(i.arguments[0])
	if err != nil {
		return err
	}
	if err := picture.CanWrite(*out, clean); err != nil {
		return err
	}
	d, err := openDevice()
	if err != nil {
		return err
	}
	defer d.Close()
	noisy, err := engine.AddNoise(d, clean, given, *seed)
	if err != nil {
		return err
	}
	if err := picture.Write(*out, noisy, *force); err != nil {
		return err
	}
	fmt.Fprintln(i.stdout, *out)
	return nil
}

// noiseChart draws the chart of every noise model on the first channel of the image.
func (i *invocation) noiseChart(out string, seed uint64, force bool) error {
	var other string
	i.flags.Visit(func(f *flag.Flag) {
		if !slices.Contains([]string{"chart", "o", "seed", "force"}, f.Name) {
			other = f.Name
		}
	})
	if other != "" {
		return i.misuse("-chart shows every model; leave out -%s", other)
	}
	if !strings.EqualFold(filepath.Ext(out), ".png") {
		return i.misuse("-o %s: a chart is written as .png", out)
	}
	if sameFile(i.arguments[0], out) {
		return &dataError{fmt.Errorf("%s would be overwritten by its own chart; name another place by -o", i.arguments[0])}
	}
	if _, err := os.Lstat(out); err == nil && !force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", out)}
	}
	clean, err := picture.Read(i.arguments[0])
	if err != nil {
		return err
	}
	drawn, err := engine.NoiseChart(clean, seed)
	if err != nil {
		return err
	}
	if err := report.WritePNG(out, drawn); err != nil {
		return &dataError{err}
	}
	fmt.Fprintln(i.stdout, out)
	return nil
}
