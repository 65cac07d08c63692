// What a thread sees and does, against known answers.
#include "test.h"
#include "../../device.cuh"
#include <cmath>

TEST(indices_count_in_three_dimensions) {
    dim3 grid(3, 2, 4), block(4, 4, 2);
    DeviceBuffer<unsigned> out(24 * 32);
    REQUIRE(run_kernel("known_indices", grid, block, 0, out.data).empty());
    size_t i = 0;
    for (unsigned bz = 0; bz < grid.z; bz++)
        for (unsigned by = 0; by < grid.y; by++)
            for (unsigned bx = 0; bx < grid.x; bx++)
                for (unsigned tz = 0; tz < block.z; tz++)
                    for (unsigned ty = 0; ty < block.y; ty++)
                        for (unsigned tx = 0; tx < block.x; tx++)
                            REQUIRE(out.data[i++] == bx * 100000 + by * 10000 + bz * 1000 + tx * 100 + ty * 10 + tz);
}

TEST(shuffles_and_votes) {
    const int n = 96;
    std::vector<float> values;
    for (int i = 0; i < n; i++) values.push_back(float(i * i));
    DeviceBuffer<float> in(values), out(4 * n);
    DeviceBuffer<unsigned> votes(n);
    REQUIRE(run_kernel("known_shuffles", dim3(1), dim3(n), 0, static_cast<const float *>(in.data), out.data, votes.data).empty());
    for (int i = 0; i < n; i++) {
        int lane = i % 32, warp = i - lane;
        REQUIRE(out.data[i] == values[size_t(warp + lane / 8 * 8 + 1)]);
        REQUIRE(out.data[n + i] == values[size_t(lane % 8 < 3 ? i : i - 3)]);
        REQUIRE(out.data[2 * n + i] == values[size_t(lane % 16 > 10 ? i : i + 5)]);
        REQUIRE(out.data[3 * n + i] == values[size_t(warp + (lane ^ 17))]);
        for (int k = 0; k < 32; k++) REQUIRE((votes.data[i] >> k & 1) == ((warp + k) % 3 == 0));
    }
}

TEST(barriers_order_rounds) {
    for (unsigned n : {32u, 96u, 1024u}) {
        std::vector<int> values;
        for (unsigned i = 0; i < n; i++) values.push_back(int(i * 7919 % 1000));
        DeviceBuffer<int> in(values), out(n);
        REQUIRE(run_kernel("known_prefix_sums", dim3(1), dim3(n), n * sizeof(int), static_cast<const int *>(in.data), out.data).empty());
        int sum = 0;
        for (unsigned i = 0; i < n; i++) REQUIRE(out.data[i] == (sum += values[i]));
    }
}

TEST(atomics_of_all_blocks_meet) {
    DeviceBuffer<unsigned> counts(std::vector<unsigned>{0, 0, 0});
    REQUIRE(run_kernel("known_atomics", dim3(37), dim3(64), 0, counts.data).empty());
    REQUIRE(counts.data[0] == 37 * 64);
    REQUIRE(counts.data[1] == 0xffffffffu);
    REQUIRE(counts.data[2] == 37 * 64 - 1);
}

TEST(async_copies_fill_with_zeros) {
    std::vector<float> values;
    for (int i = 0; i < 64; i++) values.push_back(float(i + 1));
    DeviceBuffer<float> in(values), out(128);
    REQUIRE(run_kernel("known_async_copies", dim3(1), dim3(64), 0, static_cast<const float *>(in.data), out.data).empty());
    for (int i = 0; i < 64; i++) {
        REQUIRE(out.data[i] == (i % 2 == 0 ? float(i + 1) : 0.0f));
        REQUIRE(out.data[64 + i] == float(i + 1));
    }
}

// The conflicts are in the trace, which the Go test reads.
TEST(bank_conflicts) {
    DeviceBuffer<unsigned> out(32);
    REQUIRE(run_kernel("known_bank_conflicts", dim3(1), dim3(32), 0, out.data).empty());
    REQUIRE(out.data[31] == 3);
}

TEST(each_instance_of_a_template_has_its_shared_array) {
    DeviceBuffer<int> differ(1);
    REQUIRE(run_kernel("known_shared_arrays", dim3(1), dim3(32), 0, differ.data).empty());
    REQUIRE(differ.data[0] == 1);
}

TEST(dynamic_shared_memory_must_be_launched) {
    DeviceBuffer<int> in(std::vector<int>(32, 1)), out(32);
    require_text(run_kernel("known_prefix_sums", dim3(1), dim3(32), 0, static_cast<const int *>(in.data), out.data), "launched with none");
    require_text(run_kernel("known_prefix_sums", dim3(1), dim3(32), 200 << 10, static_cast<const int *>(in.data), out.data),
                 "204800 bytes of dynamic shared memory");
}

TEST(launches_of_wrong_shape_are_refused) {
    DeviceBuffer<unsigned> out(64);
    require_text(run_kernel("known_indices", dim3(1), dim3(33), 0, out.data), "a multiple of 32 threads here, not 33");
    require_text(run_kernel("known_indices", dim3(1), dim3(2048), 0, out.data), "1 to 1024 threads");
    require_text(run_kernel("known_indices", dim3(0), dim3(32), 0, out.data), "not 0 by 1 by 1");
    require_text(run_kernel("known_indices", dim3(1, 65536), dim3(32), 0, out.data), "65535 in y and z");
}

extern const int known_byte_store_line;

TEST(what_the_checker_refuses_beside_races) {
    if (!emulator::checked) return;
    DeviceBuffer<unsigned char> bytes(32);
    require_text(run_kernel("known_byte_store", dim3(1), dim3(32), 0, bytes.data),
                 "a store of one byte, which the checker cannot judge: store two or more at once (known.cu:" +
                     std::to_string(known_byte_store_line) + ")");
    DeviceBuffer<float> out(32);
    require_text(run_kernel("known_stack_access", dim3(1), dim3(32), 0, out.data), "access to a variable of another thread");
    float host[32];
    require_text(run_kernel("known_stack_access", dim3(1), dim3(32), 0, host), "access to a variable of another thread");
    require_text(run_kernel("known_shuffles", dim3(1), dim3(32), 0, static_cast<const float *>(host), out.data,
                            reinterpret_cast<unsigned *>(bytes.data)),
                 "which is no device memory");
}

TEST(guards_and_poison_surround_buffers) {
    DeviceBuffer<float> a(3), b(3);
    REQUIRE(std::isnan(a.data[0]) && std::isnan(a.data[2]) && std::isnan(a.data[3]) && std::isnan(a.data[-1]));
    REQUIRE(memcmp(a.data + 3, a.data, 4) != 0);      // a guard is not poison
    REQUIRE(memcmp(a.data + 3, b.data + 3, 4) != 0);  // nor another's guard
    REQUIRE(reinterpret_cast<uintptr_t>(a.data) % 256 == 0);
    REQUIRE(emulator::check_guards().empty());
    a.data[3] = 0;
    require_text(emulator::check_guards(), "wrote outside a 12-byte device buffer");
    REQUIRE(emulator::check_guards().empty());
    a.data[-1] = 0;
    require_text(emulator::check_guards(), "wrote outside a 12-byte device buffer");
}

// The nearest value with few fraction bits, by double arithmetic: ties to even, or away from zero.
static float nearest(float x, int fraction_bits, bool to_even) {
    int exponent;
    double fraction = std::frexp(double(x), &exponent);
    double scaled = std::ldexp(fraction, fraction_bits + 1);
    return float(std::ldexp(to_even ? std::nearbyint(scaled) : std::round(scaled), exponent - fraction_bits - 1));
}

TEST(conversions_round_as_the_device) {
    uint32_t state = 1;
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = emulator::next_random(state) << 8 ^ emulator::next_random(state);
        if (i % 4 == 0) bits = (bits & 0xffff0000u) | 0x8000u;  // a tie of bfloat16
        if (i % 4 == 1) bits = (bits & 0xffffe000u) | 0x1000u;  // a tie of TF32
        float x = __uint_as_float(bits);
        if (std::isnan(x)) {
            REQUIRE(__float2bfloat16(x).bits == 0x7fff);
            REQUIRE(std::isnan(__uint_as_float(round_tf32(x))));
            continue;
        }
        if (!std::isnormal(x)) continue;
        REQUIRE(__bfloat162float(__float2bfloat16(x)) == nearest(x, 7, true));
        REQUIRE(__uint_as_float(round_tf32(x)) == nearest(x, 10, false));
        float low, high;
        unpack_bf16(pack_bf16(x, -x), low, high);
        REQUIRE(low == nearest(x, 7, true) && high == -low);
    }
    REQUIRE(round_tf32(INFINITY) == __float_as_uint(INFINITY) && std::isinf(__bfloat162float(__float2bfloat16(-INFINITY))));
}
