//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Library stands for the algorithms of cuBLAS and cuDNN where weights are packed: in the input's type, by output channel, row, column and input
// channel, unpadded, of a convolution that is not transposed. Convolve does not know it.
const Library Algorithm = "library"

// Packing is one weight to be rearranged for the algorithm that will read it.
type Packing struct {
	Convolution Convolution
	Algorithm   Algorithm
	Weight      driver.Address // float32, output channels x input channels x kernel x kernel of the forward convolution
	Packed      driver.Address // PackedBytes, aligned to 16 bytes
}

// The orders of a packed weight's elements, as the kernels' enum weight_order: from the outermost to the innermost
const (
	// taps, inputs, outputs, all float32
	outputsLast = iota
	// outputs, taps, inputs, all float32
	inputsLast
	// taps, blocks of outputs, chunks of 16 inputs, halves of 32 outputs, then the fragments of matrix instructions in bfloat16
	fragments
	// blocks of outputs, chunks of 16 inputs, taps, halves of 32 outputs, then the fragments of matrix instructions in bfloat16
	fragmentsOfWindows
	// blocks of 64 outputs, chunks of 16 inputs, taps, halves of the chunk, the block's outputs in the order in which wgmma gives each thread
	// neighbouring ones, 8 inputs, in bfloat16
	factors
)

// weightLayout is the kernels' struct weight_layout: how a packed weight lies in memory. Inputs and outputs are those of the operation, so
// that an adjoint's are the forward convolution's exchanged, and its taps turned around. Both are padded with zeros to whole tiles.
type weightLayout struct {
	weight, packed              driver.Address
	elements                    uint64
	inputs, outputs, taps       int32
	paddedInputs, paddedOutputs int32
	transposed, rounded         int32
	order, halves               int32
	narrow                      int32 // stored in bfloat16, for an order that is else float32
}

func (l weightLayout) bytes() int64 {
	if l.order >= fragments || l.narrow != 0 {
		return 2 * int64(l.elements)
	}
	return 4 * int64(l.elements)
}

// layout is what an algorithm wants.
func (c Convolution) layout(a Algorithm) weightLayout {
	l := weightLayout{
		order: outputsLast, inputs: int32(c.Channels), outputs: int32(c.OutChannels), taps: int32(c.Kernel * c.Kernel),
		transposed: flag(c.Transposed), rounded: flag(c.Input == BFloat16),
	}
	inputs, outputs := directDepth, directOutputs
	switch {
	case a == Library:
		l.order, l.narrow = inputsLast, flag(c.Input == BFloat16)
		inputs, outputs = 1, 1
	case a == Thin && c.spreads():
		inputs, outputs = 1, thinVector
	case a == Thin:
		l.order, inputs, outputs = inputsLast, thinVector, 1
	case a == TensorCore && c.Kernel == 3:
		l.order, l.halves = fragmentsOfWindows, int32(c.halves())
		inputs, outputs = windowChunk, 32*c.halves()
	case a == Wgmma:
		l.order, inputs, outputs = factors, wgmmaChunk, wgmmaOutputs
	case a == TensorCore:
		l.order, l.halves = fragments, int32(c.halves())
		inputs, outputs = productDepth, 32*c.halves()
	}
	l.paddedInputs, l.paddedOutputs = int32(parts(c.Channels, inputs)*inputs), int32(parts(c.OutChannels, outputs)*outputs)
	l.elements = uint64(l.taps) * uint64(l.paddedInputs) * uint64(l.paddedOutputs)
	return l
}

// packingsPerLaunch layouts fit into the arguments of one launch.
const packingsPerLaunch = 50

// PackWeights rearranges weights, many in each launch. It is bound by memory: 4 bytes read and 2 or 4 written for each weight, which are
// few against the activations.
func (k *Kernels) PackWeights(s driver.Stream, packings []Packing) error {
	for len(packings) > 0 {
		count := min(len(packings), packingsPerLaunch)
		var layouts [packingsPerLaunch]weightLayout
		most := uint64(0)
		for i, p := range packings[:count] {
			if err := p.Convolution.Check(); err != nil {
				return err
			}
			layouts[i] = p.Convolution.layout(p.Algorithm)
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
