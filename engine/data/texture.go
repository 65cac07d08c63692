package data

import "math/rand/v2"

// texture is a tile that continues at its borders, with mean 0 and a standard deviation of about 32.
type texture [256][256]int8

// textures are the tiles that the leaves of all images share, so that drawing a leaf costs a look-up a pixel.
type textures [4]texture

// newTextures makes the tiles from a fixed seed: they are a property of the program, like the shapes.
func newTextures() *textures {
	random := rand.NewPCG(0x7eeed1e, 1)
	tiles := new(textures)
	// Sums of octaves of noise with cells of 2^i texels. The weights make clouds (falling with frequency), plaster, sand, and wood.
	octaves(&tiles[0], random, [7]int32{1, 2, 3, 5, 8, 12, 16}, 0)
	octaves(&tiles[1], random, [7]int32{3, 4, 5, 6, 6, 4, 2}, 0)
	octaves(&tiles[2], random, [7]int32{10, 6, 2, 1, 0, 0, 0}, 0)
	octaves(&tiles[3], random, [7]int32{3, 4, 6, 6, 3, 0, 0}, 3)
	return tiles
}

// pick chooses a tile by a random word.
func (t *textures) pick(word uint64) *texture { return &t[word>>32*uint64(len(t))>>32] }

// octaves fills a tile with the weighted sum of noise on lattices of cells of 2^i texels, interpolated between their corners. Cells are
// 2^stretch times longer along the rows' direction, which makes grain.
func octaves(tile *texture, random *rand.PCG, weights [7]int32, stretch int) {
	var sum [256][256]int32
	for i, weight := range weights {
		if weight == 0 {
			continue
		}
		down, along := i, min(i+stretch, 7)
		var lattice [256][256]int32
		for y := range 256 >> down {
			for x := range 256 >> along {
				lattice[y][x] = int32(random.Uint64()>>56) - 128
			}
		}
		for y := range 256 {
			for x := range 256 {
				sum[y][x] += weight * interpolate(&lattice, y, x, down, along)
			}
		}
	}
	normalize(tile, &sum)
}

// interpolate returns the value at texel (y, x) of a lattice with cells of 2^down x 2^along texels, bilinear, times 256.
func interpolate(lattice *[256][256]int32, y, x, down, along int) int32 {
	top, left := y>>down, x>>along
	bottom, right := (top+1)&(256>>down-1), (left+1)&(256>>along-1)
	fy, fx := int32(y&(1<<down-1)<<8>>down), int32(x&(1<<along-1)<<8>>along)
	upper := lattice[top][left]*(256-fx) + lattice[top][right]*fx
	lower := lattice[bottom][left]*(256-fx) + lattice[bottom][right]*fx
	return (upper*(256-fy) + lower*fy) >> 8
}

// normalize scales the sums to mean 0 and a mean absolute value of 26, that of a normal distribution of deviation 32, and clips.
func normalize(tile *texture, sum *[256][256]int32) {
	var total, absolute int64
	for _, row := range sum {
		for _, value := range row {
			total += int64(value)
		}
	}
	mean := total / (256 * 256)
	for _, row := range sum {
		for _, value := range row {
			absolute += max(int64(value)-mean, mean-int64(value))
		}
	}
	for y, row := range sum {
		for x, value := range row {
			tile[y][x] = int8(min(max((int64(value)-mean)*26*256*256/absolute, -127), 127))
		}
	}
}
