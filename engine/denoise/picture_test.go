package denoise

import (
	"math"
	"slices"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/picture"
	"tweedie/engine/program"
)

// TestSizesAreExtendedByTheBorder: an image that is not of the network's multiple gives what its extension by the last row and column gives to a
// denoiser that saw no other size before.
func TestSizesAreExtendedByTheBorder(t *testing.T) {
	d := newDenoiser(t, "unet2x2x2b1") // multiples of 4
	for _, size := range [][2]int{{6, 5}, {1, 1}, {8, 7}, {3, 12}, {12, 3}} {
		height, width := size[0], size[1]
		tall, wide := roundUp(height, 4), roundUp(width, 4)
		noisy, extended := noise(height*width), make([]float32, tall*wide)
		for i := range extended {
			extended[i] = noisy[min(i/wide, height-1)*width+min(i%wide, width-1)]
		}
		got, err := d.Image(noisy, height, width, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		want, err := newDenoiser(t, "unet2x2x2b1").Image(extended, tall, wide, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i] != want[i/width*wide+i%width] {
				t.Fatalf("%d x %d: sample %d is %v, of the extended image %v", height, width, i, got[i], want[i/width*wide+i%width])
			}
		}
	}
}

func TestSamplesAreClippedAndRounded(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		value float32
		white uint16
		want  uint16
	}{
		{-0.1, 255, 0}, {1.1, 255, 255}, {-inf, 65535, 0}, {inf, 65535, 65535}, {1, 65535, 65535},
		{0.5, 255, 128}, {2.5 / 255, 255, 2}, {3.5 / 255, 255, 4}, {2.6 / 255, 255, 3}, {0.5, 65535, 32768}, {0.25, 65535, 16384},
	} {
		got := make([]uint16, 1)
		if err := ToSamples([]float32{c.value}, c.white, got); err != nil || got[0] != c.want {
			t.Errorf("%v of %d is %d (%v), want %d", c.value, c.white, got[0], err, c.want)
		}
	}
	if err := ToSamples([]float32{float32(math.NaN())}, 255, make([]uint16, 1)); err == nil {
		t.Error("a value that is not a number is a sample")
	}
}

// TestPictureIsTheImageOfItsSamples: sigma is in 255ths of white, samples are shares of it, and the colour profile stays.
func TestPictureIsTheImageOfItsSamples(t *testing.T) {
	d := newDenoiser(t, "dncnn3x2")
	for _, depth := range []int{8, 16} {
		p := picture.New(9, 6, 1, depth)
		p.Profile = []byte("a profile")
		values := make([]float32, 54)
		for i := range values {
			p.Planes[0][i] = uint16(noise(54)[i] * float32(p.Maximum()))
			values[i] = float32(p.Planes[0][i]) / float32(p.Maximum())
		}
		got, err := d.Picture(p, 200)
		if err != nil {
			t.Fatal(err)
		}
		image, err := d.Image(values, 6, 9, 200.0/255)
		if err != nil {
			t.Fatal(err)
		}
		other, err := d.Image(values, 6, 9, 10.0/255)
		if err != nil {
			t.Fatal(err)
		}
		want, without := make([]uint16, 54), make([]uint16, 54)
		if err := ToSamples(image, p.Maximum(), want); err != nil {
			t.Fatal(err)
		}
		if err := ToSamples(other, p.Maximum(), without); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Planes[0], want) || slices.Equal(want, without) || string(got.Profile) != "a profile" {
			t.Errorf("%d bit: %v with the profile %q, want %v; at sigma 10 %v", depth, got.Planes[0], got.Profile, want, without)
		}
	}
}

// TestTilesAreMostlyTheirOwn: the overlap of the deepest network leaves each tile tileSide pixels.
func TestTilesAreMostlyTheirOwn(t *testing.T) {
	d := newDenoiser(t, "unet1x1x1x1x1x1x1x1b2")
	if inside := d.tile - 2*roundUp(d.network.Radius, d.network.Multiple); inside < tileSide || d.tile%d.network.Multiple != 0 {
		t.Errorf("a tile of %d has %d pixels that are not overlap", d.tile, inside)
	}
}

// counting is a device that counts the states and executables that are open.
type counting struct {
	device.Device
	open *int
}

func (d counting) NewState(tensors []program.Tensor) (device.State, error) {
	*d.open++
	s, err := d.Device.NewState(tensors)
	return countedState{s, d.open}, err
}

func (d counting) Compile(p *program.Program, s device.State, plan device.Plan) (device.Executable, error) {
	*d.open++
	e, err := d.Device.Compile(p, s.(countedState).State, plan)
	return countedExecutable{e, d.open}, err
}

type countedState struct {
	device.State
	open *int
}

func (s countedState) Close() error {
	*s.open--
	return s.State.Close()
}

type countedExecutable struct {
	device.Executable
	open *int
}

func (e countedExecutable) Close() error {
	*e.open--
	return e.Executable.Close()
}

// TestOneSizeIsHeld: images of many sizes take the device's memory of one, and Close gives it back.
func TestOneSizeIsHeld(t *testing.T) {
	d, open := newDenoiser(t, "dncnn2x1"), 0
	d.device = counting{d.device, &open}
	for size := 1; size < 5; size++ {
		if _, err := d.Image(noise(size*size), size, size, 0); err != nil || open != 2 {
			t.Errorf("%d states and executables are open after an image of %d (%v), want one of each", open, size, err)
		}
	}
	if err := d.Close(); err != nil || open != 0 {
		t.Errorf("%d are open after Close (%v)", open, err)
	}
}
