// Compiles only if functions.h agrees with NVIDIA's headers, which come first.
#include <cudnn.h>
#define TWEEDIE_REAL_HEADERS
#include "../functions.h"

#define F(name, result, parameters) \
    _Static_assert(__builtin_types_compatible_p(__typeof__(&name), result(*) parameters), "cuDNN declares " #name " otherwise");
CUDNN_FUNCTIONS(F)

#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is not " #theirs)
SAME(CUDNN_LAYOUT_NHWC, CUDNN_TENSOR_NHWC);
SAME(CUDNN_TYPE_FLOAT32, CUDNN_DATA_FLOAT);
SAME(CUDNN_TYPE_BFLOAT16, CUDNN_DATA_BFLOAT16);
SAME(CUDNN_MODE_CROSS_CORRELATION, CUDNN_CROSS_CORRELATION);
SAME(CUDNN_MATH_TENSOR_CORE, CUDNN_TENSOR_OP_MATH);
SAME(CUDNN_MATH_FUSED_MULTIPLY_ADD, CUDNN_FMA_MATH);
SAME(CUDNN_IS_DETERMINISTIC, CUDNN_DETERMINISTIC);
_Static_assert(CUDNN_MOST_ALGORITHMS >= CUDNN_CONVOLUTION_FWD_ALGO_COUNT && CUDNN_MOST_ALGORITHMS >= CUDNN_CONVOLUTION_BWD_DATA_ALGO_COUNT &&
                   CUDNN_MOST_ALGORITHMS >= CUDNN_CONVOLUTION_BWD_FILTER_ALGO_COUNT, "cuDNN has more algorithms than CUDNN_MOST_ALGORITHMS");

#define FIELD(theirs, ours, their_field) \
    _Static_assert(offsetof(struct cudnn_performance, ours) == offsetof(theirs, their_field), #theirs "." #their_field " lies elsewhere")
#define PERFORMANCE(theirs)                                                                              \
    _Static_assert(sizeof(struct cudnn_performance) == sizeof(theirs), #theirs " is of another size");   \
    FIELD(theirs, algorithm, algo);                                                                      \
    FIELD(theirs, status, status);                                                                       \
    FIELD(theirs, milliseconds, time);                                                                   \
    FIELD(theirs, workspace, memory);                                                                    \
    FIELD(theirs, determinism, determinism);                                                             \
    FIELD(theirs, math, mathType)
PERFORMANCE(cudnnConvolutionFwdAlgoPerf_t);
PERFORMANCE(cudnnConvolutionBwdDataAlgoPerf_t);
PERFORMANCE(cudnnConvolutionBwdFilterAlgoPerf_t);
