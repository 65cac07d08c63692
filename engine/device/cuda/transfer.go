//go:build gpu

package cuda

import (
	"encoding/binary"
	"math"

	"tweedie/engine/program"
)

// put writes the elements of a host slice that lie from byte at on into a piece of device memory, converted to the tensor's type. Both at and
// the piece are whole elements.
func put(t program.Tensor, host any, at int, piece []byte) {
	size := t.Type.Bytes()
	first, count := at/size, len(piece)/size
	switch host := host.(type) {
	case []float32:
		for i, value := range host[first : first+count] {
			putFloat(t.Type, piece, i, float64(value))
		}
	case []float64:
		for i, value := range host[first : first+count] {
			putFloat(t.Type, piece, i, value)
		}
	case []uint8:
		copy(piece, host[first:first+count])
	case []uint16:
		for i, value := range host[first : first+count] {
			binary.LittleEndian.PutUint16(piece[2*i:], value)
		}
	case []uint32:
		for i, value := range host[first : first+count] {
			binary.LittleEndian.PutUint32(piece[4*i:], value)
		}
	}
}

func putFloat(element program.Type, piece []byte, i int, value float64) {
	if element == program.BFloat16 {
		rounded := math.Float32bits(float32(program.RoundBFloat16(value)))
		binary.LittleEndian.PutUint16(piece[2*i:], uint16(rounded>>16))
		return
	}
	binary.LittleEndian.PutUint32(piece[4*i:], math.Float32bits(float32(value)))
}

// take is the reverse of put.
func take(t program.Tensor, host any, at int, piece []byte) {
	size := t.Type.Bytes()
	first, count := at/size, len(piece)/size
	switch host := host.(type) {
	case []float32:
		for i := range count {
			host[first+i] = float(t.Type, piece, i)
		}
	case []float64:
		for i := range count {
			host[first+i] = float64(float(t.Type, piece, i))
		}
	case []uint8:
		copy(host[first:], piece)
	case []uint16:
		for i := range count {
			host[first+i] = binary.LittleEndian.Uint16(piece[2*i:])
		}
	case []uint32:
		for i := range count {
			host[first+i] = binary.LittleEndian.Uint32(piece[4*i:])
		}
	}
}

func float(element program.Type, piece []byte, i int) float32 {
	if element == program.BFloat16 {
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(piece[2*i:])) << 16)
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(piece[4*i:]))
}
