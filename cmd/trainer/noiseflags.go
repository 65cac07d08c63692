package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine/config"
	"tweedie/engine/noise"
)

// noiseFlags declares the flag that names the noise model and one for each parameter of a model, and returns what gives the noise that they say. The
// noise is missing where neither a model nor a parameter was given, and where the model is gaussian without -sigma, which has no default here.
func (i *invocation) noiseFlags(modelFlag string) func() (given noise.Fixed, missing bool, err error) {
	name := i.flags.String(modelFlag, "gaussian", "`name` of the noise model: "+strings.Join(noise.Names(), ", "))
	values := map[string]*float64{}
	for _, model := range noise.Models() {
		for _, p := range model.Parameters {
			if values[p.Name] == nil {
				values[p.Name] = i.flags.Float64(p.Name, math.NaN(), parameterHelp(p))
			}
		}
	}
	return func() (noise.Fixed, bool, error) {
		given, bad := map[string]float64{}, ""
		i.flags.Visit(func(f *flag.Flag) {
			if value := values[f.Name]; value != nil {
				given[f.Name] = *value
				if math.IsNaN(*value) {
					bad = f.Name
				}
			}
		})
		if bad != "" {
			return noise.Fixed{}, false, i.misuse("-%s nan is not a number", bad)
		}
		if *name == "gaussian" && len(given) == 0 {
			return noise.Fixed{}, true, nil
		}
		if *name == config.OneOf {
			return noise.Fixed{}, false, i.misuse("-%s one-of: a training takes another model for each sample, and an image has the noise of one; name that one", modelFlag)
		}
		fixed, err := noise.Fix(*name, given)
		if err != nil {
			return noise.Fixed{}, false, i.misuse("%v", err)
		}
		return fixed, false, nil
	}
}

// trainedNoise is the noise that the run of a model was trained with, if that is one model with fixed parameters.
func trainedNoise(path string) (given noise.Fixed, found bool) {
	experiment, found := trainedExperiment(path)
	if !found {
		return noise.Fixed{}, false
	}
	return experiment.Noise.Fixed()
}

// trainedExperiment is that of a model's run. The path may be the run folder's, its model's or one of its checkpoints'.
func trainedExperiment(path string) (experiment *config.Experiment, found bool) {
	folder := path
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		if folder = filepath.Dir(path); filepath.Base(folder) == "checkpoints" {
			folder = filepath.Dir(folder)
		}
	}
	file := filepath.Join(folder, "experiment.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	experiment, err = config.Parse(file, text)
	return experiment, err == nil
}

// parameterHelp says what a parameter is, of which models, and its default.
func parameterHelp(parameter noise.Parameter) string {
	var models []string
	for _, model := range noise.Models() {
		for _, p := range model.Parameters {
			if p.Name == parameter.Name && model.Name != "gaussian" {
				models = append(models, model.Name)
			}
		}
	}
	return fmt.Sprintf("%s; of %s, %v if absent", parameter.Help, strings.Join(models, " and "), parameter.Default)
}

// sigmaMissing is the mistake of naming no noise.
func (i *invocation) sigmaMissing() error {
	return i.misuse("-sigma is missing: the noise's standard deviation, of 255; or name another noise model")
}

// noiseMissing is the mistake of naming no noise where the model's run does not say it either.
func (i *invocation) noiseMissing() error {
	return i.misuse("-sigma is missing, the noise's standard deviation, of 255, or another noise model: there is no run beside the model that was trained with one noise only")
}
