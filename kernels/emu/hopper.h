// Hopper's products, copies and barriers: the twins of hopper.cuh's functions with PTX, described there.
#pragma once
#include "thread.h"

#define __grid_constant__

struct alignas(128) tensor_map {
    uint64_t words[16];
};

namespace emulator {
void barrier_init(uint64_t *barrier, unsigned arrivals, int line);
void barrier_expect(uint64_t *barrier, unsigned bytes, int line);
void barrier_wait(uint64_t *barrier, unsigned parity, int line);
void fence_async();
void bulk_copy(void *shared, const void *global, unsigned bytes, uint64_t *barrier, int line);
void tensor_copy(void *shared, const tensor_map &map, const int (&at)[4], uint64_t *barrier, int line);
uint32_t shared_address(const void *shared, int line);
void group_begin(int line);
void group_multiply(float *d, uint64_t a, uint64_t b, bool add, int line);
void group_commit(int line);
void group_wait(int newest_unfinished, int line);
}  // namespace emulator

inline void barrier_init(uint64_t *barrier, unsigned arrivals, EMULATOR_LINE) { emulator::barrier_init(barrier, arrivals, line); }
inline void barrier_expect(uint64_t *barrier, unsigned bytes, EMULATOR_LINE) { emulator::barrier_expect(barrier, bytes, line); }
inline void barrier_wait(uint64_t *barrier, unsigned parity, EMULATOR_LINE) { emulator::barrier_wait(barrier, parity, line); }
inline void fence_async() { emulator::fence_async(); }
inline void bulk_copy(void *shared, const void *global, unsigned bytes, uint64_t *barrier, EMULATOR_LINE) {
    emulator::bulk_copy(shared, global, bytes, barrier, line);
}
inline void tensor_copy(void *shared, const tensor_map &map, int x, int y, int z, int w, uint64_t *barrier, EMULATOR_LINE) {
    emulator::tensor_copy(shared, map, {x, y, z, w}, barrier, line);
}

inline uint64_t wgmma_factor(const void *shared, unsigned half, unsigned rows, EMULATOR_LINE) {
    return uint64_t((emulator::shared_address(shared, line) & 0x3ffff) >> 4) | uint64_t(half >> 4) << 16 | uint64_t(rows >> 4) << 32;
}
inline void wgmma_begin(EMULATOR_LINE) { emulator::group_begin(line); }
inline void wgmma_commit(EMULATOR_LINE) { emulator::group_commit(line); }
template <int n>
inline void wgmma_wait(EMULATOR_LINE) {
    emulator::group_wait(n, line);
}
inline void wgmma_settle(float (&)[32]) {}  // what is waited for is written back by then
inline void wgmma_m64n64k16_bf16(float (&d)[32], uint64_t a, uint64_t b, bool add, EMULATOR_LINE) {
    emulator::group_multiply(d, a, b, add, line);
}
