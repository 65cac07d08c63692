package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tweedie/engine/atomicfile"
)

// WriteFile replaces the file at path atomically. See Write.
func WriteFile(path string, file *File) error {
	return atomicfile.Write(path, func(w io.Writer) error { return Write(w, file) })
}

// Write writes a safetensors file that carries its own SHA-256. Equal content gives equal bytes: metadata is sorted, tensors are sorted by the size of
// their elements, largest first, which aligns all of them, and then by name. The Digest field is ignored.
//
// Names that occur twice, shapes that do not fit their data and metadata under a reserved key (tweedie.digest, tweedie.format) are errors.
func Write(w io.Writer, file *File) error {
	tensors := slices.Clone(file.Tensors)
	slices.SortFunc(tensors, func(a, b Tensor) int {
		return cmp.Or(-cmp.Compare(a.Type().size(), b.Type().size()), cmp.Compare(a.Name, b.Name))
	})
	text, err := headerText(tensors, file.Metadata)
	if err != nil {
		return err
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	digestAt := bytes.Index(text, []byte(`"`+digestKey+`":"`+blankDigest)) + len(digestKey) + len(`"":"`)

	// Two passes, for the digest stands before what it covers.
	digest := newDigest(length, text, digestAt)
	buffer := make([]byte, copyBytes)
	for _, t := range tensors {
		if err := t.encode(digest, buffer); err != nil {
			return err
		}
	}
	copy(text[digestAt:], digits(digest))
	if _, err := w.Write(append(length, text...)); err != nil {
		return err
	}
	for _, t := range tensors {
		if err := t.encode(w, buffer); err != nil {
			return err
		}
	}
	return nil
}

// headerText returns the header with a blank digest, padded with spaces so that the tensors begin at a multiple of 8.
func headerText(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	all := map[string]string{digestKey: blankDigest, formatKey: formatVersion}
	for key, value := range metadata {
		if _, reserved := all[key]; reserved {
			return nil, fmt.Errorf("metadata %q: the name is reserved for the file's digest", key)
		}
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return nil, fmt.Errorf("metadata %q: the name or the value is no valid UTF-8", key)
		}
		all[key] = value
	}
	var text bytes.Buffer
	text.WriteString(`{"` + metadataName + `":{`)
	for i, key := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			text.WriteByte(',')
		}
		writeString(&text, key)
		text.WriteByte(':')
		writeString(&text, all[key])
	}
	text.WriteByte('}')
	seen := map[string]bool{}
	begin := int64(0)
	for _, t := range tensors {
		if err := t.check(); err != nil {
			return nil, err
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q occurs twice", t.Name)
		}
		seen[t.Name] = true
		typ, elements := t.typeAndLength()
		end := begin + int64(elements)*typ.size()
		text.WriteByte(',')
		writeString(&text, t.Name)
		fmt.Fprintf(&text, `:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, typ, shapeText(t.Shape), begin, end)
		begin = end
	}
	text.WriteByte('}')
	for text.Len()%8 != 0 {
		text.WriteByte(' ')
	}
	if text.Len() > maxHeaderBytes {
		return nil, fmt.Errorf("names and metadata take %d bytes, and the format allows %d", text.Len(), maxHeaderBytes)
	}
	return text.Bytes(), nil
}

// writeString writes a JSON string. A bytes.Buffer takes all and valid UTF-8 can be encoded, so there is no error.
func writeString(text *bytes.Buffer, value string) {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	text.Truncate(text.Len() - 1) // the encoder's newline
}

func shapeText(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ",")
}
