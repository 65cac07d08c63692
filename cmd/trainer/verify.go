package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"tweedie/engine"
	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/noise"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// errNotThePosteriorMean: a verification's bounds are broken.
var errNotThePosteriorMean = errors.New("the network is not the posterior mean")

func runVerify(i *invocation) error {
	open := i.modelFlags()
	prior := i.flags.String("prior", "", "`name` of the prior; if absent, that of the run's data.train, such as mixture:ring8")
	levels := i.flags.Int("levels", engine.Levels, "`number` of noise levels, from one end of the run's range to the other, even in the logarithm")
	at := i.flags.String("at", "", "`levels` to check instead, such as 0.1,0.5: sigma in the prior's unit, or the peak or looks")
	draws := i.flags.Int("draws", 20000, "`number` of noisy images at each level")
	jacobians := i.flags.Int("jacobians", 200, "at how many of them the Jacobian is taken; 0 leaves it out")
	uncertainty := i.flags.Bool("uncertainty", false, "hold the standard deviations that the Jacobian claims to their bound, too")
	seed := i.flags.Uint64("seed", 1, "seed of the draws")
	i.jsonFlag("pass, failures, and for each level sigma, bayes_mse, gap_db, score_error, deviation_error (rms, most, within_5_percent) and more")
	out := i.flags.String("o", "", "`path` of a plot (PNG)")
	force := i.flags.Bool("force", false, "overwrite the plot if it exists")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if *draws < 100 || *jacobians < 0 || *levels < 1 {
		return i.misuse("-draws is at least 100, -levels at least 1 and -jacobians at least 0")
	}
	if _, err := os.Lstat(*out); *out != "" && err == nil && !*force {
		return &dataError{fmt.Errorf("%s exists; -force overwrites it", *out)}
	}
	return open(func(model *engine.Model, path string) error {
		v, err := i.verification(path, *prior, *at, *levels)
		if err != nil {
			return err
		}
		v.Uncertainty = *uncertainty
		v.Sampling = score.Sampling{Draws: *draws, Jacobians: *jacobians, Seed: *seed}
		verified, err := model.Verify(v)
		if err != nil {
			return &dataError{err}
		}
		if err := i.found(verificationJSON(verified), func() { i.printVerification(verified, *uncertainty) }); err != nil {
			return err
		}
		if *out != "" {
			title := fmt.Sprintf("%s on %s, %s noise", path, verified.Prior.Name, verified.Noise)
			plot, err := report.VerificationPlot(title, levelName(verified), verified.Findings, verified.MostGap, engine.MostScoreError)
			if err != nil {
				return err
			}
			if err := report.WritePNG(*out, plot); err != nil {
				return &dataError{err}
			}
		}
		if len(verified.Failures) > 0 {
			return fmt.Errorf("%w: %d of %d levels fail; %s", errNotThePosteriorMean, len(verified.Failures), len(verified.Findings), verified.Failures[0])
		}
		return nil
	})
}

func levelName(v *engine.Verified) string {
	if v.Noise == "gaussian" {
		return "sigma"
	}
	return "level of the noise (standard deviation at white)"
}

// verification says what is to be checked, by the flags and by the experiment of the model's run.
func (i *invocation) verification(path, prior, at string, levels int) (engine.Verification, error) {
	v := engine.Verification{Prior: prior}
	v.Noise, _, _ = noise.ByName("gaussian")
	experiment, found := trainedExperiment(path)
	if found {
		if prior == "" {
			name, isMixture := strings.CutPrefix(experiment.Data.Train[0], data.MixturePrefix)
			if !isMixture || len(experiment.Data.Train) > 1 {
				return v, i.misuse("the run was trained on %s, whose posterior mean nobody knows; train on a prior (verify-gmm2d.toml), or name one by -prior",
					strings.Join(experiment.Data.Train, ", "))
			}
			v.Prior = name
		}
		components := experiment.Noise.Components()
		v.Noise = noise.Models()[components[0].Model]
		for _, component := range components {
			if component.Model != components[0].Model || len(v.Noise.Parameters) != 1 {
				return v, i.misuse("the run was trained with %s noise; a verification needs gaussian, poisson or speckle alone", experiment.Noise.Model)
			}
		}
	}
	if v.Prior == "" {
		return v, i.misuse("there is no run beside the model that says on which prior it was trained; name it by -prior")
	}
	opened, err := score.OpenPrior(v.Prior)
	if err != nil {
		return v, i.misuse("%v", err)
	}
	if at != "" {
		for _, text := range strings.Split(at, ",") {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil || !(value > 0) || math.IsInf(value, 0) {
				return v, i.misuse("-at %s: %q is no level of noise", at, text)
			}
			v.Values = append(v.Values, value)
		}
		return v, nil
	}
	if !found {
		return v, i.misuse("there is no run beside the model that says at which noise it was trained; name levels by -at")
	}
	v.Values = levelsOf(experiment, v.Noise, opened, levels)
	return v, nil
}

// levelsOf are levels from one end of the experiment's range to the other, even in the logarithm; sigma in the prior's unit where that is a mixture.
func levelsOf(experiment *config.Experiment, model noise.Model, prior score.Prior, count int) []float64 {
	parameter := model.Parameters[0]
	from, to := math.Inf(1), 0.0
	for _, component := range experiment.Noise.Components() {
		from = min(from, float64(component.Ranges[0].From)*parameter.Scale)
		to = max(to, float64(component.Ranges[0].To)*parameter.Scale)
	}
	if prior.Mixture != nil {
		from, to = from/255*(prior.High-prior.Low), to/255*(prior.High-prior.Low)
	}
	from = max(from, to/1000)
	var values []float64
	for n := range count {
		share := 0.5
		if count > 1 {
			share = float64(n) / float64(count-1)
		}
		values = append(values, from*math.Pow(to/from, share))
	}
	return slices.Compact(values)
}

func (i *invocation) printVerification(v *engine.Verified, held bool) {
	cell := func(format string, value float64) string {
		if math.IsNaN(value) {
			return "-"
		}
		return fmt.Sprintf(format, value)
	}
	fmt.Fprintf(i.stdout, "%s: %s; %s noise\n", v.Prior.Name, v.Prior.Summary, v.Noise)
	fmt.Fprintf(i.stdout, "%-13s %11s %9s %8s %12s %10s %18s %30s\n", "level", "Bayes MSE", "", "gap", "score error", "asymmetry", "s^2 div D / MSE", "deviation: rms, most, <=5 %")
	for _, f := range v.Findings {
		identity := cell("%.3f", f.Identity)
		if !math.IsNaN(f.Identity) {
			identity += cell(" +- %.3f", f.IdentityError)
		}
		fmt.Fprintf(i.stdout, "%-13s %11.4e %9s %8s %12s %10s %18s %30s\n", f.Condition, f.BayesMSE, cell("+-%.1e", f.BayesUncertainty),
			cell("%.3f dB", f.Gap), cell("%.2f %%", 100*f.ScoreError), cell("%.4f", f.Asymmetry), identity, deviationCell(f.Deviations))
	}
	fmt.Fprintf(i.stdout, "%-13s %11s %9s %8s", "bound", "", "", fmt.Sprintf("%.2f dB", v.MostGap))
	if v.Prior.Mixture != nil {
		fmt.Fprintf(i.stdout, " %12s from sigma %.3g on", fmt.Sprintf("%.2f %%", 100*engine.MostScoreError), v.Prior.Mixture.SmallestDeviation())
	}
	fmt.Fprintln(i.stdout)
	if held && v.Prior.Mixture.Dimension() == 2 {
		fmt.Fprintf(i.stdout, "a standard deviation by the Jacobian is at most %g %% off wherever the density is at least %g %% of its largest value\n", 100*engine.MostDeviation, 100*score.Likely)
	} else if held {
		fmt.Fprintf(i.stdout, "standard deviations by the Jacobian are at most %g %% off, root mean square\n", 100*engine.MostDeviation)
	}
	for _, failure := range v.Failures {
		fmt.Fprintln(i.stdout, "FAILED "+failure)
	}
	if len(v.Failures) == 0 {
		fmt.Fprintln(i.stdout, "passed: within the bounds, the network is the posterior mean")
	}
}

func deviationCell(d score.Deviations) string {
	if d.Count == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f %%, %.1f %%, %.1f %%", 100*d.RMS, 100*d.Most, 100*d.Within)
}

// deviationObject is of the standard deviations that the Jacobian claims; errors are relative.
type deviationObject struct {
	RMS    report.Number   `json:"rms"`
	Most   report.Number   `json:"most"`
	Where  []report.Number `json:"where"` // the image at which the largest is, in the prior's unit
	Within report.Number   `json:"within_5_percent"`
	Places int             `json:"places"`
}

type verificationRow struct {
	Condition        string           `json:"condition"`
	Sigma            report.Number    `json:"sigma"` // in the prior's unit; of other than Gaussian noise, the level that the network is told
	BayesMSE         report.Number    `json:"bayes_mse"`
	BayesUncertainty report.Number    `json:"bayes_mse_uncertainty"`
	Gap              report.Number    `json:"gap_db"`
	ScoreError       report.Number    `json:"score_error"`
	Asymmetry        report.Number    `json:"asymmetry"`
	Identity         report.Number    `json:"identity"`
	IdentityError    report.Number    `json:"identity_error"`
	Deviation        *deviationObject `json:"deviation_error,omitempty"`
	Suspicion        string           `json:"suspicion,omitempty"`
}

type verificationObject struct {
	Prior         string            `json:"prior"`
	Noise         string            `json:"noise"`
	MostGap       report.Number     `json:"bound_gap_db"`
	MostDeviation report.Number     `json:"bound_deviation_error"`
	Pass          bool              `json:"pass"`
	Failures      []string          `json:"failures"`
	Levels        []verificationRow `json:"levels"`
}

func verificationJSON(v *engine.Verified) verificationObject {
	object := verificationObject{Prior: v.Prior.Name, Noise: v.Noise, MostGap: report.Number(v.MostGap), MostDeviation: engine.MostDeviation, Pass: len(v.Failures) == 0, Failures: v.Failures}
	for _, f := range v.Findings {
		var deviation *deviationObject
		if d := f.Deviations; d.Count > 0 {
			deviation = &deviationObject{report.Number(d.RMS), report.Number(d.Most), numbers(d.Where), report.Number(d.Within), d.Count}
		}
		object.Levels = append(object.Levels, verificationRow{
			f.Condition, report.Number(f.Sigma), report.Number(f.BayesMSE), report.Number(f.BayesUncertainty), report.Number(f.Gap), report.Number(f.ScoreError),
			report.Number(f.Asymmetry), report.Number(f.Identity), report.Number(f.IdentityError), deviation, f.Suspicion,
		})
	}
	return object
}
