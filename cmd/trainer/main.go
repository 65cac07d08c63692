// Command trainer trains denoisers, uses them and measures them. Without a subcommand it trains: trainer -config sigma25.toml.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Exit codes, as documented by trainer help.
const (
	exitDone        = 0
	exitInternal    = 1
	exitUsage       = 2
	exitConfig      = 3
	exitData        = 4
	exitNumeric     = 5
	exitDevice      = 6
	exitInterrupted = 75
)

// command is one subcommand.
type command struct {
	name, arguments, summary string
	// run declares its flags on the invocation, parses them and does the work.
	run func(*invocation) error
}

func commands() []command {
	return []command{
		{"train", "-config NAME [flags]", "train an experiment (the default)", runTrain},
		{"denoise", "-model RUN [-noise M] [-sigma S] [-uncertainty MAP] IMAGE|FOLDER... -o OUT",
			"denoise images, with error bars on demand: trainer denoise -model runs/sigma25 -uncertainty map.png noisy.png -o denoised.png", runDenoise},
		{"eval", "-model RUN [-data FOLDER] [-noisy FOLDER | [-noise M] -sigma S] [-json] [-save FOLDER]", "PSNR, SSIM and MSE by the published protocol", runEvaluate},
		{"noise", "[-model M] -sigma S [-seed N] [-chart] IMAGE -o OUT", "add noise to an image, to look at it", runNoise},
		{"noise-level", "[-model M] [-json] IMAGE", "estimate an image's noise and print its [noise] table: trainer noise-level noisy.png", runNoiseLevel},
		{"encode", "-model RUN IMAGE|FOLDER... -o LATENTS.npy", "latents of images: trainer encode -model runs/auto digits -o latents.npy -neighbours near.png", runEncode},
		{"decode", "-model RUN LATENTS.npy -o FOLDER", "images of latents: trainer decode -model runs/auto latents.npy -o images", runDecode},
		{"latent", "-model RUN [IMAGE|FOLDER...] [-from CLASS] [-to CLASS] [-json] -o OUT.png", "the latent space in two dimensions, its classes and a walk through it: trainer latent -model runs/digits-latent -o latent.png", runLatent},
		{"info", "FILE|RUN", "what a checkpoint or model holds", runInfo},
		{"config", "", "every key of an experiment with its default, range and meaning", runConfig},
		{"bench", "[-net NAME] [-mode train|denoise] [flags]", "time the real step on this machine", runBench},
		{"devices", "", "what this machine can compute on, what is missing and why", runDevices},
		{"check", "-config NAME [flags]", "compare a network's gradients with Gorgonia's and with finite differences: trainer check -config sigma25.toml", runCheck},
		{"verify", "-model RUN [-levels N] [-json] [-o PLOT.png]", "is the network the posterior mean? Measured against exact priors: trainer verify -model runs/verify-gmm2d", runVerify},
		{"calibrate", "-model RUN [-data FOLDER] [-sigma S] [-json] [-o PLOT.png]", "do the error bars match the errors? trainer calibrate -model runs/sigma25 -data bsd68 -o plot.png", runCalibrate},
		{"score", "-model RUN|-exact PRIOR [-sigma S] [IMAGE] [-json] -o OUT.png", "exact and learnt score as arrows, or an image's as a picture: trainer score -model runs/verify-gmm2d -o arrows.png", runScore},
		{"manifold", "-model RUN|-exact PRIOR [-sigma S,...] [-json] [-o OUT.png]", "is the output a step towards the manifold? Distances, singular values, local dimension: trainer manifold -model runs/circle -o manifold.png", runManifold},
		{"walk", "-model RUN|-exact PRIOR [IMAGE] [-json] -o OUT.png", "walk along the score to likely images: trainer walk -model runs/verify-gmm2d -o walk.png", runWalk},
		{"sample", "-model RUN|-exact PRIOR [-count N] [-json] -o OUT.png", "draw new images, by the probability flow (known priors, networks that are told sigma) or a stochastic ascent (blind ones): trainer sample -model runs/verify-gmm2d -o samples.png", runSample},
		{"restore", "-model RUN -missing P|-mask M|-factor N|-blur S|-kernel K|-projections P|-angles N [-json] CLEAN -o OUT.png", "restore what a linear measurement left: trainer restore -model runs/digits-blind -missing 0.7 eight.png -o restored.png", runRestore},
		{"posterior", "-model RUN [-a 3] [-b 8] [-json] -o OUT.png", "torn between two digits: the exact posterior, its mean, the answer: trainer posterior -model runs/digits-blind -o torn.png", runPosterior},
		{"plot", "SWEEP.csv -o OUT.png", "draw a sweep's PSNR over its noise levels", runPlot},
		{"version", "", "the version and what it can compute on", runVersion},
		{"help", "[COMMAND]", "this text, or a command's flags", runHelp},
	}
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// output remembers that something could not be printed, so that commands need not look after each line.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(text []byte) (int, error) {
	n, err := o.Writer.Write(text)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// run does what the arguments say and returns the exit code. Each error is one line on stderr.
func run(arguments []string, stdout io.Writer, stderr *os.File) int {
	name := "train"
	switch {
	case len(arguments) == 0 || arguments[0] == "-h" || arguments[0] == "-help" || arguments[0] == "--help":
		name, arguments = "help", nil
	case !strings.HasPrefix(arguments[0], "-"):
		name, arguments = arguments[0], arguments[1:]
	}
	for _, c := range commands() {
		if c.name == name {
			out := &output{Writer: stdout}
			err := c.run(newInvocation(c, arguments, out, stderr))
			if (err == nil || errors.Is(err, errHelp)) && out.err != nil {
				err = fmt.Errorf("the output cannot be written: %w", out.err)
			}
			if err != nil && !errors.Is(err, errHelp) {
				fmt.Fprintln(stderr, "trainer: "+strings.ReplaceAll(err.Error(), "\n", "\ntrainer: "))
			}
			return exitCode(err)
		}
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	fmt.Fprintf(stderr, "trainer: there is no command %q; there are %s\n", name, strings.Join(names, ", "))
	return exitUsage
}
