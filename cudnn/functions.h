// What is used of cuDNN 9, declared by hand, so that no header of NVIDIA's is needed to build. Enumerations are written as unsigned, which
// C makes compatible; testdata/prototypes.c compares every line with the real headers.
#ifndef TWEEDIE_CUDNN_FUNCTIONS_H
#define TWEEDIE_CUDNN_FUNCTIONS_H
#include <stddef.h>

// What cuDNN tells of an algorithm, the same for the three directions of a convolution.
struct cudnn_performance {
    unsigned algorithm, status;
    float milliseconds;
    size_t workspace;
    unsigned determinism, math;
    int reserved[3];
};

#ifndef TWEEDIE_REAL_HEADERS
typedef struct CUstream_st *cudaStream_t;
typedef struct cudnnContext *cudnnHandle_t;
typedef struct cudnnTensorStruct *cudnnTensorDescriptor_t;
typedef struct cudnnFilterStruct *cudnnFilterDescriptor_t;
typedef struct cudnnConvolutionStruct *cudnnConvolutionDescriptor_t;
typedef struct cudnn_performance cudnnConvolutionFwdAlgoPerf_t, cudnnConvolutionBwdDataAlgoPerf_t, cudnnConvolutionBwdFilterAlgoPerf_t;
#endif

// F(function, type of its result, parameters)
#define CUDNN_FUNCTIONS(F)                                                                                                            \
    F(cudnnGetVersion, size_t, (void))                                                                                                \
    F(cudnnGetErrorString, const char *, (unsigned status))                                                                           \
    F(cudnnGetLastErrorString, void, (char *text, size_t bytes))                                                                      \
    F(cudnnCreate, unsigned, (cudnnHandle_t *handle))                                                                                 \
    F(cudnnDestroy, unsigned, (cudnnHandle_t handle))                                                                                 \
    F(cudnnSetStream, unsigned, (cudnnHandle_t handle, cudaStream_t stream))                                                          \
    F(cudnnCreateTensorDescriptor, unsigned, (cudnnTensorDescriptor_t *tensor))                                                       \
    F(cudnnSetTensor4dDescriptor, unsigned,                                                                                           \
      (cudnnTensorDescriptor_t tensor, unsigned layout, unsigned type, int batch, int channels, int height, int width))               \
    F(cudnnDestroyTensorDescriptor, unsigned, (cudnnTensorDescriptor_t tensor))                                                       \
    F(cudnnCreateFilterDescriptor, unsigned, (cudnnFilterDescriptor_t *filter))                                                       \
    F(cudnnSetFilter4dDescriptor, unsigned,                                                                                           \
      (cudnnFilterDescriptor_t filter, unsigned type, unsigned layout, int outputs, int inputs, int height, int width))               \
    F(cudnnDestroyFilterDescriptor, unsigned, (cudnnFilterDescriptor_t filter))                                                       \
    F(cudnnCreateConvolutionDescriptor, unsigned, (cudnnConvolutionDescriptor_t *convolution))                                        \
    F(cudnnSetConvolution2dDescriptor, unsigned,                                                                                      \
      (cudnnConvolutionDescriptor_t convolution, int padding_y, int padding_x, int stride_y, int stride_x, int dilation_y,            \
       int dilation_x, unsigned mode, unsigned compute_type))                                                                         \
    F(cudnnSetConvolutionMathType, unsigned, (cudnnConvolutionDescriptor_t convolution, unsigned math))                               \
    F(cudnnDestroyConvolutionDescriptor, unsigned, (cudnnConvolutionDescriptor_t convolution))                                        \
    F(cudnnGetConvolution2dForwardOutputDim, unsigned,                                                                                \
      (cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t input, cudnnFilterDescriptor_t weight, int *batch,           \
       int *channels, int *height, int *width))                                                                                       \
    F(cudnnGetConvolutionForwardAlgorithm_v7, unsigned,                                                                               \
      (cudnnHandle_t handle, cudnnTensorDescriptor_t input, cudnnFilterDescriptor_t weight, cudnnConvolutionDescriptor_t convolution, \
       cudnnTensorDescriptor_t output, int most, int *found, cudnnConvolutionFwdAlgoPerf_t *results))                                 \
    F(cudnnGetConvolutionBackwardDataAlgorithm_v7, unsigned,                                                                          \
      (cudnnHandle_t handle, cudnnFilterDescriptor_t weight, cudnnTensorDescriptor_t output, cudnnConvolutionDescriptor_t convolution, \
       cudnnTensorDescriptor_t input, int most, int *found, cudnnConvolutionBwdDataAlgoPerf_t *results))                              \
    F(cudnnGetConvolutionBackwardFilterAlgorithm_v7, unsigned,                                                                        \
      (cudnnHandle_t handle, cudnnTensorDescriptor_t input, cudnnTensorDescriptor_t output, cudnnConvolutionDescriptor_t convolution, \
       cudnnFilterDescriptor_t weight, int most, int *found, cudnnConvolutionBwdFilterAlgoPerf_t *results))                           \
    F(cudnnGetConvolutionForwardWorkspaceSize, unsigned,                                                                              \
      (cudnnHandle_t handle, cudnnTensorDescriptor_t input, cudnnFilterDescriptor_t weight, cudnnConvolutionDescriptor_t convolution, \
       cudnnTensorDescriptor_t output, unsigned algorithm, size_t *bytes))                                                            \
    F(cudnnGetConvolutionBackwardDataWorkspaceSize, unsigned,                                                                         \
      (cudnnHandle_t handle, cudnnFilterDescriptor_t weight, cudnnTensorDescriptor_t output, cudnnConvolutionDescriptor_t convolution, \
       cudnnTensorDescriptor_t input, unsigned algorithm, size_t *bytes))                                                             \
    F(cudnnGetConvolutionBackwardFilterWorkspaceSize, unsigned,                                                                       \
      (cudnnHandle_t handle, cudnnTensorDescriptor_t input, cudnnTensorDescriptor_t output, cudnnConvolutionDescriptor_t convolution, \
       cudnnFilterDescriptor_t weight, unsigned algorithm, size_t *bytes))                                                            \
    F(cudnnConvolutionForward, unsigned,                                                                                              \
      (cudnnHandle_t handle, const void *alpha, cudnnTensorDescriptor_t input, const void *x, cudnnFilterDescriptor_t weight,         \
       const void *w, cudnnConvolutionDescriptor_t convolution, unsigned algorithm, void *workspace, size_t workspace_bytes,          \
       const void *beta, cudnnTensorDescriptor_t output, void *y))                                                                    \
    F(cudnnConvolutionBackwardData, unsigned,                                                                                         \
      (cudnnHandle_t handle, const void *alpha, cudnnFilterDescriptor_t weight, const void *w, cudnnTensorDescriptor_t output,        \
       const void *dy, cudnnConvolutionDescriptor_t convolution, unsigned algorithm, void *workspace, size_t workspace_bytes,         \
       const void *beta, cudnnTensorDescriptor_t input, void *dx))                                                                    \
    F(cudnnConvolutionBackwardFilter, unsigned,                                                                                       \
      (cudnnHandle_t handle, const void *alpha, cudnnTensorDescriptor_t input, const void *x, cudnnTensorDescriptor_t output,         \
       const void *dy, cudnnConvolutionDescriptor_t convolution, unsigned algorithm, void *workspace, size_t workspace_bytes,         \
       const void *beta, cudnnFilterDescriptor_t weight, void *dw))

enum {
    CUDNN_LAYOUT_NHWC = 1,
    CUDNN_TYPE_FLOAT32 = 0,
    CUDNN_TYPE_BFLOAT16 = 9,
    CUDNN_MODE_CROSS_CORRELATION = 1,
    CUDNN_MATH_TENSOR_CORE = 1,
    CUDNN_MATH_FUSED_MULTIPLY_ADD = 3, // no TF32
    CUDNN_IS_DETERMINISTIC = 1,
    CUDNN_MOST_ALGORITHMS = 8, // of each direction
};

#endif
