// Package program describes computations as plain data: tensors, and operations over them in an order that respects their reads
// and writes. It says what each operation means, which shapes it takes, how it is differentiated and which cases every device must
// pass; it executes nothing and imports no device.
package program

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the type of a tensor's elements.
type Type uint8

// The element types. Float32 is the zero value: nearly every tensor has it. What is stored in a BFloat16 tensor is rounded to the nearest value
// with eight significant bits, ties to even; only activations and their gradients are of this type (precision = "bf16").
const (
	Float32 Type = iota
	Uint8
	Uint16
	Uint32
	BFloat16
)

// String is the Go name of the element type.
func (t Type) String() string {
	return [...]string{"float32", "uint8", "uint16", "uint32", "bfloat16"}[t]
}

// Bytes is the size of one element.
func (t Type) Bytes() int {
	return [...]int{4, 1, 2, 4, 2}[t]
}

// Role says how long a tensor lives and what it is for.
type Role uint8

// The roles. A Temporary belongs to one run of one program; tensors of every other role live in a device's State.
const (
	Temporary    Role = iota
	Input             // written by the host before a run, or read by it afterwards
	Images            // image sets and their index
	Weight            // what the optimiser changes
	Averaged          // the running average of a weight
	FirstMoment       // Adam's m
	SecondMoment      // Adam's v
	Recorded          // rings of losses and norms
)

// Tensor names an array: its shape, element type and role. Activations are (samples, height, width, channels); convolution
// weights are (output channels, input channels, kernel height, kernel width) as in PyTorch. Two tensors of one name are the same tensor.
type Tensor struct {
	Name  string
	Shape []int
	Type  Type
	Role  Role
}

// Elements is the product of the shape; a tensor without dimensions has one element.
func (t Tensor) Elements() int {
	elements := 1
	for _, length := range t.Shape {
		elements *= length
	}
	return elements
}

// Bytes is the size of the tensor without padding.
func (t Tensor) Bytes() int { return t.Elements() * t.Type.Bytes() }

// Present reports whether the tensor is there: optional fields of operations hold the zero Tensor when they are not.
func (t Tensor) Present() bool { return t.Name != "" }

// String shows the tensor as name[shape].
func (t Tensor) String() string {
	lengths := make([]string, len(t.Shape))
	for i, length := range t.Shape {
		lengths[i] = fmt.Sprint(length)
	}
	return fmt.Sprintf("%s[%s]", t.Name, strings.Join(lengths, " "))
}

func present(tensors ...Tensor) []Tensor {
	return slices.DeleteFunc(slices.Clone(tensors), func(t Tensor) bool { return !t.Present() })
}

// sameShape reports the first tensor whose shape differs from that of the first one, absent ones left out.
func sameShape(first Tensor, others ...Tensor) error {
	for _, other := range others {
		if other.Present() && !slices.Equal(first.Shape, other.Shape) {
			return fmt.Errorf("the shapes of %v and %v differ", first, other)
		}
	}
	return nil
}

// floating reports the first tensor whose type is neither Float32 nor BFloat16, absent ones left out.
func floating(tensors ...Tensor) error {
	for _, tensor := range present(tensors...) {
		if tensor.Type != Float32 && tensor.Type != BFloat16 {
			return fmt.Errorf("%v is %v, not float32 or bfloat16", tensor, tensor.Type)
		}
	}
	return nil
}

// single reports the first tensor whose type is not Float32, absent ones left out.
func single(tensors ...Tensor) error {
	for _, tensor := range present(tensors...) {
		if tensor.Type != Float32 {
			return fmt.Errorf("%v is %v, not float32", tensor, tensor.Type)
		}
	}
	return nil
}

// sameType reports the first tensor whose type differs from that of the first one, absent ones left out.
func sameType(first Tensor, others ...Tensor) error {
	for _, other := range present(others...) {
		if other.Type != first.Type {
			return fmt.Errorf("%v is %v and %v is %v", first, first.Type, other, other.Type)
		}
	}
	return floating(first)
}

// activation checks that t has the four dimensions (samples, height, width, channels), all positive.
func activation(t Tensor) error {
	if len(t.Shape) != 4 || slices.Min(t.Shape) < 1 {
		return fmt.Errorf("%v is not (samples, height, width, channels)", t)
	}
	return nil
}
