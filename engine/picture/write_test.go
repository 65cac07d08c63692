package picture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func random(width, height, planes, depth int, alpha bool) *Picture {
	generator := rand.New(rand.NewPCG(1, uint64(planes)))
	p := New(width, height, planes, depth)
	if alpha {
		p.Alpha = make([]uint16, width*height)
	}
	for _, plane := range append(p.Planes[:planes:planes], p.Alpha) {
		for i := range plane {
			plane[i] = uint16(generator.Uint32()) & p.Maximum()
		}
	}
	return p
}

func TestWriteKeepsEverySample(t *testing.T) {
	folder := t.TempDir()
	for _, extension := range []string{".png", ".tif", ".TIFF", ".bmp"} {
		for _, planes := range []int{1, 3} {
			for _, depth := range []int{8, 16} {
				for _, alpha := range []bool{false, true} {
					for _, size := range [][2]int{{1, 1}, {7, 5}, {64, 3}} {
						path := filepath.Join(folder, fmt.Sprint(planes, depth, alpha, size, extension))
						want := random(size[0], size[1], planes, depth, alpha)
						refused := extension == ".bmp" && (depth == 16 || alpha)
						if err := CanWrite(path, want); (err != nil) != refused {
							t.Errorf("CanWrite(%s): %v", path, err)
						}
						if err := Write(path, want, false); refused {
							if err == nil {
								t.Errorf("%s is written", path)
							}
							continue
						} else if err != nil {
							t.Fatal(err)
						}
						got, err := Read(path)
						if err != nil {
							t.Fatal(err)
						}
						if !reflect.DeepEqual(got, want) {
							t.Errorf("%s: read back differently", path)
						}
					}
				}
			}
		}
	}
}

// TestOpaqueAlphaIsKept: an alpha channel that is 1 everywhere is still one.
func TestOpaqueAlphaIsKept(t *testing.T) {
	for _, extension := range []string{".png", ".tif"} {
		path := filepath.Join(t.TempDir(), "opaque"+extension)
		want := random(5, 4, 3, 8, true)
		for i := range want.Alpha {
			want.Alpha[i] = 255
		}
		if err := Write(path, want, false); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read back differently: %v", extension, err)
		}
	}
}

func TestWriteJPEG(t *testing.T) {
	for _, planes := range []int{1, 3} {
		path := filepath.Join(t.TempDir(), "a.jpg")
		want := New(33, 20, planes, 8)
		for c, plane := range want.Planes {
			for i := range plane {
				plane[i] = uint16(40*c + 4*(i%33))
			}
		}
		if err := Write(path, want, false); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil || len(got.Planes) != planes {
			t.Fatalf("%d planes: %v", planes, err)
		}
		for c, plane := range want.Planes {
			for i := range plane {
				if d := int(plane[i]) - int(got.Planes[c][i]); d < -6 || d > 6 {
					t.Fatalf("plane %d, sample %d: %d became %d", c, i, plane[i], got.Planes[c][i])
				}
			}
		}
	}
}

// TestProfileIsKept: a colour profile comes back from every format that holds one, also a long one, and is left out where it does not fit.
func TestProfileIsKept(t *testing.T) {
	folder := t.TempDir()
	for _, extension := range []string{".png", ".jpg", ".tif", ".bmp"} {
		for _, planes := range []int{1, 3} {
			for _, space := range []string{"GRAY", "RGB ", "CMYK"} {
				for _, length := range []int{129, 200_000} {
					p := random(5, 3, planes, 8, false)
					p.Profile = make([]byte, length)
					for i := range p.Profile {
						p.Profile[i] = byte(i * i >> 8)
					}
					copy(p.Profile[16:], space)
					path := filepath.Join(folder, "a"+extension)
					if err := Write(path, p, true); err != nil {
						t.Fatal(err)
					}
					got, err := Read(path)
					if err != nil {
						t.Fatal(err)
					}
					want := p.Profile
					if extension == ".bmp" || (planes == 1) != (space == "GRAY") || space == "CMYK" {
						want = nil
					}
					if !slices.Equal(got.Profile, want) {
						t.Errorf("%s, %d planes, %s: a profile of %d bytes, want %d", extension, planes, space, len(got.Profile), len(want))
					}
				}
			}
		}
	}
}

func TestWriteDoesNotOverwrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.png")
	first, second := random(3, 3, 1, 8, false), random(4, 4, 1, 8, false)
	if err := Write(path, first, false); err != nil {
		t.Fatal(err)
	}
	err := Write(path, second, false)
	if err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("writing over a file gives %v", err)
	}
	if got, err := Read(path); err != nil || !reflect.DeepEqual(got, first) {
		t.Errorf("the file changed: %v", err)
	}
	if err := Write(path, second, true); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || !reflect.DeepEqual(got, second) {
		t.Errorf("the file was not overwritten: %v", err)
	}
	// A file that cannot be written leaves nothing behind.
	second.Planes[0][3] = 256
	if err := Write(filepath.Join(folder, "b.png"), second, false); err == nil || !strings.Contains(err.Error(), "row 0, column 3") {
		t.Errorf("a sample above white gives %v", err)
	}
	for _, name := range []string{"c.gif", "c", "none/c.png"} {
		if err := Write(filepath.Join(folder, name), first, false); err == nil {
			t.Errorf("%s is written", name)
		}
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("the folder holds %v, want a.png alone", entries)
	}
}

func TestEightBitRounds(t *testing.T) {
	p := New(65536, 1, 1, 16)
	for i := range p.Planes[0] {
		p.Planes[0][i] = uint16(i)
	}
	for i, sample := range p.EightBit().Planes[0] {
		if difference := 257*int(sample) - i; difference > 128 || difference < -128 {
			t.Fatalf("%d becomes %d", i, sample)
		}
	}
}

func TestList(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.PNG", "B.jpg", "a10.webp", "a2.tiff", "ä.bmp", ".hidden.png", "text.txt", "png", "sub/c.jpeg", ".git/d.png"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range [][2]string{{"sub", "ring.png"}, {"b.PNG", "link.png"}, {"nothing", "broken.png"}} {
		if err := os.Symlink(filepath.Join(folder, link[0]), filepath.Join(folder, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"B.jpg", "a10.webp", "a2.tiff", "b.PNG", "broken.png", "link.png", "ä.bmp"}
	if got, err := List(folder, false); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	want = slices.Insert(want, 6, filepath.Join("sub", "c.jpeg"))
	if got, err := List(folder, true); err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if _, err := List(filepath.Join(folder, "missing"), false); err == nil || !strings.Contains(err.Error(), "missing: no such") {
		t.Errorf("a missing folder gives %v", err)
	}
}
