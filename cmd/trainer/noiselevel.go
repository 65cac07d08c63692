package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/engine/noiselevel"
	"tweedie/engine/picture"
)

// noiseKinds are the models that noise-level estimates, by their names in [noise].
func noiseKinds() map[string]noiselevel.Kind {
	return map[string]noiselevel.Kind{
		"auto": noiselevel.Automatic, "gaussian": noiselevel.Gaussian, "poisson": noiselevel.Poisson, "poisson-gaussian": noiselevel.PoissonGaussian,
	}
}

// noiseLevel is what noise-level prints with -json.
type noiseLevel struct {
	Model      string   `json:"model"`
	Sigma      *float64 `json:"sigma,omitempty"` // of 255
	SigmaError *float64 `json:"sigma_error,omitempty"`
	Peak       *float64 `json:"peak,omitempty"`
	PeakError  *float64 `json:"peak_error,omitempty"`
	Chosen     int      `json:"flat_patches"`
	Patches    int      `json:"patches"`
}

func runNoiseLevel(i *invocation) error {
	names := slices.Sorted(maps.Keys(noiseKinds()))
	model := i.flags.String("model", "auto", "noise `model`: "+strings.Join(names, ", "))
	i.jsonFlag("model, sigma, sigma_error (of 255), peak, peak_error, flat_patches, patches")
	if err := i.parse(1, 1); err != nil {
		return err
	}
	kind, known := noiseKinds()[*model]
	if !known {
		return i.misuse("-model %s is none of %s", *model, strings.Join(names, ", "))
	}
	noisy, err := picture.Read(i.arguments[0])
	if err != nil {
		return err
	}
	whole, channels, err := noiselevel.Picture(noisy, kind)
	if err != nil {
		return &dataError{fmt.Errorf("%s: %w", i.arguments[0], err)}
	}
	found := levelOf(whole)
	return i.found(found, func() { i.printNoiseLevel(found, channels) })
}

// printNoiseLevel says what was found, of the whole image and of each channel, and the table for it.
func (i *invocation) printNoiseLevel(found noiseLevel, channels []noiselevel.Estimate) {
	fmt.Fprintf(i.stdout, "%s from %d flat patches of %d\n", found.text(), found.Chosen, found.Patches)
	if len(channels) > 1 {
		for number, channel := range channels {
			fmt.Fprintf(i.stdout, "  channel %d: %s\n", number, levelOf(channel).text())
		}
	}
	fmt.Fprintf(i.stdout, "\n[noise]\nmodel = %q\n", found.Model)
	if found.Peak != nil {
		fmt.Fprintf(i.stdout, "peak = %.4g\n", *found.Peak)
	}
	if found.Sigma != nil {
		fmt.Fprintf(i.stdout, "sigma = %.4g\n", *found.Sigma)
	}
	fmt.Fprintln(i.stdout, "# recorded = true   # with train.loss = \"sure\": data.train has this noise already, and no clean images are needed")
}

func levelOf(e noiselevel.Estimate) noiseLevel {
	l := noiseLevel{Chosen: e.Chosen, Patches: e.Patches}
	for name, kind := range noiseKinds() {
		if kind == e.Kind {
			l.Model = name
		}
	}
	if e.Slope > 0 {
		peak, standardError := e.Peak()
		l.Peak, l.PeakError = &peak, &standardError
	}
	if e.Constant > 0 {
		sigma, standardError := e.Sigma()
		sigma, standardError = 255*sigma, 255*standardError
		l.Sigma, l.SigmaError = &sigma, &standardError
	}
	switch { // a part may be zero although it was asked for
	case l.Peak == nil:
		l.Model = "gaussian"
	case l.Sigma == nil:
		l.Model = "poisson"
	}
	return l
}

// text is such as "sigma 24.9 +- 0.3 (of 255)".
func (l noiseLevel) text() string {
	var parts []string
	if l.Peak != nil {
		parts = append(parts, fmt.Sprintf("peak %.4g +- %.2g photons", *l.Peak, *l.PeakError))
	}
	if l.Sigma != nil {
		parts = append(parts, fmt.Sprintf("sigma %.4g +- %.2g (of 255)", *l.Sigma, *l.SigmaError))
	}
	return strings.Join(parts, ", ")
}
