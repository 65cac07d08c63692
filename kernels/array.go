//go:build gpu

package kernels

import (
	"fmt"

	"tweedie/kernels/driver"
)

// Type is the type of an array's elements in device memory.
type Type uint8

// The element types. Uint8 and Uint16 are those of image sets.
const (
	Float32 Type = iota
	BFloat16
	Uint8
	Uint16
)

// String is the name of the type in words.
func (t Type) String() string { return [...]string{"float32", "bfloat16", "uint8", "uint16"}[t] }

// Bytes is the size of one element.
func (t Type) Bytes() int { return [...]int{4, 2, 1, 2}[t] }

// suffix ends the name of the kernel for this type.
func (t Type) suffix() string { return [...]string{"_f32", "_bf16", "_u8", "_u16"}[t] }

// Array is where a tensor's elements begin, aligned to one element, and their type. The zero Array stands for an optional one that is absent.
type Array struct {
	Address driver.Address
	Type    Type
}

// floats returns the one type of the arrays that are present, which is Float32 or BFloat16.
func floats(operation string, first Array, others ...Array) (Type, error) {
	if first.Type != Float32 && first.Type != BFloat16 {
		return 0, fmt.Errorf("%s: an array is %v, only float32 and bfloat16 are taken", operation, first.Type)
	}
	for _, other := range others {
		if other.Address != 0 && other.Type != first.Type {
			return 0, fmt.Errorf("%s: arrays of %v and %v; convert one of them first", operation, first.Type, other.Type)
		}
	}
	return first.Type, nil
}

// aligned is 1 if every address is a multiple of bytes, so that a kernel may load and store vectors, else 0.
func aligned(bytes int, addresses ...driver.Address) int32 {
	for _, address := range addresses {
		if address%driver.Address(bytes) != 0 {
			return 0
		}
	}
	return 1
}

// positive reports the first of some counts that is less than one, or too large for a kernel's 32 bits.
func positive(operation string, counts ...int) error {
	for _, count := range counts {
		if count < 1 || count > 1<<31-1 {
			return fmt.Errorf("%s: a length is %d, outside 1 to 2^31-1", operation, count)
		}
	}
	return nil
}
