package main

import (
	"fmt"
	"io"
	"math"
	"os"

	"tweedie/engine"
	"tweedie/engine/atomicfile"
	"tweedie/engine/data"
	"tweedie/engine/noise"
	"tweedie/engine/npy"
	"tweedie/engine/report"
)

func runEncode(i *invocation) error {
	open := i.modelFlags()
	chosen := i.noiseFlags("noise")
	out := i.flags.String("o", "", "`path` of the latents (.npy), in the order of the images")
	interpolation := i.flags.String("interpolate", "", "`path` of a picture (PNG) of the way from the first image's latent to the second's")
	neighbours := i.flags.String("neighbours", "", "`path` of a picture (PNG) of the first images, each with those whose latents are nearest")
	force := i.flags.Bool("force", false, "overwrite results that exist")
	if err := i.parse(1, math.MaxInt); err != nil {
		return err
	}
	if *out == "" && *interpolation == "" && *neighbours == "" {
		return i.misuse("nothing is asked for: -o, -interpolate or -neighbours is needed")
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	for _, path := range []string{*out, *interpolation, *neighbours} {
		if _, err := os.Lstat(path); path != "" && err == nil && !*force {
			return &dataError{fmt.Errorf("%s exists; -force overwrites it", path)}
		}
	}
	set, err := data.Load(i.arguments, data.Options{})
	if err != nil {
		return err
	}
	images, err := engine.PicturesOf(set)
	if err != nil {
		return &dataError{err}
	}
	if *interpolation != "" && images.Count < 2 {
		return i.misuse("-interpolate needs two images")
	}
	if *neighbours != "" && images.Count < 2 {
		return i.misuse("-neighbours needs several images")
	}
	return open(func(model *engine.Model, path string) error {
		latents, err := i.encoded(model, path, images, given, missing)
		if err != nil {
			return err
		}
		if *out != "" {
			if err := atomicfile.Write(*out, func(w io.Writer) error { return npy.Write(w, latents.Shape(), latents.Values) }); err != nil {
				return err
			}
			fmt.Fprintf(i.stdout, "%s: %d latents of %d elements, shape %v\n", *out, latents.Count, latents.Size.Elements(), latents.Shape())
		}
		if *interpolation != "" {
			if err := interpolate(model, set, images, latents, *interpolation); err != nil {
				return &dataError{err}
			}
			fmt.Fprintln(i.stdout, *interpolation)
		}
		if *neighbours != "" {
			if err := nearestImages(set, images, latents, *neighbours); err != nil {
				return &dataError{err}
			}
			fmt.Fprintln(i.stdout, *neighbours)
		}
		return nil
	})
}

// encoded are the images' latents; a network that takes levels is told that of the noise given, or, if it is missing, of the noise that its run was trained with.
func (i *invocation) encoded(model *engine.Model, path string, images *engine.Pictures, given noise.Fixed, missing bool) (*engine.Latents, error) {
	sigma := 0.0
	if _, takesLevels := model.Network(); takesLevels {
		if missing {
			found := false
			if given, found = trainedNoise(path); !found {
				return nil, i.noiseMissing()
			}
		}
		sigma = 255 * float64(given.Level())
	}
	latents, err := model.Encode(images, sigma)
	if err != nil {
		return nil, &dataError{err}
	}
	return latents, nil
}

const (
	stepsBetween   = 7 // latents of an interpolation
	mostQueries    = 8 // rows of a picture of neighbours
	mostNeighbours = 6
)

// interpolate draws the decoded way between the first two images' latents, and the blend of their pixels to compare.
func interpolate(model *engine.Model, set *data.Set, images *engine.Pictures, latents *engine.Latents, path string) error {
	decoded, err := model.Decode(latents.Between(0, 1, stepsBetween))
	if err != nil {
		return err
	}
	show := func(intensities []float32, caption string) report.GrayImage {
		return report.GrayImage{Width: images.Width, Height: images.Height, Intensities: intensities, Caption: caption}
	}
	rows := [][]report.GrayImage{{show(images.Of(0), set.Images[0].Name)}, {{}}}
	for step := range stepsBetween {
		share := float32(step) / (stepsBetween - 1)
		blend := make([]float32, images.Height*images.Width)
		for p := range blend {
			blend[p] = (1-share)*images.Of(0)[p] + share*images.Of(1)[p]
		}
		rows[0] = append(rows[0], show(decoded.Of(step), fmt.Sprintf("latent, %.0f %%", 100*share)))
		rows[1] = append(rows[1], show(blend, fmt.Sprintf("pixels, %.0f %%", 100*share)))
	}
	rows[0] = append(rows[0], show(images.Of(1), set.Images[1].Name))
	picture, err := report.GrayTable("From one image to another", "Above through the latent space, from image to image; below by blending their pixels.", nil, rows)
	if err != nil {
		return err
	}
	return report.WritePNG(path, picture)
}

// nearestImages draws the first images, and beside each those whose latents are nearest to its own.
func nearestImages(set *data.Set, images *engine.Pictures, latents *engine.Latents, path string) error {
	var rows [][]report.GrayImage
	columns := []string{"image"}
	for query := range min(mostQueries, images.Count) {
		show := func(index int, caption string) report.GrayImage {
			return report.GrayImage{Width: images.Width, Height: images.Height, Intensities: images.Of(index), Caption: caption}
		}
		row := []report.GrayImage{show(query, set.Images[query].Name)}
		for rank, neighbour := range latents.Nearest(query, mostNeighbours) {
			row = append(row, show(neighbour.Index, fmt.Sprintf("%.3g: %s", neighbour.Distance, set.Images[neighbour.Index].Name)))
			if query == 0 {
				columns = append(columns, fmt.Sprintf("neighbour %d", rank+1))
			}
		}
		rows = append(rows, row)
	}
	picture, err := report.GrayTable("Nearest neighbours in latent space", fmt.Sprintf("Euclidean distances of latents of %d elements, among %d images.",
		latents.Size.Elements(), latents.Count), columns, rows)
	if err != nil {
		return err
	}
	return report.WritePNG(path, picture)
}
