package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// idxFile is the content of an IDX file of unsigned bytes, written from the format's description.
func idxFile(values []uint8, shape ...uint32) []byte {
	content := []byte{0, 0, 8, byte(len(shape))}
	for _, length := range shape {
		content = binary.BigEndian.AppendUint32(content, length)
	}
	return append(content, values...)
}

func zipped(content []byte) []byte {
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	writer.Write(content)
	writer.Close()
	return out.Bytes()
}

func place(t *testing.T, content []byte, elements ...string) string {
	t.Helper()
	path := filepath.Join(elements...)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadIDX(t *testing.T) {
	folder := t.TempDir()
	images, labels := idxFile(ascending[uint8](3*2*4, 5, 7), 3, 2, 4), idxFile([]uint8{9, 0, 4}, 3)
	for name, path := range map[string]string{
		"plain":      place(t, images, folder, "plain", "t10k-images-idx3-ubyte"),
		"gzip":       place(t, zipped(images), folder, "gzip", "t10k-images-idx3-ubyte.gz"),
		"mixed":      place(t, zipped(images), folder, "mixed", "t10k-images.idx3-ubyte.gz"),
		"by content": place(t, zipped(images), folder, "by content", "t10k-images.png"),
	} {
		set, err := Load([]string{path}, Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if set.Labels != nil {
			t.Errorf("%s: labels %v without a file of them", name, set.Labels)
		}
		if !slices.Equal(set.Samples8, ascending[uint8](24, 5, 7)) || len(set.Images) != 3 || set.Images[2].Offset != 16 ||
			set.Images[2].Height != 2 || set.Images[2].Width != 4 {
			t.Errorf("%s: %+v", name, set)
		}
		if name != "by content" && set.Images[2].Name != "t10k-images-00002" {
			t.Errorf("%s: the third image is called %s", name, set.Images[2].Name)
		}
	}
	place(t, labels, folder, "plain", "t10k-labels-idx1-ubyte")
	place(t, zipped(labels), folder, "gzip", "t10k-labels-idx1-ubyte.gz")
	place(t, labels, folder, "mixed", "t10k-labels.idx1-ubyte")
	for _, path := range []string{"plain/t10k-images-idx3-ubyte", "gzip/t10k-images-idx3-ubyte.gz", "mixed/t10k-images.idx3-ubyte.gz"} {
		set, err := Load([]string{filepath.Join(folder, path)}, Options{Patch: 2})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(set.Labels, []int{9, 0, 4}) {
			t.Errorf("%s: labels %v", path, set.Labels)
		}
	}
	write(t, filepath.Join(folder, "photo.png"), 4, 4, 1, 8, 0)
	set, err := Load([]string{filepath.Join(folder, "plain", "t10k-images-idx3-ubyte"), filepath.Join(folder, "photo.png")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if set.Labels != nil || len(set.Images) != 4 {
		t.Errorf("digits and a photograph together: %d images, labels %v", len(set.Images), set.Labels)
	}
}

func TestIDXRefuses(t *testing.T) {
	good := idxFile(make([]uint8, 24), 3, 2, 4)
	packed := zipped(good)
	checksum := slices.Clone(packed)
	checksum[len(checksum)-8] ^= 1
	corrupt := slices.Clone(zipped(idxFile(ascending[uint8](2000, 0, 91), 20, 10, 10)))
	corrupt[40] ^= 0xff
	float := slices.Clone(good)
	float[2] = 0x0d
	for _, test := range []struct {
		name    string
		content []byte
		message string
	}{
		{"two bytes", good[:2], "it ends within the header of an IDX file"},
		{"no dimensions", good[:11], "it ends within the header of an IDX file"},
		{"short", good[:39], "it ends after 23 of the 24 values that its header announces"},
		{"long", append(slices.Clone(good), 0), "it goes on after the 24 values that its header announces"},
		{"floats", float, "its values are of the IDX type 0x0d; only unsigned bytes, 0x08, are read"},
		{"labels", idxFile([]uint8{1, 2}, 2), "it has 1 dimensions; images have 3: images, rows, columns"},
		{"colour", idxFile(make([]uint8, 24), 2, 2, 2, 3), "it has 4 dimensions; images have 3: images, rows, columns"},
		{"none", idxFile(nil, 0, 28, 28), "it holds no values: one of its dimensions is 0"},
		{"huge", idxFile(nil, 1<<31, 1<<31, 1<<31), "its header announces more than the 2147483648 values that are read; cut the set into parts"},
		{"overflow", idxFile(nil, 1<<22, 1<<21, 1<<21), "its header announces more than the 2147483648 values that are read; cut the set into parts"},
		{"large image", idxFile(nil, 1, 1<<14, 1<<15), "images of 32768 x 16384 pixels are more than the 268435456 that are accepted"},
		{"claims only", idxFile(nil, 1<<11, 1<<10, 1<<10), "it ends after 0 of the 2147483648 values that its header announces"},
		{"another gzip", zipped([]byte("hello, world")), "not an IDX file: it begins with the bytes 68 65, not with 00 00"},
		{"cut gzip", packed[:len(packed)-9], "it ends within its gzip data; fetch it anew"},
		{"gzip without checksum", packed[:len(packed)-4], "it ends within its gzip data; fetch it anew"},
		{"checksum", checksum, "its gzip data are corrupt (gzip: invalid checksum); fetch it anew"},
		{"corrupt", corrupt, "its gzip data are corrupt ("},
		{"gzip header", packed[:5], "it ends within its gzip data; fetch it anew"},
		{"gzip and more", append(slices.Clone(packed), "more"...), "it ends within its gzip data; fetch it anew"},
		{"long in gzip", zipped(append(slices.Clone(good), 7)), "it goes on after the 24 values that its header announces"},
	} {
		path := place(t, test.content, t.TempDir(), "images")
		_, err := Load([]string{path}, Options{SkipBroken: true})
		if _, ok := err.(*Error); !ok || !strings.HasPrefix(err.Error(), path+": "+test.message) {
			t.Errorf("%s: %v, want an *Error with %q", test.name, err, test.message)
		}
	}
}

func TestIDXLabelsRefuse(t *testing.T) {
	folder := t.TempDir()
	images := place(t, idxFile(make([]uint8, 24), 3, 2, 4), folder, "train-images-idx3-ubyte")
	labels := filepath.Join(folder, "train-labels-idx1-ubyte")
	for _, test := range []struct {
		content []byte
		message string
	}{
		{idxFile([]uint8{1, 2}, 2), labels + ": 2 labels for the 3 images of " + images + "; they belong to another set"},
		{idxFile([]uint8{1, 2, 3}, 1, 1, 3), labels + ": it has 3 dimensions; labels have 1"},
		{nil, labels + ": it ends within the header of an IDX file"},
	} {
		place(t, test.content, labels)
		if _, err := Load([]string{images}, Options{SkipBroken: true}); err == nil || err.Error() != test.message {
			t.Errorf("%v, want %q", err, test.message)
		}
	}
}

// FuzzIDX: whatever a file holds, decoding ends, in an error or in as many values as the shape says; and these are those of the file written anew.
func FuzzIDX(f *testing.F) {
	for _, content := range [][]byte{
		nil, idxFile([]uint8{1, 2, 3, 4}, 1, 2, 2), zipped(idxFile(make([]uint8, 12), 3, 2, 2)), idxFile(nil, 1<<31, 1, 1), idxFile([]uint8{3}, 1),
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		shape, values, err := decodeIDX(bytes.NewReader(content), 3)
		if err != nil {
			if shape != nil || values != nil || err.Error() == "" {
				t.Fatalf("an error %q with %v and %d values", err, shape, len(values))
			}
			return
		}
		if len(shape) != 3 || shape[0]*shape[1]*shape[2] != len(values) || len(values) == 0 {
			t.Fatalf("the shape %v with %d values", shape, len(values))
		}
		again, same, err := decodeIDX(bytes.NewReader(idxFile(values, uint32(shape[0]), uint32(shape[1]), uint32(shape[2]))), 3)
		if err != nil || !reflect.DeepEqual(again, shape) || !bytes.Equal(same, values) {
			t.Fatalf("written anew: %v, %v", again, err)
		}
	})
}
