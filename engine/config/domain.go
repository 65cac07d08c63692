package config

import (
	"fmt"

	"tweedie/engine/noise"
)

// Domains in which a network works.
const (
	linear    = "linear"
	logarithm = "log"
	anscombe  = "anscombe"
)

// fillDomain gives the offset of the domain where it is absent: one level of an 8-bit image for log, below which speckle is of no account, and for
// anscombe what the noise says.
func (e *Experiment) fillDomain() {
	if e.Network.DomainOffset != 0 {
		return
	}
	switch e.Network.Domain {
	case logarithm:
		e.Network.DomainOffset = 1.0 / 255
	case anscombe:
		if offset, found := e.Noise.anscombeOffset(); found {
			e.Network.DomainOffset = offset
		}
	}
}

// domainProblem reports a domain that does not suit the noise or the network.
func (e *Experiment) domainProblem() (key, problem string) {
	n := e.Network
	switch {
	case n.Domain == linear && n.DomainOffset != 0:
		return "domain_offset", fmt.Sprintf("network.domain_offset = %s is of the domains log and anscombe; remove it, or choose one of them", formatFloat(n.DomainOffset))
	case n.Domain != linear && n.DomainOffset == 0:
		return "domain", fmt.Sprintf("network.domain = %q is for noise that counts photons (poisson, poisson-gaussian), and the model is %q; write \"linear\" or "+
			"\"log\", choose another model, or give domain_offset", n.Domain, e.Noise.Model)
	case n.Domain != linear && n.SigmaData != 0:
		return "domain", fmt.Sprintf("network.domain = %q and sigma_data contradict each other: sigma_data preconditions for noise as it is in the image; remove one of them", n.Domain)
	}
	return "", ""
}

// anscombeOffset is the offset of Anscombe's generalised transform for the middles of the ranges, on average over the models that count photons;
// false if none does. One transform serves all samples, so that a network needs not be told their noise.
func (n *Noise) anscombeOffset() (offset float64, found bool) {
	models, sum, count := noise.Models(), 0.0, 0.0
	for _, component := range n.Components() {
		if transform := models[component.Model].Anscombe; transform != nil {
			sum += float64(transform(noise.Values{component.Ranges[0].At(0.5), component.Ranges[1].At(0.5)}))
			count++
		}
	}
	return max(sum/count, 1e-6), count > 0
}
