package cpu

import (
	"math"

	"tweedie/engine/program"
	"tweedie/engine/random"
)

// patches is one copy of each element of a batch: too little for more than one thread.
func patches(op program.Patches) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		index, output := elements[uint32](m, op.Index), m.floats(op.Output)
		if op.Samples.Type == program.Uint8 {
			samples := elements[uint8](m, op.Samples)
			return func(s program.Scalars) { crop(op, s.Step, samples, index, output, 255) }
		}
		samples := elements[uint16](m, op.Samples)
		return func(s program.Scalars) { crop(op, s.Step, samples, index, output, 65535) }
	})
}

// crop fills the patches of a step. An index that points outside the samples, or to an image smaller than a patch, gives NaN: the
// step's gradient is then not finite, and changes nothing.
func crop[T uint8 | uint16](op program.Patches, step uint64, samples []T, index []uint32, output []float32, full float32) {
	rows, columns := op.Output.Shape[1], op.Output.Shape[2]
	for n := range op.Output.Shape[0] {
		words := random.Words(op.Seed, random.Crops, step, uint32(n), 0)
		row := index[4*random.Below(words[0], len(index)/4):]
		offset, height, width := uint64(row[0])|uint64(row[1])<<32, int(row[2]), int(row[3])
		patch := output[n*rows*columns : (n+1)*rows*columns]
		if height < rows || width < columns || offset > uint64(len(samples)) || height > (len(samples)-int(offset))/width {
			for i := range patch {
				patch[i] = float32(math.NaN())
			}
			continue
		}
		top, left := random.Below(words[1], height-rows+1), random.Below(words[2], width-columns+1)
		origin, rowStep, columnStep := 0, width, 1
		if !op.Upright {
			origin, rowStep, columnStep = turned(words[3]>>29, rows, width)
		}
		origin += int(offset) + top*width + left
		for y := range rows {
			at := origin + y*rowStep
			for x := range columns {
				patch[y*columns+x] = float32(samples[at]) / full
				at += columnStep
			}
		}
	}
}

// turned returns, for an orientation of package program's Patches, where in an image of that width the first element of a square patch comes from, and the
// distance to the next row's and the next column's.
func turned(orientation uint32, size, width int) (origin, rowStep, columnStep int) {
	rowStep, columnStep = width, 1
	if orientation&4 != 0 {
		rowStep, columnStep = 1, width
	}
	flip := func(along int) {
		origin += (size - 1) * along
		if rowStep == along {
			rowStep = -along
		} else {
			columnStep = -along
		}
	}
	if orientation&2 != 0 {
		flip(width)
	}
	if orientation&1 != 0 {
		flip(1)
	}
	return origin, rowStep, columnStep
}

// drawLevels fills the noise levels of a step, each rounded as written.
func drawLevels(op program.AddNoise, step uint64, levels []float32) {
	for n := range levels {
		word := random.Words(op.Seed, random.Levels, step, uint32(n), 0)[0]
		levels[n] = op.From + float32((op.To-op.From)*random.Uniform(word))
	}
}

// noiseMap appends the channel of levels.
func noiseMap(op program.NoiseMap) step {
	channels := copyChannels(op.Input, op.Output)
	return noWorkspace(func(m memory) func(program.Scalars) {
		run := channels.bind(m, nil)
		output, level := m.floats(op.Output), m.floats(op.Level)
		width, perSample := op.Output.Shape[3], len(output)/len(level)
		return func(s program.Scalars) {
			run(s)
			for i := width - 1; i < len(output); i += width {
				output[i] = level[i/perSample]
			}
		}
	})
}

// copyChannels copies the channels that both tensors have and sets the output's others to zero.
func copyChannels(from, to program.Tensor) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		input, output := m.floats(from), m.floats(to)
		inputs, outputs := from.Shape[3], to.Shape[3]
		return func(program.Scalars) {
			for i, o := 0, 0; o < len(output); i, o = i+inputs, o+outputs {
				copied := copy(output[o:o+outputs], input[i:i+inputs])
				clear(output[o+copied : o+outputs])
			}
		}
	})
}

// record keeps a step's mean loss and norm.
func record(op program.Record) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		losses, norm, ring := m.floats(op.Losses), m.floats(op.Norm), m.floats(op.Ring)
		return func(s program.Scalars) {
			sum := 0.0
			for _, loss := range losses {
				sum += float64(loss)
			}
			row := 2 * (s.Step % uint64(op.Ring.Shape[0]))
			ring[row], ring[row+1] = float32(sum/float64(len(losses))), norm[0]
		}
	})
}
