// Matrix products and loads in the fragment layout of the PTX ISA (mma.m16n8k16, mma.m16n8k8 and ldmatrix).
//
// Products of bfloat16 and TF32 values are exact in float32; they are added one by one, each sum rounded. Devices add in another order and
// with other roundings, so results agree within a bound, not bit by bit.
#include "runtime.h"
#include "tensor_core.h"
#include <cstring>

namespace emulator {

typedef float Row __attribute__((vector_size(32)));  // a row of the 16x8 result

// d[m] += sum over k of a[k][m] * b[k]. Eight rows at a time stay in registers.
#ifdef __x86_64__
__attribute__((target_clones("default", "avx2")))
#endif
static void multiply(int depth, const float (*a)[16], const Row *b, Row *d) {
	for (int first = 0; first < 16; first += 8) {
		Row sum[8];
		for (int m = 0; m < 8; m++) sum[m] = d[first + m];
		for (int k = 0; k < depth; k++)
			for (int m = 0; m < 8; m++) sum[m] += a[k][first + m] * b[k];
		for (int m = 0; m < 8; m++) d[first + m] = sum[m];
	}
}

static float from_bits(uint32_t bits) {
	float x;
	memcpy(&x, &bits, 4);
	return x;
}

static void load_bf16(const Product &p, int group, int pair, float (*a)[16], Row *b) {
	for (int i = 0; i < 4; i++) {
		int row = group + i % 2 * 8, column = pair * 2 + i / 2 * 8;
		a[column][row] = from_bits(p.a[i] << 16);
		a[column + 1][row] = from_bits(p.a[i] & 0xffff0000u);
	}
	for (int i = 0; i < 2; i++) {
		int row = pair * 2 + i * 8;
		b[row][group] = from_bits(p.b[i] << 16);
		b[row + 1][group] = from_bits(p.b[i] & 0xffff0000u);
	}
}

static void load_tf32(const Product &p, int group, int pair, int line, float (*a)[16], Row *b) {
	uint32_t bits = p.b[0] | p.b[1];
	for (int i = 0; i < 4; i++) {
		bits |= p.a[i];
		a[pair + i / 2 * 4][group + i % 2 * 8] = from_bits(p.a[i]);
	}
	for (int i = 0; i < 2; i++) b[pair + i * 4][group] = from_bits(p.b[i]);
	// The device would drop these bits; that is a worse rounding than the one meant.
	if (bits & 0x1fffu) fail(line, "mma.tf32: an operand is no TF32 value: round it with round_tf32");
}

void run_product(Block &block, Warp &warp) {
	bool bf16 = warp.operation == WarpOperation::mma_bf16;
	float a[16][16];
	Row b[16], d[16];
	for (int lane = 0; lane < 32; lane++) {
		const Product &p = *static_cast<const Product *>(warp.payload[lane]);
		int group = lane / 4, pair = lane % 4;
		if (bf16) load_bf16(p, group, pair, a, b);
		else load_tf32(p, group, pair, warp.line, a, b);
		for (int i = 0; i < 4; i++) d[group + i / 2 * 8][pair * 2 + i % 2] = p.c[i];
	}
	multiply(bf16 ? 16 : 8, a, b, d);
	for (int lane = 0; lane < 32; lane++) {
		const Product &p = *static_cast<const Product *>(warp.payload[lane]);
		int group = lane / 4, pair = lane % 4;
		for (int i = 0; i < 4; i++) p.d[i] = d[group + i / 2 * 8][pair * 2 + i % 2];
	}
	block.counts.products++;
}

void run_matrix_load(Block &block, Warp &warp) {
	const MatrixLoad &first = *static_cast<const MatrixLoad *>(warp.payload[0]);
	for (int i = 0; i < first.tiles; i++) {
		uint16_t tile[8][8];
		unsigned banks = 0;  // the eight rows of a tile are read at once: without conflict if each lies in its own four of the 32 banks
		for (int r = 0; r < 8; r++) {
			const void *row = static_cast<const MatrixLoad *>(warp.payload[i * 8 + r])->row;
			memcpy(tile[r], row, 16);
			unsigned bank = 1u << (reinterpret_cast<uintptr_t>(row) / 16 % 8);
			if (banks & bank) block.counts.bank_conflicts++;
			banks |= bank;
		}
		for (int lane = 0; lane < 32; lane++) {
			int group = lane / 4, pair = lane % 4 * 2;
			uint32_t low = first.transpose ? tile[pair][group] : tile[group][pair];
			uint32_t high = first.transpose ? tile[pair + 1][group] : tile[group][pair + 1];
			static_cast<const MatrixLoad *>(warp.payload[lane])->out[i] = low | high << 16;
		}
	}
	block.counts.matrix_loads++;
}

}  // namespace emulator
