package data

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
)

// LoadPairs reads images that were recorded twice, noisy and clean: the clean ones, and in the same order the noisy ones as the set's Noisy. The sources are
// folders or files, each of noisy with the one of clean at its place; in two folders the images of one name belong together, in two IDX files
// those of one number. Numbers of sources that differ, a name that only one folder has, and two sizes in a pair are errors; where one of a pair is broken or
// too small, the pair is treated as Load treats an image. The Digest is of both.
func LoadPairs(noisy, clean []string, options Options) (*Set, error) {
	if len(noisy) == 0 && len(clean) == 0 {
		return nil, &Error{Problem: "no source of pairs; name folders of noisy and of clean images of the same names"}
	}
	if len(noisy) != len(clean) {
		return nil, &Error{Problem: fmt.Sprintf("%d sources of noisy images and %d of clean ones; name one clean source for each noisy one, in the same order",
			len(noisy), len(clean))}
	}
	var recorded, wanted []entry
	for i := range noisy {
		a, b, err := findPairs(noisy[i], clean[i], options)
		if err != nil {
			return nil, err
		}
		recorded, wanted = append(recorded, a...), append(wanted, b...)
	}
	gather(recorded, options)
	gather(wanted, options)
	for _, e := range slices.Concat(recorded, wanted) {
		if e.stops(options) {
			return nil, &Error{e.err.Error(), e.err}
		}
	}
	for i := range recorded {
		a, b := &recorded[i], &wanted[i]
		switch {
		case a.err != nil:
			b.err = a.err
		case b.err != nil:
			a.err = b.err
		case a.height != b.height || a.width != b.width:
			return nil, &Error{Problem: fmt.Sprintf("%s: %d x %d pixels, but %s has %d x %d; a pair shows the same scene at the same size",
				a.path, a.width, a.height, b.path, b.width, b.height)}
		}
	}
	set, err := assemble(wanted, options)
	if err != nil {
		return nil, err
	}
	if set.Noisy, err = assemble(recorded, options); err != nil {
		return nil, err
	}
	both := sha256.Sum256([]byte(set.Digest + set.Noisy.Digest))
	set.Digest = hex.EncodeToString(both[:])
	return set, nil
}

// findPairs lists the images of a source of noisy ones and of one of clean ones, in one order.
func findPairs(noisy, clean string, options Options) (recorded, wanted []entry, err error) {
	for _, source := range []string{noisy, clean} {
		if IsSource(source) {
			return nil, nil, &Error{Problem: source + " has no pairs; name folders of noisy and of clean images of the same names"}
		}
	}
	if recorded, err = find(noisy, options); err != nil {
		return nil, nil, err
	}
	if wanted, err = find(clean, options); err != nil {
		return nil, nil, err
	}
	if !isFolder(noisy) && !isFolder(clean) {
		if len(recorded) != len(wanted) {
			return nil, nil, &Error{Problem: fmt.Sprintf("%s holds %d images and %s %d; each noisy one needs its clean one", noisy, len(recorded), clean, len(wanted))}
		}
		return recorded, wanted, nil
	}
	if err := missing(recorded, wanted, clean, "clean"); err != nil {
		return nil, nil, err
	}
	return recorded, wanted, missing(wanted, recorded, noisy, "noisy")
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// missing reports entries whose names are not in the folder of the others, which are of that kind.
func missing(entries, others []entry, folder, kind string) error {
	var names []string
	for _, other := range others {
		names = append(names, other.name)
	}
	alone := slices.Clone(entries)
	alone = slices.DeleteFunc(alone, func(e entry) bool {
		_, found := slices.BinarySearch(names, e.name)
		return found
	})
	if len(alone) == 0 {
		return nil
	}
	more := ""
	if len(alone) > 1 {
		more = fmt.Sprintf(", and %d more", len(alone)-1)
	}
	return &Error{Problem: fmt.Sprintf("%s: no image of that name in %s%s; a pair is a noisy and a clean image of one name, and the %s one is missing",
		alone[0].path, folder, more, kind)}
}
