package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// FileSystem is the part of a file system that an atomic replacement needs.
type FileSystem interface {
	// Create makes a new file; it fails when the name exists.
	Create(name string, permissions fs.FileMode) (File, error)
	// Rename replaces newName by oldName in one indivisible action.
	Rename(oldName, newName string) error
	Remove(name string) error
	// SyncFolder returns when the creations, renamings and removals in a folder would survive a power cut.
	SyncFolder(name string) error
}

// File is an open file that is written from its start to its end.
type File interface {
	io.WriteCloser
	// Sync returns when what was written would survive a power cut.
	Sync() error
}

// OperatingSystem is the machine's own FileSystem.
type OperatingSystem struct{}

func (OperatingSystem) Create(name string, permissions fs.FileMode) (File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
	if err != nil {
		return nil, err // a nil *os.File would make a File that is not nil
	}
	return file, nil
}

func (OperatingSystem) Rename(oldName, newName string) error { return os.Rename(oldName, newName) }

func (OperatingSystem) Remove(name string) error { return os.Remove(name) }

// SyncFolder accepts that some network file systems cannot sync a folder: they have nothing better to offer.
func (OperatingSystem) SyncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
