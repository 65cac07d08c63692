// Operations of a warp: the lanes of the mask meet, the last one to come works for all.
#include "checker.h"
#include "runtime.h"
#include "tensor_core.h"

namespace emulator {

static const char *name(WarpOperation operation) {
	switch (operation) {
	case WarpOperation::syncwarp: return "__syncwarp";
	case WarpOperation::shuffle_index: return "__shfl_sync";
	case WarpOperation::shuffle_up: return "__shfl_up_sync";
	case WarpOperation::shuffle_down: return "__shfl_down_sync";
	case WarpOperation::shuffle_xor: return "__shfl_xor_sync";
	case WarpOperation::ballot: return "__ballot_sync";
	case WarpOperation::ldmatrix: return "ldmatrix";
	case WarpOperation::mma_bf16: return "mma.bf16";
	case WarpOperation::mma_tf32: return "mma.tf32";
	}
	return "";
}

// The lane that lane receives from, as in CUDA's definition: out of the segment of `width` lanes it keeps its own value.
static int source(WarpOperation operation, int lane, int argument, int width) {
	int first = lane & ~(width - 1), from = lane;
	switch (operation) {
	case WarpOperation::shuffle_index: return first + (argument & (width - 1));
	case WarpOperation::shuffle_up: from = lane - argument; return from < first ? lane : from;
	case WarpOperation::shuffle_down: from = lane + argument; return from >= first + width ? lane : from;
	default: from = lane ^ argument; return from >= first + width ? lane : from;
	}
}

static void run_shuffle(const Warp &warp) {
	for (int lane = 0; lane < 32; lane++) {
		if (!(warp.mask >> lane & 1)) continue;
		Shuffle &to = *static_cast<Shuffle *>(warp.payload[lane]);
		int from = source(warp.operation, lane, to.argument, to.width);
		// From a lane outside the mask the device gives anything: here a NaN.
		to.out = warp.mask >> from & 1 ? static_cast<Shuffle *>(warp.payload[from])->in : 0xffffffffu;
	}
}

static void run_ballot(const Warp &warp) {
	uint32_t votes = 0;
	for (int lane = 0; lane < 32; lane++)
		if (warp.mask >> lane & 1) votes |= static_cast<Shuffle *>(warp.payload[lane])->in << lane;
	for (int lane = 0; lane < 32; lane++)
		if (warp.mask >> lane & 1) static_cast<Shuffle *>(warp.payload[lane])->out = votes;
}

void warp_operation(WarpOperation operation, unsigned mask, int line, void *payload) {
	Block &block = *current;
	unsigned lane = block.running->index % 32, bit = 1u << lane;
	Warp &warp = block.warps[block.running->index / 32];
	if (!(mask & bit)) fail(line, "%s: the calling lane is not in its own mask %08x", name(operation), mask);
	if (operation == WarpOperation::ldmatrix) {
		const MatrixLoad &load = *static_cast<const MatrixLoad *>(payload);
		if (int(lane) < load.tiles * 8) {
			require_shared(load.row, 16, 16, line, "ldmatrix");
			check_access(load.row, 16, AccessKind::read, line, nullptr);
		}
	}
	if (!warp.arrived) {
		warp.operation = operation;
		warp.mask = mask;
		warp.line = line;
	} else if (warp.operation != operation || warp.mask != mask || warp.line != line) {
		fail(line, "divergent warp operation: %s with mask %08x here; lanes %08x are in %s with mask %08x at line %d", name(operation), mask, warp.arrived,
		     name(warp.operation), warp.mask, warp.line);
	}
	warp.payload[lane] = payload;
	warp.arrived |= bit;
	if (warp.arrived != warp.mask) {
		park(block);
		return;
	}
	switch (operation) {
	case WarpOperation::syncwarp:
		if (mask == 0xffffffffu) warp.clock++;  // one of part of a warp orders nothing for the rest, so it is not counted
		break;
	case WarpOperation::ballot: run_ballot(warp); break;
	case WarpOperation::ldmatrix: run_matrix_load(block, warp); break;
	case WarpOperation::mma_bf16:
	case WarpOperation::mma_tf32: run_product(block, warp); break;
	default: run_shuffle(warp);
	}
	warp.arrived = 0;
	warp.ready |= warp.mask;
}

}  // namespace emulator
