package data

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/engine/picture"
)

// Source makes images without files. Its name stands for it in place of a folder; a folder of that name is written "./name". A new one is a file
// with its drawing and an entry of Sources.
type Source struct {
	Name                 string
	Summary              string // what its images are
	Training, Validation int    // number of images where Options.Count does not say

	// Open returns what draws an image by its number, and its class, for a set of a seed whose patches have that side (0: whole images). It is
	// called from several goroutines, and the same seed, patch and number give the same bits on every machine.
	Open func(seed uint64, patch int) func(number uint64) (p *picture.Picture, label int)
}

// noLabel is the class of an image that has none.
const noLabel = -1

// firstValidation is the number of a Source's first validation image: images are numbered by 64 bits, and no training set reaches this far.
const firstValidation = 1 << 32

// Sources lists the sources.
func Sources() []Source {
	return append([]Source{deadLeavesSource(), digitsSource()}, mixtureSources()...)
}

// Names lists the sources' names for a message: "a, b or c".
func Names() string {
	var names []string
	for _, source := range Sources() {
		names = append(names, source.Name)
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// IsSource reports whether the name stands for a Source rather than for a file or folder.
func IsSource(name string) bool {
	_, known := byName(name)
	return known
}

func byName(name string) (Source, bool) {
	sources := Sources()
	i := slices.IndexFunc(sources, func(s Source) bool { return s.Name == name })
	if i < 0 {
		return Source{}, false
	}
	return sources[i], true
}

// entries are the source's images, to be drawn.
func (s Source) entries(options Options) []entry {
	count, first := s.Training, uint64(0)
	if options.Validation {
		count, first = s.Validation, firstValidation
	}
	if options.Count > 0 {
		count = options.Count
	}
	draw := s.Open(options.Seed, options.Patch)
	entries := make([]entry, count)
	for i := range entries {
		name := s.name(i)
		entries[i] = entry{name: name, path: name, load: func() (*picture.Picture, int, error) {
			p, label := draw(first + uint64(i))
			return p, label, nil
		}}
	}
	return entries
}

func (s Source) name(image int) string {
	return fmt.Sprintf("%s-%0*d", s.Name, max(4, len(fmt.Sprint(s.Training-1))), image)
}

// grayPicture is a picture of 8-bit samples, row by row.
func grayPicture(samples []uint8, width int) *picture.Picture {
	p := picture.New(width, len(samples)/width, 1, 8)
	for i, sample := range samples {
		p.Planes[0][i] = uint16(sample)
	}
	return p
}
