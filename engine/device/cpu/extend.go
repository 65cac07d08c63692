package cpu

import (
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// extend copies whole rows, then repeats the last column and the last row that stay.
func extend(op program.Extend) step {
	return noWorkspace(func(m memory) func(program.Scalars) {
		input, output := m.floats(op.Input), m.floats(op.Output)
		height, row, channels := op.Input.Shape[1], op.Input.Shape[2]*op.Input.Shape[3], op.Input.Shape[3]
		return func(s program.Scalars) {
			for n := range op.Input.Shape[0] {
				words := random.Words(op.Seed, random.Borders, s.Step, uint32(n), 0)
				rows, columns := 0, 0
				if random.Uniform(words[2]) < op.Share {
					rows, columns = random.Below(words[0], op.Most+1), random.Below(words[1], op.Most+1)
				}
				kept := row - columns*channels
				for y := range height {
					from := input[(n*height+min(y, height-1-rows))*row:][:kept]
					to := output[(n*height+y)*row:][:row]
					copy(to, from)
					for x := kept; x < row; x++ {
						to[x] = to[x-channels]
					}
				}
			}
		}
	})
}
