package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/data"
	"tweedie/engine/denoise"
)

// TestLatentsAsArrays: shapes travel both ways, and others are refused.
func TestLatentsAsArrays(t *testing.T) {
	for _, l := range []*Latents{
		{2, denoise.Size{Height: 1, Width: 1, Channels: 3}, make([]float32, 6)}, {1, denoise.Size{Height: 2, Width: 5, Channels: 3}, make([]float32, 30)},
	} {
		again, err := LatentsOf(l.Shape(), l.Values)
		if err != nil || again.Count != l.Count || again.Size != l.Size {
			t.Errorf("%+v came back as %+v, %v", l, again, err)
		}
	}
	for _, shape := range [][]int{nil, {6}, {2, 3, 1}, {2, 4}, {0, 6}, {1, 2, 0, 3}} {
		if _, err := LatentsOf(shape, make([]float32, 6)); err == nil || !strings.Contains(err.Error(), "no latents") {
			t.Errorf("the shape %v gives %v", shape, err)
		}
	}
}

// TestLatentGeometry: the line between two latents, and the neighbours of one, by hand.
func TestLatentGeometry(t *testing.T) {
	l := &Latents{4, denoise.Size{Height: 1, Width: 1, Channels: 2}, []float32{0, 0, 4, 8, 3, 4, -3, 4}}
	if between := l.Between(1, 0, 5); between.Count != 5 || !slices.Equal(between.Values, []float32{4, 8, 3, 6, 2, 4, 1, 2, 0, 0}) {
		t.Errorf("between the latents lie %v", between)
	}
	if nearest := l.Nearest(0, 2); !slices.Equal(nearest, []Neighbour{{2, 5}, {3, 5}}) {
		t.Errorf("the nearest are %v", nearest)
	}
	if nearest := l.Nearest(2, 9); !slices.Equal(nearest, []Neighbour{{1, math.Sqrt(17)}, {0, 5}, {3, 6}}) {
		t.Errorf("the nearest are %v", nearest)
	}
}

// TestPicturesOfASet: samples of both depths are scaled to 1, and two sizes are refused.
func TestPicturesOfASet(t *testing.T) {
	images := []data.Image{{Name: "a", Height: 1, Width: 2}, {Name: "b", Offset: 2, Height: 1, Width: 2}}
	for _, set := range []*data.Set{{Samples8: []uint8{0, 255, 51, 102}, Images: images}, {Samples16: []uint16{0, 65535, 13107, 26214}, Images: images}} {
		p, err := PicturesOf(set)
		if err != nil || !slices.Equal(p.Values, []float32{0, 1, 0.2, 0.4}) || !slices.Equal(p.Of(1), []float32{0.2, 0.4}) {
			t.Errorf("the pictures are %v, %v", p, err)
		}
		set.Images = []data.Image{images[0], {Name: "b", Offset: 2, Height: 2, Width: 1}}
		if _, err := PicturesOf(set); err == nil || !strings.Contains(err.Error(), "b has 2 x 1 pixels, and a has 1 x 2") {
			t.Errorf("two sizes give %v", err)
		}
	}
}
