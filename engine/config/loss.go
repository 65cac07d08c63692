package config

import (
	"fmt"
	"strings"

	"tweedie/engine/noise"
)

// The losses that a network is trained with.
const (
	MSE = "mse" // mean squared error: the network approximates the posterior mean
	L1  = "l1"  // mean absolute error: the posterior median of each pixel
	// Noise2Noise is the squared error against a second noisy image of the same clean one (Lehtinen et al. 2018).
	Noise2Noise = "noise2noise"
	// SURE is Stein's unbiased estimate of the squared error, which needs the noisy image and its noise's strength alone (program.SURE).
	SURE = "sure"
)

// lossProblem says what is wrong with a loss, and with noise that was recorded.
func (e *Experiment) lossProblem() (paths []string, problem string) {
	loss, recorded := []string{"train.loss", "noise.model"}, []string{"noise.recorded", "train.loss"}
	n := e.Noise
	switch {
	case e.Train.Loss == SURE && e.Data.Paired():
		return loss, "train.loss = \"sure\" needs no pairs: name the noisy images as data.train, with recorded = true and their noise in [noise], or take train.loss = \"mse\""
	case e.Train.Loss == SURE:
		if problem := n.riskProblem(); problem != "" {
			return loss, problem
		}
	}
	if !n.Recorded {
		return nil, ""
	}
	if e.Train.Loss != SURE {
		return recorded, fmt.Sprintf("recorded = true in [noise] says that there are no clean images, which train.loss = %q needs; set train.loss = \"sure\"", e.Train.Loss)
	}
	for _, p := range n.parameters() {
		if !n.ranges()[p.Name].Fixed() {
			return []string{"noise." + p.Name},
				p.Name + " in [noise] is a range, but the noise that was recorded (recorded = true) is of one strength; give it: trainer noise-level estimates it"
		}
	}
	if n.Model == OneOf {
		return recorded, "recorded = true in [noise] needs one model, that of the images' noise, not one-of"
	}
	return nil, ""
}

// riskProblem reports a model whose squared error cannot be estimated from noisy images alone.
func (n *Noise) riskProblem() string {
	models := noise.Models()
	var able []string
	for _, model := range models {
		if model.Stein != nil {
			able = append(able, model.Name)
		}
	}
	for _, component := range n.Components() {
		if name := models[component.Model].Name; models[component.Model].Stein == nil {
			return fmt.Sprintf("train.loss = %q has no estimate for the noise model %q, only for %s; choose one of these, or noise2noise", SURE, name, strings.Join(able, ", "))
		}
	}
	return ""
}
