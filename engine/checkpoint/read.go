package checkpoint

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
)

// copyBytes is the size of the buffer between typed slices and the file: the only memory beyond the tensors themselves.
const copyBytes = 1 << 18

// File is what a safetensors file holds.
type File struct {
	// Metadata is the text that travels with the tensors. The two keys of the digest do not appear here.
	Metadata map[string]string
	// Tensors are sorted by name.
	Tensors []Tensor
	// Digest is the SHA-256 that the file carries and that was verified, "" when it carries none, as files of other programs.
	Digest string
}

// Tensor returns the tensor of a name.
func (f *File) Tensor(name string) (Tensor, bool) {
	for _, t := range f.Tensors {
		if t.Name == name {
			return t, true
		}
	}
	return Tensor{}, false
}

// ReadFile reads a safetensors file, written here or by another program. A digest in it is verified; damage is an error that names the file.
func ReadFile(path string) (file *File, err error) {
	err = withFile(path, func(r io.Reader, size int64) error {
		file, err = Read(r, size)
		return err
	})
	return file, err
}

// Read reads a safetensors file of a known size in bytes. Memory beyond the tensors is constant, and no more than size bytes are ever asked for.
func Read(r io.Reader, size int64) (*File, error) {
	h, digest, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if digest != nil {
		r = io.TeeReader(r, digest)
	}
	file := &File{Metadata: h.metadata, Tensors: make([]Tensor, 0, len(h.tensors))}
	buffer := make([]byte, min(copyBytes, max(8, size)))
	for _, entry := range h.tensors {
		data, err := decode(r, entry.typ, entry.elements(), buffer)
		if err != nil {
			return nil, fmt.Errorf("tensor %q cannot be read: %w", entry.name, err)
		}
		file.Tensors = append(file.Tensors, Tensor{entry.name, entry.shape, data})
	}
	if digest != nil {
		file.Digest = h.metadata[digestKey]
		if digits(digest) != file.Digest {
			return nil, errDamaged
		}
	}
	delete(file.Metadata, digestKey)
	delete(file.Metadata, formatKey)
	slices.SortFunc(file.Tensors, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return file, nil
}

// verify reads a file that must carry a digest and compares it, without keeping the tensors.
func verify(path string) error {
	return withFile(path, func(r io.Reader, size int64) error {
		h, digest, err := readHeader(r, size)
		if err != nil {
			return err
		}
		if digest == nil {
			return errNoDigest
		}
		if _, err := io.CopyBuffer(digest, r, make([]byte, copyBytes)); err != nil {
			return err
		}
		if digits(digest) != h.metadata[digestKey] {
			return errDamaged
		}
		return nil
	})
}

var errNoDigest = errors.New("the file carries no digest, so it is no checkpoint of this program")

// readHeader reads up to the tensors. The hash is nil when the file carries no digest.
func readHeader(r io.Reader, size int64) (*header, hash.Hash, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, nil, fmt.Errorf("%d bytes are too few for a safetensors file", size)
	}
	headerBytes := binary.LittleEndian.Uint64(length[:])
	if headerBytes > maxHeaderBytes || int64(headerBytes) > size-8 {
		return nil, nil, fmt.Errorf("a header of %d bytes does not fit into a safetensors file of %d: the file is cut short, damaged or of another kind", headerBytes, size)
	}
	text := make([]byte, headerBytes)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	h, err := parseHeader(text, size-8-int64(headerBytes))
	if err != nil {
		return nil, nil, err
	}
	version, ours := h.metadata[formatKey]
	switch {
	case ours != (h.digestAt >= 0):
		return nil, nil, errDamaged
	case !ours:
		return h, nil, nil
	case version != formatVersion:
		return nil, nil, fmt.Errorf("the file's format is %q, this program reads %q: it is damaged, or a newer program wrote it", version, formatVersion)
	}
	return h, newDigest(length[:], text, h.digestAt), nil
}

// withFile calls read on an open file and puts the path before an error.
func withFile(path string, read func(r io.Reader, size int64) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: give the path of a safetensors file", path)
	}
	if err := read(file, info.Size()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
