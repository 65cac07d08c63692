package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk trains into a disk that fills up: exit code 4, one sentence, an earlier checkpoint whole; after space is made the run goes on to
// the end of an unbroken one.
func TestFullDisk(t *testing.T) {
	folder := tinyFolder(t)
	disk := filepath.Join(folder, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=512k"); err != nil {
		t.Skipf("a small disk cannot be mounted here, which takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	mustTrain(t, folder, "-set", "experiment.output=unbroken")

	arguments := []string{"-set", "experiment.output=disk/run", "-set", "checkpoint.keep=1000"}
	command, stderr := training(folder, arguments...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	code := exitStatus(t, command)
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	last := lines[len(lines)-1]
	if code != exitData || !strings.HasPrefix(last, "trainer: ") || !strings.Contains(last, "no space left on device") || strings.Contains(last, ".temporary") {
		t.Fatalf("exit code %d, want %d and one sentence about the disk:\n%s", code, exitData, stderr)
	}
	if strings.Count(stderr.String(), "no space left") != 1 {
		t.Errorf("more than one sentence about the disk:\n%s", stderr)
	}
	t.Log(last)

	// While the disk is full to the last byte, the run is refused for the same reason and stays whole.
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o666); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	again, stderr := training(folder, append(arguments, "-resume")...)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	if code := exitStatus(t, again); code != exitData || !strings.Contains(stderr.String(), "no space left on device") {
		t.Errorf("going on in a full disk: exit code %d, want %d:\n%s", code, exitData, stderr)
	}
	info := exec.Command("trainer", "info", filepath.Join(disk, "run"))
	if output, err := info.Output(); err != nil || strings.Contains(string(output), "broken") || !strings.Contains(string(output), "(verified)") {
		t.Errorf("the run's newest checkpoint is not whole: %v\n%.200s", err, output)
	}

	if err := errors.Join(os.Remove(filler), syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=32m")); err != nil {
		t.Fatal(err)
	}
	mustTrain(t, folder, append(arguments, "-resume")...)
	mustEqual(t, filepath.Join(disk, "run"), filepath.Join(folder, "unbroken"))
}
