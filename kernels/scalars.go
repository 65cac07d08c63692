//go:build gpu

package kernels

import (
	"encoding/binary"
	"math"
)

// Scalars are what changes from one step to the next. Kernels read them from device memory, where they take ScalarsBytes bytes at an address
// that is a multiple of 8: a step that was captured as a graph is repeated as it is.
type Scalars struct {
	Step         uint32 // modulo 2^32
	LearningRate float32
}

// ScalarsBytes is the size of Scalars in device memory.
const ScalarsBytes = 8

// Put writes the scalars to the first ScalarsBytes of memory that is then uploaded.
func (s Scalars) Put(memory []byte) {
	binary.LittleEndian.PutUint32(memory, s.Step)
	binary.LittleEndian.PutUint32(memory[4:], math.Float32bits(s.LearningRate))
}
