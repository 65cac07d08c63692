package picture

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// IsImage reports whether a file name has an extension that Read knows (.png .jpg .jpeg .tif .tiff .bmp .webp, in any case).
func IsImage(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp":
		return true
	}
	return false
}

// List returns the names of the image files in a folder, relative to it and sorted by their bytes, which is the order of Python's sorted. Files
// and folders whose name begins with a dot are left out. With recursive, subfolders are listed too, but not links to folders, which may form a
// ring. No image at all is not an error here.
func List(folder string, recursive bool) ([]string, error) {
	var names []string
	if err := list(&names, folder, "", recursive); err != nil {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

func list(names *[]string, folder, prefix string, recursive bool) error {
	entries, err := os.ReadDir(filepath.Join(folder, prefix))
	if err != nil {
		path := filepath.Join(folder, prefix)
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return &Error{path, err}
	}
	for _, entry := range entries {
		name := filepath.Join(prefix, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case entry.IsDir():
			if recursive {
				if err := list(names, folder, name, recursive); err != nil {
					return err
				}
			}
		case IsImage(name) && !linksToFolder(filepath.Join(folder, name), entry):
			*names = append(*names, name) // a link to nothing is listed, so that reading it names it
		}
	}
	return nil
}

func linksToFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
