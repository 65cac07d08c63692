package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tweedie/engine"
	"tweedie/engine/npy"
	"tweedie/engine/report"
)

func runDecode(i *invocation) error {
	open := i.modelFlags()
	out := i.flags.String("o", "", "`folder` for the images, 00000.png and so on")
	force := i.flags.Bool("force", false, "overwrite images that exist")
	if err := i.parse(1, 1); err != nil {
		return err
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	latents, err := readLatents(i.arguments[0])
	if err != nil {
		return &dataError{fmt.Errorf("%s: %w", i.arguments[0], err)}
	}
	return open(func(model *engine.Model, _ string) error {
		images, err := model.Decode(latents)
		if err != nil {
			return &dataError{fmt.Errorf("%s: %w", i.arguments[0], err)}
		}
		if err := os.MkdirAll(*out, 0o777); err != nil {
			return &dataError{err}
		}
		for index := range images.Count {
			path := filepath.Join(*out, fmt.Sprintf("%05d.png", index))
			if _, err := os.Lstat(path); err == nil && !*force {
				return &dataError{fmt.Errorf("%s exists; -force overwrites it", path)}
			}
			if err := report.WritePNG(path, report.Gray(images.Of(index), images.Width, images.Height)); err != nil {
				return &dataError{err}
			}
		}
		fmt.Fprintf(i.stdout, "%s: %d images of %d x %d pixels\n", *out, images.Count, images.Width, images.Height)
		return nil
	})
}

func readLatents(path string) (*engine.Latents, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no such file")
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	array, err := npy.Read(file)
	if err != nil {
		return nil, err
	}
	return engine.LatentsOf(array.Shape, array.Values)
}
