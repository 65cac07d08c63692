package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Error says that a file could not be replaced, what stands at its path now, and what to do. The cause is in Err.
type Error struct {
	Path     string
	Replaced bool // the new file is in place, but its folder could not be synced
	Err      error
}

func (e *Error) Error() string {
	state := " was not written, and what stood there before is untouched: "
	if e.Replaced {
		state = " was written, but may not survive a power cut: "
	}
	return e.Path + state + e.Err.Error() + e.advice()
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) advice() string {
	var failure systemFailure
	if !errors.As(e.Err, &failure) {
		return ""
	}
	folder := filepath.Dir(e.Path)
	switch {
	case errors.Is(e.Err, syscall.ENOSPC), errors.Is(e.Err, syscall.EDQUOT), errors.Is(e.Err, io.ErrShortWrite):
		return "; free some space in " + folder + " and try again"
	case errors.Is(e.Err, fs.ErrPermission), errors.Is(e.Err, syscall.EROFS):
		return "; choose a folder that you may write to"
	case errors.Is(e.Err, fs.ErrNotExist):
		return "; create the folder " + folder + " first"
	case errors.Is(e.Err, syscall.EIO):
		return "; the disk reports a fault: write to another one"
	}
	return ""
}

// systemFailure marks an error as the file system's, as opposed to one of the function that produces the content.
type systemFailure struct{ error }

func (e systemFailure) Unwrap() error { return e.error }

// systemError marks err and leaves out the temporary name in it, which is gone by the time somebody reads the message.
func systemError(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return systemFailure{err}
}
