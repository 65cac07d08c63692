package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tweedie/engine/atomicfile"
	"tweedie/engine/atomicfile/disktest"
)

// sampleCheckpoint is large enough for several writes; each of its parts tells the step.
func sampleCheckpoint(step uint64) *Checkpoint {
	values := make([]float32, 30000)
	for i := range values {
		values[i] = float32(step) + float32(i)
	}
	return &Checkpoint{
		Step: step, Steps: 1000,
		Plan: fmt.Sprintf(`{"step":%d}`, step), Experiment: "seed = 1\n", Images: "sha256:0123",
		Tensors:  []Tensor{{"average/head.weight", []int{300, 100}, values}, {"head.weight", []int{300, 100}, values}},
		Metadata: map[string]string{"later": "kept"},
	}
}

func TestSaveAndNewest(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	if newest, skipped, err := Newest(run); newest != nil || skipped != nil || !errors.Is(err, ErrNone) {
		t.Errorf("a run folder that does not exist gives %v, %v, %v", newest, skipped, err)
	}
	for _, step := range []uint64{0, 150, 1000} {
		if err := Save(run, sampleCheckpoint(step)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"notes.txt", "2000.safetensors", "0000x000.safetensors", "model.safetensors"} { // not ours
		if err := os.WriteFile(filepath.Join(run, "checkpoints", name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	steps, err := Steps(run)
	if err != nil || !slices.Equal(steps, []uint64{0, 150, 1000}) {
		t.Errorf("steps %v, %v", steps, err)
	}
	newest, skipped, err := Newest(run)
	if err != nil || skipped != nil || !reflect.DeepEqual(newest, sampleCheckpoint(1000)) {
		t.Errorf("newest: step %d, %v, %v", newest.Step, skipped, err)
	}
	if tensor, ok := newest.Tensor("head.weight"); !ok || tensor.Shape[0] != 300 {
		t.Errorf("tensor %v %v", tensor.Shape, ok)
	}
	if Path("run", 123456789) != filepath.Join("run", "checkpoints", "123456789.safetensors") {
		t.Error("a step of nine digits is cut")
	}
}

func TestNewestSkipsBrokenOnesByName(t *testing.T) {
	run := t.TempDir()
	for _, step := range []uint64{100, 200, 300, 400, 500, 600} {
		if err := Save(run, sampleCheckpoint(step)); err != nil {
			t.Fatal(err)
		}
	}
	damage(t, Path(run, 600), func(b []byte) []byte { return b[:len(b)/2] })
	damage(t, Path(run, 500), func(b []byte) []byte { b[len(b)-7] ^= 4; return b })
	damage(t, Path(run, 400), func([]byte) []byte { return nil })
	if err := WriteFile(Path(run, 300), &File{Tensors: sampleCheckpoint(300).Tensors}); err != nil { // a model, not a checkpoint
		t.Fatal(err)
	}
	if err := os.Rename(Path(run, 100), Path(run, 700)); err != nil {
		t.Fatal(err)
	}
	newest, skipped, err := Newest(run)
	if err != nil || newest.Step != 200 {
		t.Fatalf("newest %v, %v", newest, err)
	}
	for i, want := range []struct {
		step uint64
		text string
	}{{700, "holds step 100"}, {600, "cut short"}, {500, "SHA-256"}, {400, "too few"}, {300, `no "step"`}} {
		if text := skipped[i].Error(); !strings.HasPrefix(text, Path(run, want.step)+": ") || !strings.Contains(text, want.text) {
			t.Errorf("skipped: %s; want %s: ... %s", text, Path(run, want.step), want.text)
		}
	}
}

func damage(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestPrune(t *testing.T) {
	breaks := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	for _, test := range []struct {
		name   string
		keep   int
		broken []uint64
		want   []uint64
	}{
		{"newest two", 2, nil, []uint64{200, 300}},
		{"newest one", 1, nil, []uint64{300}},
		{"more than there are", 9, nil, []uint64{0, 100, 200, 300}},
		{"one of the kept is broken", 2, []uint64{300}, []uint64{200, 300}},
		{"the only kept one is broken", 1, []uint64{300}, []uint64{200, 300}},
		{"all kept ones are broken", 2, []uint64{200, 300}, []uint64{100, 200, 300}},
		{"only step 0 is whole", 1, []uint64{100, 200, 300}, []uint64{0, 100, 200, 300}},
		{"none is whole", 1, []uint64{0, 100, 200, 300}, []uint64{0, 100, 200, 300}},
	} {
		run := t.TempDir()
		for _, step := range []uint64{0, 100, 200, 300} {
			if err := Save(run, sampleCheckpoint(step)); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range test.broken {
			damage(t, Path(run, step), breaks)
		}
		if err := Prune(run, test.keep); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if steps, err := Steps(run); err != nil || !slices.Equal(steps, test.want) {
			t.Errorf("%s: %v are left (%v), want %v", test.name, steps, err, test.want)
		}
	}
	if err := Prune(t.TempDir(), 0); err == nil {
		t.Error("keeping none was accepted")
	}
}

// onDisk puts a simulated disk's files into a run folder.
func onDisk(t *testing.T, run string, files map[string][]byte) {
	t.Helper()
	if err := os.RemoveAll(run); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(run, "checkpoints", filepath.Base(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// whole loads the newest checkpoint and compares all of it with the one that was saved at its step.
func whole(t *testing.T, run string, skippedAllowed bool) uint64 {
	t.Helper()
	newest, skipped, err := Newest(run)
	if err != nil || !skippedAllowed && skipped != nil {
		t.Fatalf("newest: %v, skipped %v", err, skipped)
	}
	if !reflect.DeepEqual(newest, sampleCheckpoint(newest.Step)) {
		t.Fatalf("the checkpoint of step %d is not the one that was saved", newest.Step)
	}
	return newest.Step
}

func diskWith(t *testing.T, step uint64) *disktest.Disk {
	file, err := sampleCheckpoint(step).File()
	if err != nil {
		t.Fatal(err)
	}
	disk := disktest.New()
	disk.Put(Path("run", step), encoded(t, file))
	return disk
}

func TestSaveLeavesOldOrNewWhateverFails(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	saveOn := func(disk *disktest.Disk) error { return save(disk, Path("run", 200), sampleCheckpoint(200)) }
	undisturbed := diskWith(t, 100)
	if err := saveOn(undisturbed); err != nil {
		t.Fatal(err)
	}
	calls := undisturbed.Calls()

	for n := 1; n <= calls; n++ {
		for _, failure := range []error{syscall.EIO, syscall.ENOSPC, disktest.ErrShort} {
			disk := diskWith(t, 100)
			disk.Fail(n, failure)
			err := saveOn(disk)
			onDisk(t, run, disk.Files())
			var report *atomicfile.Error
			replaced := err == nil || errors.As(err, &report) && report.Replaced
			if step := whole(t, run, false); replaced != (step == 200) {
				t.Errorf("call %d fails with %v: the newest is step %d, the error is %v", n, failure, step, err)
			}
			if left, err := RemoveLeftovers(run); err != nil || left != nil {
				t.Errorf("call %d fails with %v: left behind %v %v", n, failure, left, err)
			}
		}
	}

	seen := map[uint64]int{}
	for n := 1; n <= calls+1; n++ {
		disk := diskWith(t, 100)
		disk.CutPower(n)
		err := saveOn(disk)
		for subset := range 1 << disk.Pending() {
			onDisk(t, run, disk.AfterPowerCut(func(i int) bool { return subset>>i&1 == 1 }))
			step := whole(t, run, false)
			if seen[step]++; err == nil && step != 200 {
				t.Fatalf("power cut after a save that succeeded: the newest is step %d", step)
			}
		}
	}
	if len(seen) != 2 {
		t.Errorf("power cuts left steps %v, so not both outcomes were reached", seen)
	}
}

// A disk that ignores syncs may leave a torn file under the final name: then the previous checkpoint takes over.
func TestTornCheckpointFallsBack(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	disk := diskWith(t, 100)
	if err := save(lyingDisk{disk}, Path("run", 200), sampleCheckpoint(200)); err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]int{}
	for subset := range 1 << disk.Pending() {
		onDisk(t, run, disk.AfterPowerCut(func(i int) bool { return subset>>i&1 == 1 }))
		seen[whole(t, run, true)]++
	}
	if len(seen) != 2 || seen[100] < 2 {
		t.Errorf("power cuts left steps %v", seen)
	}
}

type lyingDisk struct{ *disktest.Disk }

func (d lyingDisk) Create(name string, permissions os.FileMode) (atomicfile.File, error) {
	file, err := d.Disk.Create(name, permissions)
	return lyingFile{file}, err
}

func (lyingDisk) SyncFolder(string) error { return nil }

type lyingFile struct{ atomicfile.File }

func (lyingFile) Sync() error { return nil }

func TestRemoveLeftovers(t *testing.T) {
	run := t.TempDir()
	if err := Save(run, sampleCheckpoint(1)); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(run, ".tweedie-1.temporary"), filepath.Join(run, "checkpoints", ".tweedie-2.temporary")}
	for _, name := range want {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := RemoveLeftovers(run); err != nil || !slices.Equal(got, want) {
		t.Errorf("removed %v, %v", got, err)
	}
	whole(t, run, false)
	if got, err := RemoveLeftovers(filepath.Join(run, "missing")); err != nil || got != nil {
		t.Errorf("a missing folder gives %v, %v", got, err)
	}
}

func TestCheckpointRefuses(t *testing.T) {
	c := sampleCheckpoint(1001)
	if err := Save(t.TempDir(), c); err == nil || !strings.Contains(err.Error(), "beyond") {
		t.Errorf("a step beyond the last gives %v", err)
	}
	c = sampleCheckpoint(1)
	c.Metadata = map[string]string{"plan": "x"}
	if _, err := c.File(); err == nil {
		t.Error("metadata that hides a field was accepted")
	}
	for _, steps := range [][2]string{{"-1", "5"}, {"6", "5"}, {"1", "many"}, {"", ""}} {
		file := &File{Digest: "some", Metadata: map[string]string{"step": steps[0], "steps": steps[1], "plan": "", "experiment": "", "images": ""}}
		if c, err := FromFile(file); err == nil {
			t.Errorf("step %q of %q was read as %v", steps[0], steps[1], c)
		}
	}
}
