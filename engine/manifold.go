package engine

import (
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot/plotter"

	"tweedie/engine/report"
	"tweedie/engine/score"
)

// MostApproachError is how far a denoiser's step may be from the best one, as a share of the distance: of points of the plane, by how much the ratio of the mean
// distances to the manifold after and before may differ from the posterior mean's; of images, by how much the distance to the clean image may exceed that of the
// posterior mean over a finite set, and by how much it must at least shrink.
const MostApproachError = 0.05

// Approached is how a denoiser steps towards a manifold.
type Approached struct {
	Manifold   string // what the distance is measured to
	Approaches []score.Approach
	Failures   []string // what is off, in words; empty if each step is one towards the manifold

	known [][]float64 // of images: those with which answers are compared
}

// Draw draws what was measured of the subject.
func (a *Approached) Draw(s Subject) (image.Image, error) {
	if a.known != nil {
		return s.imageSteps(a)
	}
	var steps, slopes []report.Plane
	for _, approach := range a.Approaches {
		steps = append(steps, s.stepsPlane(approach))
		if len(approach.Slopes) > 0 {
			slopes = append(slopes, s.slopesPlane(approach))
		}
	}
	if len(slopes) == 0 {
		return report.PlaneRows(steps)
	}
	return report.PlaneRows(steps, slopes)
}

// Approach measures the steps of a denoiser of points towards the manifold of its prior, which must have one.
func (s Subject) Approach(sigmas []float64, sampling score.Sampling) (*Approached, error) {
	if !s.isPlane() || s.Prior.Manifold == nil {
		return nil, fmt.Errorf("nobody knows the manifold of what %s is about; that of mixture:circle and mixture:ring8 is known", s.Name)
	}
	approaches, err := score.Approaches(s.Prior.Mixture, s.Prior.Manifold, score.Subject{Denoiser: s.Denoiser, Jacobian: s.Jacobian}, sigmas, sampling)
	if err != nil {
		return nil, err
	}
	approached := &Approached{Manifold: s.Prior.Manifold.Summary, Approaches: approaches}
	for _, a := range approaches {
		if !(math.Abs(a.Ratio()-a.ExactRatio()) <= MostApproachError) {
			approached.Failures = append(approached.Failures, fmt.Sprintf(
				"sigma %.4g: %.1f %% of the distance to %s are left, where the posterior mean leaves %.1f %%", a.Sigma, 100*a.Ratio(), approached.Manifold, 100*a.ExactRatio()))
		}
	}
	return approached, nil
}

const (
	shownSteps  = 80
	shownSlopes = 40
	slopeRadius = 0.11 // of the small circles, in the prior's unit
)

func (s Subject) manifoldPlane(title string, sigma float64) report.Plane {
	plane := s.plane(title, sigma)
	plane.Low, plane.High = -1.7, 1.7
	plane.Dotted = s.Prior.Manifold.Dimension == 0
	for _, point := range s.Prior.Manifold.Outline {
		plane.Outline = append(plane.Outline, plotter.XY{X: point[0], Y: point[1]})
	}
	if !plane.Dotted {
		plane.Outline = append(plane.Outline, plane.Outline[0])
	}
	return plane
}

// stepsPlane shows where noisy points go.
func (s Subject) stepsPlane(a score.Approach) report.Plane {
	plane := s.manifoldPlane(fmt.Sprintf("From y to D(y), sigma %.3g", a.Sigma), a.Sigma)
	count := 2 * min(shownSteps, len(a.Noisy)/2)
	plane.Second = report.Arrows{Name: "noisy to denoised", From: xys(a.Noisy[:count]), To: xys(a.Denoised[:count])}
	plane.Note = fmt.Sprintf("mean distance to the manifold %.3f before, %.4f after;\nleft are %.1f %%, by the posterior mean %.1f %%", a.Before, a.After, 100*a.Ratio(), 100*a.ExactRatio())
	return plane
}

// slopesPlane shows what becomes of small circles around noisy points: ellipses along the manifold.
func (s Subject) slopesPlane(a score.Approach) report.Plane {
	plane := s.manifoldPlane("What is left of small movements of y", a.Sigma)
	for n, slope := range a.Slopes[:min(shownSlopes, len(a.Slopes))] {
		var circle, ellipse plotter.XYs
		for k := range 48 {
			sin, cos := math.Sincos(2 * math.Pi * float64(k) / 48)
			x, y := a.Noisy[2*n], a.Noisy[2*n+1]
			circle = append(circle, plotter.XY{X: x + slopeRadius*cos, Y: y + slopeRadius*sin})
			first, second := slopeRadius*cos*slope.Singular[0], slopeRadius*sin*slope.Singular[1]
			ellipse = append(ellipse, plotter.XY{
				X: x + first*slope.Directions[0][0] + second*slope.Directions[1][0], Y: y + first*slope.Directions[0][1] + second*slope.Directions[1][1],
			})
		}
		plane.Circles, plane.Shapes = append(plane.Circles, circle), append(plane.Shapes, ellipse)
	}
	mean, exact := score.MeanSlopes(a.Slopes), score.MeanSlopes(a.ExactSlopes)
	plane.Note = fmt.Sprintf("mean singular values %.3f and %.3f, of the posterior mean %.3f and %.3f;\nlocal dimension %.3f, of the posterior mean %.3f",
		mean.Singular[0], mean.Singular[1], exact.Singular[0], exact.Singular[1], mean.Dimension, exact.Dimension)
	return plane
}
