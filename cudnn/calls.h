// What Go calls of cuDNN.
#include <stdint.h>

#include "functions.h"

// The places of the functions, by number, for whoever opens the library.
int cudnn_functions(void);
const char *cudnn_function_name(int number);
void cudnn_set_function(int number, void *function);

size_t cudnn_version(void);
const char *cudnn_status_text(unsigned status);
void cudnn_last_error(char *text, size_t bytes); // empty if there is none
unsigned cudnn_open(cudnnHandle_t *handle, void *stream);
unsigned cudnn_close(cudnnHandle_t handle);

struct cudnn_convolution {
    cudnnTensorDescriptor_t input, output;
    cudnnFilterDescriptor_t weight;
    cudnnConvolutionDescriptor_t convolution;
};
struct cudnn_shape {
    int batch, height, width, inputs, outputs, kernel, stride, padding, output_height, output_width;
    unsigned type, math;
};

// Makes the descriptors; after a failure those that were made are still to be closed.
unsigned cudnn_describe(struct cudnn_convolution *c, const struct cudnn_shape *shape);
unsigned cudnn_output_size(const struct cudnn_convolution *c, int size[4]); // batch, channels, height, width
void cudnn_forget(struct cudnn_convolution *c);

enum { CUDNN_FORWARD, CUDNN_DATA_GRADIENT, CUDNN_WEIGHT_GRADIENT };

unsigned cudnn_find(cudnnHandle_t handle, int direction, const struct cudnn_convolution *c, int *found, struct cudnn_performance *results);
unsigned cudnn_workspace(cudnnHandle_t handle, int direction, const struct cudnn_convolution *c, unsigned algorithm, size_t *bytes);

// Runs one direction over device addresses. first and second are what is read: input and weight, output's gradient and weight, or input and
// output's gradient.
unsigned cudnn_run(cudnnHandle_t handle, int direction, const struct cudnn_convolution *c, uintptr_t first, uintptr_t second, uintptr_t result,
                   unsigned algorithm, uintptr_t workspace, size_t workspace_bytes);
