package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"tweedie/engine/denoise"
)

// TestLatentPlaneFindsPrincipalAxes: points spread by 3 along one direction, by 2 along another and by 1 along the third have 9, 4 and 1 fourteenths of the variance.
func TestLatentPlaneFindsPrincipalAxes(t *testing.T) {
	directions := [3][3]float64{{2. / 3, 2. / 3, 1. / 3}, {-2. / 3, 1. / 3, 2. / 3}, {1. / 3, -2. / 3, 2. / 3}}
	l := &Latents{Size: denoise.Size{Height: 1, Width: 1, Channels: 3}}
	for k, spread := range []float64{3, 2, 1} {
		for _, sign := range []float64{1, -1} {
			l.Count++
			for i := range 3 {
				l.Values = append(l.Values, float32(10+sign*spread*directions[k][i]))
			}
		}
	}
	p, err := l.Plane()
	if err != nil {
		t.Fatal(err)
	}
	for k, share := range []float64{9. / 14, 4. / 14} {
		along := 0.0
		for i := range 3 {
			along += p.Axes[k][i] * directions[k][i]
		}
		if !(math.Abs(p.Shares[k]-share) < 1e-6 && math.Abs(math.Abs(along)-1) < 1e-6) {
			t.Errorf("axis %d holds %v, not %v, and is %v along its direction", k, p.Shares[k], share, along)
		}
	}
	for n, point := range p.Points {
		if back := p.At(point); n < 4 && !(math.Abs(float64(back[0]-l.Of(n)[0])) < 1e-5 && math.Abs(float64(back[2]-l.Of(n)[2])) < 1e-5) {
			t.Errorf("%v, in the plane, comes back as %v", l.Of(n), back)
		}
		if n >= 4 && math.Hypot(point.X, point.Y) > 1e-5 {
			t.Errorf("%v, across the plane, is at %v", l.Of(n), point)
		}
	}
}

// TestLatentPlaneOfTwoNumbersIsTheirs: nothing is turned or moved.
func TestLatentPlaneOfTwoNumbersIsTheirs(t *testing.T) {
	l := &Latents{3, denoise.Size{Height: 1, Width: 1, Channels: 2}, []float32{0, 0, 6, 3, 3, 0}}
	p, err := l.Plane()
	if err != nil || p.Points[1] != (plotter.XY{X: 6, Y: 3}) || !slices.Equal(p.At(p.Points[1]), []float32{6, 3}) || math.Abs(p.Shares[0]-0.75) > 1e-12 {
		t.Errorf("the plane is %+v, %v", p, err)
	}
	for problem, bad := range map[string]*Latents{
		"no cloud":     {1, l.Size, []float32{1, 2}},
		"has no plane": {2, denoise.Size{Height: 1, Width: 1, Channels: 1}, []float32{1, 2}},
		"too long":     {2, denoise.Size{Height: 1, Width: 1, Channels: 1025}, make([]float32, 2050)},
		"all the same": {2, l.Size, []float32{1, 2, 1, 2}},
		"not finite":   {2, l.Size, []float32{1, 2, float32(math.NaN()), 2}},
	} {
		if _, err := bad.Plane(); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v", problem, err)
		}
	}
}

// TestLatentClasses by hand: two classes and a stray.
func TestLatentClasses(t *testing.T) {
	l := &Latents{6, denoise.Size{Height: 1, Width: 1, Channels: 2}, []float32{0, 0, 1, 0, 2, 0, 10, 0, 12, 0, 1.2, 0}}
	c := l.Classes([]int{4, 4, 4, 7, 7, 7})
	if !slices.Equal(c.Classes, []int{4, 7}) || !slices.Equal(c.Central, []int{1, 3}) {
		t.Errorf("the classes are %+v", c)
	}
	// The nearest of 0 is 1, of 1 and 2 it is the stray, of 10 and 12 each other, of the stray 1.
	if math.Abs(c.Alike-3./6) > 1e-12 {
		t.Errorf("%v of the nearest are of the same class", c.Alike)
	}
	if from, to := l.Apart(c); from != 1 || to != 3 {
		t.Errorf("furthest apart are %d and %d", from, to)
	}
}
