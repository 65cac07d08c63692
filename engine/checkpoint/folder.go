package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tweedie/engine/atomicfile"
)

const (
	folderName = "checkpoints"
	extension  = ".safetensors"
)

// ErrNone is the error of Newest when a run folder holds no whole checkpoint.
var ErrNone = errors.New("no whole checkpoint")

// Path returns where the checkpoint of a step lies in a run folder: RUN/checkpoints/00000150.safetensors.
func Path(run string, step uint64) string {
	return filepath.Join(run, folderName, fmt.Sprintf("%08d%s", step, extension))
}

// Save writes a checkpoint into a run folder, atomically, and creates the folders that are missing.
func Save(run string, c *Checkpoint) error {
	path := Path(run, c.Step)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("the folder for checkpoints cannot be made: %w", err)
	}
	// The folder's own name must survive a power cut too.
	if err := (atomicfile.OperatingSystem{}).SyncFolder(run); err != nil {
		return fmt.Errorf("%s cannot be synced: %w", run, err)
	}
	return save(atomicfile.OperatingSystem{}, path, c)
}

func save(system atomicfile.FileSystem, path string, c *Checkpoint) error {
	file, err := c.File()
	if err != nil {
		return err
	}
	return atomicfile.Replace(system, path, 0o666, func(w io.Writer) error { return Write(w, file) })
}

// Steps returns the steps of which a run folder holds a checkpoint, whole or not, in ascending order. A missing folder holds none.
func Steps(run string) ([]uint64, error) {
	entries, err := os.ReadDir(filepath.Join(run, folderName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the checkpoints cannot be listed: %w", err)
	}
	var steps []uint64
	for _, entry := range entries {
		digits, ok := strings.CutSuffix(entry.Name(), extension)
		step, err := strconv.ParseUint(digits, 10, 64)
		if ok && err == nil && filepath.Base(Path(run, step)) == entry.Name() {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

// Newest returns the newest whole checkpoint of a run folder, and an error for each newer one that is broken, which names the file.
// Without a whole one the error is ErrNone; skipped then tells whether there were broken ones.
func Newest(run string) (newest *Checkpoint, skipped []error, err error) {
	steps, err := Steps(run)
	if err != nil {
		return nil, nil, err
	}
	for _, step := range slices.Backward(steps) {
		path := Path(run, step)
		c, err := Load(path)
		if err == nil && c.Step != step {
			err = fmt.Errorf("%s: the file holds step %d: it was renamed", path, c.Step)
		}
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, err)
	}
	return nil, skipped, fmt.Errorf("%w in %s", ErrNone, filepath.Join(run, folderName))
}

// Prune removes all checkpoints of a run folder but the newest keep, which is at least 1. When all of those are broken, older ones
// are kept up to and including the newest whole one.
func Prune(run string, keep int) error {
	if keep < 1 {
		return fmt.Errorf("checkpoints: %d cannot be kept; keep at least 1", keep)
	}
	steps, err := Steps(run)
	if err != nil {
		return err
	}
	whole := -1 // where in steps the newest whole one is
	for i := len(steps) - 1; i >= 0 && len(steps) > keep && whole < 0; i-- {
		if verify(Path(run, steps[i])) == nil {
			whole = i
		}
	}
	remove := steps[:max(0, min(len(steps)-keep, whole))]
	for _, step := range remove {
		if err := os.Remove(Path(run, step)); err != nil {
			return fmt.Errorf("an old checkpoint cannot be removed: %w", err)
		}
	}
	return nil
}

// RemoveLeftovers removes the temporary files that killed writers left in a run folder and the folders in it, and returns their names.
// Call it with the lock held.
func RemoveLeftovers(run string) ([]string, error) {
	folders := []string{run}
	entries, err := os.ReadDir(run)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			folders = append(folders, filepath.Join(run, entry.Name()))
		}
	}
	var removed []string
	for _, folder := range folders {
		names, err := atomicfile.RemoveLeftovers(folder)
		if err != nil {
			return removed, err
		}
		removed = append(removed, names...)
	}
	slices.Sort(removed)
	return removed, nil
}
