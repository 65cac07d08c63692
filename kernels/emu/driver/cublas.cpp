// The calls of cuBLAS that kernels/cublas makes. libcublas.so.13 is a link to this library, so that products go on the emulated streams.
//
// A product is computed with float32 sums in the order of k; the real library's order is its own. What a product may not rely on is
// poisoned: its workspace, and in the check build inputs that nobody wrote are refused.
#include "../bfloat16.h"
#include "../device_memory.h"
#include "driver.h"
#include <algorithm>
#include <cstring>

extern "C" {
#include "../../cublas/functions.h"
#define DECLARE(name, result, parameters) __attribute__((visibility("default"))) result name parameters;
CUBLAS_FUNCTIONS(DECLARE)
}

struct cublasContext {
    CUstream stream = nullptr;
    void *workspace = nullptr;
    size_t workspace_bytes = 0;
};

namespace emulator {

enum Status : unsigned { success = 0, not_initialized = 1, invalid_value = 7, execution_failed = 13, not_supported = 15 };

struct Matrix {
    char *data;
    unsigned type;              // CUBLAS_FLOAT32 or CUBLAS_BFLOAT16
    int rows, columns, stride;  // as stored: element (r, c) is number c*stride + r

    size_t width() const { return type == CUBLAS_FLOAT32 ? 4 : 2; }
    size_t bytes() const { return rows && columns ? (size_t(columns - 1) * size_t(stride) + size_t(rows)) * width() : 0; }
    char *at(int r, int c) const { return data + (size_t(c) * size_t(stride) + size_t(r)) * width(); }
    float load(int r, int c) const {
        if (type == CUBLAS_FLOAT32) {
            float x;
            memcpy(&x, at(r, c), 4);
            return x;
        }
        __nv_bfloat16 x;
        memcpy(&x, at(r, c), 2);
        return __bfloat162float(x);
    }
    void store(int r, int c, float x) const {
        __nv_bfloat16 rounded = __float2bfloat16(x);
        if (type == CUBLAS_FLOAT32) memcpy(at(r, c), &x, 4);
        else memcpy(at(r, c), &rounded, 2);
    }
    std::string check(const char *name, bool read) const {
        if (std::string error = check_range(data, bytes()); !error.empty())
            return std::string("cublasGemmEx: out of bounds: ") + name + " is " + error;
        for (int c = 0; c < columns && read; c++)
            if (!is_initialised(at(0, c), size_t(rows) * width()))
                return std::string("cublasGemmEx: read of uninitialised global memory: column ") + std::to_string(c) + " of " + name;
        return "";
    }
    bool overlaps(const Matrix &other) const { return data < other.data + other.bytes() && other.data < data + bytes(); }
};

// Copies op(x) to a plain column-major array of float32.
static std::vector<float> plain(const Matrix &x, bool transpose) {
    std::vector<float> values;
    values.reserve(size_t(x.rows) * size_t(x.columns));
    for (int c = 0; c < (transpose ? x.rows : x.columns); c++)
        for (int r = 0; r < (transpose ? x.columns : x.rows); r++) values.push_back(transpose ? x.load(c, r) : x.load(r, c));
    return values;
}

struct Gemm {
    cublasContext handle;
    bool transpose_a, transpose_b;
    int depth;
    float alpha, beta;
    Matrix a, b, c;

    std::string run() const {
        if (std::string error = a.check("A", true); !error.empty()) return error;
        if (std::string error = b.check("B", true); !error.empty()) return error;
        if (std::string error = c.check("C", beta != 0); !error.empty()) return error;
        if (c.overlaps(a) || c.overlaps(b)) return "cublasGemmEx: C overlaps an input";
        if (handle.workspace_bytes) {
            if (!check_range(handle.workspace, handle.workspace_bytes).empty()) return "cublasGemmEx: out of bounds: the workspace";
            size_t bytes = std::min(handle.workspace_bytes, size_t(1) << 20);  // all of it would take longer than most products
            memset(handle.workspace, poison, bytes);
            mark_initialised(handle.workspace, bytes, false);
        }
        std::vector<float> left = plain(a, transpose_a), right = plain(b, transpose_b), column(size_t(c.rows));
        for (int n = 0; n < c.columns; n++) {
            std::fill(column.begin(), column.end(), 0.0f);
            for (int k = 0; k < depth; k++) {
                const float factor = right[size_t(n) * size_t(depth) + size_t(k)], *values = &left[size_t(k) * size_t(c.rows)];
                for (size_t m = 0; m < column.size(); m++) column[m] += values[m] * factor;
            }
            for (int m = 0; m < c.rows; m++) c.store(m, n, alpha * column[size_t(m)] + (beta != 0 ? beta * c.load(m, n) : 0.0f));
            mark_initialised(c.at(0, n), size_t(c.rows) * c.width(), true);
        }
        return "";
    }
};

}  // namespace emulator

using namespace emulator;

extern "C" {

unsigned cublasCreate_v2(cublasHandle_t *handle) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    if (enter() != CUDA_SUCCESS) return not_initialized;
    *handle = new cublasContext;
    return success;
}

unsigned cublasDestroy_v2(cublasHandle_t handle) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    if (enter() != CUDA_SUCCESS) return not_initialized;
    finish_all();
    delete handle;
    return success;
}

unsigned cublasGetProperty(unsigned property, int *value) {
    *value = property == CUBLAS_MAJOR ? 13 : 0;
    return success;
}

const char *cublasGetStatusString(unsigned status) {
    switch (status) {
    case success: return "success";
    case not_initialized: return "the library was not initialized";
    case invalid_value: return "an unsupported value or parameter was passed to the function";
    case execution_failed: return "the program failed to execute on the GPU";
    default: return "the requested functionality is not supported";
    }
}

unsigned cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
    *handle = {stream};  // the workspace goes back to the library's own
    return success;
}

unsigned cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes) {
    if (reinterpret_cast<uintptr_t>(workspace) % 256) return invalid_value;
    handle->workspace = workspace;
    handle->workspace_bytes = bytes;
    return success;
}

unsigned cublasSetMathMode(cublasHandle_t, unsigned) { return success; }

// Column-major: op(A) is m by k, op(B) k by n, C m by n.
unsigned cublasGemmEx(cublasHandle_t handle, unsigned transpose_a, unsigned transpose_b, int m, int n, int k, const void *alpha,
                      const void *a, unsigned a_type, int a_stride, const void *b, unsigned b_type, int b_stride, const void *beta, void *c,
                      unsigned c_type, int c_stride, unsigned compute, int) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    if (!handle || enter() != CUDA_SUCCESS) return not_initialized;
    if (transpose_a > CUBLAS_TRANSPOSE || transpose_b > CUBLAS_TRANSPOSE || m < 0 || n < 0 || k < 0) return invalid_value;
    bool supported = compute == CUBLAS_COMPUTE_FLOAT32 && a_type == b_type && (a_type == CUBLAS_FLOAT32 || a_type == CUBLAS_BFLOAT16) &&
                     (c_type == CUBLAS_FLOAT32 || c_type == a_type);
    if (!supported) return not_supported;
    auto matrix = [](const void *data, unsigned type, int rows, int columns, int stride, unsigned transpose) {
        return Matrix{static_cast<char *>(const_cast<void *>(data)), type, transpose ? columns : rows, transpose ? rows : columns, stride};
    };
    Gemm gemm{*handle,
              transpose_a != 0,
              transpose_b != 0,
              k,
              *static_cast<const float *>(alpha),
              *static_cast<const float *>(beta),
              matrix(a, a_type, m, k, a_stride, transpose_a),
              matrix(b, b_type, k, n, b_stride, transpose_b),
              matrix(c, c_type, m, n, c_stride, 0)};
    for (const Matrix *x : {&gemm.a, &gemm.b, &gemm.c})
        if (x->stride < std::max(1, x->rows)) return invalid_value;
    if (m == 0 || n == 0) return success;
    CUstream stream = handle->stream;
    if (find(stream) != CUDA_SUCCESS) return execution_failed;
    Task task;
    task.run = [gemm] { return gemm.run(); };
    return enqueue(stream, std::move(task)) == CUDA_SUCCESS ? success : execution_failed;
}

}  // extern "C"
