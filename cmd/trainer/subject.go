package main

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine"
	"tweedie/engine/data"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/picture"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// subjectFlags declares -model, -exact, -size and the device's flags, and returns what opens the denoiser that they mean for images of a size (of the prior's or
// -size if it is 0), hands it on and closes it.
func (i *invocation) subjectFlags() func(height, width int, use func(engine.Subject) error) error {
	return i.batchedSubjectFlags(1)
}

// batchedSubjectFlags is subjectFlags for a network that is asked for so many images at a time.
func (i *invocation) batchedSubjectFlags(images int) func(height, width int, use func(engine.Subject) error) error {
	path := i.flags.String("model", "", "`path` of a run folder, a model or a checkpoint")
	exact := i.flags.String("exact", "", "`name` of a prior (ring8, circle, patches8) whose exact denoiser takes the place of a model")
	size := i.flags.String("size", "28x28", "`HEIGHTxWIDTH` of new images, where nothing else says it")
	open := i.deviceFlags()
	return func(height, width int, use func(engine.Subject) error) error {
		if (*path == "") == (*exact == "") {
			return i.misuse("either -model or -exact is needed")
		}
		if *exact != "" {
			subject, err := engine.ExactSubject(*exact)
			if err != nil {
				return i.misuse("%v", err)
			}
			return use(subject)
		}
		if height == 0 {
			if n, err := fmt.Sscanf(*size+"\n", "%dx%d\n", &height, &width); n != 2 || err != nil || height < 1 || width < 1 || height*width > 1<<20 {
				return i.misuse("-size %s is not HEIGHTxWIDTH, such as 28x28", *size)
			}
		}
		d, err := open()
		if err != nil {
			return err
		}
		defer d.Close()
		return i.withModel(d, *path, images, height, width, use)
	}
}

func (i *invocation) withModel(d device.Device, path string, samples, height, width int, use func(engine.Subject) error) error {
	model, err := engine.Open(path, d)
	if err != nil {
		return &dataError{err}
	}
	defer model.Close()
	_, noiseMap := model.Network()
	subject := engine.Subject{Name: filepath.Base(path), TakesLevels: noiseMap, Height: height, Width: width}
	identity := score.Prior{Low: 0, High: 1} // images in the network's own unit
	if experiment, found := trainedExperiment(path); found && len(experiment.Data.Train) == 1 {
		if name, isMixture := strings.CutPrefix(experiment.Data.Train[0], data.MixturePrefix); isMixture {
			prior, err := score.OpenPrior(name)
			if err != nil {
				return &dataError{err}
			}
			subject.Prior, subject.Height, subject.Width, identity, samples = &prior, prior.Height, prior.Width, prior, 512
		}
	}
	var batch *denoise.Batch
	if batch, err = model.Batch(samples, subject.Height, subject.Width); err != nil {
		return &dataError{err}
	}
	defer batch.Close()
	subject.Denoiser, subject.Jacobian = engine.DenoiserOf(batch, identity)
	return use(subject)
}

// pictureFlags declares -o and -force, and returns what writes a picture where they say; check reports a mistake in them before any work. With -json there need not be
// a picture, and its path is not printed.
func (i *invocation) pictureFlags() (check func() error, write func(image.Image) error) {
	out := i.flags.String("o", "", "`path` of the picture (PNG)")
	force := i.flags.Bool("force", false, "overwrite the picture if it exists")
	check = func() error {
		if *out == "" && i.asJSON {
			return nil
		}
		if *out == "" {
			return i.misuse("-o is needed")
		}
		if !strings.EqualFold(filepath.Ext(*out), ".png") {
			return i.misuse("-o %s: a picture is written as .png", *out)
		}
		if _, err := os.Lstat(*out); err == nil && !*force {
			return &dataError{fmt.Errorf("%s exists; -force overwrites it", *out)}
		}
		return nil
	}
	write = func(drawn image.Image) error {
		if *out == "" {
			return nil
		}
		if err := report.WritePNG(*out, drawn); err != nil {
			return &dataError{err}
		}
		if !i.asJSON {
			fmt.Fprintln(i.stdout, *out)
		}
		return nil
	}
	return check, write
}

// grayImage reads an image as gray intensities, black 0 and white 1.
func grayImage(path string) (values []float64, height, width int, err error) {
	p, err := picture.Read(path)
	if err != nil {
		return nil, 0, 0, err
	}
	white := float64(p.Maximum())
	for _, sample := range p.Gray() {
		values = append(values, float64(sample)/white)
	}
	return values, p.Height, p.Width, nil
}
