package main

import (
	"fmt"
	"image"
	"io"
	"os"
	"strings"

	"tweedie/engine"
	"tweedie/engine/atomicfile"
	"tweedie/engine/denoise"
	"tweedie/engine/npy"
	"tweedie/engine/picture"
	"tweedie/engine/report"
)

// probingFlags declares what denoise and calibrate have in common, and returns how it is measured.
func (i *invocation) probingFlags() func() (engine.Probing, error) {
	p := engine.DefaultProbing()
	spacing := i.flags.Int("spacing", p.Spacing, "`pixels` between the probes of a grid: its square is the number of products with the Jacobian")
	rounds := i.flags.Int("rounds", p.Rounds, "`number` of times that is done with other signs, at least 2")
	return func() (engine.Probing, error) {
		if *spacing < 1 || *spacing > 4096 || *rounds < 2 || *rounds > 1000 {
			return p, i.misuse("-spacing is between 1 and 4096, -rounds between 2 and 1000")
		}
		p.Spacing, p.Rounds = *spacing, *rounds
		return p, nil
	}
}

// uncertain is denoise -uncertainty: what it writes, and how it measures.
type uncertain struct {
	path    string
	probing engine.Probing
}

// check reports an output that cannot be written, before the work begins.
func (u uncertain) check(force bool) error {
	if !strings.HasSuffix(u.path, ".png") && !strings.HasSuffix(u.path, ".npy") {
		return fmt.Errorf("-uncertainty %s: the deviations are written as .png, a picture, or as .npy, numbers", u.path)
	}
	if _, err := os.Lstat(u.path); err == nil && !force {
		return fmt.Errorf("%s exists; -force overwrites it", u.path)
	}
	return nil
}

// run denoises a picture as the model does, and writes each channel's standard deviations beside it. Sigma is of 255.
func (u uncertain) run(i *invocation, model *engine.Model, in, out string, sigma float64, force bool) error {
	if _, err := os.Lstat(out); err == nil && !force {
		return fmt.Errorf("%s exists; -force overwrites it", out)
	}
	noisy, err := picture.Read(in)
	if err != nil {
		return err
	}
	if err := picture.CanWrite(out, noisy); err != nil {
		return err
	}
	denoised := picture.New(noisy.Width, noisy.Height, len(noisy.Planes), noisy.Depth)
	denoised.Alpha, denoised.Profile = noisy.Alpha, noisy.Profile
	var channels []*engine.Uncertain
	for number, plane := range noisy.Planes {
		values := make([]float32, len(plane))
		denoise.FromSamples(plane, noisy.Maximum(), values)
		channel, err := model.Uncertain(values, noisy.Height, noisy.Width, sigma/255, u.probing)
		if err != nil {
			return fmt.Errorf("%s: %w", in, err)
		}
		if err := denoise.ToSamples(channel.Denoised, noisy.Maximum(), denoised.Planes[number]); err != nil {
			return err
		}
		channels = append(channels, channel)
		u.print(i, number, channel)
	}
	if err := picture.Write(out, denoised, force); err != nil {
		return err
	}
	fmt.Fprintf(i.stdout, "%s\n%s\n", out, u.path)
	return u.write(channels)
}

// print says how sure the network is, and how sure that is.
func (u uncertain) print(i *invocation, number int, channel *engine.Uncertain) {
	surety := "exact"
	if channel.VarianceError > 0 {
		surety = fmt.Sprintf("a pixel's variance is measured within %.1f %% of the mean", 100*channel.VarianceError)
	}
	fmt.Fprintf(i.stdout, "channel %d: standard deviation %.2f of 255 (root mean square); %s; %.2f %% of the pixels are at the least that is claimed\n",
		number, 255*channel.Deviation, surety, 100*channel.Floored)
	for k, component := range channel.Components {
		fmt.Fprintf(i.stdout, "  component %d: standard deviation %.1f of 255, residual %.1e\n", k+1, 255*component.Deviation, component.Residual)
	}
}

func (u uncertain) write(channels []*engine.Uncertain) error {
	first := channels[0]
	if strings.HasSuffix(u.path, ".npy") {
		var values []float32
		for _, channel := range channels {
			values = append(values, channel.Deviations...)
		}
		return atomicfile.Write(u.path, func(w io.Writer) error {
			return npy.Write(w, []int{len(channels), first.Height, first.Width}, values)
		})
	}
	drawn, err := u.draw(channels)
	if err != nil {
		return err
	}
	return report.WritePNG(u.path, drawn)
}

// draw shows each channel noisy, denoised and its deviations, and for each component the answers two deviations to either side.
func (u uncertain) draw(channels []*engine.Uncertain) (image.Image, error) {
	var rows [][]report.GrayImage
	for number, channel := range channels {
		at := func(values []float32, caption string) report.GrayImage {
			return report.GrayImage{Width: channel.Width, Height: channel.Height, Intensities: values, Caption: caption}
		}
		largest := float32(0)
		for _, deviation := range channel.Deviations {
			largest = max(largest, deviation)
		}
		shares := make([]float32, len(channel.Deviations))
		for i, deviation := range channel.Deviations {
			shares[i] = deviation / largest
		}
		rows = append(rows, []report.GrayImage{
			at(channel.Noisy, fmt.Sprintf("channel %d, noisy", number)), at(channel.Denoised, "denoised"),
			at(shares, fmt.Sprintf("deviation, white is %.1f", 255*largest)),
		})
		for k, component := range channel.Components {
			var sides [2][]float32
			for i, value := range component.Direction {
				step := float32(2 * component.Deviation * value)
				sides[0], sides[1] = append(sides[0], channel.Denoised[i]-step), append(sides[1], channel.Denoised[i]+step)
			}
			caption := fmt.Sprintf("component %d", k+1)
			rows = append(rows, []report.GrayImage{at(sides[0], caption+", -2 deviations"), at(channel.Denoised, "denoised"), at(sides[1], caption+", +2 deviations")})
		}
	}
	return report.GrayTable("What the network does not know", "posterior covariance = sigma^2 times the network's Jacobian; deviations of 255", nil, rows)
}
