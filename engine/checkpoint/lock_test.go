package checkpoint

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// lockVariable makes the test binary hold the lock of the folder it names, until its standard input ends.
const lockVariable = "TWEEDIE_TEST_LOCK"

func TestMain(m *testing.M) {
	folder := os.Getenv(lockVariable)
	if folder == "" {
		os.Exit(m.Run())
	}
	if _, err := LockFolder(folder); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func TestSecondTrainerIsToldWhoHoldsTheLock(t *testing.T) {
	run := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), lockVariable+"="+run)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	line := make([]byte, 7)
	if _, err := io.ReadFull(stdout, line); err != nil || string(line) != "locked\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	want := fmt.Sprintf("%s is in use by another trainer (process %d)", run, child.Process.Pid)
	if _, err := LockFolder(run); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	lock, err := LockFolder(run) // a killed holder holds nothing
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	lock, err = LockFolder(run)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}
