package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

const (
	magic      = "\x93NUMPY"
	mostHeader = 1 << 16
	most       = 1 << 31 // elements
)

// Array is an array in row-major order.
type Array struct {
	Shape  []int
	Values []float32
}

// Read reads an array of float32 or float64 in row-major order, whose float64 values are rounded. Other types and orders, a shape that the data does
// not fill or exceeds, and what is no .npy file are errors that say what to do.
func Read(r io.Reader) (Array, error) {
	buffered := bufio.NewReader(r)
	start := make([]byte, len(magic)+2)
	if _, err := io.ReadFull(buffered, start); err != nil || string(start[:len(magic)]) != magic {
		return Array{}, errors.New("this is no .npy file; write one by numpy.save")
	}
	header, err := readHeader(buffered, start[len(magic)])
	if err != nil {
		return Array{}, err
	}
	a, width, err := parseHeader(header)
	if err != nil {
		return Array{}, err
	}
	count, err := elements(a.Shape)
	if err != nil {
		return Array{}, err
	}
	piece := make([]byte, 4096*width)
	for len(a.Values) < count { // the memory grows with the file, not with what its header says
		part := piece[:min(len(piece), (count-len(a.Values))*width)]
		if _, err := io.ReadFull(buffered, part); err != nil {
			return Array{}, fmt.Errorf("the file ends before its %d values do; it is cut off", count)
		}
		for ; len(part) > 0; part = part[width:] {
			if width == 8 {
				a.Values = append(a.Values, float32(math.Float64frombits(binary.LittleEndian.Uint64(part))))
			} else {
				a.Values = append(a.Values, math.Float32frombits(binary.LittleEndian.Uint32(part)))
			}
		}
	}
	if _, err := buffered.ReadByte(); err != io.EOF {
		return Array{}, fmt.Errorf("the file goes on after its %d values; it is damaged", count)
	}
	return a, nil
}

// readHeader reads the header's text, whose length has two bytes in format 1 and four in 2 and 3.
func readHeader(r io.Reader, version byte) (string, error) {
	length := uint32(0)
	switch version {
	case 1:
		var short uint16
		if err := binary.Read(r, binary.LittleEndian, &short); err != nil {
			return "", errors.New("the header is cut off")
		}
		length = uint32(short)
	case 2, 3:
		if err := binary.Read(r, binary.LittleEndian, &length); err != nil {
			return "", errors.New("the header is cut off")
		}
	default:
		return "", fmt.Errorf("format %d of .npy is not known; write the file by numpy.save", version)
	}
	if length > mostHeader {
		return "", fmt.Errorf("a header of %d bytes is none of an array of numbers", length)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(r, header); err != nil {
		return "", errors.New("the header is cut off")
	}
	return string(header), nil
}

var (
	descrEntry = regexp.MustCompile(`'descr'\s*:\s*'([^']*)'`)
	orderEntry = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapeEntry = regexp.MustCompile(`'shape'\s*:\s*\(([\d\s,]*)\)`)
)

// parseHeader returns an array without values, and the bytes of one.
func parseHeader(header string) (a Array, width int, err error) {
	descr, order, shape := descrEntry.FindStringSubmatch(header), orderEntry.FindStringSubmatch(header), shapeEntry.FindStringSubmatch(header)
	if descr == nil || order == nil || shape == nil {
		return a, 0, fmt.Errorf("the header %.100q is not that of an array of numbers", header)
	}
	switch width = 4; descr[1] {
	case "<f4":
	case "<f8":
		width = 8
	default:
		return a, 0, fmt.Errorf("the array is of type %s, not float32 or float64; convert it by array.astype(\"float32\")", descr[1])
	}
	if order[1] == "True" {
		return a, 0, errors.New("the array is stored column by column; convert it by numpy.ascontiguousarray(array)")
	}
	for part := range strings.SplitSeq(shape[1], ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		length, err := strconv.Atoi(part)
		if err != nil {
			return a, 0, fmt.Errorf("the shape (%s) is not one of numbers", shape[1])
		}
		a.Shape = append(a.Shape, length)
	}
	return a, width, nil
}

// elements is the product of a shape.
func elements(shape []int) (int, error) {
	count := 1
	for _, length := range shape {
		if length < 0 || length > 0 && count > most/length {
			return 0, fmt.Errorf("an array of shape %v has more than %d elements", shape, most)
		}
		count *= length
	}
	return count, nil
}
