package checkpoint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	metadataName   = "__metadata__"
	maxHeaderBytes = 100_000_000 // the reference reader's limit
)

// header is the JSON text at the start of a safetensors file.
type header struct {
	tensors  []tensorEntry
	metadata map[string]string
	digestAt int // where in the text the digest's digits begin, -1 when there are none
}

// tensorEntry says what the bytes [begin, end) after the header are.
type tensorEntry struct {
	name       string
	typ        Type
	shape      []int
	begin, end int64
}

func (t tensorEntry) elements() int64 { return (t.end - t.begin) / t.typ.size() }

// parseHeader reads a header whose tensors must fill dataBytes bytes without a gap or an overlap.
//
// It is stricter than encoding/json's Unmarshal: a key that occurs twice, an unknown field, a number that is no plain integer and invalid UTF-8 are
// errors, since each would let two readers see two different files.
func parseHeader(text []byte, dataBytes int64) (*header, error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("the header does not begin with {")
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the header is no valid UTF-8")
	}
	p := headerParser{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	p.decoder.UseNumber()
	h := &header{metadata: map[string]string{}, digestAt: -1}
	err := p.object("header", func(name string) error {
		if name == metadataName {
			return p.metadata(h)
		}
		entry, err := p.tensor(name)
		h.tensors = append(h.tensors, entry)
		return err
	})
	if err != nil {
		return nil, err
	}
	if rest := bytes.Trim(text[p.decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, errors.New("something follows the header's closing }")
	}
	return h, h.checkLayout(dataBytes)
}

// checkLayout sorts the tensors by where they begin and compares each begin with the end before.
func (h *header) checkLayout(dataBytes int64) error {
	slices.SortFunc(h.tensors, func(a, b tensorEntry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	end := int64(0)
	for _, t := range h.tensors {
		if t.begin < end {
			return fmt.Errorf("tensor %q begins at byte %d and overlaps the one that ends at %d", t.name, t.begin, end)
		}
		if t.begin > end {
			return fmt.Errorf("tensor %q begins at byte %d and leaves a gap after %d", t.name, t.begin, end)
		}
		end = t.end
	}
	if end != dataBytes {
		return fmt.Errorf("the header describes %d bytes of tensors, but %d follow it: the file is cut short or something was added", end, dataBytes)
	}
	return nil
}

// headerParser walks the header's tokens.
type headerParser struct {
	text    []byte
	decoder *json.Decoder
}

func (p *headerParser) token() (json.Token, error) {
	token, err := p.decoder.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("the header is no valid JSON: %w", err)
	}
	return token, nil
}

func (p *headerParser) delimiter(where string, want json.Delim) error {
	token, err := p.token()
	if err == nil && token != want {
		err = fmt.Errorf("%s: expected %v, found %v", where, want, token)
	}
	return err
}

// object calls value at each of an object's values and refuses a key that occurs twice.
func (p *headerParser) object(where string, value func(key string) error) error {
	if err := p.delimiter(where, '{'); err != nil {
		return err
	}
	seen := map[string]bool{}
	for p.decoder.More() {
		token, err := p.token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("%s: expected a key, found %v", where, token)
		}
		if seen[key] {
			return fmt.Errorf("%s: %q occurs twice", where, key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return p.delimiter(where, '}')
}

func (p *headerParser) metadata(h *header) error {
	return p.object(metadataName, func(key string) error {
		token, err := p.token()
		if err != nil {
			return err
		}
		value, ok := token.(string)
		if !ok {
			return fmt.Errorf("%s: the value of %q is no string", metadataName, key)
		}
		h.metadata[key] = value
		if key == digestKey {
			h.digestAt = int(p.decoder.InputOffset()) - 1 - len(value)
			// The digits are found by their place in the text, so they must not be escaped.
			if len(value) != digestDigits || !bytes.HasPrefix(p.text[max(0, h.digestAt-1):], []byte(`"`+value+`"`)) {
				return fmt.Errorf("%s: the value of %q is no SHA-256", metadataName, key)
			}
		}
		return nil
	})
}

func (p *headerParser) tensor(name string) (tensorEntry, error) {
	entry := tensorEntry{name: name}
	where := fmt.Sprintf("tensor %q", name)
	var shape, offsets []int
	fields := 0
	err := p.object(where, func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			entry.typ, err = p.typ(where)
		case "shape":
			shape, err = p.integers(where + ": shape")
		case "data_offsets":
			offsets, err = p.integers(where + ": data_offsets")
		default:
			err = fmt.Errorf("%s: unknown field %q", where, key)
		}
		return err
	})
	if err != nil {
		return entry, err
	}
	if fields != 3 { // each occurs once at most
		return entry, fmt.Errorf("%s: dtype, shape and data_offsets are needed", where)
	}
	if len(offsets) != 2 || offsets[0] > offsets[1] {
		return entry, fmt.Errorf("%s: data_offsets %v are no begin and end", where, offsets)
	}
	entry.shape, entry.begin, entry.end = shape, int64(offsets[0]), int64(offsets[1])
	elements, err := elementCount(shape)
	if err != nil {
		return entry, fmt.Errorf("%s: %w", where, err)
	}
	bytes, size := entry.end-entry.begin, entry.typ.size()
	if bytes%size != 0 || bytes/size != elements {
		return entry, fmt.Errorf("%s: shape %v of %s does not fill its %d bytes", where, shape, entry.typ, bytes)
	}
	return entry, nil
}

func (p *headerParser) typ(where string) (Type, error) {
	token, err := p.token()
	if err != nil {
		return "", err
	}
	name, _ := token.(string)
	if Type(name).size() == 0 {
		return "", fmt.Errorf("%s: type %v is not supported; save it as F32", where, token)
	}
	return Type(name), nil
}

// integers reads an array of integers from 0 to the largest int.
func (p *headerParser) integers(where string) ([]int, error) {
	if err := p.delimiter(where, '['); err != nil {
		return nil, err
	}
	values := []int{}
	for p.decoder.More() {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		number, _ := token.(json.Number)
		value, err := strconv.ParseUint(number.String(), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("%s: %v is no integer that can be used", where, token)
		}
		values = append(values, int(value))
	}
	return values, p.delimiter(where, ']')
}
