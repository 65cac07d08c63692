package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSweepIsInterrupted: a signal to the sweep's script reaches the training, which leaves a checkpoint; the script ends with 75, and the same
// command goes on to what an unbroken sweep leaves.
func TestSweepIsInterrupted(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	script, err := filepath.Abs(filepath.Join("..", "..", "scripts", "sweep.sh"))
	if err != nil {
		t.Fatal(err)
	}
	sweep := func(folder string) (*exec.Cmd, *bytes.Buffer) {
		command := exec.Command("bash", script, "tiny.toml", "25", "--",
			"-set", "train.steps=400", "-set", "train.validate=50", "-set", "checkpoint.every=5")
		command.Dir = folder
		command.Env = append(command.Environ(), "TRAINER=trainer", "DATA=")
		stderr := new(bytes.Buffer)
		command.Stderr = stderr
		return command, stderr
	}
	unbroken := tinyFolder(t)
	if command, stderr := sweep(unbroken); command.Run() != nil {
		t.Fatalf("an unbroken sweep fails:\n%s", stderr)
	}
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		broken := tinyFolder(t)
		command, stderr := sweep(broken)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, filepath.Join(broken, "runs", "tiny-25", "checkpoints", "00000005.safetensors"))
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		code := exitStatus(t, command)
		for _, want := range []string{"trainer: interrupted at step ", "sweep: interrupted; the same command goes on"} {
			if code != exitInterrupted || !strings.Contains(stderr.String(), want) {
				t.Fatalf("%v: exit code %d, want %d and %q:\n%s", signal, code, exitInterrupted, want, stderr)
			}
		}
		if command, stderr := sweep(broken); command.Run() != nil {
			t.Fatalf("%v: going on fails:\n%s", signal, stderr)
		}
		mustEqual(t, filepath.Join(broken, "runs", "tiny-25"), filepath.Join(unbroken, "runs", "tiny-25"))
	}
}
