// Compiles only if functions.h agrees with NVIDIA's headers, which come first.
#include <cublas_v2.h>
#define TWEEDIE_REAL_HEADERS
#include "../functions.h"

#define F(name, result, parameters) \
    _Static_assert(__builtin_types_compatible_p(__typeof__(&name), result(*) parameters), "cuBLAS declares " #name " otherwise");
CUBLAS_FUNCTIONS(F)

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is not " #theirs)
SAME(CUBLAS_TRANSPOSE_NONE, CUBLAS_OP_N);
SAME(CUBLAS_TRANSPOSE, CUBLAS_OP_T);
SAME(CUBLAS_FLOAT32, CUDA_R_32F);
SAME(CUBLAS_BFLOAT16, CUDA_R_16BF);
SAME(CUBLAS_COMPUTE_FLOAT32, CUBLAS_COMPUTE_32F);
SAME(CUBLAS_ALGORITHM_DEFAULT, CUBLAS_GEMM_DEFAULT);
SAME(CUBLAS_ACCUMULATE_IN_COMPUTE_TYPE, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION | CUBLAS_DEFAULT_MATH);
SAME(CUBLAS_MAJOR, MAJOR_VERSION);
SAME(CUBLAS_MINOR, MINOR_VERSION);
SAME(CUBLAS_PATCH, PATCH_LEVEL);
