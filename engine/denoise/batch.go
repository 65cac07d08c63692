package denoise

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// Batch runs a network over many images of one size at once, as float values that need not lie within black and white, and gives the products of its
// Jacobian with directions. It is not safe for concurrent use.
type Batch struct {
	samples, height, width int
	padded                 [2]int // height and width that the network sees
	takesLevels            bool
	device                 device.Device
	state                  device.State
	forward, product       device.Executable // product is compiled when it is first asked for
	operations             []program.Operation
	noisy, denoised        program.Tensor
	direction, moved       program.Tensor
	in, out                []float32
}

// Batch makes the network ready for so many images at a time. Images whose size does not suit the network are extended by their last row and column, as Plane
// extends them, and cut again; an image is one piece, without tiles.
func (d *Denoiser) Batch(samples, height, width int) (*Batch, error) {
	if samples < 1 || height < 1 || width < 1 {
		return nil, fmt.Errorf("denoise: %d images of %d x %d are no batch", samples, height, width)
	}
	if err := d.network.FitsSize(height, width); err != nil {
		return nil, err
	}
	b := &Batch{
		samples: samples, height: height, width: width, device: d.device, takesLevels: d.network.TakesLevels(),
		padded: [2]int{roundUp(height, d.network.Padding), roundUp(width, d.network.Padding)},
	}
	shape := []int{samples, b.padded[0], b.padded[1], 1}
	b.noisy = program.Tensor{Name: "noisy", Shape: shape, Role: program.Input}
	b.direction = program.Tensor{Name: "direction", Shape: shape, Role: program.Input}
	b.moved = program.Tensor{Name: "moved", Shape: shape, Role: program.Recorded}
	levels := program.Tensor{Name: "levels", Shape: shape[:1], Role: program.Input}
	p, denoised := Program(d.network, b.noisy, levels, weightPrefix, program.Weight)
	b.operations, b.denoised = p.Operations, denoised
	b.in, b.out = make([]float32, b.noisy.Elements()), make([]float32, b.noisy.Elements())
	var err error
	stored := append(d.network.Tensors(weightPrefix, program.Weight), b.noisy, levels, denoised, b.direction, b.moved)
	if b.state, err = d.device.NewState(stored); err != nil {
		return nil, err
	}
	for name, values := range d.weights {
		if err := b.state.Write(weightPrefix+name, values); err != nil {
			return nil, errors.Join(err, b.state.Close())
		}
	}
	if b.forward, err = d.device.Compile(p, b.state, device.Plan{}); err != nil {
		return nil, errors.Join(err, b.state.Close())
	}
	return b, nil
}

// Close frees the device's memory.
func (b *Batch) Close() error {
	var err error
	if b.product != nil {
		err = b.product.Close()
	}
	return errors.Join(err, b.forward.Close(), b.state.Close())
}

// Denoise returns the network's answer to images, one after the other, as many as there are. Sigma is the noise's standard deviation in the images' unit, white
// being 1; only networks that take levels use it.
func (b *Batch) Denoise(noisy []float32, sigma float64) ([]float32, error) {
	denoised, _, err := b.run(b.forward, noisy, nil, sigma)
	return denoised, err
}

// Product returns the answer D(y), and how it moves when y moves by a direction, J v: a Jacobian-vector product by forward accumulation.
func (b *Batch) Product(noisy, directions []float32, sigma float64) (denoised, products []float32, err error) {
	if len(directions) != len(noisy) {
		return nil, nil, fmt.Errorf("denoise: %d values of directions for %d of images", len(directions), len(noisy))
	}
	if b.product == nil {
		tangents, moving, err := program.Tangent(b.operations, map[string]program.Tensor{b.noisy.Name: b.direction})
		if err != nil {
			return nil, nil, err
		}
		p := &program.Program{Name: "denoising with its tangent"}
		p.Append(b.operations...)
		p.Append(tangents...)
		p.Append(program.Add{Inputs: []program.Tensor{moving[b.denoised.Name]}, Output: b.moved})
		if b.product, err = b.device.Compile(p, b.state, device.Plan{}); err != nil {
			return nil, nil, err
		}
	}
	return b.run(b.product, noisy, directions, sigma)
}

func (b *Batch) run(executable device.Executable, noisy, directions []float32, sigma float64) (denoised, products []float32, err error) {
	size := b.height * b.width
	if len(noisy)%size != 0 {
		return nil, nil, fmt.Errorf("denoise: %d values are not images of %d x %d", len(noisy), b.height, b.width)
	}
	if b.takesLevels {
		levels := make([]float32, b.samples)
		for i := range levels {
			levels[i] = float32(sigma)
		}
		if err := b.state.Write("levels", levels); err != nil {
			return nil, nil, err
		}
	}
	for at := 0; at < len(noisy); at += b.samples * size {
		end := min(at+b.samples*size, len(noisy))
		if err := b.write(b.noisy, noisy[at:end]); err != nil {
			return nil, nil, err
		}
		if directions != nil {
			if err := b.write(b.direction, directions[at:end]); err != nil {
				return nil, nil, err
			}
		}
		if err := executable.Run(program.Scalars{}); err != nil {
			return nil, nil, err
		}
		if denoised, err = b.read(b.denoised, denoised, (end-at)/size); err != nil {
			return nil, nil, err
		}
		if directions != nil {
			if products, err = b.read(b.moved, products, (end-at)/size); err != nil {
				return nil, nil, err
			}
		}
	}
	return denoised, products, nil
}

// write extends images to what the network sees; the rest of the batch keeps what it holds.
func (b *Batch) write(tensor program.Tensor, images []float32) error {
	size, rows, columns := b.height*b.width, b.padded[0], b.padded[1]
	for n := range len(images) / size {
		image := images[n*size : (n+1)*size]
		for y := range rows {
			from := image[min(y, b.height-1)*b.width:]
			to := b.in[(n*rows+y)*columns : (n*rows+y+1)*columns]
			for x := copy(to, from[:b.width]); x < columns; x++ {
				to[x] = from[b.width-1]
			}
		}
	}
	return b.state.Write(tensor.Name, b.in)
}

// read appends the first images of a tensor, cut to their size.
func (b *Batch) read(tensor program.Tensor, images []float32, count int) ([]float32, error) {
	if err := b.state.Read(tensor.Name, b.out); err != nil {
		return nil, err
	}
	for n := range count {
		for y := range b.height {
			at := (n*b.padded[0] + y) * b.padded[1]
			images = append(images, b.out[at:at+b.width]...)
		}
	}
	return images, nil
}
