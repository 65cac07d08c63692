package data

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/engine/picture"
)

// write makes an image file whose samples are base, base+1 and so on.
func write(t *testing.T, path string, width, height, planes, depth int, base uint16) {
	t.Helper()
	p := picture.New(width, height, planes, depth)
	for _, plane := range p.Planes {
		for i := range plane {
			plane[i] = (base + uint16(i)) & p.Maximum()
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := picture.Write(path, p, false); err != nil {
		t.Fatal(err)
	}
}

func ascending[T uint8 | uint16](n int, base, step T) []T {
	samples := make([]T, n)
	for i := range samples {
		samples[i] = base + T(i)*step
	}
	return samples
}

func TestLoadFolder(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "b.png"), 3, 2, 3, 8, 10) // equal colours: gray of the same level
	write(t, filepath.Join(folder, "a.tif"), 2, 2, 1, 8, 100)
	write(t, filepath.Join(folder, "sub", "c.png"), 1, 1, 1, 8, 7)
	set, err := Load([]string{folder}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := &Set{
		Samples8: append(ascending[uint8](4, 100, 1), ascending[uint8](6, 10, 1)...),
		Images:   []Image{{"a.tif", 0, 2, 2}, {"b.png", 4, 2, 3}},
		Digest:   set.Digest,
	}
	if !reflect.DeepEqual(set, want) {
		t.Errorf("%+v, want %+v", set, want)
	}
	if index := set.Index(); !slices.Equal(index, []uint32{0, 0, 2, 2, 4, 0, 2, 3}) || set.Depth() != 8 {
		t.Errorf("index %v, depth %d", index, set.Depth())
	}
	if got := set.EightBit(1); !slices.Equal(got, ascending[uint8](6, 10, 1)) {
		t.Errorf("second image is %v", got)
	}

	// One image of 16 bits widens the set.
	write(t, filepath.Join(folder, "wide.png"), 2, 1, 1, 16, 1000)
	set, err = Load([]string{folder}, Options{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	samples := slices.Concat(ascending[uint16](4, 100*257, 257), ascending[uint16](6, 10*257, 257), []uint16{7 * 257}, ascending[uint16](2, 1000, 1))
	if !slices.Equal(set.Samples16, samples) || set.Samples8 != nil || set.Depth() != 16 || set.Images[2].Name != filepath.Join("sub", "c.png") {
		t.Errorf("%+v", set)
	}
	if got := set.EightBit(3); !slices.Equal(got, []uint8{4, 4}) {
		t.Errorf("1000 and 1001 of 65535 become %v of 255", got)
	}
	if got := set.EightBit(1); !slices.Equal(got, ascending[uint8](6, 10, 1)) {
		t.Errorf("second image is %v", got)
	}
}

// TestDigest: equal images in other folders, under other names and in another format have the same digest; other shapes or samples have not.
func TestDigest(t *testing.T) {
	digest := func(sources ...string) string {
		set, err := Load(sources, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return set.Digest
	}
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	write(t, path("one/a.png"), 4, 3, 1, 8, 0)
	write(t, path("one/b.png"), 2, 2, 1, 8, 9)
	write(t, path("two/x.tif"), 4, 3, 1, 8, 0)
	write(t, path("two/y.bmp"), 2, 2, 1, 8, 9)
	write(t, path("turned/a.png"), 3, 4, 1, 8, 0)
	write(t, path("brighter.png"), 2, 2, 1, 8, 10)
	want := digest(path("one"))
	if got := digest(path("two")); got != want || len(want) != 64 {
		t.Errorf("equal sets have the digests %s and %s", got, want)
	}
	if got := digest(path("one/a.png"), path("two/y.bmp")); got != want {
		t.Errorf("the same files one by one have the digest %s, not %s", got, want)
	}
	for _, other := range [][]string{{path("turned"), path("one/b.png")}, {path("one/a.png"), path("brighter.png")}, {path("one/b.png"), path("one/a.png")}, {path("one/a.png")}} {
		if digest(other...) == want {
			t.Errorf("%v has the digest of another set", other)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	write(t, path("good/a.png"), 64, 64, 1, 8, 0)
	write(t, path("mixed/a.png"), 64, 64, 1, 8, 0)
	write(t, path("mixed/small.png"), 64, 63, 1, 8, 0)
	content, err := os.ReadFile(path("good/a.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("mixed/broken.png"), content[:len(content)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path("empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		sources []string
		options Options
		message string
	}{
		{nil, Options{}, "no source"},
		{[]string{path("missing")}, Options{}, path("missing") + ": no such folder"},
		{[]string{path("good"), path("empty")}, Options{}, path("empty") + ": the folder holds no images"},
		{[]string{path("mixed")}, Options{Patch: 64}, path("mixed/broken.png") + ": "},
		{[]string{path("good")}, Options{Patch: 65}, "none of the 1 images can be used; the first: " + path("good/a.png") + ": 64 x 64 pixels are less than a patch of 65 x 65"},
		{[]string{path("mixed/broken.png")}, Options{SkipBroken: true}, "none of the 1 images can be used; the first: " + path("mixed/broken.png")},
		{[]string{DeadLeaves}, Options{Patch: 2000, Count: 1}, "none of the 1 images"},
	} {
		_, err := Load(test.sources, test.options)
		if _, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(err.Error(), test.message) {
			t.Errorf("%v, %+v: %v, want an *Error with %q", test.sources, test.options, err, test.message)
		}
	}
	set, err := Load([]string{path("mixed")}, Options{Patch: 64, SkipBroken: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Images) != 1 || len(set.Skipped) != 2 || !strings.Contains(set.Skipped[0].Error(), "broken.png") ||
		!strings.Contains(set.Skipped[1].Error(), "small.png: 64 x 63 pixels") {
		t.Errorf("images %v, skipped %v", set.Images, set.Skipped)
	}
}

// TestDeadLeavesAreTheSameEverywhere holds the bits: a change of them changes every run on synthetic images.
func TestDeadLeavesAreTheSameEverywhere(t *testing.T) {
	load := func(options Options) *Set {
		set, err := Load([]string{DeadLeaves}, options)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	training := load(Options{Seed: 1, Count: 8})
	if want := "7ac4ae6adcfc0aa52c62790c7b2f768a3c8800fdacba2476a0a2c3488ef958b2"; training.Digest != want {
		t.Errorf("digest %s, want %s", training.Digest, want)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := load(Options{Seed: 1, Count: 8}); again.Digest != training.Digest {
		t.Error("one processor draws other images than several")
	}
	if more := load(Options{Seed: 1, Count: 9}); !slices.Equal(more.Samples8[:len(training.Samples8)], training.Samples8) {
		t.Error("a larger set does not begin with the smaller one")
	}
	if len(training.Images) != 8 || training.Images[3] != (Image{"dead-leaves-0003", 3 * 180 * 180, 180, 180}) {
		t.Errorf("images %v", training.Images)
	}
	seen := map[string]bool{training.Digest: true}
	for _, options := range []Options{{Seed: 2, Count: 8}, {Seed: 1, Count: 8, Validation: true}, {Seed: 1, Count: 8, Patch: 200}} {
		if other := load(options); seen[other.Digest] {
			t.Errorf("%+v gives images of another set", options)
		} else {
			seen[other.Digest] = true
		}
	}
}
