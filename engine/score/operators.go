package score

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// sparse is a matrix by rows.
type sparse struct {
	columns int
	rows    [][]entry
}

type entry struct {
	column int
	value  float64
}

func (s *sparse) Sizes() (image, measurement int) { return s.columns, len(s.rows) }

func (s *sparse) Apply(image []float64) []float64 {
	measurement := make([]float64, len(s.rows))
	for i, row := range s.rows {
		for _, e := range row {
			measurement[i] += e.value * image[e.column]
		}
	}
	return measurement
}

func (s *sparse) Adjoint(measurement []float64) []float64 {
	image := make([]float64, s.columns)
	for i, row := range s.rows {
		for _, e := range row {
			image[e.column] += e.value * measurement[i]
		}
	}
	return image
}

// Mask sees the pixels where known is true: inpainting, missing pixels.
func Mask(known []bool) Operator {
	s := &sparse{columns: len(known)}
	for i, k := range known {
		if k {
			s.rows = append(s.rows, []entry{{i, 1}})
		}
	}
	return s
}

// BlockAverage sees the mean of each square of factor x factor pixels: super-resolution. Height and width are multiples of the factor.
func BlockAverage(height, width, factor int) (Operator, error) {
	if factor < 1 || height%factor != 0 || width%factor != 0 {
		return nil, fmt.Errorf("%d x %d pixels are not squares of %d", width, height, factor)
	}
	s := &sparse{columns: height * width}
	for y := 0; y < height; y += factor {
		for x := 0; x < width; x += factor {
			var row []entry
			for i := range factor * factor {
				row = append(row, entry{(y+i/factor)*width + x + i%factor, 1 / float64(factor*factor)})
			}
			s.rows = append(s.rows, row)
		}
	}
	return s, nil
}

// Blur sees the correlation of the image with a kernel of odd height and width, its middle on the pixel; beyond the image the nearest pixel counts.
func Blur(height, width int, kernel []float64, kernelHeight, kernelWidth int) (Operator, error) {
	if kernelHeight%2 == 0 || kernelWidth%2 == 0 || len(kernel) != kernelHeight*kernelWidth {
		return nil, fmt.Errorf("a kernel of %d x %d has no middle: its height and width must be odd", kernelWidth, kernelHeight)
	}
	s := &sparse{columns: height * width}
	for y := range height {
		for x := range width {
			var row []entry
			for i, value := range kernel {
				if value != 0 {
					fromY := min(max(y+i/kernelWidth-kernelHeight/2, 0), height-1)
					fromX := min(max(x+i%kernelWidth-kernelWidth/2, 0), width-1)
					row = append(row, entry{fromY*width + fromX, value})
				}
			}
			s.rows = append(s.rows, row)
		}
	}
	return s, nil
}

// GaussianKernel is a normalised Gaussian of a deviation in pixels, cut at three deviations, as a square.
func GaussianKernel(deviation float64) (kernel []float64, side int) {
	reach := int(math.Ceil(3 * deviation))
	side = 2*reach + 1
	sum := 0.0
	for y := -reach; y <= reach; y++ {
		for x := -reach; x <= reach; x++ {
			value := math.Exp(-float64(x*x+y*y) / (2 * deviation * deviation))
			kernel = append(kernel, value)
			sum += value
		}
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return kernel, side
}

// Tomograph sees the integrals along parallel rays, one pixel apart, at so many angles evenly over half a turn: CT. A ray is sampled twice a
// pixel, between four pixels bilinearly; only what lies in the inscribed disk is certain to be seen at every angle.
func Tomograph(height, width, angles int) Operator {
	s := &sparse{columns: height * width}
	reach := math.Hypot(float64(height), float64(width)) / 2
	rays := int(math.Ceil(reach))
	for angle := range angles {
		sin, cos := math.Sincos(math.Pi * float64(angle) / float64(angles))
		for ray := -rays; ray <= rays; ray++ {
			weights := map[int]float64{}
			var order []int
			for along := -reach; along <= reach; along += 0.5 {
				x := float64(ray)*cos - along*sin + float64(width-1)/2
				y := float64(ray)*sin + along*cos + float64(height-1)/2
				for i := range 4 {
					column, row := math.Floor(x)+float64(i%2), math.Floor(y)+float64(i/2)
					weight := 0.5 * (1 - math.Abs(x-column)) * (1 - math.Abs(y-row))
					if column < 0 || row < 0 || column >= float64(width) || row >= float64(height) || weight == 0 {
						continue
					}
					at := int(row)*width + int(column)
					if weights[at] == 0 {
						order = append(order, at)
					}
					weights[at] += weight
				}
			}
			if len(order) == 0 {
				continue
			}
			var row []entry
			for _, at := range order {
				row = append(row, entry{at, weights[at]})
			}
			s.rows = append(s.rows, row)
		}
	}
	return s
}

// dense is a matrix of orthonormal rows.
type dense struct{ matrix *mat.Dense }

// RandomProjections sees so many inner products with random orthonormal images: compressed sensing. It takes memory and time for pixels times count values.
func RandomProjections(pixels, count int, random *rand.Rand) (Operator, error) {
	if count < 1 || count > pixels {
		return nil, fmt.Errorf("%d random projections of %d pixels: there are 1 to %[2]d", count, pixels)
	}
	draws := mat.NewDense(pixels, count, nil)
	for i := range pixels {
		for j := range count {
			draws.Set(i, j, random.NormFloat64())
		}
	}
	var factor mat.QR
	factor.Factorize(draws)
	var q mat.Dense
	factor.QTo(&q)
	return dense{mat.DenseCopyOf(q.Slice(0, pixels, 0, count).T())}, nil
}

func (d dense) Sizes() (image, measurement int) {
	measurement, image = d.matrix.Dims()
	return image, measurement
}

func (d dense) Apply(image []float64) []float64 {
	_, size := d.Sizes()
	measurement := mat.NewVecDense(size, nil)
	measurement.MulVec(d.matrix, mat.NewVecDense(len(image), image))
	return measurement.RawVector().Data
}

func (d dense) Adjoint(measurement []float64) []float64 {
	size, _ := d.Sizes()
	image := mat.NewVecDense(size, nil)
	image.MulVec(d.matrix.T(), mat.NewVecDense(len(measurement), measurement))
	return image.RawVector().Data
}
