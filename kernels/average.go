//go:build gpu

package kernels

import "tweedie/kernels/driver"

// Average moves running averages of many weights towards them (Polyak & Juditsky 1992, with exponential forgetting):
//
//	average += rest * (weight - average)
//
// Each operation rounds once to float32. Averages whose weights Adam updates in the same program go with Adam instead.
type Average struct {
	Table  driver.Address // AverageTable, aligned to 8
	Chunks int            // of all weights
	Rest   driver.Address // one float32: 1 - d of a step
}

// AverageTensor is one average with its weight, arrays of float32 that do not overlap.
type AverageTensor struct {
	Average, Weight driver.Address
	Elements        int
}

// AverageTable is the table of the averages, AverageTableBytes long.
func AverageTable(tensors []AverageTensor) []byte {
	var table []byte
	for _, t := range tensors {
		table = entries(table, t.Elements, t.Average, t.Weight)
	}
	return table
}

// AverageTableBytes is the size of a table of so many chunks.
func AverageTableBytes(chunks int) int64 { return 24 * int64(chunks) }

// Average is one launch, bound by memory: 12 bytes an element.
func (k *Kernels) Average(s driver.Stream, a Average) error {
	if err := positive("average", a.Chunks); err != nil {
		return err
	}
	return k.launch(s, "average", "average", k.blocks(a.Chunks), block, 0, a.Table, uint32(a.Chunks), a.Rest)
}
