//go:build cgo

package cpu

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tweedie/engine/device"
	"tweedie/engine/device/devicetest"
	"tweedie/engine/program"
)

// kernelsWith copies the C files to a folder, with one piece of text in the place of another, and builds testdata/amx.c with those and the given files.
func kernelsWith(t *testing.T, file, old, replacement string, arguments ...string) (driver string) {
	t.Helper()
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "gcc"
	}
	if _, err := exec.LookPath(compiler); err != nil {
		t.Skip(err)
	}
	folder := t.TempDir()
	sources, err := filepath.Glob("*.[ch]")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(content)
		if name == file {
			if strings.Count(text, old) != 1 {
				t.Fatalf("%s holds %q %d times, not once", name, old, strings.Count(text, old))
			}
			text = strings.Replace(text, old, replacement, 1)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	driver = filepath.Join(folder, "driver")
	options := []string{"-std=c11", "-D_DEFAULT_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-psabi", "-I" + folder, "testdata/amx.c"}
	for _, name := range []string{"amx_emulated.c", "graph.c", "pool.c"} {
		options = append(options, filepath.Join(folder, name))
	}
	options = append(append(options, arguments...), "-o", driver, "-lm", "-lpthread")
	if output, err := exec.Command(compiler, options...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return driver
}

// TestAMXKernels: the kernels for AMX compute, on the emulation and by their own instructions, what sums in double give.
func TestAMXKernels(t *testing.T) {
	var trapped []string
	if runtime.GOARCH == "amd64" && runtime.GOOS == "linux" && kernelsOf("avx2") != nil {
		trapped = []string{"-DTRAPPED", "testdata/amx_trap.c", "testdata/amx_trapped.c"}
	}
	if output, err := exec.Command(kernelsWith(t, "", "", "", trapped...)).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// TestBrokenAMXKernels: what may go wrong in such a kernel is found: pairs that are none, sums that begin with those of the block before, a kernel that
// reads one row off, a task that keeps the unit, tiles of another size, and a tile past the memory that it may read.
func TestBrokenAMXKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the kernels several times")
	}
	for name, broken := range map[string]struct{ file, old, replacement, found string }{
		"pairs": {"amx.h", "lane % tile_floats * 2 + i % 2]", "lane % tile_floats + i % 2 * tile_floats]", "convolution: element"},
		"zero":  {"amx.h", "#define ZERO(tile, at, stride) TILE_ZERO(tile)", "#define ZERO(tile, at, stride) (void)0", "tile unit: tdpbf16ps: nothing was put"},
		"row":   {"amx.h", ".left_row = walk.line * job->channels", ".left_row = (walk.line - 1) * job->channels", "convolution: element"},
		"keeps": {"amx.h", "    tile_release();\n", "", "tile unit: ldtilecfg: the configuration before was not released"},
		"size":  {"amx_configuration.h", ".rows = {tile_rows, tile_rows", ".rows = {tile_rows, 8", "the sizes of the tiles do not fit"},
		"past":  {"amx.h", ": tile * tile_rows;", ": tile * tile_rows + 2 * w->line;", "outside of the memory that the kernel announced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output, err := exec.Command(kernelsWith(t, broken.file, broken.old, broken.replacement), "8").CombinedOutput()
			if err == nil || !strings.Contains(string(output), broken.found) {
				t.Errorf("the kernel ends with %v and\n%s\nwant %q", err, output, broken.found)
			}
		})
	}
}

// TestSuiteOnEmulatedAMX runs the suite where the cases in bfloat16 are computed by tiles.
func TestSuiteOnEmulatedAMX(t *testing.T) {
	open := func(options devicetest.Options) (device.Device, error) {
		return New(Options{Threads: options.Threads, Guards: options.Guards, Emulate: true})
	}
	d, err := New(Options{Emulate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	devicetest.Run(t, open, []int{1, 2, 3, 5, 8}, true, d.Algorithms()...)
}

// TestAMXIsTakenWhereItCan: between bfloat16 tensors of 16 channels and more, of 3x3 kernels, also in a local program; a plan that asks for it where it cannot
// is refused, and one from before keys told bfloat16 apart is followed.
func TestAMXIsTakenWhereItCan(t *testing.T) {
	half := func(name string, shape ...int) program.Tensor {
		tensor := activation(name, shape...)
		tensor.Type = program.BFloat16
		return tensor
	}
	const tier = "plain"
	algorithm := func(operation program.Operation, emulate bool, plan device.Plan) (string, error) {
		d, err := New(Options{Tier: tier, Emulate: emulate})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		p := &program.Program{Operations: []program.Operation{operation}, Local: true}
		s, err := d.NewState(p.Tensors())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		e, err := d.Compile(p, s, plan)
		if err != nil {
			return "", err
		}
		defer e.Close()
		return e.Plan().Algorithms[operationKey(operation)], nil
	}
	convolution := func(input, output program.Tensor, kernel int) program.Convolution {
		return program.Convolution{Input: input, Weight: activation("weight", output.Shape[3], input.Shape[3], kernel, kernel), Output: output}
	}
	wide, narrow := half("wide", 1, 4, 4, 16), half("narrow", 1, 4, 4, 15)
	for name, c := range map[string]struct {
		operation program.Operation
		emulate   bool
		want      string
	}{
		"16 channels":     {convolution(wide, half("o", 1, 4, 4, 16), 3), true, "amx plain"},
		"float32 output":  {convolution(wide, activation("o", 1, 4, 4, 16), 3), true, "amx plain"},
		"15 channels":     {convolution(wide, narrow, 3), true, "direct plain"},
		"1x1":             {convolution(wide, half("o", 1, 4, 4, 16), 1), true, "direct plain"},
		"float32":         {convolution(activation("i", 1, 4, 4, 16), half("o", 1, 4, 4, 16), 3), true, "direct plain"},
		"without AMX":     {convolution(wide, half("o", 1, 4, 4, 16), 3), false, "direct plain"},
		"mixed gradient":  {program.WeightGradient{Input: wide, OutputGradient: activation("g", 1, 4, 4, 16), WeightGradient: activation("w", 16, 16, 3, 3)}, true, "direct plain"},
		"bf16's gradient": {program.WeightGradient{Input: wide, OutputGradient: half("g", 1, 4, 4, 16), WeightGradient: activation("w", 16, 16, 3, 3)}, true, "amx plain"},
	} {
		if got, err := algorithm(c.operation, c.emulate, device.Plan{}); got != c.want || err != nil {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
	}
	operation := convolution(wide, half("o", 1, 4, 4, 16), 3)
	asked := device.Plan{Device: "cpu", Algorithms: map[string]string{operationKey(operation): "amx plain"}}
	if got, err := algorithm(operation, false, asked); err == nil || !strings.Contains(err.Error(), "amx plain") {
		t.Errorf("a plan for AMX gives %q and %v without it", got, err)
	}
	old := device.Plan{Device: "cpu", Algorithms: map[string]string{strings.TrimSuffix(operationKey(operation), ofBFloat16): "direct plain"}}
	if got, err := algorithm(operation, true, old); err != nil || got != "direct plain" {
		t.Errorf("a plan with a key of before gives %q (%v)", got, err)
	}
}

// TestAMXIsNamed: asking for AMX on a processor without it, or of a build without it, is an error that says so; its emulation says what it is.
func TestAMXIsNamed(t *testing.T) {
	t.Setenv(tierVariable, amxTier)
	d, err := New(Options{})
	if err == nil {
		defer d.Close()
		if info := d.Info(); !strings.Contains(info.Description, "AMX") || info.Missing != "" {
			t.Errorf("%+v", info)
		}
	} else if !strings.Contains(err.Error(), tierVariable) || !strings.Contains(err.Error(), "AMX") || !strings.Contains(err.Error(), "use one of plain") {
		t.Errorf("%s=amx gives %v", tierVariable, err)
	}
	emulated, err := New(Options{Tier: "plain", Emulate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer emulated.Close()
	if text := emulated.Info().Description; !strings.Contains(text, "emulation of AMX") {
		t.Errorf("an emulation calls itself %q", text)
	}
	for _, state := range []amxState{amxAbsent, amxRefused, amxWrong} {
		d := &Device{backend: &backend{tier: "avx512"}, amx: state}
		if info := d.Info(); (info.Missing == "") != (state == amxAbsent) || strings.Contains(info.Description, "AMX") {
			t.Errorf("%q: %+v", state, info)
		}
	}
}
