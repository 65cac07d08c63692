package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// quietNaN and signallingNaN carry payloads that arithmetic would lose.
const quietNaN, signallingNaN = 0x7fc12345, 0x7f812345

func sampleFile() *File {
	return &File{
		Metadata: map[string]string{"step": "150", "note": "σ = 25 <\"\\\n>"},
		Tensors: []Tensor{
			{"a.weight", []int{2, 1, 3}, []float32{1, -2.5, math.Float32frombits(quietNaN), math.Float32frombits(signallingNaN), float32(math.Inf(1)), 1e-45}},
			{"bytes", []int{3}, []uint8{1, 2, 255}},
			{"double", []int{2}, []float64{math.Pi, math.Float64frombits(0x7ff8000012345678)}},
			{"empty", []int{0, 3}, []float32{}},
			{"i32", []int{1}, []int32{-7}},
			{"i64", []int{1}, []int64{math.MinInt64}},
			{"scalar", []int{}, []uint64{math.MaxUint64}},
			{"u16", []int{3}, []uint16{1, 2, 65535}},
			{"u32", []int{1, 1}, []uint32{4000000000}},
		},
	}
}

func encoded(t testing.TB, file *File) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if err := Write(&buffer, file); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func readBytes(content []byte) (*File, error) {
	return Read(bytes.NewReader(content), int64(len(content)))
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	want := sampleFile()
	content := encoded(t, want)
	got, err := readBytes(content)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Metadata, want.Metadata) {
		t.Errorf("metadata %q, want %q", got.Metadata, want.Metadata)
	}
	for i, w := range want.Tensors {
		g := got.Tensors[i]
		// DeepEqual takes no NaN for equal, so the bits are compared.
		if g.Name != w.Name || fmt.Sprint(g.Shape) != fmt.Sprint(w.Shape) || g.Type() != w.Type() || bits(t, g) != bits(t, w) {
			t.Errorf("tensor %d: got %v, want %v", i, g, w)
		}
	}
	if again := encoded(t, got); !bytes.Equal(again, content) {
		t.Error("what was read is written as other bytes")
	}
}

func bits(t *testing.T, tensor Tensor) string {
	raw, err := binary.Append(nil, binary.BigEndian, tensor.Data)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}

// The bytes are put together by hand from the format's description, and the digest is that of Python's hashlib over the file with 64 zeros.
func TestGoldenBytes(t *testing.T) {
	header := `{"__metadata__":{"step":"7","tweedie.digest":"2e35986d64748caee206d725081b32d2628975828242f7cb992d60f25f7c564b","tweedie.format":"1"},` +
		`"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},"z":{"dtype":"F32","shape":[],"data_offsets":[16,20]}}       `
	want := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	want = append(want, header...)
	want = append(want, "\x00\x00\x00\x00\x00\x00\xf8\x3f"+"\x00\x00\x80\x3f\x00\x00\x00\xc0"+"\x00\x00\x00\x3f"...)

	// Given in another order than they are stored in.
	got := encoded(t, &File{Metadata: map[string]string{"step": "7"}, Tensors: []Tensor{
		{"z", nil, []float32{0.5}}, {"b", []int{1}, []float64{1.5}}, {"a", []int{2, 1}, []float32{1, -2}},
	}})
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(header)%8 != 0 {
		t.Errorf("the header has %d bytes: the tensors are not aligned", len(header))
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float32{1}
	for _, test := range []struct {
		name string
		file File
		want string
	}{
		{"a name twice", File{Tensors: []Tensor{{"a", []int{1}, one}, {"a", []int{1}, one}}}, `"a" occurs twice`},
		{"too few elements", File{Tensors: []Tensor{{"a", []int{2}, one}}}, "needs 2 elements, but there are 1"},
		{"negative dimension", File{Tensors: []Tensor{{"a", []int{-1, -1}, one}}}, "negative dimension"},
		{"overflow", File{Tensors: []Tensor{{"a", []int{1 << 32, 1 << 32}, one}}}, "more elements than can be counted"},
		{"type", File{Tensors: []Tensor{{"a", []int{1}, []string{"x"}}}}, "a []string cannot be written"},
		{"no data", File{Tensors: []Tensor{{"a", nil, nil}}}, "cannot be written"},
		{"reserved name", File{Tensors: []Tensor{{"__metadata__", []int{1}, one}}}, "reserved"},
		{"reserved metadata", File{Metadata: map[string]string{"tweedie.digest": "x"}}, "reserved"},
		{"invalid UTF-8", File{Metadata: map[string]string{"a": "\xff"}}, "UTF-8"},
	} {
		if err := Write(&bytes.Buffer{}, &test.file); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

// foreign is a file as another program writes it: no digest.
func foreign(header, data string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

func TestReadForeignFiles(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	for _, test := range []struct {
		name, header, data string
		want               string // "" means that it is read
	}{
		{"plain", `{` + a + `}`, "\x00\x00\x80\x3f", ""},
		{"spaces around, another order of fields", `{ "a" : {"data_offsets":[0, 4], "shape":[1], "dtype":"F32" } }   `, "\x00\x00\x80\x3f", ""},
		{"metadata", `{"__metadata__":{"format":"pt"},` + a + `}`, "\x00\x00\x80\x3f", ""},
		{"no tensors", `{}`, "", ""},
		{"unsupported type", `{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`, "1234", "type BF16 is not supported"},
		{"unknown type", `{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, "1234", "type F31 is not supported"},
		{"type null", `{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}`, "1234", "not supported"},
		{"cut short", `{` + a + `}`, "123", "describes 4 bytes of tensors, but 3 follow"},
		{"something added", `{` + a + `}`, "12345", "but 5 follow"},
		{"tensor twice", `{` + a + `,` + a + `}`, "1234", `"a" occurs twice`},
		{"field twice", `{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "1234", `"dtype" occurs twice`},
		{"metadata key twice", `{"__metadata__":{"k":"1","k":"2"}}`, "", `"k" occurs twice`},
		{"metadata twice", `{"__metadata__":{},"__metadata__":{}}`, "", "occurs twice"},
		{"metadata is no object", `{"__metadata__":"pt"}`, "", "expected {"},
		{"metadata value is a number", `{"__metadata__":{"k":1}}`, "", `the value of "k" is no string`},
		{"unknown field", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, "1234", `unknown field "x"`},
		{"missing field", `{"a":{"dtype":"F32","data_offsets":[0,4]}}`, "1234", "are needed"},
		{"tensor is null", `{"a":null}`, "", "expected {"},
		{"overlap", `{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`, "123456", `"b" begins at byte 2 and overlaps`},
		{"gap", `{` + a + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, "123456789012", `"b" begins at byte 8 and leaves a gap`},
		{"gap at the start", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, "12345678", "leaves a gap"},
		{"offsets backwards", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, "1234", "are no begin and end"},
		{"three offsets", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, "1234", "are no begin and end"},
		{"shape does not fit", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, "1234", "does not fill its 4 bytes"},
		{"half an element", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,6]}}`, "123456", "does not fill its 6 bytes"},
		{"shape overflows to 1", `{"a":{"dtype":"U8","shape":[3,12297829382473034411],"data_offsets":[0,1]}}`, "1", "no integer that can be used"},
		{"product overflows to 0", `{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, "", "more elements than can be counted"},
		{"negative dimension", `{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, "1234", "no integer that can be used"},
		{"fraction", `{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, "1234", "no integer that can be used"},
		{"shape of a string", `{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}`, "1234", "no integer that can be used"},
		{"nested shape", `{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}`, "1234", "no integer that can be used"},
		{"array", `[]`, "", "does not begin with {"},
		{"empty", ``, "", "does not begin with {"},
		{"leading space", ` {}`, "", "does not begin with {"},
		{"half a header", `{"a":`, "", "no valid JSON"},
		{"a second object", `{}{}`, "", "follows the header"},
		{"invalid UTF-8", "{\"__metadata__\":{\"a\":\"\xff\"}}", "", "UTF-8"},
		{"digest of another length", `{"__metadata__":{"tweedie.digest":"12","tweedie.format":"1"}}`, "", "is no SHA-256"},
		{"digest with escapes", `{"__metadata__":{"tweedie.digest":"\u0030` + blankDigest[1:] + `","tweedie.format":"1"}}`, "", "is no SHA-256"},
		{"digest without format", `{"__metadata__":{"tweedie.digest":"` + blankDigest + `"}}`, "", "damaged"},
		{"format without digest", `{"__metadata__":{"tweedie.format":"1"}}`, "", "damaged"},
		{"newer format", `{"__metadata__":{"tweedie.digest":"` + blankDigest + `","tweedie.format":"2"}}`, "", `the file's format is "2"`},
	} {
		file, err := readBytes(foreign(test.header, test.data))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		case test.want == "" && len(file.Tensors) == 1:
			if data, ok := file.Tensors[0].Data.([]float32); !ok || data[0] != 1 || file.Digest != "" {
				t.Errorf("%s: read as %v", test.name, file)
			}
		}
	}
	for _, length := range []uint64{1 << 20, maxHeaderBytes + 1, math.MaxInt64, math.MaxUint64} {
		if _, err := readBytes(binary.LittleEndian.AppendUint64(nil, length)); err == nil || !strings.Contains(err.Error(), "does not fit") {
			t.Errorf("header length %d: error %v", length, err)
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	content := encoded(t, sampleFile())
	for length := range content {
		if _, err := readBytes(content[:length]); err == nil {
			t.Errorf("%d of %d bytes were read without an error", length, len(content))
		}
	}
	if _, err := readBytes(append(content[:len(content):len(content)], 0)); err == nil {
		t.Error("a byte too many was read without an error")
	}
}

func TestFlippedBitsAreRefused(t *testing.T) {
	refuses := func(content []byte, at, bit int) {
		t.Helper()
		content[at] ^= 1 << bit
		if _, err := readBytes(content); err == nil {
			t.Errorf("bit %d of byte %d flipped: read without an error", bit, at)
		}
		content[at] ^= 1 << bit
	}
	small := encoded(t, sampleFile())
	for at := range small {
		for bit := range 8 {
			refuses(small, at, bit)
		}
	}
	large := encoded(t, &File{Tensors: []Tensor{{"weight", []int{100, 100}, make([]float32, 10000)}}})
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		refuses(large, len(large)-1-random.IntN(40000), random.IntN(8))
	}
}

func TestDamageNamesTheFile(t *testing.T) {
	content := encoded(t, sampleFile())
	content[len(content)-1] ^= 1
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	want := path + ": the file is damaged: its SHA-256 is not the one recorded in it"
	if _, err := ReadFile(path); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := verify(path); err == nil || err.Error() != want {
		t.Errorf("verify: error %v, want %s", err, want)
	}
}

func TestReadAndWriteTakeOneCopyOfMemory(t *testing.T) {
	const elements, slack = 4 << 20, 2 << 20
	path := filepath.Join(t.TempDir(), "big.safetensors")
	file := &File{Tensors: []Tensor{{"w", []int{elements}, make([]float32, elements)}}}
	if bytes := allocated(t, func() error { return WriteFile(path, file) }); bytes > slack {
		t.Errorf("writing allocates %d bytes", bytes)
	}
	if bytes := allocated(t, func() error { _, err := ReadFile(path); return err }); bytes > 4*elements+slack {
		t.Errorf("reading %d bytes of tensors allocates %d", 4*elements, bytes)
	}
	if bytes := allocated(t, func() error { return verify(path) }); bytes > slack {
		t.Errorf("verifying allocates %d bytes", bytes)
	}
}

func allocated(t *testing.T, f func() error) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	return after.TotalAlloc - before.TotalAlloc
}

func BenchmarkReadFile(b *testing.B) {
	const elements = 16 << 20
	path := filepath.Join(b.TempDir(), "big.safetensors")
	if err := WriteFile(path, &File{Tensors: []Tensor{{"w", []int{elements}, make([]float32, elements)}}}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(4 * elements)
	for b.Loop() {
		if _, err := ReadFile(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	const elements = 16 << 20
	file := &File{Tensors: []Tensor{{"w", []int{elements}, make([]float32, elements)}}}
	b.SetBytes(4 * elements)
	for b.Loop() {
		if err := Write(io.Discard, file); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(encoded(f, sampleFile()))
	f.Add(encoded(f, &File{}))
	f.Add(foreign(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "1234"))
	f.Add(foreign(`{"__metadata__":{"tweedie.format":"1"},"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := readBytes(content)
		if err != nil {
			return
		}
		for _, tensor := range file.Tensors {
			if err := tensor.check(); err != nil {
				t.Error(err)
			}
		}
		again, err := readBytes(encoded(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Tensors) != len(file.Tensors) || !reflect.DeepEqual(again.Metadata, file.Metadata) {
			t.Errorf("read %v, written and read again %v", file, again)
		}
	})
}
