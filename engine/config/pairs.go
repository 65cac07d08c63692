package config

import (
	"fmt"
	"slices"

	"tweedie/engine/data"
	"tweedie/engine/noise"
)

// unlessPaired is a field of clean images that noise is added to: synthetic ones where it is not given, and none where pairs are.
func unlessPaired(k kind[[]string], pointer func(*Experiment) *[]string) field {
	return orNone(defaulted(k, []string{data.DeadLeaves}, pointer), pointer)
}

// orNone lets a field be empty, as if it were not there.
func orNone(f field, pointer func(*Experiment) *[]string) field {
	check, text := f.check, f.text
	f.check = func(e *Experiment) string {
		if len(*pointer(e)) == 0 {
			return ""
		}
		return check(e)
	}
	f.text = func(e *Experiment) string {
		if len(*pointer(e)) == 0 {
			return ""
		}
		return text(e)
	}
	return f
}

// pairsKey is the entry of one of the lists of recorded images.
func pairsKey(name, help string, of func(*Data) *[]string) key {
	pointer := func(e *Experiment) *[]string { return of(&e.Data) }
	return key{
		section: "data", name: name, help: help,
		field:   orNone(required(list("a folder of images, an image, an IDX file, or a list of them"), pointer), pointer),
		absent:  "no default",
		example: `"pairs/` + name + `"`,
		settle:  func(e *Experiment) { e.pair() },
		neutral: true,
	}
}

// Paired reports whether images were recorded in pairs, so that no noise is added.
func (d *Data) Paired() bool {
	return len(d.Noisy)+len(d.Clean)+len(d.ValidationNoisy)+len(d.ValidationClean) > 0
}

// unpair makes place for clean images that noise is added to.
func (e *Experiment) unpair() {
	e.Data.Noisy, e.Data.Clean, e.Data.ValidationNoisy, e.Data.ValidationClean = nil, nil, nil, nil
	if e.Noise.Model == Paired {
		e.Noise = Noise{Model: noise.Models()[0].Name}
	}
}

// pair makes place for pairs.
func (e *Experiment) pair() {
	e.Data.Train, e.Data.Validation = nil, nil
	e.Noise = Noise{Model: Paired}
}

// settlePairs resolves what follows from pairs: no clean images of their own but those that were named, and no model but Paired.
func (e *Experiment) settlePairs() {
	if !e.Data.Paired() {
		return
	}
	for _, list := range []*[]string{&e.Data.Train, &e.Data.Validation} {
		if slices.Equal(*list, []string{data.DeadLeaves}) {
			*list = nil
		}
	}
	if e.Noise.Model == noise.Models()[0].Name { // the default
		e.Noise.Model = Paired
	}
}

// pairsProblem says what is wrong with the lists of images.
func (e *Experiment) pairsProblem() (key, problem string) {
	d := e.Data
	if !d.Paired() {
		switch {
		case len(d.Train) == 0 && e.Noise.Model != Paired:
			return "train", "[data] has no train; name clean images to learn from"
		case len(d.Validation) == 0 && e.Noise.Model != Paired:
			return "validation", "[data] has no validation; name clean images to measure on"
		}
		return "", ""
	}
	for _, lists := range []struct {
		noisyKey, cleanKey, ownKey string
		noisy, clean, own          []string
	}{
		{"noisy", "clean", "train", d.Noisy, d.Clean, d.Train},
		{"validation_noisy", "validation_clean", "validation", d.ValidationNoisy, d.ValidationClean, d.Validation},
	} {
		switch {
		case len(lists.own) > 0:
			return lists.ownKey, fmt.Sprintf("%s in [data] names clean images to add noise to, but pairs are given; remove it, or all keys of pairs", lists.ownKey)
		case len(lists.noisy) == 0:
			return lists.cleanKey, fmt.Sprintf("[data] has no %s; pairs need noisy and clean, and validation_noisy and validation_clean to measure on", lists.noisyKey)
		case len(lists.clean) == 0:
			return lists.noisyKey, fmt.Sprintf("[data] has no %s, the clean images of %s; "+unpaired, lists.cleanKey, lists.noisyKey)
		case len(lists.noisy) != len(lists.clean):
			return lists.cleanKey, fmt.Sprintf("[data] lists %d in %s and %d in %s; each belongs to the one at its place", len(lists.noisy), lists.noisyKey,
				len(lists.clean), lists.cleanKey)
		}
	}
	switch {
	case e.Noise.Model != Paired:
		return "noisy", fmt.Sprintf("the model %q in [noise] would add noise to images that have their own; remove it, or all keys of pairs", e.Noise.Model)
	case e.Network.NoiseMap:
		return "noisy", "noise_map in [network] tells the noise level, which is not known of pairs; remove it"
	case e.Network.SigmaData > 0:
		return "noisy", "sigma_data in [network] needs the noise level, which is not known of pairs; remove it"
	}
	return "", ""
}

// unpaired says what to do without clean images.
const unpaired = "without clean images, name a second recording of each as clean with train.loss = \"noise2noise\", or the noisy ones as data.train with noise.recorded = true, " +
	"their noise in [noise], and train.loss = \"sure\""
