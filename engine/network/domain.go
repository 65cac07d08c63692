package network

import (
	"fmt"

	"tweedie/engine/program"
)

// Domain is where a network works: on images as they are, or on images whose noise was made more alike at all intensities by a curve (program.Curve), which is
// undone behind the network by its plain inverse. It changes the network's input and parametrisation only: what is trained is the same mean squared
// error of the image, so that the answer still approximates the posterior mean, and no correction of the inverse's bias is called for.
type Domain struct {
	Name   string // Log or Anscombe
	Offset float32
}

// The domains by their names in experiments.
const (
	Linear   = "linear"
	Log      = "log"
	Anscombe = "anscombe"
)

// curve maps images into the domain; linear ones have none.
func (d Domain) curve() (curve program.Curve, found bool) {
	kind, found := map[string]program.CurveKind{Log: program.Logarithmic, Anscombe: program.Root}[d.Name]
	return program.Curve{Kind: kind, Offset: d.Offset}, found
}

// check reports a domain that there is not and an offset that no curve has.
func (d Domain) check() error {
	curve, curved := d.curve()
	switch {
	case !curved && d != (Domain{}):
		return fmt.Errorf("there is no domain %q of offset %v; there are %s and %s", d.Name, d.Offset, Log, Anscombe)
	case curved:
		return curve.CheckOffset()
	}
	return nil
}
