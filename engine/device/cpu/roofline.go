package cpu

import (
	"time"
	"unsafe"
)

// PeakGFLOPS measures the float32 multiply-adds of the default tier on a number of threads (0: all), in 1e9 operations a second, two to a
// multiply-add: what shares of peak are shares of. It takes a tenth of a second.
func PeakGFLOPS(threads int) float64 {
	d, err := New(Options{Threads: threads})
	if err != nil {
		return 0
	}
	defer d.Close()
	return d.PeakGFLOPS()
}

// PeakGFLOPS measures the device's float32 multiply-adds, as the function of this name does. It is 0 after Close.
func (d *Device) PeakGFLOPS() float64 {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.closed {
		return 0
	}
	run, free := d.backend.multiplyAdds()
	defer free()
	return best(40, run)
}

// PeakGBs measures how fast the device's threads read and write memory, in 1e9 bytes a second: one slice of 64 MiB is added to another, which reads two
// bytes for each that it writes. What lies in a cache is faster. It takes a third of a second, and is 0 after Close or without
// memory for it.
func (d *Device) PeakGBs() float64 {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.closed {
		return 0
	}
	const elements = 16 << 20
	r, err := newRegion(2 * 4 * elements)
	if err != nil {
		return 0
	}
	defer r.free()
	memory := unsafe.Slice((*float32)(r.start), 2*elements)
	return best(20, func() float64 {
		d.backend.stream(memory[:elements], memory[elements:])
		return 12 * elements
	})
}

// best is the highest rate of some runs, in what run returns for a nanosecond: the run that no neighbour interrupted.
func best(runs int, run func() float64) float64 {
	highest := 0.0
	for range runs {
		began := time.Now()
		done := run()
		highest = max(highest, done/float64(time.Since(began).Nanoseconds()))
	}
	return highest
}
