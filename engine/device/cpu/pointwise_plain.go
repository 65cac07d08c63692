//go:build !cgo

package cpu

import (
	"math"

	"tweedie/engine/program"
	"tweedie/engine/random"
)

// A product that is added to something is converted to float32 explicitly: Go may otherwise fuse the two on some processors.

func (b *backend) add(op program.Add) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		output, mask := m.floats(op.Output), m.floats(op.Mask)
		var inputs [][]float32
		for _, input := range op.Inputs {
			inputs = append(inputs, m.floats(input))
		}
		return func(program.Scalars) {
			for i := range output {
				value := inputs[0][i]
				for _, input := range inputs[1:] {
					value += input[i]
				}
				if mask != nil && !(mask[i] > 0) {
					value = 0
				}
				output[i] = value
			}
		}
	})
}

func (b *backend) adam(op program.Adam) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		weight, gradient, norm := m.floats(op.Weight), m.floats(op.Gradient), m.floats(op.Norm)
		first, second := m.floats(op.FirstMoment), m.floats(op.SecondMoment)
		return func(s program.Scalars) {
			if n := float64(norm[0]); math.IsNaN(n) || math.IsInf(n, 0) {
				return
			}
			c, scale := adamAt(op, s), float32(1)
			if op.Clip > 0 && norm[0] > op.Clip {
				scale = op.Clip / norm[0]
			}
			for i := range gradient {
				g := scale * gradient[i]
				first[i] = float32(c.beta1*first[i]) + float32(c.rest1*g)
				second[i] = float32(c.beta2*second[i]) + float32(c.rest2*float32(g*g))
				root := float32(math.Sqrt(float64(float32(second[i] * c.correction))))
				weight[i] -= c.rate * first[i] / (root + op.Epsilon)
			}
		}
	})
}

func (b *backend) average(op program.Average) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		average, weight := m.floats(op.Average), m.floats(op.Weight)
		return func(s program.Scalars) {
			rest := op.Rest(s)
			for i := range average {
				average[i] += float32(rest * (weight[i] - average[i]))
			}
		}
	})
}

func (b *backend) gradientNorm(op program.GradientNorm) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		return func(program.Scalars) {
			sum := 0.0
			for _, gradient := range op.Gradients {
				for _, value := range m.floats(gradient) {
					sum += float64(value) * float64(value)
				}
			}
			m.floats(op.Norm)[0] = float32(math.Sqrt(sum))
		}
	})
}

func (b *backend) mse(op program.MSE) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		denoised, clean, losses, gradient := m.floats(op.Denoised), m.floats(op.Clean), m.floats(op.Losses), m.floats(op.Gradient)
		perSample := len(denoised) / len(losses)
		scale := float32(2 / float64(len(denoised)))
		return func(program.Scalars) {
			for n := range losses {
				sum := 0.0
				for i := n * perSample; i < (n+1)*perSample; i++ {
					difference := denoised[i] - clean[i]
					sum += float64(difference) * float64(difference)
					if gradient != nil {
						gradient[i] = scale * difference
					}
				}
				losses[n] = float32(sum / float64(perSample))
			}
		}
	})
}

func (b *backend) l1(op program.L1) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		denoised, clean, losses, gradient := m.floats(op.Denoised), m.floats(op.Clean), m.floats(op.Losses), m.floats(op.Gradient)
		perSample := len(denoised) / len(losses)
		scale := float32(1 / float64(len(denoised)))
		return func(program.Scalars) {
			for n := range losses {
				sum := 0.0
				for i := n * perSample; i < (n+1)*perSample; i++ {
					difference := denoised[i] - clean[i]
					sum += math.Abs(float64(difference))
					if gradient == nil {
						continue
					}
					switch {
					case difference > 0:
						gradient[i] = scale
					case difference < 0:
						gradient[i] = -scale
					default: // 0 or NaN
						gradient[i] = difference
					}
				}
				losses[n] = float32(sum / float64(perSample))
			}
		}
	})
}

func (b *backend) addNoise(op program.AddNoise) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		clean, noisy, levels := m.floats(op.Clean), m.floats(op.Noisy), m.floats(op.Levels)
		perSample := len(clean) / len(levels)
		return func(s program.Scalars) {
			if op.Draws() {
				drawLevels(op, s.Step, levels)
			}
			for n, level := range levels {
				for e := 0; e < perSample; e += 4 {
					normals := random.Normals(random.Words(op.Seed, op.Stream, s.Step, uint32(n), uint32(e/4)))
					for lane := 0; lane < 4 && e+lane < perSample; lane++ {
						at := n*perSample + e + lane
						noisy[at] = clean[at] + float32(level*float32(normals[lane]))
					}
				}
			}
		}
	})
}
