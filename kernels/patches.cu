#include "memory.cuh"
#include "random.cuh"

constexpr unsigned patch_chunk = 1024;  // elements of a patch, as in patches.go

// The definition is in patches.go. A patch has chunks_of_patch of the chunks; every thread draws its patch's place anew, which takes less
// than to hand it on. full is the value that stands for 1; orientations masks the ways of turning.
template <class T>
__device__ __forceinline__ void patches(const T *pixels, uint64_t length, const unsigned *index, unsigned images, float *output,
                                        const scalars *step, unsigned chunks, unsigned chunks_of_patch, unsigned rows, unsigned columns,
                                        unsigned orientations, uint64_t seed, unsigned stream, float full) {
    for (unsigned task = blockIdx.x; task < chunks; task += gridDim.x) {
        unsigned sample = task / chunks_of_patch, begin = (task - sample * chunks_of_patch) * patch_chunk;
        unsigned end = min(begin + patch_chunk, rows * columns);
        uint4 words = philox(0, sample, step->step, stream, seed);
        const unsigned *row = index + 4 * static_cast<uint64_t>(below(words.x, images));
        uint64_t offset = row[0] | static_cast<uint64_t>(row[1]) << 32;
        unsigned height = row[2], width = row[3], orientation = words.w >> 29 & orientations;
        bool outside = height < rows || width < columns || offset > length || height > (length - offset) / width;
        unsigned top = below(words.y, height - rows + 1), left = below(words.z, width - columns + 1);
        for (unsigned e = begin + threadIdx.x; e < end; e += threads) {
            unsigned y = e / columns, x = e - y * columns;
            unsigned i = orientation & 4 ? x : y, j = orientation & 4 ? y : x;
            if (orientation & 2) i = rows - 1 - i;
            if (orientation & 1) j = columns - 1 - j;
            float value = __uint_as_float(0x7fc00000u);  // NaN
            if (!outside) value = __fdiv_rn(static_cast<float>(pixels[offset + static_cast<uint64_t>(top + i) * width + left + j]), full);
            output[static_cast<uint64_t>(sample) * rows * columns + e] = value;
        }
    }
}

extern "C" __global__ void __launch_bounds__(threads)
    patches_u8(const uint8_t *pixels, uint64_t length, const unsigned *index, unsigned images, float *output, const scalars *step,
               unsigned chunks, unsigned chunks_of_patch, unsigned rows, unsigned columns, unsigned orientations, uint64_t seed,
               unsigned stream) {
    patches(pixels, length, index, images, output, step, chunks, chunks_of_patch, rows, columns, orientations, seed, stream, 255.0f);
}
KERNEL(patches_u8);

extern "C" __global__ void __launch_bounds__(threads)
    patches_u16(const uint16_t *pixels, uint64_t length, const unsigned *index, unsigned images, float *output, const scalars *step,
                unsigned chunks, unsigned chunks_of_patch, unsigned rows, unsigned columns, unsigned orientations, uint64_t seed,
               unsigned stream) {
    patches(pixels, length, index, images, output, step, chunks, chunks_of_patch, rows, columns, orientations, seed, stream, 65535.0f);
}
KERNEL(patches_u16);
