package engine

import (
	"maps"
	"math"
	"slices"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/oracle"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/train"
)

// The batch that is compared: large enough that kernels meet every border and the inside.
const (
	checkSamples   = 2
	leastCheckSide = 4
)

// checkPoints is at how many points witnesses may contradict each other before that is a failure. Where the rounding of float32 carries an activation across a
// rectifier's kink, or a bit of it decides the direction of one of Adam's steps, results differ by more than rounding, and rarely at two points.
const checkPoints = 3

// CheckGradients compares an experiment's network, loss and training step on a small batch: each operation's result, the loss, its gradient by each
// parameter, and what so many steps of training leave. Witnesses against the reference device are Gorgonia, central differences, and the device, if it
// is neither of the two. Precision is float32: rounding to bfloat16 has no derivative.
func CheckGradients(experiment *config.Experiment, steps int, d device.Device) ([]oracle.Row, error) {
	n, err := train.NetworkOf(experiment)
	if err != nil {
		return nil, err
	}
	n.Activations = program.Float32
	if name := d.Info().Name; name == "reference" || name == "gorgonia" {
		d = nil
	}
	var rows []oracle.Row
	for point := range checkPoints {
		small := *experiment
		small.Experiment.Seed += uint64(point)
		small.Train.Batch, small.Train.Patch = checkSamples, (leastCheckSide+n.Multiple-1)/n.Multiple*n.Multiple
		if n.Height > 0 { // whole images
			small.Train.Patch, small.Train.Upright = 0, true
		}
		if rows, err = checkGradients(&small, n, steps, d); err != nil || !slices.ContainsFunc(rows, oracle.Row.Failed) {
			break
		}
	}
	return rows, err
}

func checkGradients(experiment *config.Experiment, n *network.Network, steps int, d device.Device) ([]oracle.Row, error) {
	step := train.NewStep(experiment, n, checkImages(n, experiment))
	update, values, err := point(step, experiment)
	if err != nil {
		return nil, err
	}
	rows, err := oracle.Check(update, values, d)
	if err != nil || steps == 0 {
		return rows, err
	}
	p, _, err := step.Program()
	if err != nil {
		return nil, err
	}
	rates := make([]float32, steps)
	for i := range rates {
		rates[i] = train.LearningRate(experiment.Train.LearningRate, experiment.Train.Warmup, uint64(i), uint64(steps))
	}
	contents, read := step.Contents(), map[string]bool{}
	for _, tensor := range p.Tensors() {
		read[tensor.Name] = true
	}
	maps.DeleteFunc(contents, func(name string, _ any) bool { return !read[name] }) // the averages of what is fixed
	trained, err := oracle.Steps(p, contents, rates, d)
	return append(rows, trained...), err
}

// checkImages are a few images of random samples, of the size that the network takes, or a little larger than the patches.
func checkImages(n *network.Network, experiment *config.Experiment) train.Images {
	const count = 8
	height, width := n.Height, n.Width
	if height == 0 {
		height, width = experiment.Train.Patch+1, experiment.Train.Patch+3
	}
	samples := make([]uint8, count*height*width)
	for i := range samples {
		samples[i] = uint8(random.Words(experiment.Experiment.Seed, random.Noise, 0, 1, uint32(i))[0] >> 24)
	}
	set := train.Images{Samples: samples}
	for i := range count {
		set.Index = append(set.Index, uint32(i*height*width), 0, uint32(height), uint32(width))
		set.Names = append(set.Names, "random")
	}
	return set
}

// point returns the operations of a step that follow the noisy batch, on images that are not square if the network takes such, and values for all that they read: weights in general position,
// biases among them, and images with noise.
func point(step train.Step, experiment *config.Experiment) ([]program.Operation, map[string][]float64, error) {
	u := step.Update
	shape := slices.Clone(u.Clean.Shape)
	if u.Network.Height == 0 {
		shape[2] += u.Network.Multiple
	}
	u.Clean = program.Tensor{Name: "clean", Shape: shape, Role: program.Input}
	u.Noisy = program.Tensor{Name: "noisy", Shape: shape, Role: program.Input}
	u.Levels = program.Tensor{Name: "levels", Shape: shape[:1], Role: program.Input}
	u.Conditions = program.Tensor{Name: "conditions", Shape: []int{shape[0], 3}, Role: program.Input}
	u.Probe = program.Tensor{Name: "probe", Shape: shape, Role: program.Input}
	operations, err := u.Operations()
	if err != nil {
		return nil, nil, err
	}
	draws := uint32(0)
	normal := func() float64 {
		draws++
		return random.Normals(random.Words(experiment.Experiment.Seed, random.Noise, 0, 0, draws))[0]
	}
	clean, noisy, probe, levels := make([]float64, u.Clean.Elements()), make([]float64, u.Clean.Elements()), make([]float64, u.Clean.Elements()), make([]float64, shape[0])
	var conditions []float64
	for n := range levels {
		levels[n] = 0.1 * float64(n+1)
		share := (float32(n) + 0.5) / float32(len(levels))
		drawn := noise.Draw(noise.Models(), experiment.Noise.Components(), [3]float32{share, share, share})
		conditions = append(conditions, float64(drawn.Model), float64(drawn.Values[0]), float64(drawn.Values[1]))
	}
	for i := range clean {
		clean[i] = 0.5 + 0.2*normal()
		noisy[i] = clean[i] + levels[i*len(levels)/len(clean)]*normal()
		probe[i] = normal()
	}
	values := map[string][]float64{u.Clean.Name: clean, u.Noisy.Name: noisy, u.Levels.Name: levels, u.Conditions.Name: conditions, u.Probe.Name: probe}
	contents := step.Contents()
	for _, tensor := range u.Stored() {
		if tensor.Role != program.Weight {
			continue
		}
		initial := contents[tensor.Name].([]float32)
		weights, square := make([]float64, len(initial)), 0.0
		for _, value := range initial {
			square += float64(value) * float64(value) / float64(len(initial))
		}
		size := math.Sqrt(square)
		if size == 0 {
			size = 1
		}
		for i := range weights {
			weights[i] = float64(initial[i]) + 0.1*size*normal()
		}
		values[tensor.Name] = weights
	}
	for _, numbers := range values { // the same for a device that holds float32
		for i, value := range numbers {
			numbers[i] = float64(float32(value))
		}
	}
	return operations, values, nil
}
