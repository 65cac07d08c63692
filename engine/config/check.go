package config

import "fmt"

// mostPixels bounds what one step takes in: 2^26 pixels of 64 channels in float32 are 16 GiB a layer.
const mostPixels = 1 << 26

// Check reports the first value that is out of its range and the first contradiction, as an *Error without a place. Load and Parse have done it.
func (e *Experiment) Check() error {
	if _, problem := e.problem(); problem != "" {
		return &Error{Problem: problem}
	}
	return nil
}

// problem says what is wrong with an experiment and which keys are concerned.
func (e *Experiment) problem() (paths []string, problem string) {
	for _, k := range keys() {
		if problem := k.field.check(e); problem != "" {
			return []string{k.path()}, k.path() + " = " + k.field.text(e) + ": " + problem
		}
	}
	if key, problem := e.pairsProblem(); problem != "" {
		return []string{"data." + key}, problem
	}
	if key, problem := e.Noise.problem(); problem != "" {
		return []string{"noise." + key}, problem
	}
	if key, problem := e.domainProblem(); problem != "" {
		return []string{"network." + key, "network.domain"}, problem
	}
	if key, problem := e.axesProblem(); problem != "" {
		return []string{"network.axes", key}, problem
	}
	t := e.Train
	if t.Minutes > 0 && t.Steps > 0 {
		return []string{"train.minutes", "train.steps"}, "minutes and steps in [train] contradict each other; remove one of them"
	}
	if t.Minutes == 0 && t.Steps == 0 {
		return []string{"train.minutes", "train.steps"}, "[train] has neither minutes nor steps; add one of them, such as minutes = 10"
	}
	if pixels := int64(t.Batch) * int64(t.Patch) * int64(t.Patch); pixels > mostPixels {
		return []string{"train.batch", "train.patch"},
			fmt.Sprintf("a batch of %d patches of %dx%[2]d is %d pixels, more than %d; make batch or patch smaller", t.Batch, t.Patch, pixels, mostPixels)
	}
	return e.lossProblem()
}
