package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trainInto appends what a run of steps (from, to] would: a training line each step, a validation line each tenth.
func trainInto(t *testing.T, l *Log, from, to uint64) {
	t.Helper()
	for step := from + 1; step <= to; step++ {
		records := []any{Training{step, Number(1 / float64(step)), 28.25, 1e-3, 0.5}}
		if step%10 == 0 {
			records = append(records, Validation{step, Number(float64(step) / 3)})
		}
		for _, record := range records {
			if err := l.Append(record); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func openLog(t *testing.T, path string, step uint64) *Log {
	t.Helper()
	l, err := OpenLog(path, step)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestMetricsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	l := openLog(t, path, 0)
	for _, record := range []any{
		Training{1, 0.1, 10, 1e-3, Number(float32(0.1))}, Training{2, Number(math.NaN()), Number(math.Inf(1)), 1e-05, 0}, Validation{2, 28.731},
	} {
		if err := l.Append(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"step":1,"loss":0.1,"psnr":10,"learning_rate":0.001,"gradient_norm":0.10000000149011612}
{"step":2,"loss":null,"psnr":null,"learning_rate":1e-05,"gradient_norm":0}
{"step":2,"validation_psnr":28.731}
`
	if got := read(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	training, validation, err := ReadMetrics(path)
	if err != nil || len(training) != 2 || len(validation) != 1 {
		t.Fatalf("read back %v, %v, %v", training, validation, err)
	}
	if training[0] != (Training{1, 0.1, 10, 1e-3, Number(float32(0.1))}) || !math.IsNaN(float64(training[1].Loss)) || validation[0] != (Validation{2, 28.731}) {
		t.Errorf("read back %v, %v", training, validation)
	}
}

// Wherever a run is killed, going on from an earlier step gives the bytes of an unbroken run.
func TestResumedMetricsEqualUnbrokenOnes(t *testing.T) {
	folder := t.TempDir()
	unbroken, resumed := filepath.Join(folder, "unbroken"), filepath.Join(folder, "resumed")
	l := openLog(t, unbroken, 0)
	trainInto(t, l, 0, 35)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := read(t, unbroken)
	upTo20 := strings.Index(want, `{"step":21,`)
	for length := upTo20; length <= len(want); length++ {
		if err := os.WriteFile(resumed, []byte(want[:length]), 0o666); err != nil {
			t.Fatal(err)
		}
		l := openLog(t, resumed, 20)
		if got := read(t, resumed); got != want[:upTo20] {
			t.Fatalf("killed after %d bytes: going on after step 20 from\n%s", length, got)
		}
		trainInto(t, l, 20, 35)
		if err := l.file.Close(); err != nil { // Close would sync some thousand times
			t.Fatal(err)
		}
		if got := read(t, resumed); got != want {
			t.Fatalf("killed after %d bytes: the resumed run has\n%s", length, got)
		}
	}
}

func TestOpenLogOnDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	for _, test := range []struct {
		name, content, want string // want is the rest after opening for step 2, or the error
	}{
		{"empty", "", ""},
		{"torn", "{\"step\":1}\n{\"step\":2", "{\"step\":1}\n"},
		{"zeros at the end after a power cut", "{\"step\":1}\n\x00\x00\x00\x00\n\x00", "{\"step\":1}\n"},
		{"damage beyond the step", "{\"step\":1}\n{\"step\":3}\nrubbish\n", "{\"step\":1}\n"},
		{"damage before needed lines", "{\"step\":1}\nrubbish\n{\"step\":2}\n", "line 2 is damaged"},
		{"a line without step", "{\"loss\":1}\n{\"step\":2}\n", "line 1 is damaged"},
	} {
		if err := os.WriteFile(path, []byte(test.content), 0o666); err != nil {
			t.Fatal(err)
		}
		l, err := OpenLog(path, 2)
		if strings.Contains(test.want, "damaged") {
			if err == nil || !strings.Contains(err.Error(), test.want) || read(t, path) != test.content {
				t.Errorf("%s: error %v, left %q", test.name, err, read(t, path))
			}
			continue
		}
		if err != nil || read(t, path) != test.want {
			t.Errorf("%s: error %v, left %q, want %q", test.name, err, read(t, path), test.want)
			continue
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := OpenLog(filepath.Join(path, "below", "a.file"), 0); err == nil {
		t.Error("a log below a file was opened")
	}
}

func TestNumberKeepsItsBits(t *testing.T) {
	for _, value := range []float64{0, math.Copysign(0, -1), 1, -1e-300, math.SmallestNonzeroFloat64, math.MaxFloat64, math.Pi, 1e6, 1e21, 1.0 / 3} {
		text, err := json.Marshal(Number(value))
		if err != nil {
			t.Fatal(err)
		}
		var back Number
		if err := json.Unmarshal(text, &back); err != nil || math.Float64bits(float64(back)) != math.Float64bits(value) {
			t.Errorf("%v is written as %s and read as %v (%v)", value, text, back, err)
		}
	}
	var n Number
	if err := json.Unmarshal([]byte(`"1"`), &n); err == nil {
		t.Error("a string was read as a number")
	}
}

func TestReadMetricsNamesTheLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	for _, bad := range []string{"rubbish", `{"step":1,"loss":"low"}`} {
		content := fmt.Sprintf("%s\n%s\n", `{"step":1,"other":1}`, bad)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadMetrics(path); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") {
			t.Errorf("%s: error %v", bad, err)
		}
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("{"), 10), 0o666); err != nil {
		t.Fatal(err)
	}
	if training, validation, err := ReadMetrics(path); training != nil || validation != nil || err != nil {
		t.Errorf("a torn line gives %v, %v, %v", training, validation, err)
	}
}
