// Package npy writes and reads arrays in NumPy's format, version 1.0 (numpy.lib.format, Kern 2007), for programs that want every bit.
package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Write writes float32 values in C order. Their number is the product of the shape.
func Write(w io.Writer, shape []int, values []float32) error {
	product, lengths := 1, ""
	for i, length := range shape {
		product *= length
		if i > 0 {
			lengths += ", "
		}
		lengths += fmt.Sprint(length)
	}
	if len(shape) == 1 {
		lengths += "," // as Python writes a tuple of one
	}
	if product != len(values) {
		return fmt.Errorf("npy: %d values are not an array of shape %v", len(values), shape)
	}
	header := "{'descr': '<f4', 'fortran_order': False, 'shape': (" + lengths + "), }"
	const before = 10 // magic, version, length
	header += strings.Repeat(" ", 63-(before+len(header))%64) + "\n"
	var file bytes.Buffer
	file.WriteString("\x93NUMPY\x01\x00")
	if err := binary.Write(&file, binary.LittleEndian, uint16(len(header))); err != nil {
		return err
	}
	file.WriteString(header)
	if err := binary.Write(&file, binary.LittleEndian, values); err != nil {
		return err
	}
	_, err := w.Write(file.Bytes())
	return err
}
