package train

import (
	"fmt"
	"math"

	"tweedie/engine/config"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/report"
)

const (
	validationImages = 16
	validationSide   = 96
	gridRows         = 4
)

// validation measures the averaged weights on the middles of held-out images, with the same noise each time.
type validation struct {
	names                 []string
	height, width         int
	contents              map[string][]float32 // of the inputs
	clean, levels         []float32
	program               *program.Program
	stored                []program.Tensor
	executable            device.Executable
	noisyName, outputName string
}

// newValidation takes up to validationImages images at even distances, so that a sorted folder is seen as a whole. Ranges of noise
// are spread over them.
func newValidation(images Images, n *network.Network, model config.Noise, seed uint64) (*validation, error) {
	count := min(images.Count(), validationImages)
	if count == 0 {
		return nil, fmt.Errorf("there are no validation images")
	}
	v := &validation{height: validationSide, width: validationSide}
	chosen := make([]int, count)
	for i := range chosen {
		chosen[i] = i * images.Count() / count
		_, height, width := images.size(chosen[i])
		v.height, v.width = min(v.height, height), min(v.width, width)
		v.names = append(v.names, images.Names[chosen[i]])
	}
	if n.Height > 0 {
		v.height, v.width = min(v.height, n.Height), min(v.width, n.Width)
		if err := n.FitsSize(v.height, v.width); err != nil {
			return nil, err
		}
	}
	v.height, v.width = v.height/n.Padding*n.Padding, v.width/n.Padding*n.Padding
	if v.height == 0 || v.width == 0 {
		return nil, fmt.Errorf("a validation image is smaller than the %d pixels that the network needs", n.Padding)
	}
	v.clean = make([]float32, count*v.height*v.width)
	for i, image := range chosen {
		images.centre(images.Samples, image, v.height, v.width, v.clean[i*v.height*v.width:])
	}

	shape := []int{count, v.height, v.width, 1}
	clean := program.Tensor{Name: "validation/clean", Shape: shape, Role: program.Input}
	levels := program.Tensor{Name: "validation/levels", Shape: shape[:1], Role: program.Input}
	conditions := program.Tensor{Name: "validation/conditions", Shape: []int{count, 3}, Role: program.Input}
	noisy := program.Tensor{Name: "validation/noisy", Shape: shape, Role: program.Recorded}
	if images.Noisy != nil {
		noisy.Role = program.Input
	}
	losses := program.Tensor{Name: "validation/losses", Shape: shape[:1], Role: program.Recorded}
	forward, denoised := denoise.Program(n, noisy, levels, AveragePrefix, program.Averaged)
	v.program = &program.Program{Name: "validation"}
	components := model.Components()
	drawn, given := spread(components, count)
	v.levels, v.contents = drawn, map[string][]float32{clean.Name: v.clean, levels.Name: drawn}
	v.stored = []program.Tensor{clean, levels, noisy, denoised, losses}
	if images.Noisy != nil {
		recorded := make([]float32, len(v.clean))
		for i, image := range chosen {
			images.centre(images.Noisy, image, v.height, v.width, recorded[i*v.height*v.width:])
		}
		v.contents[noisy.Name] = recorded
	} else if isGaussian(components) {
		sigma := components[0].Ranges[0]
		v.program.Append(program.AddNoise{
			Clean: clean, Noisy: noisy, Levels: levels, From: sigma.From, To: sigma.To, Seed: seed, Stream: random.Validation,
		})
	} else {
		v.program.Append(program.Observe{Clean: clean, Noisy: noisy, Conditions: conditions, Seed: seed, Stream: random.Validation})
		v.contents[conditions.Name] = given
		v.stored = append(v.stored, conditions)
	}
	v.program.Append(forward.Operations...)
	v.program.Append(program.MSE{Denoised: denoised, Clean: clean, Losses: losses})
	v.noisyName, v.outputName = noisy.Name, denoised.Name
	return v, nil
}

// spread gives each image its noise: the first parameter at even distances over its range, the second by multiples of the golden section, which visit
// its range evenly in another order. Of several models each takes its share of the images, and the parameters the golden section and its square root. Conditions are
// as Observe reads them.
func spread(components []noise.Component, count int) (levels, conditions []float32) {
	if len(components) == 0 { // the noise was recorded, and no level is known
		return make([]float32, count), nil
	}
	models, golden := noise.Models(), (math.Sqrt(5)-1)/2
	for i := range count {
		even := (float32(i) + 0.5) / float32(count)
		multiple := func(of float64) float32 { return float32(math.Mod(float64(i+1)*of, 1)) }
		shares := [3]float32{even, multiple(golden)}
		if len(components) > 1 {
			shares = [3]float32{multiple(golden), multiple(math.Sqrt(golden)), even}
		}
		c := noise.Draw(models, components, shares)
		levels, conditions = append(levels, c.Level), append(conditions, float32(c.Model), c.Values[0], c.Values[1])
	}
	return levels, conditions
}

// write puts the validation's inputs into the State.
func (v *validation) write(s device.State) error {
	for name, values := range v.contents {
		if err := s.Write(name, values); err != nil {
			return err
		}
	}
	return nil
}

// run returns the mean PSNR in dB over the images, and a few of them to look at.
func (v *validation) run(s device.State) (float64, []report.Sample, error) {
	if err := v.executable.Run(program.Scalars{}); err != nil {
		return 0, nil, err
	}
	losses, noisy, denoised := make([]float32, len(v.names)), make([]float32, len(v.clean)), make([]float32, len(v.clean))
	for name, dst := range map[string][]float32{"validation/losses": losses, v.noisyName: noisy, v.outputName: denoised} {
		if err := s.Read(name, dst); err != nil {
			return 0, nil, err
		}
	}
	mean := 0.0
	for _, loss := range losses {
		mean += psnr(float64(loss)) / float64(len(losses))
	}
	var samples []report.Sample
	for row := range min(gridRows, len(v.names)) {
		i := row * len(v.names) / min(gridRows, len(v.names))
		at, end := i*v.height*v.width, (i+1)*v.height*v.width
		samples = append(samples, report.Sample{
			Name: v.names[i], Width: v.width, Height: v.height,
			Noisy: noisy[at:end], Denoised: denoised[at:end], Clean: v.clean[at:end],
			NoisyPSNR: psnr(meanSquare(noisy[at:end], v.clean[at:end])), DenoisedPSNR: psnr(float64(losses[i])),
		})
	}
	return mean, samples, nil
}

// psnr is the peak signal-to-noise ratio in dB of a mean squared error, for a range of one.
func psnr(loss float64) float64 { return -10 * math.Log10(loss) }

func meanSquare(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		difference := float64(a[i]) - float64(b[i])
		sum += difference * difference
	}
	return sum / float64(len(a))
}
