// Package devicetest is the suite that every device passes: each operation's cases (package program) against the reference, state
// transfers, and whole programs. A device's own tests hold only what the suite cannot know.
package devicetest

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"tweedie/engine/device"
	"tweedie/engine/device/reference"
	"tweedie/engine/program"
	"tweedie/engine/random"
)

// Options says how the suite wants a device opened.
type Options struct {
	Threads int
	// Guards asks for guard bands around every tensor and temporary, whose damage CheckGuards of States and Executables reports.
	Guards bool
}

// Open opens the device under test.
type Open func(Options) (device.Device, error)

type guarded interface{ CheckGuards() error }

// Run runs the suite. threads are the numbers of threads whose results must be equal in every bit; a device that is guarded
// must implement CheckGuards. Cases run with the device's default and with each of the other algorithms
// that apply: those given, and those that a device.Tuner names.
func Run[S Runner[S]](t S, open Open, threads []int, guards bool, algorithms ...Algorithm) {
	t.Run("State", func(t S) { testState(t, opened(t, open, Options{Threads: threads[0], Guards: guards})) })
	t.Run("Compile", func(t S) { testCompile(t, opened(t, open, Options{Threads: threads[0], Guards: guards})) })
	for _, count := range threads {
		d := opened(t, open, Options{Threads: count, Guards: guards})
		t.Run(fmt.Sprintf("Programs/threads=%d", count), func(t S) { testPrograms(t, d, guards) })
	}
	devices := make([]device.Device, len(threads))
	for i, count := range threads {
		devices[i] = opened(t, open, Options{Threads: count, Guards: guards})
	}
	algorithms = append(algorithms, alternatives(devices[0])...)
	for _, c := range append(program.Cases(), adversarialCases()...) {
		t.Run(c.Name, func(t S) {
			want, own := expected(t, c)
			var byDefault device.Plan
			for _, pass := range passes(c.Operation, algorithms) {
				if pass.algorithm != "" && maps.Equal(pass.plan(byDefault).Algorithms, byDefault.Algorithms) {
					continue
				}
				var first map[string][]float64
				for i, d := range devices {
					got, plan := runTwice(t, d, c, pass, guards)
					if i == 0 {
						first = got
						if pass.algorithm == "" {
							byDefault = plan
						}
						bound := pass.bound(plan, c)
						if bound == nil {
							bound = own
						}
						check(t, c, got, want, widened(c, bound, want))
					}
					for name := range got {
						if !slices.EqualFunc(got[name], first[name], sameBits) {
							t.Errorf("%s %s differs between %d and %d threads", pass.algorithm, name, threads[0], threads[i])
						}
					}
				}
			}
		})
	}
}

func opened(t T, open Open, options Options) device.Device {
	t.Helper()
	d, err := open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// contents are the elements of the case's tensors before a run; what is only written is poisoned with NaN.
func contents(c program.Case) map[string]any {
	filled := map[string]any{}
	read := map[string]bool{}
	for _, tensor := range c.Operation.Reads() {
		read[tensor.Name] = true
	}
	p := program.Program{Operations: []program.Operation{c.Operation}}
	for index, tensor := range p.Tensors() {
		if given, found := c.Contents[tensor.Name]; found {
			filled[tensor.Name] = given
			continue
		}
		switch tensor.Type {
		case program.Float32, program.BFloat16:
			values := make([]float32, tensor.Elements())
			for i := range values {
				values[i] = float32(math.NaN())
				if read[tensor.Name] {
					values[i] = value(index, i)
				}
				if tensor.Type == program.BFloat16 {
					values[i] = float32(program.RoundBFloat16(float64(values[i])))
				}
			}
			filled[tensor.Name] = values
		case program.Uint8:
			values := make([]uint8, tensor.Elements())
			for i := range values {
				values[i] = uint8(word(index, i))
			}
			filled[tensor.Name] = values
		case program.Uint16:
			values := make([]uint16, tensor.Elements())
			for i := range values {
				values[i] = uint16(word(index, i))
			}
			filled[tensor.Name] = values
		}
	}
	return filled
}

func word(tensor, element int) uint32 {
	return random.Words(20, random.Noise, 0, uint32(tensor), uint32(element))[0]
}

// value is in [-1, 1); every eleventh is zero, where a mask or a rectifier decides.
func value(tensor, element int) float32 {
	if (element+tensor)%11 == 5 {
		return 0
	}
	return 2*random.Uniform(word(tensor, element)) - 1
}

// run computes the operation from the contents, as the pass asks for it, reads every float tensor back, and returns them with the plan.
func run(t T, d device.Device, operation program.Operation, scalars program.Scalars, filled map[string]any, as pass,
	guards bool) (map[string][]float64, device.Plan) {
	t.Helper()
	p := &program.Program{Name: "case", Operations: []program.Operation{operation}}
	state, err := d.NewState(p.Tensors())
	if err != nil {
		t.Fatal(err)
	}
	executable, err := d.Compile(p, state, device.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if as.algorithm != "" {
		own := executable.Plan()
		if err := executable.Close(); err != nil {
			t.Error(err)
		}
		if executable, err = d.Compile(p, state, as.plan(own)); err != nil {
			t.Fatal(err)
		}
	}
	plan := executable.Plan()
	for _, tensor := range p.Tensors() {
		if err := state.Write(tensor.Name, filled[tensor.Name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := executable.Run(scalars); err != nil {
		t.Fatal(err)
	}
	results := map[string][]float64{}
	for _, tensor := range p.Tensors() {
		if tensor.Type == program.Float32 || tensor.Type == program.BFloat16 {
			results[tensor.Name] = make([]float64, tensor.Elements())
			if err := state.Read(tensor.Name, results[tensor.Name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if guards {
		checkGuards(t, state)
		checkGuards(t, executable)
	}
	if err := executable.Close(); err != nil {
		t.Error(err)
	}
	if err := state.Close(); err != nil {
		t.Error(err)
	}
	return results, plan
}

func checkGuards(t T, holder any) {
	t.Helper()
	g, ok := holder.(guarded)
	if !ok {
		t.Fatalf("%T has no guard bands", holder)
	}
	if err := g.CheckGuards(); err != nil {
		t.Error(err)
	}
}

func runTwice(t T, d device.Device, c program.Case, as pass, guards bool) (map[string][]float64, device.Plan) {
	t.Helper()
	filled := contents(c)
	got, plan := run(t, d, c.Operation, c.Scalars, filled, as, guards)
	again, _ := run(t, d, c.Operation, c.Scalars, filled, as, guards)
	for name := range got {
		if !slices.EqualFunc(got[name], again[name], sameBits) {
			t.Errorf("%s differs from one run to the next", name)
		}
	}
	for _, tensor := range c.Operation.Reads() {
		written := slices.ContainsFunc(c.Operation.Writes(), func(w program.Tensor) bool { return w.Name == tensor.Name })
		if before, ok := filled[tensor.Name].([]float32); ok && !written {
			for i := range before {
				if !sameBits(float64(before[i]), got[tensor.Name][i]) {
					t.Fatalf("%s[%d] was only to be read, and changed", tensor.Name, i)
				}
			}
		}
	}
	return got, plan
}

// expected runs the case on the reference, and its magnitude, from which the bound of each element follows.
func expected(t T, c program.Case) (want, bound map[string][]float64) {
	t.Helper()
	d := reference.New()
	want, _ = run(t, d, c.Operation, c.Scalars, contents(c), pass{}, false)
	magnitude := want
	if c.Magnitude != nil {
		magnitude, _ = run(t, d, c.Magnitude, c.Scalars, absolute(contents(c)), pass{}, false)
	}
	bound = map[string][]float64{}
	for _, tensor := range c.Operation.Writes() {
		bounds := make([]float64, tensor.Elements())
		for i := range bounds {
			bounds[i] = c.Absolute + c.Roundings*0x1p-24*math.Abs(magnitude[tensor.Name][i])
		}
		bound[tensor.Name] = bounds
	}
	return want, bound
}

// widened is the bound for results that are rounded to the tensors' types.
func widened(c program.Case, bound, want map[string][]float64) map[string][]float64 {
	wide := map[string][]float64{}
	for _, tensor := range c.Operation.Writes() {
		bounds := slices.Clone(bound[tensor.Name])
		for i := range bounds {
			if tensor.Type == program.BFloat16 {
				// The magnitude is rounded to 8 bits too, and both values to one of two neighbours that are 2^-7 apart at most.
				bounds[i] = (1+0x1p-7)*bounds[i] + 0x1p-7*math.Abs(want[tensor.Name][i])
			}
		}
		wide[tensor.Name] = bounds
	}
	return wide
}

func absolute(filled map[string]any) map[string]any {
	result := map[string]any{}
	for name, values := range filled {
		result[name] = values
		if floats, ok := values.([]float32); ok {
			positive := make([]float32, len(floats)) // a case's Contents stay as they are
			for i := range floats {
				positive[i] = float32(math.Abs(float64(floats[i])))
			}
			result[name] = positive
		}
	}
	return result
}

func check(t T, c program.Case, got, want, bound map[string][]float64) {
	t.Helper()
	for _, tensor := range c.Operation.Writes() {
		if err := Compare(got[tensor.Name], want[tensor.Name], bound[tensor.Name]); err != nil {
			t.Errorf("%s: %v", tensor, err)
		}
		if tensor.Type == program.BFloat16 && slices.ContainsFunc(got[tensor.Name], func(v float64) bool { return program.RoundBFloat16(v) != v }) {
			t.Errorf("%s holds values that are not bfloat16", tensor)
		}
	}
}
