// Matrix instructions, ldmatrix and asynchronous copies: the twins of device.cuh's functions with PTX, described there.
#pragma once
#include "thread.h"

namespace emulator {
void multiply_bf16(float *d, const uint32_t *a, const uint32_t *b, const float *c, int line);
void multiply_tf32(float *d, const uint32_t *a, const uint32_t *b, const float *c, int line);
void load_matrix(uint32_t *registers, int tiles, bool transpose, const void *row, int line);
void async_copy(void *shared, const void *global, int bytes, bool valid, int line);
void async_commit();
void async_wait(int newest_unfinished, int line);
}  // namespace emulator

// Bits 0 to 12 of the result are zero; carries run into the exponent, so large values become infinite.
inline uint32_t round_tf32(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, 4);
    if (x != x) return 0x7fffe000u;
    if ((bits & 0x7fffffffu) == 0x7f800000u) return bits;
    return (bits + 0x1000u) & ~0x1fffu;
}

inline void mma_m16n8k16_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const float (&c)[4], EMULATOR_LINE) {
    emulator::multiply_bf16(d, a, b, c, line);
}
inline void mma_m16n8k8_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], const float (&c)[4], EMULATOR_LINE) {
    emulator::multiply_tf32(d, a, b, c, line);
}
inline void ldmatrix_x4(uint32_t (&r)[4], const void *row, EMULATOR_LINE) { emulator::load_matrix(r, 4, false, row, line); }
inline void ldmatrix_x4_trans(uint32_t (&r)[4], const void *row, EMULATOR_LINE) { emulator::load_matrix(r, 4, true, row, line); }
inline void ldmatrix_x2(uint32_t (&r)[2], const void *row, EMULATOR_LINE) { emulator::load_matrix(r, 2, false, row, line); }
inline void ldmatrix_x2_trans(uint32_t (&r)[2], const void *row, EMULATOR_LINE) { emulator::load_matrix(r, 2, true, row, line); }

inline void cp_async16(void *shared, const void *global, EMULATOR_LINE) { emulator::async_copy(shared, global, 16, true, line); }
inline void cp_async16_zfill(void *shared, const void *global, bool valid, EMULATOR_LINE) {
    emulator::async_copy(shared, global, 16, valid, line);
}
inline void cp_async4_zfill(void *shared, const void *global, bool valid, EMULATOR_LINE) {
    emulator::async_copy(shared, global, 4, valid, line);
}
inline void cp_async_commit() { emulator::async_commit(); }
template <int n>
inline void cp_async_wait(EMULATOR_LINE) {
    emulator::async_wait(n, line);
}
