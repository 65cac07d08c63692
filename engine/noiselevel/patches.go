// Package noiselevel estimates the strength of the noise in an image from the image alone: sigma of Gaussian noise, or peak and sigma of a camera's
// Poisson-Gaussian noise.
//
// It takes the noise to be white: independent from pixel to pixel. Demosaicing, scaling and JPEG make neighbours alike, and what is estimated then is
// less than the noise that there is.
package noiselevel

import "math"

// side is the side of a patch in pixels.
const side = 8

// Squares of a patch's coefficients of the discrete cosine transform are measured where u + v >= measuredFrom, 21 of them, and all lower ones but the mean say how much
// texture the patch has, 42. The transform is orthogonal: where the noise is white and Gaussian the two are independent, so that choosing patches by
// the latter leaves the former's distribution as it is.
const (
	measuredFrom = 9
	measured     = 21
	judged       = 42
)

// patch is what is kept of a patch.
type patch struct {
	mean     float64 // of the intensities
	energy   float64 // mean square of the measured coefficients, whose expectation is the noise's variance, and a little texture
	texture  float64 // sum of squares of the judged ones
	block    int     // the part of the image in which it lies
	extremes int     // how many of its pixels are black or white
}

// blocks is how many parts, in each direction, the jackknife leaves out in turn.
const blocks = 4

// cut returns the patches of an image at every stride-th position.
func cut(image []float32, height, width, stride int) []patch {
	basis := cosines()
	// A row's coefficients belong to every patch that it is in.
	columns := (width-side)/stride + 1
	lines := make([][side]float64, height*columns)
	for y := range height {
		for i := range columns {
			line, coefficients := image[y*width+i*stride:], &lines[y*columns+i]
			for u := range side {
				for x := range side {
					coefficients[u] += basis[u][x] * float64(line[x])
				}
			}
		}
	}
	var patches []patch
	for top := 0; top+side <= height; top += stride {
		for i := range columns {
			p := patch{block: top*blocks/height*blocks + i*blocks/columns}
			for y := range side {
				for _, value := range image[(top+y)*width+i*stride:][:side] {
					if value <= 0 || value >= 1 {
						p.extremes++
					}
				}
			}
			for v := range side {
				var row [side]float64
				for y := range side {
					for u, value := range lines[(top+y)*columns+i] {
						row[u] += basis[v][y] * value
					}
				}
				for u, coefficient := range row {
					switch {
					case u+v >= measuredFrom:
						p.energy += coefficient * coefficient / measured
					case u+v > 0:
						p.texture += coefficient * coefficient
					default:
						p.mean = coefficient / side
					}
				}
			}
			patches = append(patches, p)
		}
	}
	return patches
}

// cosines are the rows of the orthogonal discrete cosine transform (Ahmed, Natarajan & Rao 1974).
func cosines() [side][side]float64 {
	var basis [side][side]float64
	for u := range side {
		scale := math.Sqrt(2. / side)
		if u == 0 {
			scale = math.Sqrt(1. / side)
		}
		for x := range side {
			basis[u][x] = scale * math.Cos(math.Pi*(float64(x)+0.5)*float64(u)/side)
		}
	}
	return basis
}
