// Package denoise runs a trained network over images of any size: padding, tiles, channels, sample formats. How images are read from
// files lives in package picture, and what a network is in package network.
package denoise

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/network"
	"tweedie/engine/program"
)

const (
	weightPrefix = "weight/"
	// tileSide is the part of a tile's side that is not overlap: large enough that the overlap costs little.
	tileSide = 512
)

// Denoiser holds a network's weights on a device. It is not safe for concurrent use.
type Denoiser struct {
	network *network.Network
	device  device.Device
	weights map[string][]float32
	tile    int // longest side of a tile, a multiple of the network's Multiple

	// Ensemble makes the answer to an image the mean of the answers to it turned and mirrored in all eight ways, each turned back, in eight times the time: the
	// geometric self-ensemble of Timofte, Rothe & Van Gool (2016, "Seven ways to improve example-based single image super resolution"). Batches do without.
	Ensemble bool

	compiled *compiled
}

// compiled is the network at one size of tile.
type compiled struct {
	height, width int
	local         bool // by algorithms whose results do not depend on the place in a tile
	state         device.State
	executable    device.Executable
	noisy         []float32
	denoised      []float32
}

// New returns a denoiser of the network with the given weights, by parameter name.
func New(d device.Device, n *network.Network, weights map[string][]float32) (*Denoiser, error) {
	shapes := map[string][]int{}
	for _, parameter := range n.Parameters {
		if len(weights[parameter.Name]) != (program.Tensor{Shape: parameter.Shape}).Elements() {
			return nil, fmt.Errorf("network %s needs %s of shape %v, but there are %d values", n.Name, parameter.Name, parameter.Shape, len(weights[parameter.Name]))
		}
		shapes[parameter.Name] = parameter.Shape
	}
	overlap := roundUp(n.Radius, n.Multiple)
	tile := max(roundUp(tileSide, n.Multiple)+2*overlap, n.Height, n.Width) // a network for one size sees the whole image
	return &Denoiser{network: n, device: d, weights: weights, tile: tile}, nil
}

// Network returns the network that is run.
func (d *Denoiser) Network() *network.Network { return d.network }

// Close frees the device's memory.
func (d *Denoiser) Close() error {
	if d.compiled == nil {
		return nil
	}
	c := d.compiled
	d.compiled = nil
	if err := c.executable.Close(); err != nil {
		return err
	}
	return c.state.Close()
}

// Samples gives the samples of row y from column x on, one for each element of dst.
type Samples func(y, x int, dst []float32)

// Plane denoises one channel of an image, black 0 and white 1. Sigma is the noise's standard deviation in the same unit; only networks
// that take levels use it. Write receives parts of rows, each of them once. The image is extended by its last row and column to
// the network's padding. Memory beyond the image's own is that of one tile; where there are several, algorithms are taken whose results do
// not depend on the place in a tile, so that tiles give what one tile of the whole image would give by those, bit for bit. An ensemble holds two float32 a pixel more.
func (d *Denoiser) Plane(height, width int, sigma float64, read Samples, write func(y, x int, src []float32)) error {
	if d.Ensemble {
		return d.ensemble(height, width, sigma, read, write)
	}
	return d.plane(height, width, sigma, read, write)
}

func (d *Denoiser) plane(height, width int, sigma float64, read Samples, write func(y, x int, src []float32)) error {
	if err := d.network.FitsSize(height, width); err != nil {
		return err
	}
	multiple := d.network.Multiple
	padded := [2]int{roundUp(height, d.network.Padding), roundUp(width, d.network.Padding)}
	if err := d.compile(min(padded[0], d.tile), min(padded[1], d.tile), max(padded[0], padded[1]) > d.tile); err != nil {
		return err
	}
	c := d.compiled
	if d.network.TakesLevels() {
		if err := c.state.Write("levels", []float32{float32(sigma)}); err != nil {
			return err
		}
	}
	for _, rows := range spans(padded[0], d.tile, d.network.Radius, multiple) {
		for _, columns := range spans(padded[1], d.tile, d.network.Radius, multiple) {
			for y := range rows.length {
				readExtended(read, min(rows.start+y, height-1), columns.start, width, c.noisy[y*c.width:(y+1)*c.width])
			}
			if err := c.state.Write("noisy", c.noisy); err != nil {
				return err
			}
			if err := c.executable.Run(program.Scalars{}); err != nil {
				return err
			}
			if err := c.state.Read("denoised", c.denoised); err != nil {
				return err
			}
			to := min(columns.to, width)
			for y := rows.from; y < min(rows.to, height) && columns.from < to; y++ {
				row := c.denoised[(y-rows.start)*c.width:]
				write(y, columns.from, row[columns.from-columns.start:to-columns.start])
			}
		}
	}
	return nil
}

// readExtended reads a row from column x on; beyond the image's width the last sample repeats.
func readExtended(read Samples, y, x, width int, dst []float32) {
	inside := max(0, min(len(dst), width-x))
	if inside > 0 {
		read(y, x, dst[:inside])
	} else {
		inside = 1
		read(y, width-1, dst[:1])
	}
	for i := inside; i < len(dst); i++ {
		dst[i] = dst[inside-1]
	}
}

// Image denoises one channel in memory, row by row.
func (d *Denoiser) Image(noisy []float32, height, width int, sigma float64) ([]float32, error) {
	if height < 1 || width < 1 || len(noisy) != height*width {
		return nil, fmt.Errorf("denoise: %d samples are not an image of %d x %d", len(noisy), height, width)
	}
	denoised := make([]float32, len(noisy))
	err := d.Plane(height, width, sigma,
		func(y, x int, dst []float32) { copy(dst, noisy[y*width+x:]) },
		func(y, x int, src []float32) { copy(denoised[y*width+x:], src) })
	return denoised, err
}

// compile makes the network ready for a size of tile; images of one size in a row compile once.
func (d *Denoiser) compile(height, width int, local bool) error {
	if d.compiled != nil && d.compiled.height == height && d.compiled.width == width && d.compiled.local == local {
		return nil
	}
	if err := d.Close(); err != nil {
		return err
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{1, height, width, 1}, Role: program.Input}
	levels := program.Tensor{Name: "levels", Shape: []int{1}, Role: program.Input}
	p, denoised := Program(d.network, noisy, levels, weightPrefix, program.Weight)
	p.Local = local
	state, err := d.device.NewState(append(d.network.Tensors(weightPrefix, program.Weight), noisy, levels, denoised))
	if err != nil {
		return err
	}
	for name, values := range d.weights {
		if err := state.Write(weightPrefix+name, values); err != nil {
			return errors.Join(err, state.Close())
		}
	}
	executable, err := d.device.Compile(p, state, device.Plan{})
	if err != nil {
		return errors.Join(err, state.Close())
	}
	d.compiled = &compiled{height, width, local, state, executable, make([]float32, height*width), make([]float32, height*width)}
	return nil
}

// Program returns the network's forward pass with its result in a tensor "denoised" that is kept in the State, and that tensor.
func Program(n *network.Network, noisy, levels program.Tensor, prefix string, role program.Role) (*program.Program, program.Tensor) {
	operations, denoised := n.ForwardTo(program.Recorded, noisy, levels, prefix, role)
	return &program.Program{Name: "denoising", Operations: operations}, denoised
}

func roundUp(value, multiple int) int { return (value + multiple - 1) / multiple * multiple }
