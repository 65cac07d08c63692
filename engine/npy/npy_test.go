package npy

import (
	"bytes"
	"testing"
)

// TestWriteIsNumPys: the bytes that numpy.save (NumPy 2.4.6) writes of numpy.array([[1, -2.5, 0]], numpy.float32).
func TestWriteIsNumPys(t *testing.T) {
	want := "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }" + string(bytes.Repeat([]byte(" "), 58)) + "\n" +
		"\x00\x00\x80?\x00\x00 \xc0\x00\x00\x00\x00"
	var got bytes.Buffer
	if err := Write(&got, []int{1, 3}, []float32{1, -2.5, 0}); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got  %q\nwant %q", got.String(), want)
	}
	if err := Write(&got, []int{2, 2}, []float32{1}); err == nil {
		t.Error("one value passes for four")
	}
}
