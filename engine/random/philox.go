// Package random holds the counter-based generator that every device draws from, and the distributions over it.
//
// A draw is a pure function of (seed, stream, step, sample, element): nothing is kept between steps, so a resumed run needs no
// generator state and devices may draw in any order. Samplers that belong to a noise model live in package noise.
package random

import "math/bits"

// Stream separates draws for different purposes under one seed. Its value is part of the file format: never renumber.
type Stream uint8

// The streams in use.
const (
	Initialisation Stream = 1 // weights before training; sample is the weight's index in the network
	Crops          Stream = 2 // which image, where and how turned
	Levels         Stream = 3 // each sample's noise level
	Noise          Stream = 4 // the noise itself
	Validation     Stream = 5 // noise of the validation images, the same at every validation
	Synthetic      Stream = 6 // synthetic images
	Borders        Stream = 7 // how far a sample is extended by repetition
	Pair           Stream = 8 // the noise of a second image of the same clean one (noise2noise)
	Probes         Stream = 9 // directions along which Jacobians are probed
)

// Philox is Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011): ten rounds over a 128-bit counter under a 64-bit key.
//
//	(c0, c1, c2, c3) -> (hi(M1*c2) ^ c1 ^ k0, lo(M1*c2), hi(M0*c0) ^ c3 ^ k1, lo(M0*c0)), k0 += W0, k1 += W1
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	const (
		multiplier0, multiplier1 = 0xD2511F53, 0xCD9E8D57
		weyl0, weyl1             = 0x9E3779B9, 0xBB67AE85
	)
	for range 10 {
		high0, low0 := bits.Mul32(multiplier0, counter[0])
		high1, low1 := bits.Mul32(multiplier1, counter[2])
		counter = [4]uint32{high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0}
		key[0] += weyl0
		key[1] += weyl1
	}
	return counter
}

// Words returns the four words that belong to the elements 4*block to 4*block+3 of a sample at a step: those of Attempt 0.
func Words(seed uint64, stream Stream, step uint64, sample, block uint32) [4]uint32 {
	return Attempt(seed, stream, step, sample, block, 0)
}

// Attempt returns further words of the same elements, for samplers that need more than one each: Philox with key = seed (low word first) and
// counter = (block, sample, step, stream << 24 | attempt). Step counts modulo 2^32, attempt modulo 2^24.
func Attempt(seed uint64, stream Stream, step uint64, sample, block, attempt uint32) [4]uint32 {
	counter := [4]uint32{block, sample, uint32(step), uint32(stream)<<24 | attempt&0xffffff}
	return Philox(counter, [2]uint32{uint32(seed), uint32(seed >> 32)})
}

// Below maps a word to an integer in [0, n): floor(word * n / 2^32). Its bias is below n / 2^32.
func Below(word uint32, n int) int {
	return int(uint64(word) * uint64(n) >> 32)
}

// Uniform maps a word to one of the 2^24 float32 values k / 2^24 in [0, 1), exactly.
func Uniform(word uint32) float32 {
	return float32(word>>8) * 0x1p-24
}
