package score

import (
	"bytes"
	_ "embed"
	"encoding/binary"
)

const (
	patchSide       = 8
	patchComponents = 20
)

// patchParameters are those of patches8, as scripts/fitpatches writes them:
//
//	go run ./scripts/fitpatches train400 engine/score/patches8.f32
//
//go:embed patches8.f32
var patchParameters []byte

// patches is a mixture of Gaussians with full covariances, fitted to the 8x8 patches of photographs.
func patches() (*Mixture, error) {
	const d = patchSide * patchSide
	var stored [patchComponents]struct {
		Weight   float32
		Mean     [d]float32
		Triangle [d * (d + 1) / 2]float32
	}
	if err := binary.Read(bytes.NewReader(patchParameters), binary.LittleEndian, &stored); err != nil {
		return nil, err
	}
	components := make([]Component, patchComponents)
	for k, from := range stored {
		c := Component{Weight: float64(from.Weight), Mean: make([]float64, d), Covariance: make([]float64, d*d)}
		for i, value := range from.Mean {
			c.Mean[i] = float64(value)
		}
		for at, i := 0, 0; i < d; i++ {
			for j := range i + 1 {
				c.Covariance[i*d+j], c.Covariance[j*d+i] = float64(from.Triangle[at]), float64(from.Triangle[at])
				at++
			}
		}
		components[k] = c
	}
	return NewMixture(components)
}
