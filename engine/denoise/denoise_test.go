package denoise

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/device/cpu"
	"tweedie/engine/device/reference"
	"tweedie/engine/network"
	"tweedie/engine/picture"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

func newDenoiser(t *testing.T, name string) *Denoiser {
	t.Helper()
	n, err := network.Parse(name, true)
	if err != nil {
		t.Fatal(err)
	}
	weights := map[string][]float32{}
	for i, parameter := range n.Parameters {
		weights[parameter.Name] = n.Initial(7, i)
	}
	d, err := New(reference.New(), n, weights)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func noise(count int) []float32 {
	values := make([]float32, count)
	for i := range values {
		values[i] = random.Uniform(random.Words(1, random.Noise, 0, 0, uint32(i))[0])
	}
	return values
}

// TestTilesGiveTheWholeImage: with the smallest tiles the result is that of one tile in every bit, at sizes that are not multiples.
func TestTilesGiveTheWholeImage(t *testing.T) {
	for _, name := range []string{"dncnn3x2", "unet2x3b1", "unet2x2x2b1", "resnet2b1", "autoencoder2x3m2"} {
		d := newDenoiser(t, name)
		n := d.network
		for _, size := range [][2]int{{45, 33}, {1, 60}, {32, 32}} {
			height, width := size[0], size[1]
			noisy := noise(height * width)
			d.tile = 1 << 20
			want, err := d.Image(noisy, height, width, 0.1)
			if err != nil {
				t.Fatal(err)
			}
			for _, extra := range []int{1, 3} {
				d.tile = 2*roundUp(n.Radius, n.Multiple) + extra*n.Multiple
				got, err := d.Image(noisy, height, width, 0.1)
				if err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s, %v, tiles of %d: sample %d,%d is %v, whole %v", name, size, d.tile, i/width, i%width, got[i], want[i])
					}
				}
			}
		}
	}
}

// TestTilesOnTheProcessor: with channels enough for Winograd's algorithm, tiles give the bits of a local program over the whole image, and that program
// other bits than the one that the processor prefers for an image of one tile.
func TestTilesOnTheProcessor(t *testing.T) {
	const height, width = 61, 48
	for _, name := range []string{"dncnn4x16", "unet16x16b1"} {
		d := newDenoiser(t, name)
		processor, err := cpu.New(cpu.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer processor.Close()
		d.device = processor
		n := d.network
		noisy := noise(height * width)
		preferred, err := d.Image(noisy, height, width, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.compile(roundUp(height, n.Padding), roundUp(width, n.Padding), true); err != nil {
			t.Fatal(err)
		}
		c := d.compiled
		for y := range c.height {
			for x := range c.width {
				c.noisy[y*c.width+x] = noisy[min(y, height-1)*width+min(x, width-1)]
			}
		}
		err = errors.Join(c.state.Write("levels", []float32{0.1}), c.state.Write("noisy", c.noisy), c.executable.Run(program.Scalars{}), c.state.Read("denoised", c.denoised))
		if err != nil {
			t.Fatal(err)
		}
		var whole []float32
		for y := range height {
			whole = append(whole, c.denoised[y*c.width:y*c.width+width]...)
		}
		d.tile = 2*roundUp(n.Radius, n.Multiple) + n.Multiple
		tiled, err := d.Image(noisy, height, width, 0.1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tiled, whole) {
			t.Errorf("%s: tiles of %d differ from the whole image", name, d.tile)
		}
		if several := len(c.executable.Plan().Algorithms) > 0 && !strings.HasSuffix(processor.Info().Description, "plain Go"); several && slices.Equal(preferred, whole) {
			t.Errorf("%s: the preferred algorithms give the same bits, so that this test shows nothing", name)
		}
	}
}

// TestRadiusIsTight: at the edge of one multiple less overlap, tiles do differ, so that the test above has teeth.
func TestRadiusIsTight(t *testing.T) {
	d := newDenoiser(t, "dncnn3x2")
	noisy := noise(40 * 40)
	want, err := d.Image(noisy, 40, 40, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	shrunk := *d.network
	shrunk.Radius -= 1
	d.network, d.tile = &shrunk, 2*shrunk.Radius+3
	got, err := d.Image(noisy, 40, 40, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(got, want) {
		t.Error("a smaller overlap gives the same image: the radius is larger than need be, or tiles are not used")
	}
}

func TestSpansCoverEachPixelOnce(t *testing.T) {
	for length := 4; length <= 200; length += 4 {
		next := 0
		for _, s := range spans(length, 40, 11, 4) {
			left, right := s.from-s.start, s.start+s.length-s.to
			if s.from != next || s.to <= s.from || s.start%4 != 0 || s.start+s.length > length ||
				(s.start > 0 && left < 11) || (s.start+s.length < length && right < 11) {
				t.Errorf("length %d: %+v after %d", length, s, next)
			}
			next = s.to
		}
		if next != length {
			t.Errorf("length %d: covered up to %d", length, next)
		}
	}
}

// TestPictureKeepsFormat: depth, channels, size and alpha survive, and each channel is denoised by itself.
func TestPictureKeepsFormat(t *testing.T) {
	d := newDenoiser(t, "unet2x2b1")
	for _, depth := range []int{8, 16} {
		for _, channels := range []int{1, 3} {
			p := picture.New(7, 5, channels, depth)
			p.Alpha = make([]uint16, 35)
			for c, plane := range p.Planes {
				for i := range plane {
					plane[i] = uint16(uint32(noise(200)[i+c*40] * float32(p.Maximum())))
				}
			}
			got, err := d.Picture(p, 25)
			if err != nil {
				t.Fatal(err)
			}
			if err := got.Check(); err != nil || got.Depth != depth || len(got.Planes) != channels || got.Width != 7 || got.Height != 5 || !slices.Equal(got.Alpha, p.Alpha) {
				t.Errorf("%d bit, %d channels: %v, %+v", depth, channels, err, got)
			}
			for c := range p.Planes {
				alone := &picture.Picture{Width: 7, Height: 5, Depth: depth, Planes: p.Planes[c : c+1]}
				single, err := d.Picture(alone, 25)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(single.Planes[0], got.Planes[c]) {
					t.Errorf("channel %d differs when it is alone", c)
				}
			}
		}
	}
}

func TestBrokenWeightsAreAnError(t *testing.T) {
	d := newDenoiser(t, "dncnn2x2")
	d.weights["model.0.bias"][0] = float32(math.NaN())
	if _, err := d.Picture(picture.New(3, 3, 1, 8), 25); err == nil {
		t.Error("NaN weights give a picture")
	}
	if _, err := d.Image(make([]float32, 3), 2, 2, 0); err == nil {
		t.Error("three samples are taken for an image of 2 x 2")
	}
	if _, err := New(d.device, d.network, map[string][]float32{}); err == nil {
		t.Error("a network without weights is taken")
	}
}

// TestExtensionGoesToThePadding: an image of 5 x 3 is denoised as the 8 x 8 one in which its last row and column repeat.
func TestExtensionGoesToThePadding(t *testing.T) {
	d := newDenoiser(t, "unet2x2b1")
	small := noise(15)
	large := make([]float32, 64)
	for i := range large {
		large[i] = small[min(i/8, 4)*3+min(i%8, 2)]
	}
	got, err := d.Image(small, 5, 3, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Image(large, 8, 8, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != want[i/3*8+i%3] {
			t.Errorf("sample %d is %v, in the extended image %v", i, got[i], want[i/3*8+i%3])
		}
	}
}
