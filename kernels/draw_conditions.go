//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/engine/noise"
	"tweedie/engine/random"
	"tweedie/kernels/driver"
)

// DrawConditions draws what each sample's noise shall be (package noise's Draw, with the words of stream Levels at (step, sample n, block 0) as
// Uniform numbers):
//
//	conditions[n] = (model's number, its first parameter, its second)
//	levels[n]     = the model's Level at these parameters
//
// all float32, bit by bit as package noise prescribes.
type DrawConditions struct {
	Conditions, Levels driver.Address
	Scalars            driver.Address
	Samples            int
	Components         []noise.Component // at most noise.MostComponents
	Seed               uint64
}

// parameterRange and components are laid out as in draw_conditions.cu.
type parameterRange struct {
	from, to, origin, span float32
	logarithmic            int32
}

type components struct {
	count  int32
	model  [noise.MostComponents]int32
	until  [noise.MostComponents]float32
	ranges [noise.MostComponents][2]parameterRange
}

// DrawConditions is one launch, bound by its start.
func (k *Kernels) DrawConditions(s driver.Stream, d DrawConditions) error {
	if err := positive("draw conditions", d.Samples, len(d.Components)); err != nil {
		return err
	}
	if len(d.Components) > noise.MostComponents {
		return fmt.Errorf("draw conditions: %d models are more than %d", len(d.Components), noise.MostComponents)
	}
	list := components{count: int32(len(d.Components))}
	for i, component := range d.Components {
		list.model[i], list.until[i] = int32(component.Model), component.Until
		for j, r := range component.Ranges {
			p := parameterRange{from: r.From, to: r.To, origin: r.From, span: r.To - r.From}
			if r.Logarithmic {
				p.logarithmic = 1
				p.origin, p.span = r.Logarithm()
			}
			list.ranges[i][j] = p
		}
	}
	return k.launch(s, "draw_conditions", "draw_conditions", k.blocks(parts(d.Samples, threads)), block, 0, d.Conditions, d.Levels, d.Scalars,
		uint32(d.Samples), d.Seed, uint32(random.Levels)<<24, driver.Struct(&list))
}
