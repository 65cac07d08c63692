package data

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine/picture"
)

// mostIDX is the number of values above which an IDX file is refused before they are read. The largest of the known sets, EMNIST's by class, has
// 0.6e9 of them.
const mostIDX = 1 << 31

// The format is that of MNIST (LeCun, Cortes & Burges 1998): two zero bytes, the type of the values, the number of dimensions, the dimensions as
// big-endian words of 32 bits, and the values, the last dimension fastest. Nothing follows.
const unsignedByte = 0x08

// decodeIDX reads a file of unsigned bytes with that number of dimensions to its end, plain or compressed by gzip.
func decodeIDX(file io.Reader, dimensions int) (shape []int, values []uint8, err error) {
	reader := bufio.NewReader(file)
	if start, _ := reader.Peek(2); len(start) == 2 && start[0] == 0x1f && start[1] == 0x8b {
		unpacked, err := gzip.NewReader(reader)
		if err != nil {
			return nil, nil, unpackError(err)
		}
		reader = bufio.NewReader(unpacked)
	}
	if shape, err = idxHeader(reader, dimensions); err != nil {
		return nil, nil, err
	}
	total := 1
	for _, length := range shape {
		if length == 0 {
			return nil, nil, errors.New("it holds no values: one of its dimensions is 0")
		}
		if total > mostIDX/length {
			return nil, nil, fmt.Errorf("its header announces more than the %d values that are read; cut the set into parts", mostIDX)
		}
		total *= length
	}
	if dimensions == 3 && shape[1] > picture.MaximumPixels/shape[2] {
		return nil, nil, fmt.Errorf("images of %d x %d pixels are more than the %d that are accepted", shape[2], shape[1], picture.MaximumPixels)
	}
	// Memory grows with what is read, not with what a header claims. The byte more finds what follows and, in gzip, the checksum.
	values, err = io.ReadAll(io.LimitReader(reader, int64(total)+1))
	switch {
	case err != nil:
		return nil, nil, unpackError(err)
	case len(values) < total:
		return nil, nil, fmt.Errorf("it ends after %d of the %d values that its header announces", len(values), total)
	case len(values) > total:
		return nil, nil, fmt.Errorf("it goes on after the %d values that its header announces", total)
	}
	return shape, values, nil
}

// idxHeader reads the type and the dimensions.
func idxHeader(reader io.Reader, dimensions int) ([]int, error) {
	short := func(err error) error {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("it ends within the header of an IDX file")
		}
		return unpackError(err)
	}
	var magic [4]byte
	if _, err := io.ReadFull(reader, magic[:]); err != nil {
		return nil, short(err)
	}
	if magic[0] != 0 || magic[1] != 0 {
		return nil, fmt.Errorf("not an IDX file: it begins with the bytes % x, not with 00 00", magic[:2])
	}
	if magic[2] != unsignedByte {
		return nil, fmt.Errorf("its values are of the IDX type 0x%02x; only unsigned bytes, 0x%02x, are read", magic[2], unsignedByte)
	}
	if int(magic[3]) != dimensions {
		want := "images have 3: images, rows, columns"
		if dimensions == 1 {
			want = "labels have 1"
		}
		return nil, fmt.Errorf("it has %d dimensions; %s", magic[3], want)
	}
	words := make([]uint32, dimensions)
	if err := binary.Read(reader, binary.BigEndian, words); err != nil {
		return nil, short(err)
	}
	shape := make([]int, dimensions)
	for i, word := range words {
		shape[i] = int(word)
	}
	return shape, nil
}

// unpackError says in words what package gzip says of a file that is not whole.
func unpackError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("it ends within its gzip data; fetch it anew")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), strings.HasPrefix(err.Error(), "flate: "):
		return fmt.Errorf("its gzip data are corrupt (%v); fetch it anew", err)
	}
	return err
}

// isIDX reports whether a file begins as an IDX file or as one compressed by gzip, as no image file does.
func isIDX(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	var start [2]byte
	_, err = io.ReadFull(file, start[:])
	return err == nil && (start == [2]byte{} || start == [2]byte{0x1f, 0x8b})
}

func readIDX(path string, dimensions int) (shape []int, values []uint8, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, &Error{err.Error(), err}
	}
	defer file.Close()
	if shape, values, err = decodeIDX(file, dimensions); err != nil {
		return nil, nil, &Error{path + ": " + err.Error(), err}
	}
	return shape, values, nil
}

// idxEntries reads the images of an IDX file, and their classes where a file of labels lies beside it.
func idxEntries(path string) ([]entry, error) {
	shape, samples, err := readIDX(path, 3)
	if err != nil {
		return nil, err
	}
	count, height, width := shape[0], shape[1], shape[2]
	labels, err := idxLabels(path, count)
	if err != nil {
		return nil, err
	}
	stem := idxStem(path)
	entries := make([]entry, count)
	for i := range entries {
		label := noLabel
		if labels != nil {
			label = int(labels[i])
		}
		name := fmt.Sprintf("%s-%0*d", stem, max(5, len(fmt.Sprint(count-1))), i)
		entries[i] = entry{name: name, path: name, load: func() (*picture.Picture, int, error) {
			return grayPicture(samples[i*height*width:(i+1)*height*width], width), label, nil
		}}
	}
	return entries, nil
}

// idxStem is a file's name without what says that it is IDX: train-images of train-images-idx3-ubyte.gz.
func idxStem(path string) string {
	stem := filepath.Base(path)
	for _, ending := range []string{".gz", ".idx", "-ubyte", ".idx3", "-idx3"} {
		stem = strings.TrimSuffix(stem, ending)
	}
	return stem
}

// idxLabels reads the file of labels beside a file of images, t10k-labels-idx1-ubyte beside t10k-images-idx3-ubyte, either with .gz; nil if there is none.
func idxLabels(images string, count int) ([]uint8, error) {
	folder, base := filepath.Split(images)
	if !strings.Contains(base, "images") {
		return nil, nil
	}
	base = strings.TrimSuffix(strings.NewReplacer("images", "labels", "idx3", "idx1").Replace(base), ".gz")
	for _, name := range []string{base, base + ".gz"} {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		shape, labels, err := readIDX(path, 1)
		if err != nil {
			return nil, err
		}
		if shape[0] != count {
			return nil, &Error{Problem: fmt.Sprintf("%s: %d labels for the %d images of %s; they belong to another set", path, shape[0], count, images)}
		}
		return labels, nil
	}
	return nil, nil
}
