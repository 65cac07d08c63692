package denoise

import (
	"errors"
	"fmt"

	"tweedie/engine/device"
	"tweedie/engine/program"
)

// Size is the height, width and channels of an image or a latent; an image has one channel.
type Size struct{ Height, Width, Channels int }

// Elements is the product of the three.
func (s Size) Elements() int { return s.Height * s.Width * s.Channels }

// LatentSize is the size of an image's latent. A network without a latent, and an image whose size does not suit, are errors.
func (d *Denoiser) LatentSize(height, width int) (Size, error) {
	n := d.network
	if !n.HasLatent() {
		return Size{}, fmt.Errorf("network %s has no latent; train an autoencoder, such as autoencoder28x28-32x64v16, or give a layer latent = true", n.Name)
	}
	if err := n.FitsSize(height, width); err != nil {
		return Size{}, err
	}
	if height%n.Multiple != 0 || width%n.Multiple != 0 {
		return Size{}, fmt.Errorf("an image of %d x %d pixels has no latent: network %s needs multiples of %d; cut it", height, width, n.Name, n.Multiple)
	}
	_, latent := n.Encoder(program.Tensor{Name: "noisy", Shape: []int{1, height, width, 1}}, program.Tensor{Name: "levels", Shape: []int{1}}, "", program.Weight)
	return Size{latent.Shape[1], latent.Shape[2], latent.Shape[3]}, nil
}

// imageSize is the size of the images whose latents have a size.
func (d *Denoiser) imageSize(latent Size) (height, width int, err error) {
	n := d.network
	height, width = max(n.Height, n.Multiple), max(n.Width, n.Multiple)
	least, err := d.LatentSize(height, width)
	if err != nil {
		return 0, 0, err
	}
	if n.Height == 0 && latent.Height%least.Height == 0 && latent.Width%least.Width == 0 {
		height, width = height*(latent.Height/least.Height), width*(latent.Width/least.Width)
		least.Height, least.Width = latent.Height, latent.Width
	}
	if latent != least || latent.Elements() < 1 {
		return 0, 0, fmt.Errorf("latents of %d x %d x %d are not those of network %s, which have %d x %d x %d (height x width x channels)",
			latent.Height, latent.Width, latent.Channels, n.Name, least.Height, least.Width, least.Channels)
	}
	return height, width, nil
}

// Encode returns the latents of noisy images of one size, black 0 and white 1, one after the other. Sigma is the noise's standard deviation in the
// same unit; only networks that take levels use it.
func (d *Denoiser) Encode(images []float32, height, width int, sigma float64) ([]float32, Size, error) {
	size, err := d.LatentSize(height, width)
	if err != nil {
		return nil, size, err
	}
	count := len(images) / (height * width)
	latents := make([]float32, count*size.Elements())
	err = d.inBatches(count, height*width, func(samples int) half {
		noisy := program.Tensor{Name: "noisy", Shape: []int{samples, height, width, 1}, Role: program.Input}
		levels := program.Tensor{Name: "levels", Shape: []int{samples}, Role: program.Input}
		operations, latent := d.network.Encoder(noisy, levels, weightPrefix, program.Weight)
		h := half{operations: operations, from: noisy, to: latent}
		if d.network.TakesLevels() {
			h.levels = levels
		}
		return h
	}, sigma, images, latents)
	return latents, size, err
}

// Decode returns the images of latents of one size.
func (d *Denoiser) Decode(latents []float32, size Size) (images []float32, height, width int, err error) {
	if height, width, err = d.imageSize(size); err != nil {
		return nil, 0, 0, err
	}
	count := len(latents) / size.Elements()
	images = make([]float32, count*height*width)
	err = d.inBatches(count, height*width, func(samples int) half {
		operations, latent, denoised := d.network.Decoder(samples, height, width, weightPrefix, program.Weight)
		return half{operations: operations, from: latent, to: denoised}
	}, 0, latents, images)
	return images, height, width, err
}

// half is an encoder or a decoder for a number of samples.
type half struct {
	operations []program.Operation
	from, to   program.Tensor
	levels     program.Tensor // absent if the half does not read them
}

const (
	mostBatch       = 64
	mostBatchPixels = 1 << 20
)

// inBatches runs a half over all samples. The last batch is filled up with samples of the one before, whose results are dropped.
func (d *Denoiser) inBatches(count, pixels int, build func(samples int) half, sigma float64, from, to []float32) (err error) {
	if count == 0 {
		return nil
	}
	batch := max(1, min(count, mostBatch, mostBatchPixels/pixels))
	h := build(batch)
	stored := append(d.network.Tensors(weightPrefix, program.Weight), h.from, h.to)
	if h.levels.Present() {
		stored = append(stored, h.levels)
	}
	state, err := d.device.NewState(stored)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, state.Close()) }()
	for name, values := range d.weights {
		if err := state.Write(weightPrefix+name, values); err != nil {
			return err
		}
	}
	if h.levels.Present() {
		levels := make([]float32, batch)
		for i := range levels {
			levels[i] = float32(sigma)
		}
		if err := state.Write(h.levels.Name, levels); err != nil {
			return err
		}
	}
	executable, err := d.device.Compile(&program.Program{Name: "half of the network", Operations: h.operations}, state, device.Plan{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, executable.Close()) }()
	read, written := h.from.Elements()/batch, h.to.Elements()/batch
	input, output := make([]float32, batch*read), make([]float32, batch*written)
	for begin := 0; begin < count; begin += batch {
		end := min(begin+batch, count)
		copy(input, from[begin*read:end*read])
		if err := state.Write(h.from.Name, input); err != nil {
			return err
		}
		if err := executable.Run(program.Scalars{}); err != nil {
			return err
		}
		if err := state.Read(h.to.Name, output); err != nil {
			return err
		}
		copy(to[begin*written:end*written], output)
	}
	return nil
}
