package denoise

import (
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device/cpu"
)

// TestDecodedLatentsAreTheDenoisedImages: encoding and decoding give what denoising gives, bit for bit on a device of float32, which latents are, for a
// map at half the images' size and a vector, over more images than a batch holds.
func TestDecodedLatentsAreTheDenoisedImages(t *testing.T) {
	for name, want := range map[string]Size{"autoencoder2x3m5": {4, 6, 5}, "autoencoder8x12-2x3v7": {1, 1, 7}} {
		d := newDenoiser(t, name)
		processor, err := cpu.New(cpu.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer processor.Close()
		defer d.Close()
		d.device = processor
		const height, width, count = 8, 12, mostBatch + 3
		noisy := make([]float32, count*height*width)
		for i := range noisy {
			noisy[i] = float32(i*7919%1000) / 1000
		}
		latents, size, err := d.Encode(noisy, height, width, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		if size != want || len(latents) != count*want.Elements() {
			t.Fatalf("%s: %d values of latents of %v", name, len(latents), size)
		}
		images, h, w, err := d.Decode(latents, size)
		if err != nil {
			t.Fatal(err)
		}
		if h != height || w != width {
			t.Fatalf("%s: decoded to %d x %d", name, h, w)
		}
		for _, i := range []int{0, 1, mostBatch - 1, mostBatch, count - 1} {
			at, end := i*height*width, (i+1)*height*width
			denoised, err := d.Image(noisy[at:end], height, width, 0.1)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(images[at:end], denoised) {
				t.Errorf("%s: image %d is decoded otherwise than denoised", name, i)
			}
		}
		if _, _, _, err := d.Decode(latents, Size{1, 1, 1}); err == nil || !strings.Contains(err.Error(), "are not those of network "+name) {
			t.Errorf("latents of one element give %v", err)
		}
		if _, _, err := d.Encode(noisy[:63], 7, 9, 0.1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("an image of 7x9 gives %v", err)
		}
	}
	if _, _, err := newDenoiser(t, "unet2x2b1").Encode(make([]float32, 64), 8, 8, 0.1); err == nil || !strings.Contains(err.Error(), "has no latent") {
		t.Errorf("a U-Net encodes with %v", err)
	}
}
