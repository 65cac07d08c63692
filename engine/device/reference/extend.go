package reference

import (
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func (m memory) extend(op program.Extend, scalars program.Scalars) {
	input, output := m.float64s(op.Input), m.float64s(op.Output)
	height, width, channels := op.Input.Shape[1], op.Input.Shape[2], op.Input.Shape[3]
	for n := range op.Input.Shape[0] {
		words := random.Words(op.Seed, random.Borders, scalars.Step, uint32(n), 0)
		rows, columns := 0, 0
		if random.Uniform(words[2]) < op.Share {
			rows, columns = random.Below(words[0], op.Most+1), random.Below(words[1], op.Most+1)
		}
		for y := range height {
			for x := range width {
				for c := range channels {
					from := (n*height+min(y, height-1-rows))*width + min(x, width-1-columns)
					output[((n*height+y)*width+x)*channels+c] = input[from*channels+c]
				}
			}
		}
	}
}
