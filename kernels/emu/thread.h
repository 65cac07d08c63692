// What a thread knows and does: its indices, shared memory, barriers, warp operations, atomics.
#pragma once
#include "types.h"

namespace emulator {

struct Position {
    uint3 thread, block;
    dim3 block_size, grid_size;
};
extern __thread Position position __attribute__((tls_model("initial-exec")));
EMULATOR_PRIVATE inline uint3 thread_index() { return position.thread; }
EMULATOR_PRIVATE inline uint3 block_index() { return position.block; }
EMULATOR_PRIVATE inline dim3 block_size() { return position.block_size; }
EMULATOR_PRIVATE inline dim3 grid_size() { return position.grid_size; }

// fail ends the launch with an error that names kernel, block and thread. It does not unwind: the block's fibers are left where they are.
[[noreturn]] void fail(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The identity is an address of its own for each SHARED in each instance of a template, as each has an array of its own.
void *shared_array(const void *identity, const char *name, int line, size_t bytes);
void *dynamic_shared(int line);

void block_barrier(int line);

// Operations of a warp: all lanes of the mask meet at the line. Every lane of a warp gives the same mask, line and constants.
void sync_warp(unsigned mask, int line);
enum class Shuffle { index, up, down, exclusive_or };
uint32_t shuffle_word(Shuffle kind, unsigned mask, uint32_t word, int argument, int width, int line);
uint32_t ballot(unsigned mask, bool vote, int line);

template <class T>
EMULATOR_PRIVATE T shuffle(Shuffle kind, unsigned mask, T value, int argument, int width, int line) {
    static_assert(sizeof(T) == 4, "shuffles move 32 bits; send 64 through shared memory or as two halves");
    uint32_t word;
    __builtin_memcpy(&word, &value, 4);
    word = shuffle_word(kind, mask, word, argument, width, line);
    __builtin_memcpy(&value, &word, 4);
    return value;
}

uint32_t atomic_add(uint32_t *address, uint32_t value, int line);
uint32_t atomic_or(uint32_t *address, uint32_t value, int line);
uint32_t atomic_max(uint32_t *address, uint32_t value, int line);

}  // namespace emulator

#define threadIdx (emulator::thread_index())
#define blockIdx (emulator::block_index())
#define blockDim (emulator::block_size())
#define gridDim (emulator::grid_size())

#define SHARED(T, name, n)       \
    static char name##_identity; \
    T *const name = static_cast<T *>(emulator::shared_array(&name##_identity, #name, __LINE__, sizeof(T) * (n)))
#define DYNAMIC_SHARED(T, name) T *const name = static_cast<T *>(emulator::dynamic_shared(__LINE__))

// The line of the call is an argument that nobody writes: __builtin_LINE() as a default stands for the caller's.
#define EMULATOR_LINE int line = __builtin_LINE()

inline void __syncthreads(EMULATOR_LINE) { emulator::block_barrier(line); }
inline void __syncwarp(unsigned mask = 0xffffffffu, EMULATOR_LINE) { emulator::sync_warp(mask, line); }

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32, EMULATOR_LINE) {
    return emulator::shuffle(emulator::Shuffle::index, mask, value, source, width, line);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32, EMULATOR_LINE) {
    return emulator::shuffle(emulator::Shuffle::up, mask, value, int(distance), width, line);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32, EMULATOR_LINE) {
    return emulator::shuffle(emulator::Shuffle::down, mask, value, int(distance), width, line);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, EMULATOR_LINE) {
    return emulator::shuffle(emulator::Shuffle::exclusive_or, mask, value, lanes, width, line);
}
inline unsigned __ballot_sync(unsigned mask, int predicate, EMULATOR_LINE) { return emulator::ballot(mask, predicate != 0, line); }
inline int __any_sync(unsigned mask, int predicate, EMULATOR_LINE) { return __ballot_sync(mask, predicate, line) != 0; }
inline int __all_sync(unsigned mask, int predicate, EMULATOR_LINE) { return __ballot_sync(mask, predicate, line) == mask; }

template <class T>
T __ldg(const T *address) {
    return *address;
}

// On integers only: sums of floats would depend on the order of the blocks.
inline unsigned atomicAdd(unsigned *address, unsigned value, EMULATOR_LINE) { return emulator::atomic_add(address, value, line); }
inline int atomicAdd(int *address, int value, EMULATOR_LINE) {
    return int(emulator::atomic_add(reinterpret_cast<uint32_t *>(address), uint32_t(value), line));
}
inline unsigned atomicOr(unsigned *address, unsigned value, EMULATOR_LINE) { return emulator::atomic_or(address, value, line); }
inline unsigned atomicMax(unsigned *address, unsigned value, EMULATOR_LINE) { return emulator::atomic_max(address, value, line); }
