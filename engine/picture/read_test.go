package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reference is what Pillow read from one file of testdata; testdata/make.py made it.
type reference struct {
	Width, Height int
	Mode          string // L, LA, RGB, RGBA; I;16 for 16-bit gray
	Samples       []int  // interleaved
	Gray          []int
	Profile       string // SHA-256
}

func references(t *testing.T) map[string]reference {
	t.Helper()
	content, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "made with")
	files := map[string]reference{}
	for name, record := range raw {
		var r reference
		if err := json.Unmarshal(record, &r); err != nil {
			t.Fatal(err)
		}
		files[name] = r
	}
	return files
}

// TestReadAgreesWithPillow compares every sample: exactly, but for lossy formats, where decoders round and upsample colour differently.
func TestReadAgreesWithPillow(t *testing.T) {
	for name, want := range references(t) {
		t.Run(name, func(t *testing.T) {
			p, err := Read(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
			tolerance := 0
			switch {
			case strings.HasSuffix(name, ".jpg"):
				tolerance = 3
			case strings.HasPrefix(name, "lossy"):
				tolerance = 6 // libwebp interpolates colour, Go repeats it
			}
			if name == "progressive.jpg" {
				tolerance = 8 // so do libjpeg and Go
			}
			channels := p.Planes
			if p.Alpha != nil {
				channels = append(channels, p.Alpha)
			}
			planes := map[string]int{"L": 1, "I;16": 1, "LA": 2, "RGB": 3, "RGBA": 4}[want.Mode]
			if p.Width != want.Width || p.Height != want.Height || len(channels) != planes {
				t.Fatalf("%d x %d pixels of %d channels, want %d x %d of %d", p.Width, p.Height, len(channels), want.Width, want.Height, planes)
			}
			if is16 := strings.Contains(name, "16"); is16 != (p.Depth == 16) {
				t.Errorf("%d bits a sample", p.Depth)
			}
			for i, sample := range want.Samples {
				if got := int(channels[i%planes][i/planes]); got < sample-tolerance || got > sample+tolerance {
					t.Fatalf("channel %d of pixel %d is %d, want %d", i%planes, i/planes, got, sample)
				}
			}
			if digest := fmt.Sprintf("%x", sha256.Sum256(p.Profile)); want.Profile != "" && digest != want.Profile || want.Profile == "" && p.Profile != nil {
				t.Errorf("the colour profile has %d bytes and digest %s, want %q", len(p.Profile), digest, want.Profile)
			}
			gray := p.Gray()
			for i, sample := range want.Gray {
				if got := int(gray[i]); got < sample-tolerance || got > sample+tolerance {
					t.Fatalf("gray of pixel %d is %d, want %d", i, got, sample)
				}
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	folder := t.TempDir()
	make := func(name string, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct{ path, message string }{
		{"testdata/refused-float32.tif", "32"},
		{"testdata/refused-signed16.tif", "format 2"},
		{"testdata/refused-two-pages.tif", "several pages"},
		{make("empty.png", ""), "empty"},
		{make("text.png", "an image, they said"), "not a PNG"},
		{make("photo.heic", "\x00\x00\x00\x24ftypheic"), "HEIC"},
		{make("huge.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x01\x00\x18"+strings.Repeat("\x00", 25)), "65536 x 65536"},
		{make("short.jpg", "\xff\xd8"), "ends before"},
		{filepath.Join(folder, "missing.png"), "no such file"},
		{folder, "not a file"},
	} {
		_, err := Read(test.path)
		pictureError, ok := errors.AsType[*Error](err)
		if !ok || pictureError.Path != test.path || !strings.Contains(err.Error(), test.message) || strings.Count(err.Error(), test.path) != 1 {
			t.Errorf("%s: %v, want an error with %q", test.path, err, test.message)
		}
	}
	if _, err := Read(filepath.Join(folder, "missing.png")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v, which is not fs.ErrNotExist", err)
	}
}

// TestCorruptFiles cuts each file at every length, where the decoders must see that something is missing, and overwrites every byte, where
// the result may be an error or a picture, but nothing else.
func TestCorruptFiles(t *testing.T) {
	for name := range references(t) {
		if strings.HasPrefix(name, "orientation") && name != "orientation6.jpg" {
			continue // the same bytes but one
		}
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(content) * 3 / 4 {
			if _, err := Decode(content[:n]); err == nil {
				t.Errorf("%s cut to %d of %d bytes is read without an error", name, n, len(content))
				break
			}
		}
		for i := range content {
			for _, value := range []byte{0xff, content[i] ^ 0x10} {
				corrupt := bytes.Clone(content)
				corrupt[i] = value
				if p, err := Decode(corrupt); err == nil {
					if err := p.Check(); err != nil {
						t.Errorf("%s with byte %d set to %#x gives a picture with %v", name, i, value, err)
					}
				}
			}
		}
	}
}

// TestDivideByAlpha: multiplying by alpha and back loses at most what the product's rounding lost.
func TestDivideByAlpha(t *testing.T) {
	p := New(256, 256, 3, 8)
	p.Alpha = make([]uint16, 256*256)
	for i := range p.Alpha {
		alpha, colour := i/256, i%256
		p.Alpha[i] = uint16(alpha)
		for _, plane := range p.Planes {
			plane[i] = uint16((colour*alpha + 127) / 255)
		}
	}
	p.divideByAlpha()
	for i, alpha := range p.Alpha {
		difference := int(p.Planes[0][i]) - i%256
		if alpha == 0 {
			difference = int(p.Planes[0][i])
		}
		if difference*int(alpha) > 255/2+int(alpha)/2+1 || -difference*int(alpha) > 255/2+int(alpha)/2+1 {
			t.Fatalf("colour %d under alpha %d comes back as %d", i%256, alpha, p.Planes[0][i])
		}
	}
}
