package config

import "fmt"

// axesProblem reports a key that contradicts network.axes.
func (e *Experiment) axesProblem() (path, problem string) {
	switch {
	case !e.Network.Axes:
	case e.Network.SigmaData > 0:
		return "network.sigma_data", "network.axes and sigma_data contradict each other: axes measures the images along each axis; remove sigma_data"
	case e.Network.Domain != linear:
		return "network.domain", fmt.Sprintf("network.axes and domain = %q contradict each other: axes preconditions for noise as it is in the image; remove one of them", e.Network.Domain)
	case e.Noise.Recorded || e.Noise.Model == Paired:
		return "noise.model", "network.axes needs clean images and noise whose level is known; remove it where noise was recorded"
	case e.Train.Patch != 0:
		return "train.patch", fmt.Sprintf("network.axes are those of whole images, and train.patch = %d cuts them; write patch = 0", e.Train.Patch)
	}
	return "", ""
}
