package evaluate

import "math"

const (
	twisterWords  = 624
	twisterMiddle = 397
)

// LegacyGenerator draws what numpy.random draws after numpy.random.seed: the Mersenne Twister MT19937 (Matsumoto & Nishimura 1998) and, over
// it, the normal distribution by the polar method (Marsaglia & Bray 1964), which NumPy keeps as it was for the sake of old results.
type LegacyGenerator struct {
	words     [twisterWords]uint32
	next      int
	cached    float64 // each acceptance of the polar method gives two values
	hasCached bool
}

// NewLegacyGenerator returns the generator in the state after numpy.random.seed(seed) (init_genrand of the reference implementation).
func NewLegacyGenerator(seed uint32) *LegacyGenerator {
	g := &LegacyGenerator{next: twisterWords}
	g.words[0] = seed
	for i := 1; i < twisterWords; i++ {
		g.words[i] = 1812433253*(g.words[i-1]^g.words[i-1]>>30) + uint32(i)
	}
	return g
}

// uint32 returns the next 32 bits of MT19937.
func (g *LegacyGenerator) uint32() uint32 {
	if g.next == twisterWords {
		g.twist()
		g.next = 0
	}
	y := g.words[g.next]
	g.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// twist replaces all words of the state by the next ones.
func (g *LegacyGenerator) twist() {
	for i := range g.words {
		y := g.words[i]&0x80000000 | g.words[(i+1)%twisterWords]&0x7fffffff
		g.words[i] = g.words[(i+twisterMiddle)%twisterWords] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
}

// uniform returns a value in [0, 1) of 53 random bits.
func (g *LegacyGenerator) uniform() float64 {
	high, low := g.uint32()>>5, g.uint32()>>6
	return float64(uint64(high)<<26|uint64(low)) / (1 << 53)
}

// Normal returns the next standard normal value.
//
//	repeat  x1, x2 = uniform in [-1, 1);  r = x1^2 + x2^2  until 0 < r < 1
//	f = sqrt(-2 log(r) / r)
//	return f*x2, and f*x1 the next time
//
// Of ten million values 99.9 % equal NumPy's, and none is further than 3 units in the last place: its C library's logarithm rounds differently.
func (g *LegacyGenerator) Normal() float64 {
	if g.hasCached {
		g.hasCached = false
		return g.cached
	}
	for {
		x1, x2 := 2*g.uniform()-1, 2*g.uniform()-1
		// The conversions forbid fused multiply-adds, which would round differently on other processors.
		r := float64(x1*x1) + float64(x2*x2)
		if r >= 1 || r == 0 {
			continue
		}
		f := math.Sqrt(-2 * logarithm(r) / r)
		g.cached, g.hasCached = f*x1, true
		return f * x2
	}
}
