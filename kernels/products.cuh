// Sums of outer products in float32, for convolutions on the ordinary cores: a block of 256 threads keeps a tile of 128 rows x COLUMNS
// columns in registers and adds DEPTH products to each element, from factors in shared memory.
//
//	sum[m][n] += rows[k][m] * columns[k][n]   for k = 0 ... DEPTH-1, in this order
//
// With 64 columns a thread has 8 x 4 elements: three 16-byte loads for 32 multiply-adds, 16 of the 32 cycles that those take.
#pragma once
#include "convolution.cuh"

constexpr int DEPTH = 16, ROWS = 128;

template <int COLUMNS> struct product_tile {
    static constexpr int across = COLUMNS / 4, height = ROWS * across / 256;  // threads across the columns, rows of a thread
    float sum[height][4];
    int row, column;  // of the first element

    __device__ __forceinline__ void clear() {
        row = int(threadIdx.x) / across * height, column = int(threadIdx.x) % across * 4;
        #pragma unroll
        for (int m = 0; m < height; m++)
            #pragma unroll
            for (int n = 0; n < 4; n++) sum[m][n] = 0;
    }

    __device__ __forceinline__ void add(const float *rows, const float *columns) {
        #pragma unroll
        for (int k = 0; k < DEPTH; k++) {
            float a[height], b[4];
            load_vector(b, columns + k * COLUMNS + column);
            if constexpr (height == 8)
                load_vector(a, rows + k * ROWS + row);
            else {
                float2 v = *reinterpret_cast<const float2 *>(rows + k * ROWS + row);
                a[0] = v.x, a[1] = v.y;
            }
            #pragma unroll
            for (int m = 0; m < height; m++)
                #pragma unroll
                for (int n = 0; n < 4; n++) sum[m][n] = fmaf(a[m], b[n], sum[m][n]);
        }
    }
};
