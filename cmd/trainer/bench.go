package main

import (
	"encoding/json"
	"fmt"

	"tweedie/engine"
)

func runBench(i *invocation) error {
	var b engine.Benchmark
	i.flags.StringVar(&b.Network, "net", "unet32x64x128b1", "`name` of the network")
	i.flags.IntVar(&b.Batch, "batch", 8, "`number` of samples a step")
	i.flags.IntVar(&b.Size, "size", 64, "height and width of a sample in `pixels`")
	i.flags.StringVar(&b.Mode, "mode", "train", "train: the whole training step; denoise: the forward pass")
	i.flags.StringVar(&b.Device, "device", "auto", "`name` of the device: auto, cuda, cuda:1, ..., cpu, reference")
	i.flags.IntVar(&b.Threads, "threads", 0, "`number` of threads, 0 for one a core")
	i.flags.IntVar(&b.Steps, "steps", 20, "`number` of steps that are timed")
	i.flags.StringVar(&b.Precision, "precision", "f32", "`format` of the operands of convolutions: f32 or bf16")
	algorithms := i.flags.Bool("algorithms", false, "time each algorithm of each convolution instead of the step, on a device that has several")
	asJSON := i.flags.Bool("json", false, "print one JSON object")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	switch {
	case b.Mode != "train" && b.Mode != "denoise":
		return i.misuse("-mode %q is neither train nor denoise", b.Mode)
	case b.Precision != "f32" && b.Precision != "bf16":
		return i.misuse("-precision %q is neither f32 nor bf16", b.Precision)
	case b.Batch < 1 || b.Batch > 4096 || b.Size < 1 || b.Size > 1<<14 || b.Steps < 1 || b.Threads < 0 || b.Threads > 1024:
		return i.misuse("-batch, -size, -steps or -threads is out of range")
	}
	if *algorithms {
		return i.benchAlgorithms(b, *asJSON)
	}
	timing, err := engine.Bench(b)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(i.stdout).Encode(timing)
	}
	fmt.Fprintf(i.stdout, "%s, %s, %d x %dx%d, %s (%s), %d threads\n", timing.Network, timing.Mode, timing.Batch, timing.Size, timing.Size, timing.Device, timing.Description, timing.Threads)
	fmt.Fprintf(i.stdout, "  least %.2f ms, median %.2f ms a step over %d steps\n", timing.Minimum, timing.Median, timing.Steps)
	fmt.Fprintf(i.stdout, "  %.2f GFLOP a step: %.1f GFLOP/s at the median, %.1f at the least\n", timing.Work, timing.Rate, timing.BestRate)
	if timing.Peak > 0 {
		fmt.Fprintf(i.stdout, "  peak of multiply-adds %.1f GFLOP/s: the least time is %.0f %% of it\n", timing.Peak, 100*timing.Share)
	}
	fmt.Fprintf(i.stdout, "  %.3f megapixels/s, %.1f MB of temporaries\n", timing.Pixels, timing.Memory)
	return nil
}

func (i *invocation) benchAlgorithms(b engine.Benchmark, asJSON bool) error {
	measurements, err := engine.Algorithms(b)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(i.stdout).Encode(measurements)
	}
	for _, m := range measurements {
		fmt.Fprintf(i.stdout, "%-75s %-8s %9.4f ms %8.2f TFLOP/s %8.1f MB\n", m.Key, m.Algorithm, m.Milliseconds, m.Work/m.Milliseconds/1e9, float64(m.Bytes)/1e6)
	}
	return nil
}
