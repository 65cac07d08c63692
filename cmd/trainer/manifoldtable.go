package main

import (
	"fmt"
	"strings"

	"tweedie/engine"
	"tweedie/engine/report"
	"tweedie/engine/score"
)

// printApproached prints a table with a row a level; sigma of images is of 255.
func (i *invocation) printApproached(approached *engine.Approached, images bool) {
	fmt.Fprintf(i.stdout, "mean distance to %s", approached.Manifold)
	if images {
		fmt.Fprint(i.stdout, ", root mean square of white")
	}
	fmt.Fprintf(i.stdout, "\n%-9s %9s %9s %9s %9s %9s", "sigma", "before", "after", "best", "left", "best")
	if images {
		fmt.Fprintf(i.stdout, " %16s", "to nearest known")
	}
	fmt.Fprintf(i.stdout, " %10s %6s  %s\n", "dimension", "kept", "singular values")
	for _, a := range approached.Approaches {
		sigma := a.Sigma
		if images {
			sigma *= 255
		}
		fmt.Fprintf(i.stdout, "%-9.4g %9.4f %9.4f %9.4f %9s %9s", sigma, a.Before, a.After, a.Exact, percent(a.Ratio()), percent(a.ExactRatio()))
		if images {
			fmt.Fprintf(i.stdout, " %16s", fmt.Sprintf("%.4f, %.4f", a.NearestBefore, a.NearestAfter))
		}
		mean := score.MeanSlopes(a.Slopes)
		if len(a.Slopes) == 0 {
			fmt.Fprintf(i.stdout, " %10s %6s\n", "-", "-")
			continue
		}
		fmt.Fprintf(i.stdout, " %10.3f %6.1f  %s\n", mean.Dimension, mean.Kept, firstOf(mean.Singular))
		if exact := score.MeanSlopes(a.ExactSlopes); len(exact.Singular) > 0 {
			fmt.Fprintf(i.stdout, "%-59s %10.3f %6.1f  %s\n", "          of the posterior mean", exact.Dimension, exact.Kept, firstOf(exact.Singular))
		}
	}
	if images {
		fmt.Fprintf(i.stdout, "bound: at least %s nearer, and at most %s further than the best, the posterior mean over the known images\n",
			percent(engine.MostApproachError), percent(engine.MostApproachError))
	} else {
		fmt.Fprintf(i.stdout, "bound: left are within %s of the distance of what the best, the posterior mean, leaves\n", percent(engine.MostApproachError))
	}
	for _, failure := range approached.Failures {
		fmt.Fprintln(i.stdout, "FAILED "+failure)
	}
	if len(approached.Failures) == 0 {
		fmt.Fprintln(i.stdout, "passed: the output is a step towards the manifold")
	}
}

func percent(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) }

// firstOf shows the first singular values, and how many more there are.
func firstOf(values []float64) string {
	const most = 5
	var shown []string
	for _, value := range values[:min(most, len(values))] {
		shown = append(shown, fmt.Sprintf("%.3f", value))
	}
	if len(values) > most {
		shown = append(shown, fmt.Sprintf("and %d more", len(values)-most))
	}
	return strings.Join(shown, " ")
}

type approachRow struct {
	Sigma         report.Number `json:"sigma"`  // of points in the prior's unit, of images of 255
	Before        report.Number `json:"before"` // mean distances: to the manifold, or to the clean image, root mean square of white
	After         report.Number `json:"after"`
	Exact         report.Number `json:"best"`
	Ratio         report.Number `json:"left"` // after / before
	ExactRatio    report.Number `json:"best_left"`
	NearestBefore report.Number `json:"nearest_before"` // to the nearest of the known images; null of points
	NearestAfter  report.Number `json:"nearest_after"`
	Slopes        *slopesObject `json:"jacobian,omitempty"`
	ExactSlopes   *slopesObject `json:"best_jacobian,omitempty"`
}

type slopesObject struct {
	Images    int             `json:"images"` // over how many the means are
	Singular  []report.Number `json:"singular_values"`
	Dimension report.Number   `json:"dimension"` // trace
	Kept      report.Number   `json:"kept"`      // singular values above 1/2
}

type approachedObject struct {
	Manifold string        `json:"distance_to"`
	Bound    report.Number `json:"bound"`
	Pass     bool          `json:"pass"`
	Failures []string      `json:"failures"`
	Levels   []approachRow `json:"levels"`
}

func approachedJSON(approached *engine.Approached, images bool) approachedObject {
	object := approachedObject{
		Manifold: approached.Manifold, Bound: engine.MostApproachError, Pass: len(approached.Failures) == 0, Failures: approached.Failures,
	}
	for _, a := range approached.Approaches {
		sigma := a.Sigma
		if images {
			sigma *= 255
		}
		object.Levels = append(object.Levels, approachRow{
			report.Number(sigma), report.Number(a.Before), report.Number(a.After), report.Number(a.Exact), report.Number(a.Ratio()), report.Number(a.ExactRatio()),
			report.Number(a.NearestBefore), report.Number(a.NearestAfter), slopesJSON(a.Slopes), slopesJSON(a.ExactSlopes),
		})
	}
	return object
}

func slopesJSON(slopes []score.Slope) *slopesObject {
	if len(slopes) == 0 {
		return nil
	}
	mean := score.MeanSlopes(slopes)
	object := &slopesObject{Images: len(slopes), Dimension: report.Number(mean.Dimension), Kept: report.Number(mean.Kept)}
	for _, value := range mean.Singular {
		object.Singular = append(object.Singular, report.Number(value))
	}
	return object
}
