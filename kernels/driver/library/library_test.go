//go:build gpu

package library

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build compiles a library whose function answer returns a number, under a path below folder.
func build(t *testing.T, folder, path, answer string) string {
	t.Helper()
	path = filepath.Join(folder, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-")
	command.Stdin = strings.NewReader("int " + answer + "(void) { return 7; }")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

func TestFoldersComeFirstAndBetterNamesBeforeThem(t *testing.T) {
	folder := t.TempDir()
	old := build(t, folder, "a/libtweedie.so.1", "old")
	new := build(t, folder, "b/libtweedie.so.2", "new")
	packaged := build(t, folder, "nvidia/cu13/lib/libtweedie.so.1", "packaged")
	environment := build(t, folder, "environment/lib/python3.11/site-packages/nvidia/tweedie/lib/libtweedie.so.1", "environment")
	t.Setenv("VIRTUAL_ENV", filepath.Join(folder, "environment"))
	for _, c := range []struct{ folders, want string }{
		{folder + "/a:" + folder + "/b", new},
		{folder + "/a", old},
		{folder + "/nvidia:" + folder + "/a", packaged},
		{"", environment},
		{folder + "/absent", environment},
	} {
		t.Setenv("TWEEDIE_CUDA_LIBRARIES", c.folders)
		library, err := Open("libtweedie.so.2", "libtweedie.so.1")
		if err != nil {
			t.Errorf("%q: %v", c.folders, err)
		} else if library.Path != c.want {
			t.Errorf("%q: %s was opened instead of %s", c.folders, library.Path, c.want)
		}
	}
}

func TestPythonInPath(t *testing.T) {
	folder := t.TempDir()
	want := build(t, folder, "python/lib/python3.12/site-packages/nvidia/tweedie/lib/libtweedie.so.3", "answer")
	if err := os.Mkdir(filepath.Join(folder, "python/bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "python/bin/python3"), nil, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "environment/bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../python/bin/python3", filepath.Join(folder, "environment/bin/python3")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder + "/python/bin", folder + "/environment/bin"} {
		t.Setenv("PATH", path)
		library, err := Open("libtweedie.so.3")
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if resolved, _ := filepath.EvalSymlinks(library.Path); resolved != want {
			t.Errorf("%s: %s was opened instead of %s", path, library.Path, want)
		}
	}
}

func TestFunction(t *testing.T) {
	folder := t.TempDir()
	build(t, folder, "libtweedie.so.4", "answer")
	t.Setenv("TWEEDIE_CUDA_LIBRARIES", folder)
	library, err := Open("libtweedie.so.4")
	if err != nil {
		t.Fatal(err)
	}
	if function, err := library.Function("answer"); err != nil || function == nil {
		t.Errorf("answer is %v, %v", function, err)
	}
	if _, err := library.Function("question"); err == nil || !strings.Contains(err.Error(), "libtweedie.so.4 has no function question") {
		t.Errorf("a function that is not there gave %v", err)
	}
}

func TestAbsentAndBrokenLibrariesAreTold(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TWEEDIE_CUDA_LIBRARIES", folder)
	_, err := Open("libtweedie.so.6", "libtweedie.so.5")
	if err == nil || !strings.Contains(err.Error(), "libtweedie.so.6 or libtweedie.so.5 is neither in a folder of TWEEDIE_CUDA_LIBRARIES nor") {
		t.Errorf("an absent library gave %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "libtweedie.so.5"), []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = Open("libtweedie.so.6", "libtweedie.so.5")
	if err == nil || !strings.Contains(err.Error(), filepath.Join(folder, "libtweedie.so.5")+": file too short") {
		t.Errorf("a damaged library gave %v", err)
	}
}
