package program

// bfloat16Cases are those of the three convolutions and the copies with BFloat16 where a network that computes in it has it: the first convolution
// writes it, those in the middle read and write it, the last one reads it.
func bfloat16Cases() []Case {
	single := func(t Tensor) Tensor { return t }
	half := func(t Tensor) Tensor {
		if t.Present() {
			t.Type = BFloat16
		}
		return t
	}
	kinds := []struct {
		name          string
		input, output func(Tensor) Tensor
	}{{"bf16>bf16", half, half}, {"f32>bf16", single, half}, {"bf16>f32", half, single}}
	all := func(change func(Tensor) Tensor, tensors []Tensor) []Tensor {
		var changed []Tensor
		for _, t := range tensors {
			changed = append(changed, change(t))
		}
		return changed
	}
	convert := func(operation Operation, input, output func(Tensor) Tensor) Operation {
		switch op := operation.(type) {
		case Convolution:
			op.Input, op.Output, op.Mask, op.Residuals = input(op.Input), output(op.Output), output(op.Mask), all(output, op.Residuals)
			return op
		case TransposedConvolution:
			op.Input, op.Output, op.Mask, op.Residuals = input(op.Input), output(op.Output), output(op.Mask), all(output, op.Residuals)
			return op
		case WeightGradient:
			op.Input, op.OutputGradient = input(op.Input), output(op.OutputGradient)
			return op
		case Add:
			op.Inputs, op.Mask, op.Output = all(half, op.Inputs), half(op.Mask), half(op.Output)
			return op
		case NoiseMap:
			op.Input, op.Output = half(op.Input), half(op.Output)
			return op
		case Channels:
			return Channels{half(op.Input), half(op.Output)}
		case PadChannels:
			return PadChannels{half(op.Input), half(op.Output)}
		case Reshape:
			return Reshape{half(op.Input), half(op.Output)}
		case SiLU:
			op.Input, op.Factors, op.Output = half(op.Input), all(half, op.Factors), half(op.Output)
			return op
		case ScaleSamples:
			op.Inputs, op.Output = all(half, op.Inputs), half(op.Output)
			return op
		}
		return nil
	}
	var cases []Case
	for _, list := range [][]Case{convolutionCases(), transposedCases(), weightGradientCases()} {
		for i, c := range list {
			// Every size in the middle of a network, a third of them at its ends.
			for k, kind := range kinds {
				if k == 0 || i%len(kinds) == k {
					converted := c
					converted.Name += "," + kind.name
					converted.Operation, converted.Magnitude = convert(c.Operation, kind.input, kind.output), convert(c.Magnitude, kind.input, kind.output)
					cases = append(cases, converted)
				}
			}
		}
	}
	for _, list := range [][]Case{addCases(), channelCases(), reshapeCases(), siluCases(), scaleSamplesCases()} {
		for _, c := range list {
			c.Name += ",bf16"
			c.Operation = convert(c.Operation, half, half)
			if c.Magnitude != nil {
				c.Magnitude = convert(c.Magnitude, half, half)
			}
			cases = append(cases, c)
		}
	}
	return cases
}
