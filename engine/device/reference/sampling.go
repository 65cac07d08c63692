package reference

import (
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func (m memory) patches(op program.Patches, scalars program.Scalars) {
	index := m[op.Index.Name].([]uint32)
	output := m.float64s(op.Output)
	rows, columns := op.Output.Shape[1], op.Output.Shape[2]
	for n := range op.Output.Shape[0] {
		words := random.Words(op.Seed, random.Crops, scalars.Step, uint32(n), 0)
		row := index[4*random.Below(words[0], len(index)/4):]
		offset, height, width := int(uint64(row[0])|uint64(row[1])<<32), int(row[2]), int(row[3])
		top, left := random.Below(words[1], height-rows+1), random.Below(words[2], width-columns+1)
		orientation := words[3] >> 29
		if op.Upright {
			orientation = 0
		}
		for y := range rows {
			for x := range columns {
				i, j := y, x
				if orientation&4 != 0 {
					i, j = j, i
				}
				if orientation&2 != 0 {
					i = rows - 1 - i
				}
				if orientation&1 != 0 {
					j = columns - 1 - j
				}
				at := offset + (top+i)*width + left + j
				var value float32
				switch samples := m[op.Samples.Name].(type) {
				case []uint8:
					value = float32(samples[at]) / 255
				case []uint16:
					value = float32(samples[at]) / 65535
				}
				output[(n*rows+y)*columns+x] = float64(value)
			}
		}
	}
}

func (m memory) addNoise(op program.AddNoise, scalars program.Scalars) {
	clean, noisy, levels := m.float64s(op.Clean), m.float64s(op.Noisy), m.float64s(op.Levels)
	perSample := len(clean) / len(levels)
	for n := range levels {
		if op.Draws() {
			word := random.Words(op.Seed, random.Levels, scalars.Step, uint32(n), 0)[0]
			levels[n] = float64(op.From) + (float64(op.To)-float64(op.From))*float64(random.Uniform(word))
		}
		for e := 0; e < perSample; e += 4 {
			normals := random.Normals(random.Words(op.Seed, op.Stream, scalars.Step, uint32(n), uint32(e/4)))
			for lane := 0; lane < 4 && e+lane < perSample; lane++ {
				at := n*perSample + e + lane
				noisy[at] = clean[at] + levels[n]*normals[lane]
			}
		}
	}
}
