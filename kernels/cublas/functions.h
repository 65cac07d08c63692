// What is used of cuBLAS, declared by hand, so that no header of NVIDIA's is needed to build and one program serves several versions.
// Enumerations are written as unsigned, or int where one has a negative value, which C makes compatible; testdata/prototypes.c compares
// every line with the real header.
#ifndef TWEEDIE_CUBLAS_FUNCTIONS_H
#define TWEEDIE_CUBLAS_FUNCTIONS_H
#include <stddef.h>

#ifndef TWEEDIE_REAL_HEADERS
typedef struct CUstream_st *cudaStream_t;
typedef struct cublasContext *cublasHandle_t;
#endif

// F(function, type of its result, parameters)
#define CUBLAS_FUNCTIONS(F)                                                                                                  \
    F(cublasCreate_v2, unsigned, (cublasHandle_t *handle))                                                                   \
    F(cublasDestroy_v2, unsigned, (cublasHandle_t handle))                                                                   \
    F(cublasGetProperty, unsigned, (unsigned property, int *value))                                                          \
    F(cublasGetStatusString, const char *, (unsigned status))                                                                \
    F(cublasSetStream_v2, unsigned, (cublasHandle_t handle, cudaStream_t stream))                                            \
    F(cublasSetWorkspace_v2, unsigned, (cublasHandle_t handle, void *workspace, size_t bytes))                               \
    F(cublasSetMathMode, unsigned, (cublasHandle_t handle, unsigned mode))                                                   \
    F(cublasGemmEx, unsigned,                                                                                                \
      (cublasHandle_t handle, unsigned transpose_a, unsigned transpose_b, int m, int n, int k, const void *alpha,            \
       const void *a, unsigned a_type, int a_stride, const void *b, unsigned b_type, int b_stride, const void *beta, void *c, \
       unsigned c_type, int c_stride, unsigned compute, int algorithm))

enum {
    CUBLAS_TRANSPOSE_NONE = 0,
    CUBLAS_TRANSPOSE = 1,
    CUBLAS_FLOAT32 = 0,
    CUBLAS_BFLOAT16 = 14,
    CUBLAS_COMPUTE_FLOAT32 = 68,
    CUBLAS_ALGORITHM_DEFAULT = -1,
    CUBLAS_ACCUMULATE_IN_COMPUTE_TYPE = 16, // sums of partial products are not kept in a narrower output's type
    CUBLAS_MAJOR = 0,
    CUBLAS_MINOR = 1,
    CUBLAS_PATCH = 2,
};

#endif
