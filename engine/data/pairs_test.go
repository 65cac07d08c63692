package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoadPairs(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"b.png", "a.png", "sub/c.png"} { // written in another order than read
		write(t, path("noisy/"+name), 3, 2, 1, 8, uint16(name[0]))
		write(t, path("clean/"+name), 3, 2, 1, 16, 257*uint16(name[0]))
	}
	images := place(t, idxFile(ascending[uint8](12, 0, 1), 2, 3, 2), folder, "noisy.idx")
	others := place(t, zipped(idxFile(ascending[uint8](12, 100, 1), 2, 3, 2)), folder, "clean.idx.gz")
	set, err := LoadPairs([]string{path("noisy"), images}, []string{path("clean"), others}, Options{Recursive: true, Patch: 2})
	if err != nil {
		t.Fatal(err)
	}
	if set.Depth() != 16 || set.Noisy.Depth() != 8 || len(set.Images) != 5 {
		t.Fatalf("%d and %d bits, images %v", set.Depth(), set.Noisy.Depth(), set.Images)
	}
	for i, want := range []uint8{'a', 'b', 's', 0, 6} {
		clean := want
		if i > 2 {
			clean += 100
		}
		if got, noisy := set.EightBit(i), set.Noisy.EightBit(i); got[0] != clean || noisy[0] != want {
			t.Errorf("image %d begins with %d, and noisy with %d; want %d and %d", i, got[0], noisy[0], clean, want)
		}
		if set.Images[i].Offset != set.Noisy.Images[i].Offset {
			t.Errorf("image %d is not in the place of its noisy one", i)
		}
	}
	if !slices.Equal(set.Index(), set.Noisy.Index()) {
		t.Error("the indices differ")
	}
	if floats := set.Noisy.Floats(1); floats[2] != float32('b'+2)/255 {
		t.Errorf("floats %v", floats)
	}
	if floats := set.Floats(1); floats[2] != float32(257*'b'+2)/65535 {
		t.Errorf("floats %v", floats)
	}
	// Both images of a pair enter the digest.
	digests := map[string]string{set.Digest: "both"}
	for _, changed := range []string{"noisy/a.png", "clean/a.png"} {
		content, err := os.ReadFile(path(changed))
		if err != nil {
			t.Fatal(err)
		}
		os.Remove(path(changed))
		write(t, path(changed), 3, 2, 1, 8, 77)
		other, err := LoadPairs([]string{path("noisy"), images}, []string{path("clean"), others}, Options{Recursive: true})
		if err != nil {
			t.Fatal(err)
		}
		if same, seen := digests[other.Digest]; seen {
			t.Errorf("with another %s the digest is that of %s", changed, same)
		}
		digests[other.Digest] = changed
		place(t, content, path(changed))
	}
	// Where one is broken, the pair is left out.
	place(t, []byte("broken"), folder, "clean", "b.png")
	if _, err := LoadPairs([]string{path("noisy")}, []string{path("clean")}, Options{}); err == nil || !strings.HasPrefix(err.Error(), path("clean/b.png")+": ") {
		t.Errorf("a broken image: %v", err)
	}
	set, err = LoadPairs([]string{path("noisy")}, []string{path("clean")}, Options{Recursive: true, SkipBroken: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Images) != 2 || len(set.Noisy.Images) != 2 || set.Noisy.Images[1].Name != filepath.Join("sub", "c.png") || len(set.Skipped) != 1 {
		t.Errorf("images %v, noisy %v, skipped %v", set.Images, set.Noisy.Images, set.Skipped)
	}
}

func TestLoadPairsRefuses(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"noisy/a.png", "noisy/b.png", "noisy/c.png", "less/a.png", "more/a.png", "more/b.png", "more/c.png", "more/d.png", "other/a.png", "other/b.png"} {
		write(t, path(name), 4, 4, 1, 8, 0)
	}
	write(t, path("other/c.png"), 4, 5, 1, 8, 0)
	two := place(t, idxFile(make([]uint8, 8), 2, 2, 2), folder, "two")
	three := place(t, idxFile(make([]uint8, 12), 3, 2, 2), folder, "three")
	for _, test := range []struct {
		noisy, clean string
		message      string
	}{
		{"noisy", "less", path("noisy/b.png") + ": no image of that name in " + path("less") + ", and 1 more; a pair is a noisy and a clean image of one name, and the clean one is missing"},
		{"noisy", "more", path("more/d.png") + ": no image of that name in " + path("noisy") + "; a pair is a noisy and a clean image of one name, and the noisy one is missing"},
		{"noisy", "other", path("noisy/c.png") + ": 4 x 4 pixels, but " + path("other/c.png") + " has 4 x 5; a pair shows the same scene at the same size"},
		{"noisy", "nowhere", path("nowhere") + ": no such folder"},
		{"two", "three", two + " holds 2 images and " + three + " 3; each noisy one needs its clean one"},
		{"noisy", "more/a.png", path("noisy/b.png") + ": no image of that name in " + path("more/a.png") + ", and 1 more"},
	} {
		for _, broken := range []bool{false, true} {
			_, err := LoadPairs([]string{path(test.noisy)}, []string{path(test.clean)}, Options{SkipBroken: broken})
			if _, ok := err.(*Error); !ok || !strings.HasPrefix(err.Error(), test.message) {
				t.Errorf("%s and %s: %v, want an *Error with %q", test.noisy, test.clean, err, test.message)
			}
		}
	}
	for message, sources := range map[string][2][]string{
		"2 sources of noisy images and 1 of clean ones; ":        {{path("noisy"), path("noisy")}, {path("noisy")}},
		"digits has no pairs; ":                                  {{path("noisy")}, {"digits"}},
		"dead-leaves has no pairs; ":                             {{"dead-leaves"}, {path("noisy")}},
		"no source of pairs; ":                                   {},
		"none of the 3 images can be used; the first: " + folder: {{path("noisy")}, {path("noisy")}},
	} {
		if _, err := LoadPairs(sources[0], sources[1], Options{Patch: 9}); err == nil || !strings.HasPrefix(err.Error(), message) {
			t.Errorf("%v: %v, want %q", sources, err, message)
		}
	}
}
