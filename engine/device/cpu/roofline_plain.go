//go:build !cgo

package cpu

// multiplyAdds returns a run of multiplications and additions that reports how many it does, and what frees it.
func (b *backend) multiplyAdds() (run func() float64, free func()) {
	const chains, steps = 8, 1 << 16
	var chain [chains]float32
	return func() float64 {
		for range steps {
			for i := range chain {
				chain[i] = chain[i]*0.999 + 1e-3
			}
		}
		return 2 * chains * steps
	}, func() {}
}

// stream adds one slice to another.
func (b *backend) stream(to, from []float32) {
	for i, value := range from {
		to[i] += value
	}
}
