package engine

import (
	"fmt"
	"testing"

	"tweedie/configs"
	"tweedie/engine/config"
)

// TestWitnessesAgree on networks of every architecture, with and without a noise map, by each loss, and on what twenty steps of training leave.
func TestWitnessesAgree(t *testing.T) {
	for _, name := range []string{"dncnn2x1", "dncnn4x6", "unet3b1", "unet4x6b2", "unet3x4x5x6b1", "mlp8x8-5x7"} {
		for _, keys := range [][]string{
			{"network.noise_map=false"},
			{"network.noise_map=true", "noise.sigma=[0, 55]", "train.loss=l1", "train.borders=1"},
			{"network.noise_map=true", "noise.sigma=[0, 55]", "network.sigma_data=0.4"},
			{"network.sigma_data=0.4", "train.loss=l1"},
			{"noise.model=poisson", "network.domain=anscombe"},
			{"noise.model=speckle", "network.domain=log"},
		} {
			t.Run(fmt.Sprint(name, keys), func(t *testing.T) {
				experiment, err := config.Load("sigma25", configs.FS, append(keys, "network.name="+name, "train.patch=8"))
				if err != nil {
					t.Fatal(err)
				}
				d, err := OpenDevice("cpu", 1)
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				rows, err := CheckGradients(experiment, 20, d)
				if err != nil {
					t.Fatal(err)
				}
				gradients := 0
				for _, row := range rows {
					if row.Failed() {
						t.Errorf("%s %v: %v", row.Kind, row.Tensor, row.Distances)
					}
					if row.Kind == "gradient" {
						gradients++
					}
					if least := map[bool]int{false: 2, true: 3}[row.Kind == "gradient"]; len(row.Distances) != least {
						t.Errorf("%s %v has the witnesses %v", row.Kind, row.Tensor, row.Distances)
					}
				}
				if gradients == 0 || gradients == len(rows) {
					t.Errorf("%d of %d results are gradients", gradients, len(rows))
				}
			})
		}
	}
}
