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
	i.flags.StringVar(&b.Device, "device", "auto", "`name` of the device: auto, cuda, cuda:1, ..., cpu, reference, gorgonia")
	i.flags.IntVar(&b.Threads, "threads", 0, "`number` of threads, 0 for one a core")
	i.flags.IntVar(&b.Steps, "steps", 20, "`number` of steps that are timed")
	i.flags.StringVar(&b.Precision, "precision", "f32", "`format` of the operands of convolutions: f32 or bf16")
	algorithms := i.flags.Bool("algorithms", false, "time each algorithm of each convolution instead of the step, on a device that has several")
	profile := i.flags.Bool("profile", false, "time each operation of the step against the machine's peaks, on the cpu: trainer bench -profile -net dncnn17x64 -batch 32 -size 40")
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
	if *profile {
		return i.benchProfile(b, *asJSON)
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

func (i *invocation) benchProfile(b engine.Benchmark, asJSON bool) error {
	p, err := engine.ProfileBench(b)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(i.stdout).Encode(p)
	}
	fmt.Fprintf(i.stdout, "%s, %s, %d x %dx%d, %s, %d threads\n", p.Network, b.Mode, b.Batch, b.Size, b.Size, p.Description, p.Threads)
	fmt.Fprintf(i.stdout, "  peaks: %.1f GFLOP/s of multiply-adds, %.1f GB/s of memory\n", p.Peak, p.Bandwidth)
	fmt.Fprintf(i.stdout, "  least time of the step %.2f ms; of its operations, one after the other, %.2f ms\n", p.Step, p.Sum)
	fmt.Fprintf(i.stdout, "  GFLOP/s count direct sums; roof: the least time that the peaks allow, with the multiplications that the algorithm does\n")
	for _, table := range []struct {
		title string
		rows  []engine.ProfileRow
	}{{"by kind", p.Kinds}, {"by kind and shape", p.Shapes}} {
		fmt.Fprintf(i.stdout, "\n%-52s %-16s %5s %9s %7s %9s %9s %8s %7s\n", table.title, "", "calls", "ms", "share", "GFLOP/s", "of peak", "GB/s", "roof")
		for _, r := range table.rows {
			rate, ofPeak := "", ""
			if r.Work > 0 {
				rate, ofPeak = fmt.Sprintf("%.1f", r.Rate()), fmt.Sprintf("%.0f %%", 100*r.Rate()/p.Peak)
			}
			fmt.Fprintf(i.stdout, "%-52s %-16s %5d %9.3f %5.1f %% %9s %9s %8.1f %5.0f %%\n",
				r.Name, r.Algorithm, r.Calls, r.Minimum, 100*r.Share, rate, ofPeak, r.Traffic(), 100*r.Roof/r.Minimum)
		}
	}
	return nil
}
