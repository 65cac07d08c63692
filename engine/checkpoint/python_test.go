package checkpoint

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readInPython prints each tensor that Python's safetensors finds: name, type, shape, bytes in hexadecimal digits; then it writes them to a second file.
const readInPython = `
import sys
import safetensors, safetensors.numpy
source, target = sys.argv[1:]
with safetensors.safe_open(source, framework="numpy") as file:
    print(sorted((k, v) for k, v in file.metadata().items() if not k.startswith("tweedie.")))
tensors = safetensors.numpy.load_file(source)
for name in sorted(tensors):
    t = tensors[name]
    print(name, t.dtype, list(t.shape), t.tobytes().hex())
safetensors.numpy.save_file(tensors, target, metadata={"format": "np"})
`

func TestPythonReadsTheFileAndItsFileIsRead(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: python3 is not installed, so Python's safetensors was not asked")
	}
	if output, err := exec.Command(python, "-c", "import numpy, safetensors.numpy").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: python3 lacks safetensors and numpy (pip install safetensors numpy): %s", bytes.TrimSpace(output))
	}
	folder := t.TempDir()
	script, source, target := filepath.Join(folder, "read.py"), filepath.Join(folder, "ours.safetensors"), filepath.Join(folder, "theirs.safetensors")
	if err := os.WriteFile(script, []byte(readInPython), 0o666); err != nil {
		t.Fatal(err)
	}
	file := sampleFile()
	file.Metadata = map[string]string{"step": "150", "note": "σ"}
	if err := WriteFile(source, file); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, script, source, target)
	command.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	want := strings.Join([]string{
		"[('note', 'σ'), ('step', '150')]",
		"a.weight float32 [2, 1, 3] 0000803f000020c04523c17f4523817f0000807f01000000",
		"bytes uint8 [3] 0102ff",
		"double float64 [2] 182d4454fb210940785634120000f87f",
		"empty float32 [0, 3] ",
		"i32 int32 [1] f9ffffff",
		"i64 int64 [1] 0000000000000080",
		"scalar uint64 [] ffffffffffffffff",
		"u16 uint16 [3] 01000200ffff",
		"u32 uint32 [1, 1] 00286bee",
	}, "\n") + "\n"
	if string(output) != want {
		t.Errorf("Python reads\n%s\nwant\n%s", output, want)
	}

	theirs, err := ReadFile(target)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Digest != "" || theirs.Metadata["format"] != "np" || len(theirs.Tensors) != len(file.Tensors) {
		t.Fatalf("Python's file is read as %v", theirs)
	}
	for i, tensor := range theirs.Tensors {
		if tensor.Name != file.Tensors[i].Name || tensor.Type() != file.Tensors[i].Type() || bits(t, tensor) != bits(t, file.Tensors[i]) {
			t.Errorf("tensor %d: %v, want %v", i, tensor, file.Tensors[i])
		}
	}
	if weight, ok := theirs.Tensor("a.weight"); !ok || math.Float32bits(weight.Data.([]float32)[3]) != signallingNaN {
		t.Errorf("the NaN's payload is lost: %v", weight)
	}
}
