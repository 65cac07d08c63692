package train

import (
	"math"
	"path/filepath"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/report"
)

// TestLossesAreTheirDefinition: with weights of zero a network returns its input, so that the ring holds the losses of the noisy images themselves.
func TestLossesAreTheirDefinition(t *testing.T) {
	for loss, term := range map[string]func(noisy, clean float64) float64{
		config.MSE: func(noisy, clean float64) float64 { return (noisy - clean) * (noisy - clean) },
		config.L1:  func(noisy, clean float64) float64 { return math.Abs(noisy - clean) },
	} {
		options := newOptions(t, t.TempDir(), "train.loss="+loss, "train.batch=9")
		n, err := network.Parse("unet2x3b1", false)
		if err != nil {
			t.Fatal(err)
		}
		s := NewStep(options.Experiment, n, options.Training)
		s.Clean.Role, s.Noisy.Role, s.Levels.Role = program.Recorded, program.Recorded, program.Recorded
		byHand(t, s, make([]float64, 2), func(step int, state device.State) {
			if step == 0 {
				for _, weight := range n.Tensors(weightPrefix, program.Weight) {
					if err := state.Write(weight.Name, make([]float64, weight.Elements())); err != nil {
						t.Fatal(err)
					}
				}
				return
			}
			clean, noisy := floats(t, state, s.Clean), floats(t, state, s.Noisy)
			want := 0.0
			for i := range clean {
				want += term(noisy[i], clean[i]) / float64(len(clean))
			}
			if got := floats(t, state, ring())[2*step]; !(math.Abs(got-want) <= 1e-12*want) {
				t.Errorf("%s is %v, want %v", loss, got, want)
			}
		})
	}
}

// TestOnlySquaredErrorsHaveAPSNR: the metrics of another loss claim none for the batches, of an estimate that is negative neither; that of the validation is a squared error in any case.
func TestOnlySquaredErrorsHaveAPSNR(t *testing.T) {
	for loss, has := range map[string]bool{config.MSE: true, config.L1: false, config.Noise2Noise: false, config.SURE: true} {
		outcome := mustRun(t, newOptions(t, filepath.Join(t.TempDir(), "run"), "train.loss="+loss))
		training, validation, err := report.ReadMetrics(filepath.Join(outcome.Folder, MetricsName))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range training {
			if math.IsNaN(float64(line.Loss)) || math.IsNaN(float64(line.PSNR)) == (has && line.Loss > 0) {
				t.Errorf("%s: the line of step %d has the loss %v and the PSNR %v", loss, line.Step, line.Loss, line.PSNR)
			}
		}
		if last := validation[len(validation)-1]; !(math.Abs(float64(last.PSNR)) < 100) {
			t.Errorf("%s: the validation's PSNR is %v", loss, last.PSNR)
		}
	}
}

// TestTrainingWithoutCleanImages: after some hundred steps, pairs of noisy images and Stein's risk come as far as clean images do, within what their noisier
// gradients cost so small a network; learning the noisy target comes nowhere.
func TestTrainingWithoutCleanImages(t *testing.T) {
	figures := map[string]float64{}
	for _, loss := range []string{config.MSE, config.Noise2Noise, config.SURE, "noisy"} {
		sets := []string{"network.name=dncnn4x8", "train.steps=400", "train.batch=16", "train.validate=400", "checkpoint.every=400", "noise.sigma=40", "train.learning_rate=5e-3"}
		if loss != "noisy" {
			sets = append(sets, "train.loss="+loss)
		}
		options := newOptions(t, filepath.Join(t.TempDir(), "run"), sets...)
		options.NoisyTarget = loss == "noisy"
		options.Training, options.Validation = stripes(100, 1), stripes(16, 2)
		d, err := cpu.New(cpu.Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		options.Device = d
		figures[loss] = mustRun(t, options).ValidationPSNR
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	for loss, most := range map[string]float64{config.Noise2Noise: 0.5, config.SURE: 0.5} {
		if !(figures[config.MSE]-figures[loss] <= most) {
			t.Errorf("%s comes to %.2f dB, clean images to %.2f", loss, figures[loss], figures[config.MSE])
		}
	}
	if noisy := -20 * math.Log10(40./255); !(math.Abs(figures["noisy"]-noisy) <= 0.5) || !(figures[config.MSE] > noisy+5) {
		t.Errorf("learning the noisy images comes to %.2f dB, clean ones to %.2f; the noisy images have %.2f", figures["noisy"], figures[config.MSE], noisy)
	}
	t.Logf("PSNR by loss: %.4v", figures)
}

// TestNoiseThatWasRecordedIsNotAdded: patches of images that are noisy already are the noisy patches themselves, and the level is that of the experiment.
func TestNoiseThatWasRecordedIsNotAdded(t *testing.T) {
	options := newOptions(t, t.TempDir(), "train.loss=sure", "noise.recorded=true", "noise.model=poisson-gaussian", "noise.peak=50", "noise.sigma=5.1", "train.borders=0")
	n, err := network.Parse("unet2x3b1", false)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStep(options.Experiment, n, options.Training)
	s.Noisy.Role, s.Levels.Role = program.Recorded, program.Recorded
	byHand(t, s, make([]float64, 2), func(step int, state device.State) {
		for i, value := range floats(t, state, s.Noisy) {
			if sample := 255 * value; !(math.Abs(sample-math.Round(sample)) < 1e-4) {
				t.Fatalf("element %d of the noisy patches is %v, no sample of the images", i, value)
			}
		}
		for _, level := range floats(t, state, s.Levels) {
			if want := math.Sqrt(1./50 + 0.02*0.02); !(math.Abs(level-want) < 1e-6) {
				t.Errorf("the level is %v, want %v", level, want)
			}
		}
	})
}
