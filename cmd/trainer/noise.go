package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/engine"
	"tweedie/engine/atomicfile"
	"tweedie/engine/device"
	"tweedie/engine/noise"
	"tweedie/engine/npy"
	"tweedie/engine/picture"
	"tweedie/engine/report"
)

func runNoise(i *invocation) error {
	chosen := i.noiseFlags("model")
	seed := i.flags.Uint64("seed", 1, "seed of the generator")
	out := i.flags.String("o", "", "`path` of the noisy image; .npy holds what a model sees, float32, neither clipped nor rounded")
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
	asArray := strings.EqualFold(filepath.Ext(*out), ".npy")
	if !asArray {
		if err := picture.CanWrite(*out, clean); err != nil {
			return err
		}
	}
	d, err := openDevice()
	if err != nil {
		return err
	}
	defer d.Close()
	if asArray {
		return i.noisyArray(*out, d, clean, given, *seed)
	}
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

// noisyArray writes the noisy image as an array of NumPy's, (height, width) or (height, width, channels).
func (i *invocation) noisyArray(out string, d device.Device, clean *picture.Picture, given noise.Fixed, seed uint64) error {
	planes, err := engine.NoisySamples(d, clean, given, seed)
	if err != nil {
		return err
	}
	shape, values := []int{clean.Height, clean.Width}, planes[0]
	if channels := len(planes); channels > 1 {
		shape, values = append(shape, channels), make([]float32, channels*len(planes[0]))
		for k := range values {
			values[k] = planes[k%channels][k/channels]
		}
	}
	if err := atomicfile.Write(out, func(w io.Writer) error { return npy.Write(w, shape, values) }); err != nil {
		return &dataError{err}
	}
	fmt.Fprintln(i.stdout, out)
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
