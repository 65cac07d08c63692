package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"unicode/utf8"
)

// Tensor is a named array. Data is a []float32, []float64, []uint8, []uint16, []uint32, []uint64, []int32 or []int64 with as many elements as Shape's
// product, the last dimension running fastest; an empty Shape is a scalar.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// Type is the type of a tensor's elements, by safetensors' name.
type Type string

// The types that are read and written. Others of the format (BF16, F16, BOOL, ...) are refused by name.
const (
	F32 Type = "F32"
	F64 Type = "F64"
	U8  Type = "U8"
	U16 Type = "U16"
	U32 Type = "U32"
	U64 Type = "U64"
	I32 Type = "I32"
	I64 Type = "I64"
)

// size returns the bytes of one element, 0 for a type that is not known.
func (t Type) size() int64 {
	switch t {
	case U8:
		return 1
	case U16:
		return 2
	case F32, U32, I32:
		return 4
	case F64, U64, I64:
		return 8
	}
	return 0
}

// Type returns the type of the tensor's elements, "" when Data is none of the slices that Tensor lists.
func (t Tensor) Type() Type {
	typ, _ := t.typeAndLength()
	return typ
}

func (t Tensor) typeAndLength() (Type, int) {
	switch data := t.Data.(type) {
	case []float32:
		return F32, len(data)
	case []float64:
		return F64, len(data)
	case []uint8:
		return U8, len(data)
	case []uint16:
		return U16, len(data)
	case []uint32:
		return U32, len(data)
	case []uint64:
		return U64, len(data)
	case []int32:
		return I32, len(data)
	case []int64:
		return I64, len(data)
	}
	return "", 0
}

// check reports a tensor that cannot be written.
func (t Tensor) check() error {
	typ, length := t.typeAndLength()
	if typ == "" {
		return fmt.Errorf("tensor %q: a %T cannot be written; use a slice of float32, float64, uint8, uint16, uint32, uint64, int32 or int64", t.Name, t.Data)
	}
	if t.Name == metadataName || !utf8.ValidString(t.Name) {
		return fmt.Errorf("tensor %q: the name is reserved or no valid UTF-8", t.Name)
	}
	for _, dimension := range t.Shape {
		if dimension < 0 {
			return fmt.Errorf("tensor %q: shape %v has a negative dimension", t.Name, t.Shape)
		}
	}
	elements, err := elementCount(t.Shape)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if elements != int64(length) {
		return fmt.Errorf("tensor %q: shape %v needs %d elements, but there are %d", t.Name, t.Shape, elements, length)
	}
	return nil
}

// elementCount returns the product of a shape's dimensions, which are not negative.
func elementCount(shape []int) (int64, error) {
	count := int64(1)
	for _, dimension := range shape {
		if dimension > 0 && count > math.MaxInt64/int64(dimension) {
			return 0, fmt.Errorf("shape %v has more elements than can be counted", shape)
		}
		count *= int64(dimension)
	}
	return count, nil
}

// encode writes the elements, little-endian, through buffer.
func (t Tensor) encode(w io.Writer, buffer []byte) error {
	switch data := t.Data.(type) {
	case []float32:
		return encodeAll(w, data, 4, buffer)
	case []float64:
		return encodeAll(w, data, 8, buffer)
	case []uint8:
		_, err := w.Write(data)
		return err
	case []uint16:
		return encodeAll(w, data, 2, buffer)
	case []uint32:
		return encodeAll(w, data, 4, buffer)
	case []uint64:
		return encodeAll(w, data, 8, buffer)
	case []int32:
		return encodeAll(w, data, 4, buffer)
	case []int64:
		return encodeAll(w, data, 8, buffer)
	}
	return t.check()
}

func encodeAll[T any](w io.Writer, data []T, size int, buffer []byte) error {
	for len(data) > 0 {
		n := min(len(data), len(buffer)/size)
		if _, err := binary.Encode(buffer, binary.LittleEndian, data[:n]); err != nil {
			return err
		}
		if _, err := w.Write(buffer[:n*size]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// decode reads length elements of a type, little-endian, through buffer.
func decode(r io.Reader, typ Type, length int64, buffer []byte) (any, error) {
	switch typ {
	case F32:
		return decodeAll[float32](r, length, 4, buffer)
	case F64:
		return decodeAll[float64](r, length, 8, buffer)
	case U8:
		return decodeAll[uint8](r, length, 1, buffer)
	case U16:
		return decodeAll[uint16](r, length, 2, buffer)
	case U32:
		return decodeAll[uint32](r, length, 4, buffer)
	case U64:
		return decodeAll[uint64](r, length, 8, buffer)
	case I32:
		return decodeAll[int32](r, length, 4, buffer)
	case I64:
		return decodeAll[int64](r, length, 8, buffer)
	}
	return nil, fmt.Errorf("type %s is not one that is read", typ)
}

func decodeAll[T any](r io.Reader, length int64, size int, buffer []byte) ([]T, error) {
	data := make([]T, length)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), len(buffer)/size)
		if _, err := io.ReadFull(r, buffer[:n*size]); err != nil {
			return nil, err
		}
		if _, err := binary.Decode(buffer[:n*size], binary.LittleEndian, rest[:n]); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	return data, nil
}
