// A 3x3 convolution of bf16 on tensor cores, sums in float32.
//
// The images' columns are counted through all samples, so that a tile may reach over the end of a sample: 16 columns cost one warp's work in an
// image of 40 columns as in one of 48. In shared memory each sample's columns have a column of zeros on both sides.
#include "convolution.cuh"

constexpr int TAPS = 9, CHUNK = 16, STAGES = 3;  // channels of a stage, stages in flight or in use
constexpr int HEIGHT = 8;                         // rows of a tile; a warp's is HEIGHT rows x 16 columns x 32 outputs

struct convolution_tiles {
	int columns;                            // of a tile, at most 16 * GROUPS
	int column_tiles, row_tiles, outputs;  // their number; blocks of 32 * HALVES outputs
	int chunks, resident;                   // resident: the weight of all chunks stays in shared memory
};

// A block of GROUPS x HALVES warps takes every gridDim.x-th tile. For each chunk of channels it brings the tile's pixels and their neighbours to shared
// memory once, for all nine taps, while earlier ones are multiplied. A warp holds the weights of three taps, one above the other, and meets each row of
// pixels once for all three: 16 loads of 512 bytes for 96 matrix instructions, against 24 if each tap loaded its own rows.
template <int GROUPS, int HALVES>
__device__ __forceinline__ void convolve(const bf16 *input, const bf16 *packed, const convolution_shape &s, const convolution_tiles &t,
                                         const convolution_epilogue &e) {
	constexpr int THREADS = 32 * GROUPS * HALVES, OUTPUTS = 32 * HALVES, WEIGHTS = TAPS * OUTPUTS * CHUNK;
	constexpr int COLUMNS = 16 * GROUPS + 8;              // room for the columns of zeros; a multiple of 8 keeps the swizzle the same in each row
	constexpr int PIXELS = (HEIGHT + 2) * COLUMNS, LOADS = (2 * PIXELS + THREADS - 1) / THREADS;
	constexpr unsigned OUTSIDE = ~0u;
	DYNAMIC_SHARED(bf16, weights);
	bf16 *const pixels = weights + (t.resident ? t.chunks : STAGES) * WEIGHTS;
	const int thread = int(threadIdx.x), lane = thread % 32, group = thread / 32 / HALVES, half = thread / 32 % HALVES;
	const int all_columns = s.samples * s.width, tiles = t.column_tiles * t.row_tiles * t.outputs, vectors = s.channels / 8;
	const int stride = int(gridDim.x), mine = (tiles - int(blockIdx.x) + stride - 1) / stride, steps = mine * t.chunks;
	auto top = [&](int tile) { return tile / t.outputs % t.row_tiles * HEIGHT; };
	auto left = [&](int tile) { return tile / t.outputs / t.row_tiles * t.columns; };

	// The loader runs ahead: it is at one chunk of one tile, whose pixels' addresses it keeps, in vectors of 8 channels.
	unsigned source[LOADS];
	int loaded = 0, loading_tile = int(blockIdx.x), loading_chunk = 0;
	auto load = [&] {
		if (loaded < steps) {
			if (loading_chunk == 0) {
				int y = top(loading_tile) - 1, column = left(loading_tile) + left(loading_tile) / s.width * 2;
				#pragma unroll
				for (int i = 0; i < LOADS; i++) {
					int at = (thread + i * THREADS) / 2, row = y + at / COLUMNS, x = column + at % COLUMNS, sample = x / (s.width + 2);
					x = x % (s.width + 2) - 1;
					bool inside = unsigned(row) < unsigned(s.height) && unsigned(x) < unsigned(s.width) && sample < s.samples;
					source[i] = inside ? ((unsigned(sample) * s.height + row) * s.width + x) * vectors : OUTSIDE;
				}
			}
			bf16 *to = pixels + loaded % STAGES * PIXELS * CHUNK;
			#pragma unroll
			for (int i = 0; i < LOADS; i++) {
				int at = (thread + i * THREADS) / 2, vector = thread % 2, from = loading_chunk * 2 + vector;
				bool inside = source[i] != OUTSIDE && from < vectors;
				if (at < PIXELS) cp_async16_zfill(to + at * CHUNK + (vector ^ (at >> 2 & 1)) * 8, input + (inside ? (size_t(source[i]) + from) * 8 : 0), inside);
			}
			if (!t.resident || loaded < t.chunks) {
				const bf16 *from = packed + (size_t(loading_tile % t.outputs) * t.chunks + loading_chunk) * WEIGHTS;
				bf16 *slot = weights + (t.resident ? loading_chunk : loaded % STAGES) * WEIGHTS;
				for (int i = thread; i < WEIGHTS / 8; i += THREADS) cp_async16(slot + i * 8, from + i * 8);
			}
			if (++loading_chunk == t.chunks) loading_chunk = 0, loading_tile += stride;
			loaded++;
		}
		cp_async_commit();
	};

	#pragma unroll
	for (int i = 0; i < STAGES - 1; i++) load();
	for (int k = 0, step = 0; k < mine; k++) {
		const int tile = int(blockIdx.x) + k * stride, first = left(tile), inside = min(t.columns, all_columns - first);
		// ldmatrix: this lane's address is that of a pixel's left neighbour, in the upper row; right of the tile it is any that is there.
		const int own = group * 16 + lane % 16, column = own < inside ? own + 2 * ((first + own) / s.width - first / s.width) : 0;
		int address[3];
		#pragma unroll
		for (int kx = 0; kx < 3; kx++) address[kx] = (column + kx) * CHUNK + (lane / 16 ^ ((column + kx) >> 2 & 1)) * 8;
		float sum[HEIGHT][4][4];
		#pragma unroll
		for (int y = 0; y < HEIGHT; y++)
			#pragma unroll
			for (int n = 0; n < 4; n++) sum[y][n][0] = sum[y][n][1] = sum[y][n][2] = sum[y][n][3] = 0;

		for (int chunk = 0; chunk < t.chunks; chunk++, step++) {
			cp_async_wait<STAGES - 2>();
			__syncthreads();
			load();
			const bf16 *from = pixels + step % STAGES * PIXELS * CHUNK;
			const bf16 *weight = weights + (t.resident ? chunk : step % STAGES) * WEIGHTS + half * 32 * CHUNK + lane * 8;
			#pragma unroll
			for (int kx = 0; kx < 3; kx++) {
				uint32_t b[3][4][2];
				#pragma unroll
				for (int ky = 0; ky < 3; ky++)
					#pragma unroll
					for (int pair = 0; pair < 2; pair++) {
						uint4 w = *reinterpret_cast<const uint4 *>(weight + (ky * 3 + kx) * OUTPUTS * CHUNK + pair * 16 * CHUNK);
						b[ky][2 * pair][0] = w.x, b[ky][2 * pair][1] = w.y, b[ky][2 * pair + 1][0] = w.z, b[ky][2 * pair + 1][1] = w.w;
					}
				#pragma unroll
				for (int row = 0; row < HEIGHT + 2; row++) {
					uint32_t a[4];
					ldmatrix_x4(a, from + address[kx] + row * COLUMNS * CHUNK);
					#pragma unroll
					for (int ky = 0; ky < 3; ky++)
						if (row - ky >= 0 && row - ky < HEIGHT)
							#pragma unroll
							for (int n = 0; n < 4; n++) mma_m16n8k16_bf16(sum[row - ky][n], a, b[ky][n], sum[row - ky][n]);
				}
			}
		}

		// The packed weight's order of outputs gives this lane 8 neighbours: number 2n+i in register i of instruction n.
		const int channel = tile % t.outputs * OUTPUTS + half * 32 + lane % 4 * 8;
		if (channel < s.outputs)
			#pragma unroll
			for (int right = 0; right < 2; right++) {
				const int to = group * 16 + lane / 4 + right * 8, at = first + to, rows = to < inside ? min(HEIGHT, s.height - top(tile)) : 0;
				size_t output = pixel_index(at / s.width, top(tile), at % s.width, s.height, s.width) * s.outputs + channel;
				#pragma unroll
				for (int y = 0; y < HEIGHT; y++)
					if (y < rows) {
						float value[8];
						#pragma unroll
						for (int i = 0; i < 8; i++) value[i] = sum[y][i / 2][right * 2 + i % 2];
						finish_vector(e, output + size_t(y) * s.width * s.outputs, channel, value);
					}
			}
	}
}

#define CONVOLVE(name, groups, halves)                                                                                                     \
	extern "C" __global__ void __launch_bounds__(32 * groups * halves)                                                                     \
	    name(const bf16 *input, const bf16 *packed, convolution_shape s, convolution_tiles t, convolution_epilogue e) {                    \
		convolve<groups, halves>(input, packed, s, t, e);                                                                                     \
	}                                                                                                                                      \
	KERNEL(name)
CONVOLVE(convolution_mma_4x1, 4, 1);
CONVOLVE(convolution_mma_2x2, 2, 2);
CONVOLVE(convolution_mma_4x2, 4, 2);
