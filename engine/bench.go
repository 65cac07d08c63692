package engine

import (
	"fmt"
	"slices"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/network"
	"tweedie/engine/program"
	"tweedie/engine/train"
)

// Benchmark says what Bench times.
type Benchmark struct {
	Network     string
	Batch, Size int    // samples, and their height and width in pixels
	Mode        string // "train": the whole step (crops, noise, loss, gradients, Adam, average); "denoise": the forward pass
	Device      string
	Threads     int    // 0 for one a core
	Precision   string // f32 or bf16
	Steps       int
}

// Timing is what Bench measured, in the units of its JSON names. FLOP are those of the direct convolutions.
type Timing struct {
	Network     string  `json:"net"`
	Mode        string  `json:"op"`
	Batch       int     `json:"batch"`
	Size        int     `json:"size"`
	Device      string  `json:"device"`
	Description string  `json:"description"`
	Threads     int     `json:"threads"`
	Precision   string  `json:"precision"`
	Steps       int     `json:"steps"`
	Minimum     float64 `json:"ms_min"`
	Median      float64 `json:"ms_median"`
	Work        float64 `json:"gflop_per_step"`
	Rate        float64 `json:"gflop_per_s"`
	BestRate    float64 `json:"gflop_per_s_best"`
	Peak        float64 `json:"peak_gflop_per_s"` // fused multiply-adds, measured in this process with as many threads; 0 if unknown
	Share       float64 `json:"share_of_peak"`    // BestRate / Peak
	Pixels      float64 `json:"mpixel_per_s"`
	Memory      float64 `json:"temporaries_mb"`
}

const benchmarkWarmUp = 3

// benchmark is a program, ready to run on a device of its own.
type benchmark struct {
	network    *network.Network
	program    *program.Program
	device     device.Device
	state      device.State
	executable device.Executable
	awaited    program.Tensor // reading it waits for a step
	host       []float32
}

// prepare opens the device and compiles the program, by the fastest algorithms where the device has several.
func (b Benchmark) prepare() (*benchmark, error) {
	if b.Batch < 1 || b.Size < 1 || b.Steps < 1 || b.Mode != "train" && b.Mode != "denoise" {
		return nil, &config.Error{Problem: fmt.Sprintf("mode %q with batch %d, size %d and %d steps: the mode is train or denoise, the numbers are positive", b.Mode, b.Batch, b.Size, b.Steps)}
	}
	n, err := b.network()
	if err != nil {
		return nil, err
	}
	p, stored, contents, err := b.program(n)
	if err != nil {
		return nil, err
	}
	d, err := OpenDevice(b.Device, b.Threads)
	if err != nil {
		return nil, err
	}
	ready := &benchmark{network: n, program: p, device: d, awaited: smallest(stored)}
	ready.host = make([]float32, ready.awaited.Elements())
	if err := ready.compile(stored, contents); err != nil {
		ready.close()
		return nil, &DeviceError{err}
	}
	return ready, nil
}

func (r *benchmark) compile(stored []program.Tensor, contents map[string]any) error {
	var err error
	if r.state, err = r.device.NewState(stored); err != nil {
		return err
	}
	for name, values := range contents {
		if err := r.state.Write(name, values); err != nil {
			return err
		}
	}
	var plan device.Plan
	if tuner, ok := r.device.(device.Tuner); ok {
		measurements, err := tuner.Measure(r.program)
		if err != nil {
			return err
		}
		plan = device.Fastest(r.device.Info().Name, measurements)
	}
	r.executable, err = r.device.Compile(r.program, r.state, plan)
	return err
}

func (r *benchmark) close() {
	if r.executable != nil {
		r.executable.Close()
	}
	if r.state != nil {
		r.state.Close()
	}
	r.device.Close()
}

func scalars(step int) program.Scalars {
	return program.Scalars{Step: uint64(step), LearningRate: 1e-4}
}

// run computes a step and waits for it.
func (r *benchmark) run(step int) error {
	if err := r.executable.Run(scalars(step)); err != nil {
		return &DeviceError{err}
	}
	if err := r.state.Read(r.awaited.Name, r.host); err != nil {
		return &DeviceError{err}
	}
	return nil
}

// peak is that of the processor's multiply-adds, 0 for other devices.
func (r *benchmark) peak() float64 {
	if d, ok := r.device.(*cpu.Device); ok {
		return d.PeakGFLOPS()
	}
	return 0
}

// Bench times a step on this machine. The peak is measured before and after, and the higher one taken.
func Bench(b Benchmark) (*Timing, error) {
	r, err := b.prepare()
	if err != nil {
		return nil, err
	}
	defer r.close()
	peak := r.peak()
	var milliseconds []float64
	for step := range benchmarkWarmUp + b.Steps {
		began := time.Now()
		if err := r.run(step); err != nil {
			return nil, err
		}
		if step >= benchmarkWarmUp {
			milliseconds = append(milliseconds, 1e3*time.Since(began).Seconds())
		}
	}
	peak = max(peak, r.peak())
	slices.Sort(milliseconds)
	info := r.device.Info()
	t := &Timing{
		Network: r.network.Name, Mode: b.Mode, Batch: b.Batch, Size: b.Size, Device: info.Name, Description: info.Description,
		Threads: info.Threads, Precision: b.Precision, Steps: b.Steps, Minimum: milliseconds[0], Median: milliseconds[len(milliseconds)/2],
		Work: r.program.Work() / 1e9, Peak: peak, Memory: megabytes(r.executable.Bytes()),
	}
	t.Rate, t.BestRate = 1e3*t.Work/t.Median, 1e3*t.Work/t.Minimum
	t.Pixels = float64(b.Batch*b.Size*b.Size) / t.Median / 1e3
	if peak > 0 {
		t.Share = t.BestRate / peak
	}
	return t, nil
}

// Algorithms times every algorithm of every operation of the benchmark's program, on a device that has several.
func Algorithms(b Benchmark) ([]device.Measurement, error) {
	n, err := b.network()
	if err != nil {
		return nil, err
	}
	d, err := OpenDevice(b.Device, b.Threads)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	tuner, ok := d.(device.Tuner)
	if !ok {
		return nil, &DeviceError{fmt.Errorf("the device %s has one algorithm for each operation", d.Info().Name)}
	}
	p, _, _, err := b.program(n)
	if err != nil {
		return nil, err
	}
	measurements, err := tuner.Measure(p)
	if err != nil {
		return nil, &DeviceError{err}
	}
	return measurements, nil
}

func (b Benchmark) network() (*network.Network, error) {
	n, err := network.Parse(b.Network, false)
	if err != nil {
		return nil, &config.Error{Problem: err.Error()}
	}
	if b.Precision == "bf16" {
		n.Activations = program.BFloat16
	}
	if b.Size%n.Multiple != 0 {
		return nil, &config.Error{Problem: fmt.Sprintf("size %d is not a multiple of %d, which network %s needs", b.Size, n.Multiple, n.Name)}
	}
	if err := n.FitsSize(b.Size, b.Size); err != nil {
		return nil, &config.Error{Problem: err.Error()}
	}
	return n, nil
}

// smallest is the shortest float32 tensor.
func smallest(tensors []program.Tensor) program.Tensor {
	var found program.Tensor
	for _, t := range tensors {
		if t.Type == program.Float32 && (!found.Present() || t.Elements() < found.Elements()) {
			found = t
		}
	}
	return found
}

// program returns what is timed, the tensors it keeps, and their contents. The time does not depend on
// the values: weights are starting ones, images synthetic or black.
func (b Benchmark) program(n *network.Network) (*program.Program, []program.Tensor, map[string]any, error) {
	if b.Mode == "train" {
		set, err := data.Load([]string{data.DeadLeaves}, data.Options{Patch: b.Size, Count: 8})
		if err != nil {
			return nil, nil, nil, err
		}
		experiment := &config.Experiment{}
		experiment.Train.Batch, experiment.Train.Patch, experiment.Train.Average = b.Batch, b.Size, 0.99
		experiment.Noise = config.Noise{Model: "gaussian", Sigma: config.Range{From: 25, To: 25}}
		step := train.NewStep(experiment, n, images(set))
		p, stored, err := step.Program()
		return p, stored, step.Contents(), err
	}
	noisy := program.Tensor{Name: "noisy", Shape: []int{b.Batch, b.Size, b.Size, 1}, Role: program.Input}
	p, denoised := denoise.Program(n, noisy, program.Tensor{}, "", program.Weight)
	contents := map[string]any{noisy.Name: make([]float32, noisy.Elements())}
	for i, parameter := range n.Parameters {
		contents[parameter.Name] = n.Initial(1, i)
	}
	return p, append(n.Tensors("", program.Weight), noisy, denoised), contents, nil
}
