package network

import "tweedie/engine/program"

// mostAxes bounds the pixels of an image along whose axes a network is preconditioned: there are as many axes, and a matrix of their square.
const mostAxes = 1 << 10

// Names of the parameters of a network along axes: with U the orthonormal axes as rows and m the mean of the clean images,
//
//	z = U (y - m) = AxesWeight y + AxesBias,  and AxesVariances are those of the clean images along the axes
const (
	AxesWeight    = "axes.weight"
	AxesBias      = "axes.bias"
	AxesVariances = "axes.variances"
)

// alongAxes appends what a network along axes reads, images of 1x1 with a channel for each axis, and their levels; finish appends how its answer F becomes
// the result. It is program.Precondition with a variance of its own on each axis, so that without F the denoiser is Wiener's filter:
//
//	D(y) = m + U^T (Skip z + Out F(In z, Noise))
//
// computed as U^T (...) + (y - U^T z), in which m needs not be known.
func (n *Network) alongAxes(b *builder, noisy, levels, result program.Tensor) (input, told program.Tensor, finish func(answer program.Tensor)) {
	samples, axes := noisy.Shape[0], noisy.Shape[1]*noisy.Shape[2]
	weight := b.parameter(Parameter{Name: AxesWeight, Shape: []int{axes, axes}, Fixed: true})
	bias := b.parameter(Parameter{Name: AxesBias, Shape: []int{axes}, Fixed: true})
	variances := b.parameter(Parameter{Name: AxesVariances, Shape: []int{axes}, Fixed: true})
	weight.Shape = []int{axes, axes, 1, 1}

	flat := b.reshape("flat", noisy, 1, 1, axes)
	vector := func(name string) program.Tensor { return b.image(name, flat, axes) }
	turned := b.append(program.Convolution{Input: flat, Weight: weight, Bias: bias, Output: vector("turned")})
	mean := b.append(program.TransposedConvolution{
		Input: turned, Weight: weight, Residuals: []program.Tensor{flat}, Negate: true, Output: vector("mean"),
	})
	factors := func(name string) program.Tensor { return program.Tensor{Name: name, Shape: []int{samples, axes}} }
	precondition := program.Precondition{Levels: levels, Variances: variances, Skip: factors("skip"), Out: factors("out"), In: factors("scale")}
	if n.NoiseMap {
		precondition.Noise = b.number("level", noisy)
	}
	b.append(precondition)
	input = b.append(program.ScaleSamples{Inputs: []program.Tensor{turned}, Factors: []program.Tensor{precondition.In}, Output: vector("scaled")})
	return input, precondition.Noise, func(answer program.Tensor) {
		filtered := b.append(program.ScaleSamples{
			Inputs: []program.Tensor{turned, answer}, Factors: []program.Tensor{precondition.Skip, precondition.Out}, Output: vector("filtered"),
		})
		back := b.append(program.TransposedConvolution{Input: filtered, Weight: weight, Residuals: []program.Tensor{mean}, Output: vector("back")})
		b.append(program.Reshape{Input: back, Output: result})
	}
}

// initialAxes are the values of a fixed parameter where no images have been measured: the pixels for axes, a mean of 1/2 and a deviation of 1/4.
func initialAxes(p Parameter, values []float32) {
	switch p.Name {
	case AxesWeight:
		for i := range p.Shape[0] {
			values[i*p.Shape[1]+i] = 1
		}
	case AxesBias:
		for i := range values {
			values[i] = -0.5
		}
	case AxesVariances:
		for i := range values {
			values[i] = 0.25 * 0.25
		}
	}
}
