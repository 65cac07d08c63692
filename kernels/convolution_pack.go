//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Packing is one weight to be rearranged for the algorithm that will read it.
type Packing struct {
	Convolution Convolution
	Algorithm   Algorithm
	Weight      driver.Address // float32, output channels x input channels x kernel x kernel of the forward convolution
	Packed      driver.Address // PackedBytes, aligned to 16 bytes
}

// weightLayout is the kernels' struct weight_layout: how a packed weight lies in memory. Inputs and outputs are those of the operation, so that an
// adjoint's are the forward convolution's exchanged, and its taps turned around.
type weightLayout struct {
	weight, packed                driver.Address
	elements                      uint64
	inputs, outputs, taps         int32
	paddedInputs, paddedOutputs   int32
	transposed, rounded, fragment int32
}

func (l weightLayout) bytes() int64 {
	if l.fragment != 0 {
		return 2 * int64(l.elements)
	}
	return 4 * int64(l.elements)
}

// packing is the layout that an algorithm wants: float32, taps x inputs x outputs, both padded with zeros to whole tiles.
func (c Convolution) packing(a Algorithm) weightLayout {
	layout := weightLayout{
		inputs: int32(c.Channels), outputs: int32(c.OutChannels), taps: int32(c.Kernel * c.Kernel),
		transposed: flag(c.Transposed), rounded: flag(c.Input == BFloat16),
	}
	layout.paddedInputs = int32(parts(c.Channels, directDepth) * directDepth)
	layout.paddedOutputs = int32(parts(c.OutChannels, directOutputs) * directOutputs)
	layout.elements = uint64(layout.taps) * uint64(layout.paddedInputs) * uint64(layout.paddedOutputs)
	return layout
}

// packingsPerLaunch layouts fit into the arguments of one launch.
const packingsPerLaunch = 60

// PackWeights rearranges weights, many in each launch. It is bound by memory: 4 bytes read and 2 or 4 written for each weight, which are few against
// the activations.
func (k *Kernels) PackWeights(s driver.Stream, packings []Packing) error {
	for len(packings) > 0 {
		count := min(len(packings), packingsPerLaunch)
		var layouts [packingsPerLaunch]weightLayout
		most := uint64(0)
		for i, p := range packings[:count] {
			if err := p.Convolution.Check(); err != nil {
				return err
			}
			layouts[i] = p.Convolution.packing(p.Algorithm)
			layouts[i].weight, layouts[i].packed = p.Weight, p.Packed
			most = max(most, layouts[i].elements)
		}
		grid := driver.Dim{X: min(parts(int(most), threads), 4*k.multiprocessors), Y: count}
		if err := k.launch(s, "convolution_pack", "convolution_pack", grid, block, 0, driver.Struct(&layouts)); err != nil {
			return err
		}
		packings = packings[count:]
	}
	return nil
}
