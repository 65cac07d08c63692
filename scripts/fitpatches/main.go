// Command fitpatches fits a Gaussian mixture with full covariances to the 8x8 patches of a folder of photographs, by expectation maximisation (Dempster,
// Laird & Rubin 1977), and writes its parameters, which package score embeds as the prior patches8:
//
//	go run ./scripts/fitpatches train400 engine/score/patches8.f32
//
// The file holds, for each component, its weight, its mean and the lower triangle of its covariance row by row, as little-endian float32. It takes a minute
// on two cores.
package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"

	"tweedie/engine/data"
	"tweedie/engine/score"
)

const (
	side       = 8
	components = 20
	patches    = 12000
	rounds     = 12    // the mean log-density rises by 0.02 in the last one
	floor      = 0.015 // standard deviation, of 1, that is left in every direction: what quantisation and noise of the photographs leave
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: fitpatches FOLDER OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "fitpatches: "+err.Error())
		os.Exit(1)
	}
}

func run(folder, out string) error {
	set, err := data.Load([]string{folder}, data.Options{Patch: side})
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(8, 8))
	samples := make([][]float64, patches)
	for i := range samples {
		samples[i] = cut(set, random)
	}
	// Each component begins as the covariance of all patches around a random one.
	start := make([]float64, patches)
	for i := range start {
		start[i] = 1
	}
	whole := moments(samples, start)
	list := make([]score.Component, components)
	for k := range list {
		list[k] = score.Component{Weight: 1, Mean: samples[random.IntN(patches)], Covariance: whole.Covariance}
	}
	for round := range rounds {
		m, err := score.NewMixture(list)
		if err != nil {
			return err
		}
		o := m.At(0)
		shares := score.Parallel(patches, func(i int) []float64 { return o.Responsibilities(samples[i]) })
		fmt.Printf("round %d of %d\n", round+1, rounds)
		list = score.Parallel(components, func(k int) score.Component {
			weights := make([]float64, patches)
			for i := range weights {
				weights[i] = shares[i][k]
			}
			return moments(samples, weights)
		})
	}
	file, err := os.Create(out)
	if err != nil {
		return err
	}
	const d = side * side
	for _, c := range list {
		values := []float32{float32(c.Weight / patches)}
		for _, value := range c.Mean {
			values = append(values, float32(value))
		}
		for i := range d {
			for _, value := range c.Covariance[i*d : i*d+i+1] {
				values = append(values, float32(value))
			}
		}
		if err := binary.Write(file, binary.LittleEndian, values); err != nil {
			return err
		}
	}
	return file.Close()
}

// cut returns a random patch of a random photograph, of 1.
func cut(set *data.Set, random *rand.Rand) []float64 {
	image := random.IntN(len(set.Images))
	samples, width := set.EightBit(image), set.Images[image].Width
	top, left := random.IntN(set.Images[image].Height-side+1), random.IntN(width-side+1)
	patch := make([]float64, 0, side*side)
	for y := range side {
		for x := range side {
			// What the eight bits round away is uniform over a step.
			patch = append(patch, (float64(samples[(top+y)*width+left+x])+random.Float64()-0.5)/255)
		}
	}
	return patch
}

// moments are the weighted mean and covariance of the samples, with the floor added.
func moments(samples [][]float64, weights []float64) score.Component {
	const d = side * side
	c := score.Component{Mean: make([]float64, d), Covariance: make([]float64, d*d)}
	for i, sample := range samples {
		c.Weight += weights[i]
		for j, value := range sample {
			c.Mean[j] += weights[i] * value
		}
	}
	for j := range c.Mean {
		c.Mean[j] /= c.Weight
	}
	difference := make([]float64, d)
	for n, sample := range samples {
		if weights[n] < 1e-12 {
			continue
		}
		for j, value := range sample {
			difference[j] = value - c.Mean[j]
		}
		scale := weights[n] / c.Weight
		for i := range d {
			row, factor := c.Covariance[i*d:i*d+i+1], scale*difference[i]
			for j := range row {
				row[j] += factor * difference[j]
			}
		}
	}
	for i := range d {
		c.Covariance[i*d+i] += floor * floor
		for j := range i {
			c.Covariance[j*d+i] = c.Covariance[i*d+j]
		}
	}
	return c
}
