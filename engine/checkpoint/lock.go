package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Lock is the right to write to a run folder. The operating system takes it back when the process ends, however it ends.
type Lock struct{ file *os.File }

// LockFolder takes the lock of a run folder, which must exist. When another process holds it, the error names that process.
// The lock is a file named .lock, which stays behind, empty.
func LockFolder(run string) (*Lock, error) {
	file, err := os.OpenFile(filepath.Join(run, ".lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the run folder cannot be locked: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s is in use by another trainer%s: wait for it, stop it, or choose another output folder", run, holder(file))
		}
		return nil, fmt.Errorf("%s cannot be locked: %w; choose an output folder on a local disk", run, err)
	}
	lock := &Lock{file}
	if err := lock.write(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		return nil, errors.Join(fmt.Errorf("%s cannot be locked: %w", run, err), lock.Release())
	}
	return lock, nil
}

// holder returns the process that has written its number into the lock file, "" while it has not yet.
func holder(file *os.File) string {
	text, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return ""
	}
	process, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", process)
}

// write replaces the lock file's content. It is not synced: after a power cut nobody holds the lock.
func (l *Lock) write(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

// Release gives the lock back. The file is not removed: another process may be about to lock it.
func (l *Lock) Release() error {
	return errors.Join(l.write(""), l.file.Close())
}
