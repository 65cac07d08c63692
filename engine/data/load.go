package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"tweedie/engine/config"
	"tweedie/engine/picture"
)

// DeadLeaves is the source that stands for synthetic images. A folder of that name is written "./dead-leaves".
const DeadLeaves = config.DeadLeaves

// The size and number of dead-leaves images; the numbers are those of the sets that denoisers are commonly trained and tested on. Images are
// made larger for larger patches, up to deadLeavesLargest.
const (
	DeadLeavesSide       = 180
	DeadLeavesTraining   = 400
	DeadLeavesValidation = 12
	deadLeavesLargest    = 1024
)

// Options says how sources are read. The zero value reads every image of any size and stops at a broken one.
type Options struct {
	Patch      int    // images below this height or width are left out
	SkipBroken bool   // leave out files that cannot be read instead of stopping
	Recursive  bool   // read subfolders too
	Seed       uint64 // of dead leaves
	Validation bool   // dead leaves other than those of the same seed for training, and fewer
	Count      int    // of dead-leaves images; 0 for DeadLeavesTraining or DeadLeavesValidation
}

// Error says what is wrong with the data. Every error of Load is one.
type Error struct {
	Problem string
	Err     error // the cause, or nil
}

func (e *Error) Error() string { return e.Problem }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the images of all sources, in the order of the sources and, in a folder, of the names' bytes. A source is a folder, an image file
// or DeadLeaves. Colour becomes gray (see picture.Gray), alpha is ignored. No source, a missing or empty folder, a broken file without
// SkipBroken, and nothing left to train on are errors.
func Load(sources []string, options Options) (*Set, error) {
	if len(sources) == 0 {
		return nil, &Error{Problem: "no source of images; name a folder or " + DeadLeaves}
	}
	var entries []entry
	for _, source := range sources {
		found, err := find(source, options)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	gather(entries, options)
	set := new(Set)
	for _, e := range entries {
		if e.stops(options) {
			return nil, &Error{e.err.Error(), e.err}
		}
		if e.err != nil {
			set.Skipped = append(set.Skipped, e.err)
		}
	}
	if len(set.Skipped) == len(entries) {
		problem := fmt.Sprintf("none of the %d images can be used; the first: %v", len(entries), set.Skipped[0])
		return nil, &Error{problem, set.Skipped[0]}
	}
	set.fill(entries)
	set.Digest = set.digest()
	return set, nil
}

// entry is one image on its way into a set.
type entry struct {
	name, path    string
	picture       func() (*picture.Picture, error)
	height, width int
	samples8      []uint8 // one of the two, or neither if there is an error
	samples16     []uint16
	err           error
}

// smallError says that an image is smaller than a patch.
type smallError struct {
	path                 string
	width, height, patch int
}

func (e *smallError) Error() string {
	return fmt.Sprintf("%s: %d x %d pixels are less than a patch of %d x %d", e.path, e.width, e.height, e.patch, e.patch)
}

// find lists the images of a source without reading them.
func find(source string, options Options) ([]entry, error) {
	if source == DeadLeaves {
		return findLeaves(options), nil
	}
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &Error{fmt.Sprintf("%s: no such folder; name a folder of images, or %s for synthetic ones", source, DeadLeaves), err}
	case err != nil:
		return nil, &Error{err.Error(), err}
	case !info.IsDir():
		return []entry{fileEntry(filepath.Base(source), source)}, nil
	}
	names, err := picture.List(source, options.Recursive)
	if err != nil {
		return nil, &Error{err.Error(), err}
	}
	if len(names) == 0 {
		return nil, &Error{Problem: source + ": the folder holds no images (.png .jpg .tif .bmp .webp)"}
	}
	entries := make([]entry, len(names))
	for i, name := range names {
		entries[i] = fileEntry(name, filepath.Join(source, name))
	}
	return entries, nil
}

func fileEntry(name, path string) entry {
	return entry{name: name, path: path, picture: func() (*picture.Picture, error) { return picture.Read(path) }}
}

func findLeaves(options Options) []entry {
	count, first := options.Count, uint64(0)
	if count <= 0 {
		count = DeadLeavesTraining
	}
	if options.Validation {
		first = 1 << 32 // images are numbered by 64 bits; no training set reaches this far
		if options.Count <= 0 {
			count = DeadLeavesValidation
		}
	}
	side := max(DeadLeavesSide, min(options.Patch, deadLeavesLargest))
	shared := sync.OnceValue(newTextures)
	entries := make([]entry, count)
	for i := range entries {
		name := fmt.Sprintf("%s-%04d", DeadLeaves, i)
		entries[i] = entry{name: name, path: name, picture: func() (*picture.Picture, error) {
			p := picture.New(side, side, 1, 8)
			for j, sample := range deadLeaves(options.Seed, first+uint64(i), p.Height, p.Width, shared()) {
				p.Planes[0][j] = uint16(sample)
			}
			return p, nil
		}}
	}
	return entries
}

// gather makes the pictures of all entries, on all processors. Each entry holds its result or error, so that the order in which they are
// done does not matter. Unless broken files are skipped, it stops early after an error.
func gather(entries []entry, options Options) {
	var next atomic.Int64
	var failed atomic.Bool
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(entries)) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) || failed.Load() {
					return
				}
				entries[i].read(options.Patch)
				if entries[i].stops(options) {
					failed.Store(true)
				}
			}
		})
	}
	group.Wait()
}

// stops reports whether the entry is broken and broken ones are not skipped.
func (e *entry) stops(options Options) bool {
	_, small := e.err.(*smallError)
	return e.err != nil && !small && !options.SkipBroken
}

func (e *entry) read(patch int) {
	p, err := e.picture()
	switch {
	case err != nil:
		e.err = err
	case p.Height < patch || p.Width < patch:
		e.err = &smallError{e.path, p.Width, p.Height, patch}
	default:
		e.height, e.width, e.samples16 = p.Height, p.Width, p.Gray()
		if p.Depth == 8 {
			e.samples8 = make([]uint8, len(e.samples16))
			for i, sample := range e.samples16 {
				e.samples8[i] = uint8(sample)
			}
			e.samples16 = nil
		}
	}
}

// fill copies the samples into one piece of memory, letting go of each image's own.
func (s *Set) fill(entries []entry) {
	total, wide := 0, false
	for _, e := range entries {
		total += len(e.samples8) + len(e.samples16)
		wide = wide || e.samples16 != nil
	}
	if wide {
		s.Samples16 = make([]uint16, 0, total)
	} else {
		s.Samples8 = make([]uint8, 0, total)
	}
	for i := range entries {
		e := &entries[i]
		if e.err != nil {
			continue
		}
		s.Images = append(s.Images, Image{e.name, len(s.Samples8) + len(s.Samples16), e.height, e.width})
		if wide {
			s.Samples16 = append(s.Samples16, e.samples16...)
			for _, sample := range e.samples8 {
				s.Samples16 = append(s.Samples16, 257*uint16(sample))
			}
		} else {
			s.Samples8 = append(s.Samples8, e.samples8...)
		}
		e.samples8, e.samples16 = nil, nil
	}
}
