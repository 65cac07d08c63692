//go:build gpu

package kernels

import (
	"encoding/binary"

	"tweedie/kernels/driver"
)

// GradientNorm, Adam and Average work on many tensors in one launch: on a table in device memory that has an entry for each chunk of a tensor. An
// entry holds the addresses of the chunk's first elements and its number of elements, in 64 bits each. The host builds the table once and uploads
// it; its length follows from the tensors' lengths alone, so that room is planned before addresses are known.

// Chunks is the number of entries for tensors of these lengths.
func Chunks(elements ...int) int {
	chunks := 0
	for _, n := range elements {
		chunks += parts(n, chunk)
	}
	return chunks
}

// entries appends to a table those of one tensor, whose arrays of float32 have the given addresses; an address of 0 stays 0.
func entries(table []byte, elements int, addresses ...driver.Address) []byte {
	for begin := 0; begin < elements; begin += chunk {
		for _, address := range addresses {
			if address != 0 {
				address += driver.Address(begin) * 4
			}
			table = binary.LittleEndian.AppendUint64(table, uint64(address))
		}
		table = binary.LittleEndian.AppendUint64(table, uint64(min(chunk, elements-begin)))
	}
	return table
}
