package evaluate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tweedie/engine/noise"
	"tweedie/engine/random"
)

func load(t *testing.T, name string, into any) {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// numpyRecord is testdata/numpy.json.
type numpyRecord struct {
	Draws []struct {
		Seed         uint32
		N            int
		At           []int
		Values, Next []string
		Mean         float64
	}
	Noisy []struct {
		Height, Width int
		Sigma         float64
		First         []float64
		SHA256        string
		PSNR, SSIM    float64
	}
	Quantized []uint8
}

// ramp is the image of the same name in testdata/make.py.
func ramp(height, width, a, b, c int) []uint8 {
	samples := make([]uint8, height*width)
	for i := range samples {
		y, x := i/width, i%width
		samples[i] = uint8(a*x + b*y + c*x*y/7)
	}
	return samples
}

func TestLegacyGeneratorEqualsNumPy(t *testing.T) {
	var record numpyRecord
	load(t, "numpy.json", &record)
	for _, draw := range record.Draws {
		generator := NewLegacyGenerator(draw.Seed)
		values := make([]float64, draw.N+len(draw.Next))
		for i := range values {
			values[i] = generator.Normal()
		}
		want := map[int]string{}
		for i, at := range draw.At {
			want[at] = draw.Values[i]
		}
		for i, next := range draw.Next { // a second call of NumPy's normal, after an odd count
			want[draw.N+i] = next
		}
		for at, text := range want {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			if ulps := int64(math.Float64bits(values[at]) - math.Float64bits(value)); ulps < -1 || ulps > 1 {
				t.Errorf("seed %d, value %d: %v, NumPy's is %v", draw.Seed, at, values[at], value)
			}
		}
		var sum float64
		for _, value := range values[:draw.N] {
			sum += value
		}
		if mean := sum / float64(draw.N); !(math.Abs(mean-draw.Mean) < 1e-14) {
			t.Errorf("seed %d: mean %v, NumPy's is %v", draw.Seed, mean, draw.Mean)
		}
	}
}

// TestProtocolEqualsNumPy compares every bit of noisy images, and the scores of a denoiser that does nothing.
func TestProtocolEqualsNumPy(t *testing.T) {
	var record numpyRecord
	load(t, "numpy.json", &record)
	for _, want := range record.Noisy {
		t.Run(fmt.Sprintf("%dx%d sigma %v", want.Height, want.Width, want.Sigma), func(t *testing.T) {
			clean := ramp(want.Height, want.Width, 3, 5, 1)
			noisy := AddNoise(clean, want.Sigma, 0)
			for i, value := range want.First {
				if float64(noisy[i]) != value {
					t.Errorf("sample %d is %v, NumPy's is %v", i, noisy[i], value)
				}
			}
			bytes := make([]byte, 0, 4*len(noisy))
			for _, value := range noisy {
				bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(value))
			}
			if digest := fmt.Sprintf("%x", sha256.Sum256(bytes)); digest != want.SHA256 {
				t.Errorf("the noisy image differs from NumPy's")
			}
			if want.PSNR == 0 {
				return // too small for SSIM
			}
			result, err := Protocol{Sigma: want.Sigma}.Run([]Image{{Name: "ramp", Height: want.Height, Width: want.Width, Samples: clean}}, identity)
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(float64(result.PSNR)-want.PSNR) < 1e-12*want.PSNR) || !(math.Abs(result.SSIM-want.SSIM) < 1e-11) {
				t.Errorf("PSNR %v, SSIM %v, want %v, %v", result.PSNR, result.SSIM, want.PSNR, want.SSIM)
			}
		})
	}
}

func identity(noisy []float32, _, _ int) ([]float32, error) { return noisy, nil }

func TestQuantizeEqualsNumPy(t *testing.T) {
	var record numpyRecord
	load(t, "numpy.json", &record)
	output := make([]float32, len(record.Quantized))
	for i := range output {
		output[i] = float32((float64(i-3) + 0.5) / 255)
	}
	if got, err := Quantize(output); err != nil || !slices.Equal(got, record.Quantized) {
		t.Errorf("%v, %v, want %v", got, err, record.Quantized)
	}
	infinity := float32(math.Inf(1))
	if got, err := Quantize([]float32{-infinity, infinity}); err != nil || got[0] != 0 || got[1] != 255 {
		t.Errorf("infinities become %v, %v", got, err)
	}
}

func TestScoresEqualScikitImage(t *testing.T) {
	var record struct {
		Pairs []struct {
			Height, Width, Amount int
			Formula               string
			MSE, PSNR, SSIM       float64
		}
	}
	load(t, "metrics.json", &record)
	for _, want := range record.Pairs {
		a := ramp(want.Height, want.Width, 3, 5, 1)
		b := ramp(want.Height, want.Width, 3, 5, 2)
		if want.Formula == "perturbed" {
			for i, other := range ramp(want.Height, want.Width, 37, 91, 5) {
				change := int(math.Floor(float64(want.Amount*(int(other)-128)) / 128))
				b[i] = uint8(min(max(int(a[i])+change, 0), 255))
			}
		}
		got, err := Compare(b, a, want.Height, want.Width)
		if err != nil {
			t.Fatal(err)
		}
		close := func(got, want float64) bool { return math.Abs(got-want) <= 1e-11*math.Abs(want) }
		if !close(got.MSE, want.MSE) || !close(float64(got.PSNR), want.PSNR) || !close(got.SSIM, want.SSIM) {
			t.Errorf("%d x %d, %s: %+v, want %+v", want.Width, want.Height, want.Formula, got, want)
		}
	}
}

// TestRunOrder: each image gets the same generator whatever else is in the set, and results are in the order of names.
func TestRunOrder(t *testing.T) {
	images := []Image{{"b", 20, 11, ramp(20, 11, 3, 5, 1), nil}, {"a10", 12, 13, ramp(12, 13, 7, 2, 1), nil}, {"a2", 11, 30, ramp(11, 30, 1, 1, 0), nil}}
	var seen []string
	protocol := Protocol{Sigma: 25, Observe: func(image Image, noisy []float32, denoised []uint8, scores Scores) error {
		if !slices.Equal(noisy, AddNoise(image.Samples, 25, 0)) {
			t.Errorf("%s has other noise than alone", image.Name)
		}
		seen = append(seen, scores.Name)
		return nil
	}}
	result, err := protocol.Run(images, identity)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a10", "a2", "b"}; !slices.Equal(seen, want) || result.Images[2].Name != "b" || images[0].Name != "b" {
		t.Errorf("order %v, want %v", seen, want)
	}
	mean := (result.Images[0].PSNR + result.Images[1].PSNR + result.Images[2].PSNR) / 3
	if !(math.Abs(float64(result.PSNR-mean)) < 1e-12) {
		t.Errorf("mean PSNR %v, want %v", result.PSNR, mean)
	}
}

func TestRunRefuses(t *testing.T) {
	good := Image{"good", 11, 11, make([]uint8, 121), nil}
	notANumber := func([]float32, int, int) ([]float32, error) {
		return slices.Repeat([]float32{float32(math.NaN())}, 121), nil
	}
	failure := errors.New("out of memory")
	for _, test := range []struct {
		name, message string
		sigma         float64
		images        []Image
		denoise       Denoiser
	}{
		{"negative sigma", "sigma -1", -1, []Image{good}, identity},
		{"sigma that is not a number", "sigma NaN", math.NaN(), []Image{good}, identity},
		{"no images", "no images", 25, nil, identity},
		{"wrong size", "bad: 121 samples", 25, []Image{{"bad", 11, 12, good.Samples, nil}}, identity},
		{"overflowing size", "bad: 0 samples", 25, []Image{{"bad", 1 << 32, 1 << 32, nil, nil}}, identity},
		{"too small", "small: 10 x 11 pixels", 25, []Image{{"small", 11, 10, good.Samples[:110], nil}}, identity},
		{"output not a number", "good: the denoised image is not a number", 25, []Image{good}, notANumber},
		{"short output", "good: the denoiser returned 3", 25, []Image{good}, func(n []float32, _, _ int) ([]float32, error) { return n[:3], nil }},
		{"failing denoiser", "good: out of memory", 25, []Image{good}, func([]float32, int, int) ([]float32, error) { return nil, failure }},
	} {
		_, err := Protocol{Sigma: test.sigma}.Run(test.images, test.denoise)
		if err == nil || !strings.HasPrefix(err.Error(), test.message) {
			t.Errorf("%s: %v, want %q", test.name, err, test.message)
		}
	}
}

// TestInfinitePSNR: identical images are written as null and read back.
func TestInfinitePSNR(t *testing.T) {
	result, err := Protocol{}.Run([]Image{{"same", 11, 11, ramp(11, 11, 3, 5, 1), nil}}, identity)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result)
	const want = `{"psnr":null,"ssim":1,"mse":0,"images":[{"name":"same","psnr":null,"ssim":1,"mse":0}]}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
	var back Result
	if err := json.Unmarshal(text, &back); err != nil || !math.IsInf(float64(back.PSNR), 1) || !math.IsInf(float64(back.Images[0].PSNR), 1) {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

// TestOtherNoiseIsThatOfPackageNoise: the denoiser sees what package noise draws by the seed, the same words for each image, and the level is the model's.
func TestOtherNoiseIsThatOfPackageNoise(t *testing.T) {
	given, err := noise.Fix("poisson", map[string]float64{"peak": 4})
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]uint8, 12*13)
	clean, want := make([]float32, len(samples)), make([]float32, len(samples))
	for i := range samples {
		samples[i] = uint8(i)
		clean[i] = float32(i) / 255
	}
	given.Apply(want, clean, &noise.Words{Seed: 9, Stream: random.Noise})
	protocol := Protocol{Noise: &given, Seed: 9}
	seen := 0
	_, err = protocol.Run([]Image{{"a", 12, 13, samples, nil}, {"b", 12, 13, samples, nil}}, func(noisy []float32, height, width int) ([]float32, error) {
		if seen++; !slices.Equal(noisy, want) {
			t.Errorf("the denoiser sees %v, want %v", noisy, want)
		}
		return noisy, nil
	})
	if err != nil || seen != 2 {
		t.Fatalf("%d images seen, %v", seen, err)
	}
	if protocol.Level() != 0.5 || (Protocol{Sigma: 51}).Level() != 0.2 {
		t.Errorf("levels of %v and %v, want 0.5 and 0.2", protocol.Level(), Protocol{Sigma: 51}.Level())
	}
}

// TestRecordedNoiseIsTakenAsItIs: no noise is added to an image that has a noisy one, which the denoiser cannot change; its length must fit.
func TestRecordedNoiseIsTakenAsItIs(t *testing.T) {
	clean, recorded := make([]uint8, 12*12), make([]float32, 12*12)
	for i := range clean {
		clean[i], recorded[i] = uint8(i), float32(i+3)/255
	}
	image := Image{Name: "pair", Height: 12, Width: 12, Samples: clean, Noisy: recorded}
	result, err := Protocol{Sigma: 50}.Run([]Image{image}, func(noisy []float32, _, _ int) ([]float32, error) {
		answer := slices.Clone(noisy)
		clear(noisy)
		return answer, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.MSE != 9 || recorded[5] != 8./255 {
		t.Errorf("the squared error is %v, want 9; sample 5 is now %v", result.MSE, recorded[5])
	}
	image.Noisy = recorded[1:]
	if _, err := (Protocol{}).Run([]Image{image}, identity); err == nil || err.Error() != "pair: 143 noisy samples for an image of 144" {
		t.Errorf("%v", err)
	}
}
