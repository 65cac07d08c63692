package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tweedie/engine/device"
	"tweedie/engine/device/cpu"
	"tweedie/engine/program"
)

// Profile is where the time of a step goes, operation by operation, against the two roofs of the machine.
type Profile struct {
	Network     string       `json:"net"`
	Description string       `json:"description"`
	Threads     int          `json:"threads"`
	Peak        float64      `json:"peak_gflop_per_s"` // multiply-adds, measured on as many threads
	Bandwidth   float64      `json:"peak_gb_per_s"`    // memory, measured on as many threads
	Step        float64      `json:"ms_step"`          // least time of the whole step, in which operations overlap
	Sum         float64      `json:"ms_sum"`           // least times of all operations, one after the other
	Kinds       []ProfileRow `json:"kinds"`            // the longest first
	Shapes      []ProfileRow `json:"shapes"`           // the same operations by kind, shape and algorithm
}

// ProfileRow is the operations of one kind, or of one kind, shape and algorithm.
type ProfileRow struct {
	Name      string  `json:"name"`
	Algorithm string  `json:"algorithm,omitempty"`
	Calls     int     `json:"calls"`
	Minimum   float64 `json:"ms_min"`  // the sum of each operation's least time
	Share     float64 `json:"share"`   // of the sum over all operations
	Work      float64 `json:"gflop"`   // of the direct sums of convolutions
	Bytes     float64 `json:"gb"`      // of the tensors that are read and written, each counted once for an operation
	Roof      float64 `json:"ms_roof"` // no time can be less: the larger of multiplications at the peak and bytes at the bandwidth
}

// Rate is in GFLOP/s, counted as direct sums.
func (r ProfileRow) Rate() float64 { return 1e3 * r.Work / r.Minimum }

// Traffic is in GB/s.
func (r ProfileRow) Traffic() float64 { return 1e3 * r.Bytes / r.Minimum }

// winogradSaving is how many times fewer multiplications F(4x4, 3x3) does: 36 for a tile of 4x4, where direct sums do 144.
const winogradSaving = 4

// ProfileBench times each operation of a step on the processor.
func ProfileBench(b Benchmark) (*Profile, error) {
	r, err := b.prepare()
	if err != nil {
		return nil, err
	}
	defer r.close()
	profiler, ok := r.executable.(device.Profiler)
	processor, isCPU := r.device.(*cpu.Device)
	if !ok || !isCPU {
		return nil, &DeviceError{fmt.Errorf("the device %s does not time its operations; profile the cpu", r.device.Info().Name)}
	}
	info := r.device.Info()
	p := &Profile{Network: r.network.Name, Description: info.Description, Threads: info.Threads, Step: math.Inf(1)}
	p.Peak, p.Bandwidth = processor.PeakGFLOPS(), processor.PeakGBs()
	var least []device.OperationTime
	for step := range benchmarkWarmUp + b.Steps {
		began := time.Now()
		if err := r.run(step); err != nil {
			return nil, err
		}
		p.Step = min(p.Step, 1e3*time.Since(began).Seconds())
		times, err := profiler.Profile(scalars(step))
		if err != nil {
			return nil, &DeviceError{err}
		}
		if least == nil {
			least = times
		}
		for i := range times {
			least[i].Time = min(least[i].Time, times[i].Time)
		}
	}
	p.Peak = max(p.Peak, processor.PeakGFLOPS())
	for i, operation := range r.program.Operations {
		row := p.row(operation, least[i])
		p.Sum += row.Minimum
		p.Shapes = accumulate(p.Shapes, row)
		row.Name, row.Algorithm = strings.TrimRight(row.Name[:strings.IndexAny(row.Name, "0123456789")], " "), ""
		p.Kinds = accumulate(p.Kinds, row)
	}
	for _, rows := range [][]ProfileRow{p.Kinds, p.Shapes} {
		for i := range rows {
			rows[i].Share = rows[i].Minimum / p.Sum
		}
		slices.SortStableFunc(rows, func(a, b ProfileRow) int { return cmp.Compare(b.Minimum, a.Minimum) })
	}
	return p, nil
}

func (p *Profile) row(operation program.Operation, least device.OperationTime) ProfileRow {
	row := ProfileRow{Name: least.Key, Algorithm: least.Algorithm, Calls: 1, Minimum: 1e3 * least.Time.Seconds()}
	for _, tensor := range append(operation.Reads(), operation.Writes()...) {
		if tensor.Role != program.Images { // a crop reads a little of each
			row.Bytes += float64(tensor.Bytes()) / 1e9
		}
	}
	if counted, ok := operation.(interface{ Work() float64 }); ok {
		row.Work = counted.Work() / 1e9
	}
	multiplications := row.Work
	if strings.HasPrefix(row.Algorithm, "winograd4") {
		multiplications /= winogradSaving
	}
	row.Roof = 1e3 * max(multiplications/p.Peak, row.Bytes/p.Bandwidth)
	return row
}

// accumulate adds a row to the one of the same name and algorithm, or to the end.
func accumulate(rows []ProfileRow, row ProfileRow) []ProfileRow {
	at := slices.IndexFunc(rows, func(r ProfileRow) bool { return r.Name == row.Name && r.Algorithm == row.Algorithm })
	if at < 0 {
		return append(rows, row)
	}
	sum := &rows[at]
	sum.Calls += row.Calls
	sum.Minimum += row.Minimum
	sum.Work += row.Work
	sum.Bytes += row.Bytes
	sum.Roof += row.Roof
	return rows
}
