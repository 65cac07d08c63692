//go:build gpu

package kernels

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestTablesHoldEachChunkOnce(t *testing.T) {
	tensors := []AdamTensor{
		{Weight: 0x1000, Gradient: 0x20000, FirstMoment: 0x300000, SecondMoment: 0x400000, Average: 0x500000, Elements: 2*chunk + 1},
		{Weight: 0x600004, Gradient: 0x700000, FirstMoment: 0x800000, SecondMoment: 0x900000, Elements: chunk},
	}
	table := AdamTable(tensors)
	var words []uint64
	for i := 0; i < len(table); i += 8 {
		words = append(words, binary.LittleEndian.Uint64(table[i:]))
	}
	want := []uint64{
		0x1000, 0x20000, 0x300000, 0x400000, 0x500000, 2048,
		0x3000, 0x22000, 0x302000, 0x402000, 0x502000, 2048,
		0x5000, 0x24000, 0x304000, 0x404000, 0x504000, 1,
		0x600004, 0x700000, 0x800000, 0x900000, 0, 2048,
	}
	if !slices.Equal(words, want) {
		t.Errorf("the table is %#x, want %#x", words, want)
	}
	chunks := Chunks(tensors[0].Elements, tensors[1].Elements)
	if chunks != 4 || AdamTableBytes(chunks) != int64(len(table)) {
		t.Errorf("%d chunks of together %d bytes, want 4 of %d", chunks, AdamTableBytes(chunks), len(table))
	}
	for name, lengths := range map[string][2]int64{
		"gradient norm": {int64(len(GradientNormTable([]Gradient{{1, 3000}}))), GradientNormTableBytes(2)},
		"average":       {int64(len(AverageTable([]AverageTensor{{1, 2, 3000}}))), AverageTableBytes(2)},
	} {
		if lengths[0] != lengths[1] {
			t.Errorf("the table of %s has %d bytes, %d are stated", name, lengths[0], lengths[1])
		}
	}
}
