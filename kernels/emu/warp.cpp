// Operations of a warp: how its lanes meet, shuffles and votes.
#include "warp.h"
#include "runtime.h"

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
    case WarpOperation::wgmma_begin: return "wgmma_begin";
    case WarpOperation::wgmma: return "wgmma";
    case WarpOperation::wgmma_commit: return "wgmma_commit";
    case WarpOperation::wgmma_wait: return "wgmma_wait";
    }
    return "";
}

Warp &join(Block &block, WarpOperation operation, unsigned mask, int line) {
    Warp &warp = block.warps[block.running->index / 32];
    if (!(mask >> block.running->index % 32 & 1)) fail(line, "%s: the calling lane is not in its own mask %08x", name(operation), mask);
    if (!warp.arrived) {
        warp.operation = operation;
        warp.mask = mask;
        warp.line = line;
    } else if (warp.operation != operation || warp.mask != mask || warp.line != line) {
        fail(line, "divergent warp operation: %s with mask %08x here; lanes %08x are in %s with mask %08x at line %d", name(operation),
             mask, warp.arrived, name(warp.operation), warp.mask, warp.line);
    }
    return warp;
}

bool arrive(Block &block, Warp &warp) {
    warp.arrived |= 1u << block.running->index % 32;
    if (warp.arrived == warp.mask) return true;
    park(block);
    return false;
}

void complete(Warp &warp) {
    warp.arrived = 0;
    warp.turn ^= 1;
    warp.ready |= warp.mask;
}

void sync_warp(unsigned mask, int line) {
    Warp &warp = join(*current, WarpOperation::syncwarp, mask, line);
    meet(*current, warp, [&] {
        if (mask != 0xffffffffu) return;  // one of part of a warp orders nothing for the rest, so it is not counted
        warp.clock++;
        const unsigned first = current->running->index / 32 * 32;
        share_barriers(*current, first, first + 32);
    });
}

// The lane that lane receives from, as in CUDA's definition: out of the segment of `width` lanes it keeps its own value.
static int source(Shuffle kind, int lane, int argument, int width) {
    int first = lane & ~(width - 1), from = lane;
    switch (kind) {
    case Shuffle::index: return first + (argument & (width - 1));
    case Shuffle::up: from = lane - argument; return from < first ? lane : from;
    case Shuffle::down: from = lane + argument; return from >= first + width ? lane : from;
    case Shuffle::exclusive_or: from = lane ^ argument; return from >= first + width ? lane : from;
    }
    return lane;
}

uint32_t shuffle_word(Shuffle kind, unsigned mask, uint32_t word, int argument, int width, int line) {
    static constexpr WarpOperation operations[] = {WarpOperation::shuffle_index, WarpOperation::shuffle_up, WarpOperation::shuffle_down,
                                                   WarpOperation::shuffle_xor};
    Warp &warp = join(*current, operations[int(kind)], mask, line);
    const int lane = int(current->running->index % 32), from = source(kind, lane, argument, width);
    uint32_t *words = warp.exchange[warp.turn].words;
    words[lane] = word;
    meet(*current, warp, [] {});
    return mask >> from & 1 ? words[from] : 0xffffffffu;  // from a lane outside the mask the device gives anything: here a NaN
}

uint32_t ballot(unsigned mask, bool vote, int line) {
    Warp &warp = join(*current, WarpOperation::ballot, mask, line);
    uint32_t *words = warp.exchange[warp.turn].words, votes = 0;
    words[current->running->index % 32] = vote;
    meet(*current, warp, [] {});
    for (int lane = 0; lane < 32; lane++)
        if (mask >> lane & 1) votes |= words[lane] << lane;
    return votes;
}

}  // namespace emulator
