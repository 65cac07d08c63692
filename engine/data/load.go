package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"tweedie/engine/picture"
)

// Options says how sources are read. The zero value reads every image of any size and stops at a broken one.
type Options struct {
	Patch      int    // images below this height or width are left out
	SkipBroken bool   // leave out files that cannot be read instead of stopping
	Recursive  bool   // read subfolders too
	Seed       uint64 // of a Source
	Validation bool   // images of a Source other than those of the same seed for training, and fewer
	Count      int    // of a Source's images; 0 for its own number
}

// Error says what is wrong with the data. Every error of Load is one.
type Error struct {
	Problem string
	Err     error // the cause, or nil
}

func (e *Error) Error() string { return e.Problem }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the images of all sources, in the order of the sources and, in a folder, of the names' bytes. A source is a folder, an image file,
// an IDX file or the name of a Source. Colour becomes gray (see picture.Gray), alpha is ignored. No source, a missing or empty folder, a broken
// file without SkipBroken, a broken IDX file, and nothing left to train on are errors.
func Load(sources []string, options Options) (*Set, error) {
	if len(sources) == 0 {
		return nil, &Error{Problem: "no source of images; name a folder or " + Names()}
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
	return assemble(entries, options)
}

// assemble makes a set of the entries that were read, and refuses or skips those that were not.
func assemble(entries []entry, options Options) (*Set, error) {
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
	load          func() (p *picture.Picture, label int, err error) // noLabel for an image without a class
	height, width int
	label         int
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

// find lists the images of a source without reading those of a folder.
func find(source string, options Options) ([]entry, error) {
	if made, known := byName(source); known {
		return made.entries(options), nil
	}
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &Error{fmt.Sprintf("%s: no such folder; name a folder of images, or %s for synthetic ones", source, Names()), err}
	case err != nil:
		return nil, &Error{err.Error(), err}
	case !info.IsDir() && isIDX(source):
		return idxEntries(source)
	case !info.IsDir():
		return []entry{fileEntry(filepath.Base(source), source)}, nil
	}
	names, err := picture.List(source, options.Recursive)
	if err != nil {
		return nil, &Error{err.Error(), err}
	}
	if len(names) == 0 {
		return nil, &Error{Problem: source + ": the folder holds no images (.png .jpg .tif .bmp .webp); an IDX file is named by its own path"}
	}
	entries := make([]entry, len(names))
	for i, name := range names {
		entries[i] = fileEntry(name, filepath.Join(source, name))
	}
	return entries, nil
}

func fileEntry(name, path string) entry {
	return entry{name: name, path: path, load: func() (*picture.Picture, int, error) {
		p, err := picture.Read(path)
		return p, noLabel, err
	}}
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
	p, label, err := e.load()
	e.label = label
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
		s.Labels = append(s.Labels, e.label)
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
	if slices.Contains(s.Labels, noLabel) {
		s.Labels = nil
	}
}
