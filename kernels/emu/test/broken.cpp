// Each deliberately broken kernel is rejected with the right message, and its twin computes what it should.
#include "test.h"
#include "../../device.cuh"

namespace {

// How a broken kernel is found out: by parts of the error's text, or one of these.
using Parts = std::vector<std::string>;
const Parts by_values = {"wrong values, and no error"};
const Parts not_run = {"not run: it would fault, or pass by chance"};

struct Twins {
    std::string name;
    unsigned grid, block;
    int n;
    std::function<float(const std::vector<float> &, int)> expected;  // element i of out
    Parts check, fast;                                               // in either build
};

float doubled(const std::vector<float> &in, int i) { return 2.0f * in[size_t(i)]; }
float same(const std::vector<float> &in, int i) { return in[size_t(i)]; }
float exchanged(const std::vector<float> &in, int i) { return in[size_t(i ^ 1)]; }
std::function<float(const std::vector<float> &, int)> reversed(int size) {
    return [size](const std::vector<float> &in, int i) { return in[size_t(i / size * size + size - 1 - i % size)]; };
}

float neighbours(const std::vector<float> &in, int i) {
    const int width = 13, height = int(in.size()) / width;
    float sum = 0;
    for (int y = i / width - 1; y <= i / width + 1; y++)
        for (int x = i % width - 1; x <= i % width + 1; x++)
            if (y >= 0 && y < height && x >= 0 && x < width) sum += in[size_t(y * width + x)];
    return sum;
}

float product(const std::vector<float> &in, int i) {
    float sum = 0;
    for (int k = 0; k < 16; k++) sum += in[size_t(i / 8 * 16 + k)] * in[size_t(256 + 8 * k + i % 8)];
    return i < 128 ? sum : 0;
}

// Of 64x16 and 64x16 values, by rows.
float product_of_groups(const std::vector<float> &in, int i) {
    float sum = 0;
    for (int k = 0; k < 16; k++) sum += in[size_t(i / 64 * 16 + k)] * in[size_t(1024 + i % 64 * 16 + k)];
    return sum;
}

// Those that need compute capability 9.0.
const std::vector<Twins> of_hopper = {
    {"copy_before_wait", 1, 128, 256, reversed(256), {"read of shared memory (tile) at byte ", "(hopper.cu:"}, not_run},
    {"copy_seen_by_one", 1, 128, 256, reversed(256), {"read of shared memory (tile) at byte ", "(hopper.cu:"}, not_run},
    {"expected_bytes",
     1,
     128,
     256,
     reversed(256),
     {": deadlock: ", " threads wait at the barrier in shared memory at byte "},
     {": deadlock: ", " threads wait at the barrier in shared memory at byte "}},
    {"unfenced_factor", 1, 128, 4096, product_of_groups, {": race: read of shared memory (factors) at byte ", "did no fence_async since"}, not_run},
    {"product_before_wait", 1, 128, 4096, product_of_groups, by_values, by_values},
    {"missing_begin", 1, 128, 4096, product_of_groups, {": wgmma_begin is missing"}, {": wgmma_begin is missing"}},
    {"warps_disagree", 1, 128, 4096, product_of_groups, {": the four warps of a group do not issue the same"}, {": the four warps of a group do not issue the same"}},
    {"factor_overwritten", 1, 128, 4096, product_of_groups, {": race: a factor changes while a product"}, {": race: a factor changes while a product"}},
    {"product_never_awaited", 1, 128, 4096, product_of_groups, {": the thread returns with products that it never waited for"},
     {": the thread returns with products that it never waited for"}},
};

const std::vector<Twins> all = {
    {"race_in_block",
     3,
     64,
     192,
     reversed(64),
     {": race: ", " of shared memory (tile) at byte", "with no barrier between (races.cu:"},
     not_run},
    {"race_in_warp",
     2,
     64,
     128,
     exchanged,
     {": race: ", " of shared memory (tile) at byte", "with no __syncwarp between (races.cu:"},
     not_run},
    {"race_between_blocks", 4, 32, 100, same, {": race: write of global memory at byte", "and blocks have no order (races.cu:"}, not_run},
    {"read_of_other_block", 2, 64, 128, doubled, {"global memory at byte", "(races.cu:"}, not_run},
    {"missing_barrier",
     2,
     64,
     128,
     [](const std::vector<float> &in, int i) { return in[size_t(i)] + 2 * in[size_t(i / 64 * 64 + 63 - i % 64)]; },
     {": race: ", " of shared memory (tile) at byte", "with no barrier between (races.cu:"},
     not_run},
    {"overwritten_in_warp",
     2,
     32,
     64,
     [](const std::vector<float> &in, int i) { return in[size_t(i / 32 * 32)] + (i % 32 == 31 ? 1.0f : 0.0f); },
     {": race: ", " of shared memory (tile) at byte 0", "with no __syncwarp between (races.cu:"},
     not_run},
    {"overwritten_in_block",
     2,
     64,
     128,
     [](const std::vector<float> &in, int i) { return in[size_t(i / 64 * 64)] + (i % 64 == 63 ? 1.0f : 0.0f); },
     {": race: ", " of shared memory (tile) at byte 0", "with no barrier between (races.cu:"},
     not_run},
    {"overwritten_by_block",
     3,
     32,
     96,
     [](const std::vector<float> &in, int) { return in[0]; },
     {": race: ", " of global memory at byte 0", "and blocks have no order (races.cu:"},
     not_run},
    {"partial_barrier",
     2,
     32,
     64,
     [](const std::vector<float> &in, int i) { return in[size_t(i | 16)]; },
     {": race: ", " of shared memory (tile) at byte", "with no __syncwarp between (races.cu:"},
     not_run},
    {"divergent_barrier",
     2,
     64,
     128,
     reversed(64),
     {": divergent barrier: other threads wait at line "},
     {": divergent barrier: other threads wait at line "}},
    {"barrier_after_return",
     1,
     64,
     40,
     reversed(40),
     {": deadlock: 40 of 64 threads at __syncthreads (line ", ", 24 returned; ", "some returned before it"},
     {": deadlock: 40 of 64 threads at __syncthreads (line ", ", 24 returned; ", "some returned before it"}},
    {"write_past_end",
     2,
     64,
     100,
     doubled,
     {": out of bounds: write at byte ", " of a 400-byte buffer (bounds.cu:"},
     {": wrote outside a 400-byte device buffer"}},
    {"read_past_end",
     2,
     64,
     100,
     [](const std::vector<float> &in, int i) { return in[size_t(i)] + (i + 1 < int(in.size()) ? in[size_t(i) + 1] : 0.0f); },
     {": out of bounds: read at byte 400 of a 400-byte buffer (bounds.cu:"},
     by_values},
    {"shared_bounds",
     2,
     64,
     128,
     reversed(64),
     {": out of bounds: bytes 252 to 256 of 252 bytes of shared memory (tile) (bounds.cu:"},
     {": wrote past the end of its shared array tile"}},
    {"tail", 1, 32, 101, doubled, {": out of bounds: ", " of a 404-byte buffer (bounds.cu:"}, {": wrote outside a 404-byte device buffer"}},
    {"border", 2, 64, 9 * 13, neighbours, by_values, by_values},
    {"uninitialised_shared", 2, 64, 128, reversed(64), {": read of uninitialised shared memory (tile) at byte 28 (memory.cu:"}, by_values},
    {"uninitialised_global",
     2,
     64,
     100,
     same,
     {": read of uninitialised global memory at byte", " of a 400-byte buffer (memory.cu:"},
     by_values},
    {"misaligned", 1, 32, 128, same, {": misaligned access: address", " is not a multiple of 16 (memory.cu:"}, not_run},
    {"read_before_wait",
     2,
     64,
     512,
     same,
     {": read of shared memory (tile) at byte", "while an asynchronous copy into it is pending", "(async_copies.cu:"},
     by_values},
    {"wait_without_barrier",
     2,
     64,
     512,
     reversed(256),
     {": race: ", "of shared memory (tile) at byte", "with no barrier between"},
     not_run},
    {"wait_too_weak",
     2,
     64,
     512,
     reversed(256),
     {": read of shared memory (stages) at byte", "while an asynchronous copy into it is pending"},
     by_values},
    {"stage_reused", 2, 64, 512, reversed(256), {": race: ", " of shared memory (stages) at byte"}, not_run},
    {"never_waited",
     2,
     64,
     512,
     same,
     {": the thread returns with cp.async copies that it never waited for"},
     {": the thread returns with cp.async copies that it never waited for"}},
    {"partial_shuffle",
     2,
     64,
     128,
     exchanged,
     {": deadlock: ", "of mask ffffffff wait in a warp operation at line "},
     {": deadlock: ", "of mask ffffffff wait in a warp operation at line "}},
    {"divergent_shuffle",
     2,
     64,
     128,
     exchanged,
     {": divergent warp operation: __shfl_xor_sync with mask ffffffff here"},
     {": divergent warp operation: __shfl_xor_sync with mask ffffffff here"}},
    {"fragment_order", 1, 32, 384, product, by_values, by_values},
    {"partial_product",
     1,
     32,
     384,
     product,
     {": deadlock: ", "lanes ffffffdf of mask ffffffff wait in a warp operation at line "},
     {": deadlock: ", "lanes ffffffdf of mask ffffffff wait in a warp operation at line "}},
    {"unrounded_operand",
     1,
     32,
     128,
     [](const std::vector<float> &in, int i) { return __uint_as_float(round_tf32(in[size_t(i)])); },
     {": mma.tf32: an operand is no TF32 value"},
     {": mma.tf32: an operand is no TF32 value"}},
};

// Small integers, which bfloat16 holds and whose sums are exact; for TF32 with a fraction that it does not hold.
std::vector<float> input(const Twins &twins) {
    std::vector<float> in;
    for (int i = 0; i < twins.n; i++) in.push_back(float(i * 37 % 101 - 50) + (twins.name == "unrounded_operand" ? 0x1.8p-8f : 0.0f));
    return in;
}

struct Result {
    std::string error;
    bool right;  // all values
};

Result run(const Twins &twins, const std::string &kernel) {
    std::vector<float> values = input(twins);
    DeviceBuffer<float> in(values), out(values.size());
    Result result;
    result.error =
        run_kernel(kernel.c_str(), dim3(twins.grid), dim3(twins.block), 0, static_cast<const float *>(in.data), out.data, twins.n);
    std::vector<float> got = out.values();
    result.right = true;
    for (int i = 0; i < twins.n; i++) result.right = result.right && got[size_t(i)] == twins.expected(values, i);
    return result;
}

void check_twins(const Twins &twins) {
    Result good = run(twins, twins.name);
    if (!good.error.empty() || !good.right)
        throw std::runtime_error("the twin without fault: " + (good.right ? good.error : "wrong values"));
    const Parts &expected = emulator::checked ? twins.check : twins.fast;
    if (expected == not_run) return;
    Result bad = run(twins, twins.name + "_broken");
    if (expected != by_values) {
        for (const std::string &part : expected) require_text(bad.error, part);
    } else if (!bad.error.empty() || bad.right) {
        throw std::runtime_error("expected wrong values, got " + (bad.right ? "right ones" : bad.error));
    }
}

const bool registered = [] {
    for (const Twins &twins : all) tests().push_back({"broken_" + twins.name, [&twins] { check_twins(twins); }});
    if (emulator::options().hopper)
        for (const Twins &twins : of_hopper) tests().push_back({"broken_" + twins.name, [&twins] { check_twins(twins); }});
    return true;
}();

}  // namespace
