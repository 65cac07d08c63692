package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// training is a run of tiny.toml as a process of its own, in a folder that writeTiny filled: long enough to be met at any moment.
func training(folder string, more ...string) (*exec.Cmd, *bytes.Buffer) {
	arguments := []string{"-config", "tiny.toml", "-set", "train.steps=400", "-set", "train.validate=50", "-set", "checkpoint.every=5"}
	command := exec.Command("trainer", append(arguments, more...)...)
	command.Dir = folder
	stderr := new(bytes.Buffer)
	command.Stderr = stderr
	return command, stderr
}

func tinyFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := writeTiny(folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

// mustTrain runs to the end.
func mustTrain(t *testing.T, folder string, more ...string) {
	t.Helper()
	command, stderr := training(folder, more...)
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, stderr)
	}
}

// mustEqual compares what equal runs have in common byte by byte, and looks for what a killed writer left.
func mustEqual(t *testing.T, got, want string) {
	t.Helper()
	for _, name := range []string{"model.safetensors", "metrics.jsonl", "checkpoints/00000400.safetensors"} {
		a, errA := os.ReadFile(filepath.Join(got, name))
		b, errB := os.ReadFile(filepath.Join(want, name))
		if err := errors.Join(errA, errB); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Fatalf("%s differs from that of the unbroken run", name)
		}
	}
	err := filepath.WalkDir(got, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".temporary") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exitStatus waits for a process that was started and returns its exit code, -1 when a signal ended it.
func exitStatus(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	var exit *exec.ExitError
	switch err := command.Wait(); {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		t.Fatal(err)
		return 0
	}
}

// waitFor looks for a file until it is there.
func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 60_000 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%s never appeared", path)
}

// TestKilledRunEqualsUnbroken kills training at random moments, 10 times or as often as TWEEDIE_KILLS says, and goes on each time with
// another number of threads. A run that gets to its end between two kills is compared, and another one begun.
func TestKilledRunEqualsUnbroken(t *testing.T) {
	t.Parallel()
	kills := 10
	if text := os.Getenv("TWEEDIE_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatalf("TWEEDIE_KILLS: %v", err)
		}
	}
	folder := tinyFolder(t)
	began := time.Now()
	mustTrain(t, folder, "-set", "experiment.output=unbroken")
	duration := time.Since(began)

	random := rand.New(rand.NewPCG(1, 2))
	unbroken := filepath.Join(folder, "unbroken")
	killed, resumed, finished, early := 0, 0, 0, 0
	for killed < kills || resumed > 0 {
		output := fmt.Sprintf("broken%d", finished)
		command, stderr := training(folder, "-resume", "-set", "experiment.output="+output, "-set", fmt.Sprintf("device.threads=%d", 1+random.IntN(4)))
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		if killed < kills {
			// Early moments are more frequent: a start has more to break than a step.
			timer := time.AfterFunc(time.Duration(random.Float64()*random.Float64()*float64(duration)), func() {
				_ = command.Process.Kill() // it may have ended
			})
			defer timer.Stop()
		}
		code := exitStatus(t, command)
		if strings.Contains(stderr.String(), "broken checkpoint") {
			t.Fatalf("a kill left part of a checkpoint under its name:\n%s", stderr)
		}
		switch code {
		case -1:
			killed, resumed = killed+1, resumed+1
			if _, err := os.Stat(filepath.Join(folder, output, "checkpoints")); err != nil {
				early++
			}
		case 0:
			mustEqual(t, filepath.Join(folder, output), unbroken)
			finished, resumed = finished+1, 0
		default:
			t.Fatalf("exit code %d after %d kills:\n%s", code, killed, stderr)
		}
	}
	t.Logf("%d kills, %d of them before the first checkpoint; %d runs finished and equal the unbroken one", killed, early, finished)
}

// TestSignalsInterrupt: SIGINT and SIGTERM end a run with exit code 75, a checkpoint, and one line that says how to go on.
func TestSignalsInterrupt(t *testing.T) {
	t.Parallel()
	folder := tinyFolder(t)
	mustTrain(t, folder, "-set", "experiment.output=unbroken")
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		output := strings.ReplaceAll(signal.String(), " ", "-")
		long, stderr := training(folder, "-set", "experiment.output="+output)
		if err := long.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, filepath.Join(folder, output, "checkpoints", "00000005.safetensors"))
		if err := long.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code := exitStatus(t, long); code != exitInterrupted {
			t.Fatalf("%v: exit code %d, want %d:\n%s", signal, code, exitInterrupted, stderr)
		}
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		last := lines[len(lines)-1]
		if !strings.HasPrefix(last, "trainer: interrupted at step ") || !strings.HasSuffix(last, " of 400; go on with -resume") {
			t.Errorf("%v: the last line is %q", signal, last)
		}
		if strings.Count(stderr.String(), "-resume") != 1 {
			t.Errorf("%v: not one line names -resume:\n%s", signal, stderr)
		}
		mustTrain(t, folder, "-resume", "-set", "experiment.output="+output, "-set", "device.threads=3")
		mustEqual(t, filepath.Join(folder, output), filepath.Join(folder, "unbroken"))
	}
}

// TestSecondTrainerIsRefused: while a trainer works in a folder, others end with an error that names its process, and do it no harm.
func TestSecondTrainerIsRefused(t *testing.T) {
	t.Parallel()
	folder := tinyFolder(t)
	mustTrain(t, folder, "-set", "experiment.output=alone")
	first, _ := training(folder)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(folder, "runs", "tiny", "checkpoints", "00000005.safetensors"))
	if err := first.Process.Signal(syscall.SIGSTOP); err != nil { // so that it is still there
		t.Fatal(err)
	}
	for _, flag := range []string{"-resume", "-fresh"} {
		second, stderr := training(folder, flag)
		if err := second.Start(); err != nil {
			t.Fatal(err)
		}
		code := exitStatus(t, second)
		want := fmt.Sprintf("runs/tiny is in use by another trainer (process %d): ", first.Process.Pid)
		if code != exitConfig || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", flag, code, exitConfig, want, stderr)
		}
	}
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := exitStatus(t, first); code != 0 {
		t.Fatalf("the first trainer ends with exit code %d", code)
	}
	mustEqual(t, filepath.Join(folder, "runs", "tiny"), filepath.Join(folder, "alone"))
}
