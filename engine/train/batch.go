package train

import (
	"tweedie/engine/config"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Step is the whole training step: a batch of patches is cut and made noisy on the device, or cut out of pairs, then the Update runs. What the Update reads beside the noisy images follows
// from the loss: its Clean, the patches, gives way to their second noisy version for config.Noise2Noise.
type Step struct {
	Update
	// NoisyTarget is for negative controls: the network is to answer the noisy images themselves.
	NoisyTarget bool

	images  Images
	noise   config.Noise
	borders float32 // share of the samples that are extended by repetition
	whole   bool    // samples are whole images
	upright bool    // they are neither turned nor mirrored
	seed    uint64
}

// NewStep is the training step of an experiment over an image set.
func NewStep(experiment *config.Experiment, n *network.Network, images Images) Step {
	height, width := experiment.Train.Patch, experiment.Train.Patch
	if height == 0 {
		_, height, width = images.size(0)
	}
	shape := []int{experiment.Train.Batch, height, width, 1}
	return Step{
		Update: Update{
			Network: n, Average: float32(experiment.Train.Average), Clip: float32(experiment.Train.Clip), Loss: experiment.Train.Loss,
			Clean:  program.Tensor{Name: "clean", Shape: shape},
			Noisy:  program.Tensor{Name: "noisy", Shape: shape},
			Levels: program.Tensor{Name: "levels", Shape: shape[:1]},
		},
		images: images, noise: experiment.Noise, whole: experiment.Train.Patch == 0, upright: experiment.Train.Upright,
		borders: float32(experiment.Train.Borders), seed: experiment.Experiment.Seed,
	}
}

// Program returns the step's program, and the tensors that it needs in a State.
func (s Step) Program() (*program.Program, []program.Tensor, error) {
	samples, recorded, index, err := s.images.tensors()
	if err != nil {
		return nil, nil, err
	}
	if s.whole {
		if err := s.images.whole(s.Network, s.upright); err != nil {
			return nil, nil, err
		}
	}
	p := &program.Program{Name: "training step"}
	// Whatever belongs to a pixel is extended alike: a repeated pixel has the noise of the one before it, and moves with it.
	extended := s.borders > 0 && s.Network.Padding > 1 && !s.whole
	patch := func(t program.Tensor) program.Tensor {
		if extended {
			t.Name, t.Role = t.Name+"/patch", program.Temporary
		}
		return t
	}
	cut := func(samples, output program.Tensor) program.Operation { // images of one place are cut alike
		return program.Patches{Samples: samples, Index: index, Output: output, Upright: s.upright, Seed: s.seed}
	}
	stored := append(s.Stored(), samples, index)
	clean := patch(s.Clean)
	switch {
	case s.noise.Recorded:
		p.Append(cut(samples, patch(s.Noisy)), s.drawConditions())
	case recorded.Present():
		p.Append(cut(samples, clean), cut(recorded, patch(s.Noisy)))
		stored = append(stored, recorded)
	default:
		p.Append(cut(samples, clean))
		p.Append(s.noisy(clean, patch(s.Noisy))...)
	}
	used := []program.Tensor{s.Noisy}
	switch {
	case s.Loss == config.SURE:
		s.Conditions, s.Probe = s.conditions(), program.Tensor{Name: "probe", Shape: s.Noisy.Shape}
		forward, _ := s.Network.Forward(s.Noisy, s.Levels, weightPrefix, program.Weight)
		p.Append(program.RandomProbe{Output: patch(s.Probe), Normal: program.Rectified(forward), Seed: s.seed, Stream: random.Probes})
		used = append(used, s.Probe)
	case s.NoisyTarget:
		s.Clean = s.Noisy
	case s.Loss == config.Noise2Noise && !recorded.Present(): // of pairs, both may be noisy
		s.Clean = program.Tensor{Name: "noisy/second", Shape: s.Noisy.Shape}
		p.Append(s.second(clean, patch(s.Clean))...)
		used = append(used, s.Clean)
	default:
		used = append(used, s.Clean)
	}
	for _, t := range used {
		if extended {
			most := min(s.Network.Padding, t.Shape[1]) - 1
			p.Append(program.Extend{Input: patch(t), Output: t, Most: most, Share: s.borders, Seed: s.seed})
		}
	}
	operations, err := s.Operations()
	if err != nil {
		return nil, nil, err
	}
	p.Append(operations...)
	return p, stored, p.Check()
}

// noisy returns the operations that make clean patches noisy and say at which levels.
func (s Step) noisy(clean, noisy program.Tensor) []program.Operation {
	components := s.noise.Components()
	if isGaussian(components) && s.Loss != config.SURE {
		return []program.Operation{s.addNoise(clean, noisy, s.Levels, random.Noise)}
	}
	return []program.Operation{s.drawConditions(), s.observe(clean, noisy, random.Noise)}
}

func (s Step) drawConditions() program.Operation {
	return program.DrawConditions{Conditions: s.conditions(), Levels: s.Levels, Components: s.noise.Components(), Seed: s.seed}
}

// second returns the operations that make the same patches noisy once more, at the levels and conditions of the first time.
func (s Step) second(clean, noisy program.Tensor) []program.Operation {
	if isGaussian(s.noise.Components()) {
		again := program.Tensor{Name: "levels/second", Shape: s.Levels.Shape} // of the same words, and so the same levels
		return []program.Operation{s.addNoise(clean, noisy, again, random.Pair)}
	}
	return []program.Operation{s.observe(clean, noisy, random.Pair)}
}

func (s Step) addNoise(clean, noisy, levels program.Tensor, stream random.Stream) program.Operation {
	sigma := s.noise.Components()[0].Ranges[0]
	return program.AddNoise{Clean: clean, Noisy: noisy, Levels: levels, From: sigma.From, To: sigma.To, Seed: s.seed, Stream: stream}
}

func (s Step) observe(clean, noisy program.Tensor, stream random.Stream) program.Operation {
	return program.Observe{Clean: clean, Noisy: noisy, Conditions: s.conditions(), Seed: s.seed, Stream: stream}
}

// conditions are those that the samples are drawn by.
func (s Step) conditions() program.Tensor {
	return program.Tensor{Name: "conditions", Shape: []int{s.Noisy.Shape[0], 3}}
}

// isGaussian says that all samples take the model that has an operation of its own, AddNoise.
func isGaussian(components []noise.Component) bool {
	return len(components) == 1 && noise.Models()[components[0].Model].Name == "gaussian"
}

// Contents are the values of those tensors before the first step, by name: images, new weights, their average equal to them, zeros.
func (s Step) Contents() map[string]any {
	contents := s.images.contents()
	contents[ringName] = make([]float32, 2*ringLength)
	for i, parameter := range s.Network.Parameters {
		values := s.Network.Initial(s.seed, i)
		contents[weightPrefix+parameter.Name], contents[AveragePrefix+parameter.Name] = values, values
		if parameter.Fixed {
			continue
		}
		zeros := make([]float32, len(values))
		contents[firstPrefix+parameter.Name], contents[secondPrefix+parameter.Name] = zeros, zeros
	}
	return contents
}
