// Products of the emulated cuBLAS against the definition.
#include "driver.h"
#include "../bfloat16.h"
extern "C" {
#include "../../cublas/functions.h"
#define DECLARE(name, result, parameters) result name parameters;
CUBLAS_FUNCTIONS(DECLARE)
}

namespace {

const int m = 5, n = 7, k = 3, pad = 2;

struct Products {
    Context c;
    CUstream s = c.stream();
    cublasHandle_t handle;
    Products() {
        REQUIRE(cublasCreate_v2(&handle) == 0);
        REQUIRE(cublasSetStream_v2(handle, s) == 0);
    }
    ~Products() { cublasDestroy_v2(handle); }

    // Small integers, which bfloat16 holds, column-major with a stride that is too long by pad.
    CUdeviceptr upload(const std::vector<float> &values, bool bf16) {
        CUdeviceptr p = c.memory(values.size());
        std::vector<uint16_t> narrow;
        for (float x : values) narrow.push_back(__float2bfloat16(x).bits);
        MUST(bf16 ? cuMemcpyHtoD(p, narrow.data(), 2 * narrow.size()) : cuMemcpyHtoD(p, values.data(), 4 * values.size()));
        MUST(cuCtxSynchronize());  // the stream of the products is not ordered with the null stream
        return p;
    }
    unsigned multiply(bool ta, bool tb, CUdeviceptr a, CUdeviceptr b, float beta, CUdeviceptr out, bool bf16, int stride = m + pad) {
        float alpha = 2;
        unsigned type = bf16 ? CUBLAS_BFLOAT16 : CUBLAS_FLOAT32;
        return cublasGemmEx(handle, ta, tb, m, n, k, &alpha, reinterpret_cast<void *>(a), type, (ta ? k : m) + pad,
                            reinterpret_cast<void *>(b), type, (tb ? n : k) + pad, &beta, reinterpret_cast<void *>(out), CUBLAS_FLOAT32,
                            stride, CUBLAS_COMPUTE_FLOAT32, CUBLAS_ALGORITHM_DEFAULT);
    }
};

std::vector<float> values(int rows, int columns, int salt) {
    std::vector<float> v;
    for (int i = 0; i < (rows + pad) * columns; i++) v.push_back(float((i * 37 + salt) % 19 - 9));
    return v;
}

}  // namespace

TEST(products_follow_the_definition) {
    for (int mode = 0; mode < 16; mode++) {
        bool ta = mode & 1, tb = mode & 2, bf16 = mode & 4;
        float beta = mode & 8 ? 3.0f : 0.0f;
        Products p;
        std::vector<float> a = values(ta ? k : m, ta ? m : k, 1), b = values(tb ? n : k, tb ? k : n, 5), old = values(m, n, 11),
                           got(old.size());
        CUdeviceptr out = p.upload(old, false);
        REQUIRE(p.multiply(ta, tb, p.upload(a, bf16), p.upload(b, bf16), beta, out, bf16) == 0 || eager());
        MUST(cuCtxSynchronize());
        MUST(cuMemcpyDtoH(got.data(), out, 4 * got.size()));
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m + pad; i++) {
                size_t at = size_t(j * (m + pad) + i);
                float sum = 0;
                for (int l = 0; l < k; l++)
                    sum += a[size_t(ta ? i * (k + pad) + l : l * (m + pad) + i)] * b[size_t(tb ? l * (n + pad) + j : j * (k + pad) + l)];
                REQUIRE(got[at] == (i < m ? 2 * sum + beta * old[at] : old[at]));  // rows of the padding stay
            }
    }
}

TEST(products_refuse_what_cublas_refuses) {
    Products p;
    CUdeviceptr a = p.upload(values(m, n, 1), false), b = p.upload(values(k, n, 1), false), out = p.c.memory(size_t(m + pad) * n);
    REQUIRE(p.multiply(false, false, a, b, 0, out, false, m - 1) == 7);
    p.multiply(false, false, a, b, 0, a, false);
    REFUSED(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize(), "cublasGemmEx: C overlaps an input");
}

TEST(products_need_written_inputs_and_spoil_their_workspace) {
    Products p;
    CUdeviceptr a = p.upload(values(m, k, 1), false), b = p.upload(values(k, n, 1), false), out = p.c.memory(size_t(m + pad) * n),
                work = p.c.memory(256);
    MUST(cuMemsetD32(work, 0, 256));
    REQUIRE(cublasSetWorkspace_v2(p.handle, reinterpret_cast<void *>(work + 4), 512) == 7);
    REQUIRE(cublasSetWorkspace_v2(p.handle, reinterpret_cast<void *>(work), 512) == 0);
    MUST(cuCtxSynchronize());
    REQUIRE(p.multiply(false, false, a, b, 0, out, false) == 0);
    uint32_t words[256];
    MUST(cuStreamSynchronize(p.s));
    MUST(cuMemcpyDtoH(words, work, 1024));
    REQUIRE(words[0] == 0xffffffffu && words[127] == 0xffffffffu && words[128] == 0);
    if (!emulator::checked) return;
    unsigned status = p.multiply(false, false, a, p.c.memory(100), 0, out, false);
    REFUSED(CUDA_ERROR_LAUNCH_FAILED, cuStreamSynchronize(p.s), "uninitialised");
    REQUIRE(eager() ? status == 13 : status == 0);
}
