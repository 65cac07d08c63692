package train

import (
	"math"
	"path/filepath"
	"testing"

	"tweedie/engine/config"
	"tweedie/engine/device"
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

// TestOnlySquaredErrorsHaveAPSNR: the metrics of another loss claim none for the batches; that of the validation is a squared error in any case.
func TestOnlySquaredErrorsHaveAPSNR(t *testing.T) {
	for loss, has := range map[string]bool{config.MSE: true, config.L1: false} {
		outcome := mustRun(t, newOptions(t, filepath.Join(t.TempDir(), "run"), "train.loss="+loss))
		training, validation, err := report.ReadMetrics(filepath.Join(outcome.Folder, MetricsName))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range training {
			if !(line.Loss > 0) || math.IsNaN(float64(line.PSNR)) == has {
				t.Errorf("%s: the line of step %d has the loss %v and the PSNR %v", loss, line.Step, line.Loss, line.PSNR)
			}
		}
		if last := validation[len(validation)-1]; !(math.Abs(float64(last.PSNR)) < 100) {
			t.Errorf("%s: the validation's PSNR is %v", loss, last.PSNR)
		}
	}
}
