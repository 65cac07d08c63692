package main

import (
	"regexp"
	"strings"
)

// presets are the networks that are trained, as the program has them.
func presets() []string { return []string{"circle", "digits-blind", "digits-latent"} }

// command is a call of the program in the tour's folder.
type command struct {
	name      string // of the stage
	arguments []string
	picture   string         // what it leaves
	json      bool           // it prints an object
	pattern   *regexp.Regexp // else what its figure is found by, if it prints any
	shows     bool           // what it prints is shown, as a training run's progress
}

// commands are those of the tour in their order. A sigma of 100 hides much of a digit, and one of 0.3 is a third of the circle's radius.
func commands() []command {
	words := func(text string) []string { return strings.Fields(text) }
	return []command{
		{name: "noise", arguments: words("noise -sigma 100 clean.png"), picture: "noisy.png"},
		{name: "denoise", arguments: words("denoise -model runs/digits-blind noisy.png"), picture: "denoised.png"},
		{name: "images", arguments: words("manifold -model runs/digits-blind -sigma 50,100 -count 50"), picture: "manifold-digits.png", json: true},
		{name: "manifold", arguments: words("manifold -model runs/circle -sigma 0.1,0.3"), picture: "manifold-circle.png", json: true},
		{name: "verify", arguments: words("verify -model runs/circle -levels 4 -draws 5000 -jacobians 100"), picture: "posterior-mean.png", json: true},
		{name: "torn", arguments: words("posterior -model runs/digits-blind"), picture: "torn.png", json: true},
		{name: "score", arguments: words("score -model runs/circle -sigma 0.3"), picture: "score.png", json: true},
		{name: "walk", arguments: words("walk -model runs/circle"), picture: "walk.png", json: true},
		{name: "climb", arguments: words("walk -model runs/digits-blind noisy.png -from 0.6 -to 0.05 -step 0.05"), picture: "walk-digit.png", json: true},
		{name: "sample", arguments: words("sample -model runs/circle -count 1000"), picture: "samples.png", json: true},
		{name: "new", arguments: words("sample -model runs/digits-blind -mean 0.1 -step 0.02 -beta 0.5 -to 0.05"), picture: "samples-digits.png", json: true},
		{name: "latent", arguments: words("latent -model runs/digits-latent"), picture: "latent.png", json: true},
		{
			name: "uncertainty", arguments: words("denoise -model runs/digits-blind -sigma 100 -components 2 -uncertainty uncertainty.png -force noisy.png"), picture: "sure.png",
			pattern: regexp.MustCompile(`standard deviation ([0-9.]+) of 255 \(root mean square\)`),
		},
	}
}
