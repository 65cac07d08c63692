package atomicfile_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tweedie/engine/atomicfile"
	"tweedie/engine/atomicfile/disktest"
)

const path = "run/model"

var (
	old     = bytes.Repeat([]byte("old "), 1000)
	newer   = bytes.Repeat([]byte("newer "), 40000) // several buffers
	content = func(w io.Writer) error {
		_, err := w.Write(newer[:9])
		if err != nil {
			return err
		}
		for rest := newer[9:]; len(rest) > 0; {
			n := min(len(rest), 1000)
			if _, err := w.Write(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		return nil
	}
)

func replaceOn(disk *disktest.Disk) error { return atomicfile.Replace(disk, path, 0o666, content) }

// calls returns how many calls an undisturbed replacement makes.
func calls(t *testing.T) int {
	disk := disktest.New()
	if err := replaceOn(disk); err != nil {
		t.Fatal(err)
	}
	if n := disk.Calls(); n < 7 {
		t.Fatalf("a replacement makes %d calls; creating, two writes, two syncs, closing and renaming are 7", n)
	}
	return disk.Calls()
}

func TestEveryCallThatFailsLeavesOldFileAndNoOther(t *testing.T) {
	for n := 1; n <= calls(t); n++ {
		for _, failure := range []error{syscall.EIO, syscall.ENOSPC, disktest.ErrShort} {
			disk := disktest.New()
			disk.Put(path, old)
			disk.Fail(n, failure)
			err := replaceOn(disk)
			files := disk.Files()
			if len(files) != 1 {
				t.Errorf("call %d fails with %v: %d files are left, want 1", n, failure, len(files))
			}
			var report *atomicfile.Error
			switch {
			case err == nil:
				if failure != disktest.ErrShort || !bytes.Equal(files[path], newer) {
					t.Errorf("call %d fails with %v: no error, and the file has %d bytes", n, failure, len(files[path]))
				}
			case !errors.As(err, &report):
				t.Errorf("call %d fails with %v: the error is %v", n, failure, err)
			case report.Replaced && !bytes.Equal(files[path], newer), !report.Replaced && !bytes.Equal(files[path], old):
				t.Errorf("call %d fails with %v: the error does not tell what is there: %v", n, failure, err)
			case failure == syscall.ENOSPC && !strings.Contains(err.Error(), "free some space in run"):
				t.Errorf("the error does not say what to do: %v", err)
			}
		}
	}
}

func TestPowerCutLeavesOldOrNew(t *testing.T) {
	seen := map[string]bool{}
	for n := 1; n <= calls(t)+1; n++ {
		disk := disktest.New()
		disk.Put(path, old)
		disk.CutPower(n)
		err := replaceOn(disk)
		for subset := range 1 << disk.Pending() {
			found := disk.AfterPowerCut(func(i int) bool { return subset>>i&1 == 1 })[path]
			switch {
			case bytes.Equal(found, old) && err != nil:
				seen["old"] = true
			case bytes.Equal(found, newer):
				seen["new"] = true
			default:
				t.Fatalf("power cut at call %d, subset %b, error %v: %d bytes that are neither the old nor the new file", n, subset, err, len(found))
			}
		}
	}
	if !seen["old"] || !seen["new"] {
		t.Errorf("the power cuts left %v: they do not reach both outcomes", seen)
	}
}

// The simulated disk must be able to show the faults it is for.
func TestPowerCutRevealsMissingSyncs(t *testing.T) {
	for _, test := range []struct {
		name   string
		system func(*disktest.Disk) atomicfile.FileSystem
	}{
		{"file", func(d *disktest.Disk) atomicfile.FileSystem { return withoutFileSync{d} }},
		{"folder", func(d *disktest.Disk) atomicfile.FileSystem { return withoutFolderSync{d} }},
	} {
		disk := disktest.New()
		disk.Put(path, old)
		if err := atomicfile.Replace(test.system(disk), path, 0o666, content); err != nil {
			t.Fatal(err)
		}
		bad := false
		for subset := range 1 << disk.Pending() {
			found := disk.AfterPowerCut(func(i int) bool { return subset>>i&1 == 1 })[path]
			bad = bad || !bytes.Equal(found, newer)
		}
		if !bad {
			t.Errorf("without the %s's sync nothing is lost", test.name)
		}
	}
}

type withoutFileSync struct{ *disktest.Disk }

func (w withoutFileSync) Create(name string, permissions os.FileMode) (atomicfile.File, error) {
	file, err := w.Disk.Create(name, permissions)
	return unsynced{file}, err
}

type unsynced struct{ atomicfile.File }

func (unsynced) Sync() error { return nil }

type withoutFolderSync struct{ *disktest.Disk }

func (withoutFolderSync) SyncFolder(string) error { return nil }

func TestWriteOnARealDisk(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "model")
	if err := os.WriteFile(file, old, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "link")
	if err := os.Symlink("model", link); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(link, content); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("permissions were not kept: %v %v", info.Mode(), err)
	}
	if found, err := os.ReadFile(file); err != nil || !bytes.Equal(found, newer) {
		t.Errorf("%d bytes, %v", len(found), err)
	}

	own := errors.New("the picture is empty")
	if err := atomicfile.Write(file, func(io.Writer) error { return own }); !errors.Is(err, own) || !strings.Contains(err.Error(), file) {
		t.Errorf("the writer's own error became %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = atomicfile.Write(file, func(io.Writer) error { panic("bug") })
	}()
	if err := atomicfile.Write(folder, content); err == nil {
		t.Error("a folder was overwritten")
	}
	missing := filepath.Join(folder, "missing", "model")
	if err := atomicfile.Write(missing, content); err == nil || !strings.Contains(err.Error(), "create the folder") {
		t.Errorf("a missing folder gives %v", err)
	}
	names, err := filepath.Glob(filepath.Join(folder, ".*"))
	if err != nil || len(names) != 0 {
		t.Errorf("left behind: %v %v", names, err)
	}
	if err := atomicfile.Write(os.DevNull, content); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s was replaced by a file: %v", os.DevNull, err)
	}
}

func TestRemoveLeftovers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run [1]*") // a pattern's characters stand for themselves
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(folder, ".tweedie-0123456789abcdef.temporary")
	kept := filepath.Join(folder, "my.temporary")
	for _, name := range []string{left, kept} {
		if err := os.WriteFile(name, old, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	removed, err := atomicfile.RemoveLeftovers(folder)
	if err != nil || !slices.Equal(removed, []string{left}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if removed, err := atomicfile.RemoveLeftovers(filepath.Join(folder, "missing")); err != nil || removed != nil {
		t.Errorf("a missing folder gives %v, %v", removed, err)
	}
}
