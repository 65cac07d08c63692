// Package atomicfile replaces files whole: whoever reads a path finds the old bytes or the new ones, never a mix and never a part, also after a full
// disk, a kill or a power cut.
//
// The order is the usual one (Pillai et al. 2014, "All File Systems Are Not Created Equal"): write a temporary file in the same folder, sync it, rename
// it over the path, sync the folder. The calls go through FileSystem, so that tests can fail each of them; a simulated disk is in disktest.
// What the bytes mean does not live here.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	temporaryPrefix = ".tweedie-"
	temporarySuffix = ".temporary"
	bufferBytes     = 1 << 16
)

// Write replaces the file at path by what write puts into its argument, which is buffered.
//
// When write or the file system fails, the temporary file is removed, what stood at path is untouched, and the error says so. A symbolic link is
// followed, so that the link stays a link; permissions of a file that stood there are kept. A path that is no regular file but can be written
// (a pipe, a terminal, /dev/null) is written directly, for there is nothing to replace. The folder must exist.
func Write(path string, write func(io.Writer) error) error {
	target := path
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		target = resolved
	}
	permissions := fs.FileMode(0o666)
	if info, err := os.Stat(target); err == nil {
		switch {
		case info.IsDir():
			return fmt.Errorf("%s is a folder, not a file that can be written: choose another name", path)
		case !info.Mode().IsRegular():
			return writeDirectly(target, write)
		}
		permissions = info.Mode().Perm()
	}
	return Replace(OperatingSystem{}, target, permissions, write)
}

// WriteBytes replaces the file at path by content. See Write.
func WriteBytes(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Replace is Write on a given file system, for a path that is a regular file or absent. The permissions are subject to the process's mask.
func Replace(system FileSystem, path string, permissions fs.FileMode, write func(io.Writer) error) (err error) {
	folder := filepath.Dir(path)
	temporary := filepath.Join(folder, fmt.Sprintf("%s%016x%s", temporaryPrefix, rand.Uint64(), temporarySuffix))
	file, err := system.Create(temporary, permissions)
	if err != nil {
		return &Error{Path: path, Err: systemError(err)}
	}
	open, renamed := true, false
	defer func() { // also when write panics
		if open {
			_ = file.Close() // an earlier error is on its way
		}
		if !renamed {
			// A removal that fails leaves a file that RemoveLeftovers finds; the first error is the one that helps.
			_ = system.Remove(temporary)
		}
		if err != nil {
			err = &Error{Path: path, Replaced: renamed, Err: err}
		}
	}()

	buffered := bufio.NewWriterSize(file, bufferBytes)
	if err := write(buffered); err != nil && buffered.Flush() == nil {
		return err // the writer's own, not the disk's
	}
	if err := buffered.Flush(); err != nil {
		return systemError(err)
	}
	if err := file.Sync(); err != nil {
		return systemError(err)
	}
	open = false
	if err := file.Close(); err != nil { // network file systems report a full disk here
		return systemError(err)
	}
	if err := system.Rename(temporary, path); err != nil {
		return systemError(err)
	}
	renamed = true
	if err := system.SyncFolder(folder); err != nil {
		return systemError(err)
	}
	return nil
}

func writeDirectly(path string, write func(io.Writer) error) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffered := bufio.NewWriterSize(file, bufferBytes)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// RemoveLeftovers removes temporary files that killed writers left in folder, and returns their names. Call it only while nobody else writes there.
// A folder that does not exist has none.
func RemoveLeftovers(folder string) ([]string, error) {
	leftovers, err := filepath.Glob(filepath.Join(escapePattern(folder), temporaryPrefix+"*"+temporarySuffix))
	if err != nil {
		return nil, err
	}
	for _, name := range leftovers {
		if err := os.Remove(name); err != nil {
			return nil, fmt.Errorf("a temporary file of an interrupted write cannot be removed: %w", err)
		}
	}
	return leftovers, nil
}

// escapePattern makes a folder's name stand for itself in a pattern of filepath.Glob.
func escapePattern(name string) string {
	escaped := make([]byte, 0, len(name))
	for i := range len(name) {
		switch name[i] {
		case '*', '?', '[', '\\':
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, name[i])
	}
	return string(escaped)
}
