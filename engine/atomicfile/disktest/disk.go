// Package disktest simulates a disk for tests of code that writes through atomicfile.FileSystem: the n-th call can fail, or the power can be cut
// there, after which any subset of what was not synced is lost.
package disktest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"

	"tweedie/engine/atomicfile"
)

// ErrShort makes a write return early without an error, as a careless driver may; other calls succeed.
var ErrShort = errors.New("short write")

// ErrPower is what every call returns once the power is cut.
var ErrPower = errors.New("power cut")

// Disk is an atomicfile.FileSystem in memory. It is not safe for concurrent use.
//
// Each change (bytes written to a file, a name created, renamed or removed) is pending until the file or the folder is synced. A power cut keeps any
// subset of pending changes: nothing orders two changes that no sync separates.
type Disk struct {
	durable  map[string]*inode
	current  map[string]*inode
	pending  []*change
	calls    int
	failAt   int
	failure  error
	powerOff int
}

type inode struct{ durable, current []byte }

// change is one thing a power cut may undo: of a name in folder, or of the bytes of file.
type change struct {
	folder string // "" for bytes
	apply  func(names map[string]*inode)
	file   *inode
	offset int
	bytes  []byte
}

// New returns an empty disk that works.
func New() *Disk {
	return &Disk{durable: map[string]*inode{}, current: map[string]*inode{}}
}

// Put places a file that is already durable.
func (d *Disk) Put(name string, content []byte) {
	file := &inode{durable: content, current: content}
	d.durable[name], d.current[name] = file, file
}

// Fail makes call n, counted from 1 since the disk was made, return err; a write puts half of its bytes down first.
func (d *Disk) Fail(n int, err error) { d.failAt, d.failure = n, err }

// CutPower makes call n, counted from 1 since the disk was made, and all later ones return ErrPower without effect.
func (d *Disk) CutPower(n int) { d.powerOff = n }

// Calls returns how many calls were made.
func (d *Disk) Calls() int { return d.calls }

// Files returns what a reader finds now.
func (d *Disk) Files() map[string][]byte {
	files := map[string][]byte{}
	for name, file := range d.current {
		files[name] = file.current
	}
	return files
}

// Pending returns the number of changes that a power cut may lose.
func (d *Disk) Pending() int { return len(d.pending) }

// AfterPowerCut returns what a reader finds after a power cut that keeps pending change i when kept(i). The disk itself is unchanged.
// Lost bytes before kept ones of the same file read as zeros.
func (d *Disk) AfterPowerCut(kept func(i int) bool) map[string][]byte {
	names := maps.Clone(d.durable)
	contents := map[*inode][]byte{}
	for i, c := range d.pending {
		if !kept(i) {
			continue
		}
		if c.folder != "" {
			c.apply(names)
			continue
		}
		content, ok := contents[c.file]
		if !ok {
			content = append([]byte(nil), c.file.durable...)
		}
		if missing := c.offset + len(c.bytes) - len(content); missing > 0 {
			content = append(content, make([]byte, missing)...)
		}
		copy(content[c.offset:], c.bytes)
		contents[c.file] = content
	}
	files := map[string][]byte{}
	for name, file := range names {
		files[name] = file.durable
		if content, ok := contents[file]; ok {
			files[name] = content
		}
	}
	return files
}

// call counts a call and returns the error it is to fail with.
func (d *Disk) call() error {
	d.calls++
	if d.powerOff > 0 && d.calls >= d.powerOff {
		return ErrPower
	}
	if d.calls == d.failAt {
		return d.failure
	}
	return nil
}

// callWhole is call for an operation that cannot be done by half.
func (d *Disk) callWhole() error {
	if err := d.call(); err != ErrShort {
		return err
	}
	return nil
}

// Create implements atomicfile.FileSystem.
func (d *Disk) Create(name string, _ fs.FileMode) (atomicfile.File, error) {
	if err := d.callWhole(); err != nil {
		return nil, err
	}
	if _, exists := d.current[name]; exists {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	created := &inode{}
	d.rename(filepath.Dir(name), func(names map[string]*inode) { names[name] = created })
	return &file{disk: d, inode: created}, nil
}

// Rename implements atomicfile.FileSystem.
func (d *Disk) Rename(oldName, newName string) error {
	if err := d.callWhole(); err != nil {
		return err
	}
	moved, exists := d.current[oldName]
	if !exists {
		return &fs.PathError{Op: "rename", Path: oldName, Err: fs.ErrNotExist}
	}
	if filepath.Dir(oldName) != filepath.Dir(newName) {
		return fmt.Errorf("rename %s %s: the simulated disk renames within a folder only", oldName, newName)
	}
	d.rename(filepath.Dir(newName), func(names map[string]*inode) {
		delete(names, oldName)
		names[newName] = moved
	})
	return nil
}

// Remove implements atomicfile.FileSystem.
func (d *Disk) Remove(name string) error {
	if err := d.callWhole(); err != nil {
		return err
	}
	if _, exists := d.current[name]; !exists {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	d.rename(filepath.Dir(name), func(names map[string]*inode) { delete(names, name) })
	return nil
}

// SyncFolder implements atomicfile.FileSystem.
func (d *Disk) SyncFolder(name string) error {
	if err := d.callWhole(); err != nil {
		return err
	}
	d.settle(func(c *change) bool { return c.folder == name }, func(c *change) { c.apply(d.durable) })
	return nil
}

func (d *Disk) rename(folder string, apply func(map[string]*inode)) {
	apply(d.current)
	d.pending = append(d.pending, &change{folder: folder, apply: apply})
}

// settle makes the pending changes that match durable.
func (d *Disk) settle(match func(*change) bool, apply func(*change)) {
	var rest []*change
	for _, c := range d.pending {
		if match(c) {
			apply(c)
		} else {
			rest = append(rest, c)
		}
	}
	d.pending = rest
}

type file struct {
	disk  *Disk
	inode *inode
}

func (f *file) Write(p []byte) (int, error) {
	err := f.disk.call()
	switch {
	case err == ErrPower:
		return 0, err
	case err != nil:
		p = p[:len(p)/2]
	}
	f.disk.pending = append(f.disk.pending, &change{file: f.inode, offset: len(f.inode.current), bytes: append([]byte(nil), p...)})
	f.inode.current = append(f.inode.current, p...)
	if err == ErrShort {
		err = nil
	}
	return len(p), err
}

func (f *file) Sync() error {
	if err := f.disk.callWhole(); err != nil {
		return err
	}
	f.disk.settle(func(c *change) bool { return c.file == f.inode }, func(*change) {})
	f.inode.durable = append([]byte(nil), f.inode.current...)
	return nil
}

func (f *file) Close() error { return f.disk.callWhole() }
