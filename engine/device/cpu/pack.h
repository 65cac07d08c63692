// pack.h: weights in the order in which a tile reads them, and gradients back from it.
//
// packed[phase][block][ky][kx][c][lane], where block and lane number the output channels. The last block is one vector wide if that is
// enough, and lanes beyond the last channel are zero. For the adjoint of the 2x2 kernel ky is the phase and kx goes with the output channel.
//
// Packing reads each weight once for each run: at 4096 or more pixels a layer that is below 1 % of its work. A task packs 16 input channels of one
// block, whose 16 * 9 * BLOCK floats fit L1, since one of the two sides is read with a stride.
#ifndef TWEEDIE_PACK_H
#define TWEEDIE_PACK_H

#include "kernels.h"
#include "shape.h"
#include "vector.h"

enum { pack_channels = 16 };

struct panel {
    size_t phases, blocks, taps; // taps: floats of one output channel and one input channel in a phase
    size_t channels;             // output floats of one position
};

static struct panel panel_of(const struct convolution *c) {
    int upsample = c->transposed && c->kernel == 2;
    size_t channels = upsample ? 2 * c->out_channels : c->out_channels;
    return (struct panel){
        .phases = upsample ? 2 : 1, .blocks = parts(channels, BLOCK), .taps = upsample ? 1 : c->kernel * c->kernel, .channels = channels,
    };
}

// Floats of a block: BLOCK wide, or LANES if that holds the rest.
INLINE size_t block_width(size_t channels, size_t block) { return channels - block * BLOCK > LANES ? BLOCK : LANES; }
INLINE size_t padded(size_t channels) { return parts(channels, LANES) * LANES; }

static size_t direct_packed(const struct convolution *c) {
    struct panel p = panel_of(c);
    return p.phases * p.taps * c->channels * padded(p.channels);
}

static void pack_task(const void *argument, size_t index, size_t worker) {
    (void)worker;
    const struct convolution *c = argument;
    struct panel p = panel_of(c);
    size_t chunks = parts(c->channels, pack_channels), chunk = index % chunks;
    size_t block = index / chunks % p.blocks, phase = index / chunks / p.blocks;
    size_t first = chunk * pack_channels, last = smaller(first + pack_channels, c->channels);
    size_t width = block_width(p.channels, block), area = c->kernel * c->kernel;
    float *to = c->packed + (phase * padded(p.channels) + block * BLOCK) * p.taps * c->channels;
    for (size_t lane = 0; lane < width; lane++) {
        size_t o = block * BLOCK + lane, shift = 0;
        int inside = o < p.channels;
        if (p.phases == 2) {
            shift = phase * 2 + o / c->out_channels;
            o %= c->out_channels;
        }
        for (size_t i = first; i < last; i++) {
            const float *from = c->transposed ? c->weight + (i * c->out_channels + o) * area : c->weight + (o * c->channels + i) * area;
            for (size_t tap = 0; tap < p.taps; tap++) {
                size_t source = p.phases == 2 ? shift : c->transposed ? area - 1 - tap : tap;
                to[(tap * c->channels + i) * width + lane] = inside ? from[source] : 0;
            }
        }
    }
}

static void pack(struct graph *graph, const struct convolution *c) {
    struct panel p = panel_of(c);
    graph_phase(graph, pack_task, c);
    graph_tasks(graph, p.phases * p.blocks * parts(c->channels, pack_channels));
    graph_reads(graph, c->weight, weight_bytes(c));
    graph_writes(graph, c->packed, direct_packed(c) * sizeof *c->packed);
}

#endif
