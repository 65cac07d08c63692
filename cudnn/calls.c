//go:build gpu

#include "calls.h"

#define F(name, result, parameters) result(*name) parameters;
static struct { CUDNN_FUNCTIONS(F) } functions;
#undef F

static const struct {
    const char *name;
    void **place;
} table[] = {
#define F(name, result, parameters) {#name, (void **)&functions.name},
    CUDNN_FUNCTIONS(F)
#undef F
};

int cudnn_functions(void) { return sizeof table / sizeof table[0]; }
const char *cudnn_function_name(int number) { return table[number].name; }
void cudnn_set_function(int number, void *function) { *table[number].place = function; }

size_t cudnn_version(void) { return functions.cudnnGetVersion(); }
const char *cudnn_status_text(unsigned status) { return functions.cudnnGetErrorString(status); }
void cudnn_last_error(char *text, size_t bytes) {
    text[0] = 0;
    functions.cudnnGetLastErrorString(text, bytes);
}

unsigned cudnn_open(cudnnHandle_t *handle, void *stream) {
    unsigned status = functions.cudnnCreate(handle);
    if (status) return status;
    status = functions.cudnnSetStream(*handle, stream);
    if (status) functions.cudnnDestroy(*handle);
    return status;
}

unsigned cudnn_close(cudnnHandle_t handle) { return functions.cudnnDestroy(handle); }

unsigned cudnn_describe(struct cudnn_convolution *c, const struct cudnn_shape *s) {
    unsigned status = functions.cudnnCreateTensorDescriptor(&c->input);
    if (!status) status = functions.cudnnCreateTensorDescriptor(&c->output);
    if (!status) status = functions.cudnnCreateFilterDescriptor(&c->weight);
    if (!status) status = functions.cudnnCreateConvolutionDescriptor(&c->convolution);
    if (!status) status = functions.cudnnSetTensor4dDescriptor(c->input, CUDNN_LAYOUT_NHWC, s->type, s->batch, s->inputs, s->height, s->width);
    if (!status)
        status = functions.cudnnSetTensor4dDescriptor(c->output, CUDNN_LAYOUT_NHWC, s->type, s->batch, s->outputs, s->output_height, s->output_width);
    if (!status)
        status = functions.cudnnSetFilter4dDescriptor(c->weight, s->type, CUDNN_LAYOUT_NHWC, s->outputs, s->inputs, s->kernel, s->kernel);
    if (!status)
        status = functions.cudnnSetConvolution2dDescriptor(c->convolution, s->padding, s->padding, s->stride, s->stride, 1, 1,
                                                           CUDNN_MODE_CROSS_CORRELATION, CUDNN_TYPE_FLOAT32);
    if (!status) status = functions.cudnnSetConvolutionMathType(c->convolution, s->math);
    return status;
}

unsigned cudnn_output_size(const struct cudnn_convolution *c, int size[4]) {
    return functions.cudnnGetConvolution2dForwardOutputDim(c->convolution, c->input, c->weight, &size[0], &size[1], &size[2], &size[3]);
}

void cudnn_forget(struct cudnn_convolution *c) {
    if (c->input) functions.cudnnDestroyTensorDescriptor(c->input);
    if (c->output) functions.cudnnDestroyTensorDescriptor(c->output);
    if (c->weight) functions.cudnnDestroyFilterDescriptor(c->weight);
    if (c->convolution) functions.cudnnDestroyConvolutionDescriptor(c->convolution);
    *c = (struct cudnn_convolution){0};
}

unsigned cudnn_find(cudnnHandle_t h, int direction, const struct cudnn_convolution *c, int *found, struct cudnn_performance *results) {
    switch (direction) {
    case CUDNN_FORWARD:
        return functions.cudnnGetConvolutionForwardAlgorithm_v7(h, c->input, c->weight, c->convolution, c->output, CUDNN_MOST_ALGORITHMS,
                                                                found, results);
    case CUDNN_DATA_GRADIENT:
        return functions.cudnnGetConvolutionBackwardDataAlgorithm_v7(h, c->weight, c->output, c->convolution, c->input, CUDNN_MOST_ALGORITHMS,
                                                                     found, results);
    }
    return functions.cudnnGetConvolutionBackwardFilterAlgorithm_v7(h, c->input, c->output, c->convolution, c->weight, CUDNN_MOST_ALGORITHMS,
                                                                   found, results);
}

unsigned cudnn_workspace(cudnnHandle_t h, int direction, const struct cudnn_convolution *c, unsigned algorithm, size_t *bytes) {
    switch (direction) {
    case CUDNN_FORWARD:
        return functions.cudnnGetConvolutionForwardWorkspaceSize(h, c->input, c->weight, c->convolution, c->output, algorithm, bytes);
    case CUDNN_DATA_GRADIENT:
        return functions.cudnnGetConvolutionBackwardDataWorkspaceSize(h, c->weight, c->output, c->convolution, c->input, algorithm, bytes);
    }
    return functions.cudnnGetConvolutionBackwardFilterWorkspaceSize(h, c->input, c->output, c->convolution, c->weight, algorithm, bytes);
}

static const float one = 1, zero = 0;

unsigned cudnn_run(cudnnHandle_t h, int direction, const struct cudnn_convolution *c, uintptr_t first, uintptr_t second, uintptr_t result,
                   unsigned algorithm, uintptr_t workspace, size_t workspace_bytes) {
    const void *a = (const void *)first, *b = (const void *)second;
    void *space = (void *)workspace, *out = (void *)result;
    switch (direction) {
    case CUDNN_FORWARD:
        return functions.cudnnConvolutionForward(h, &one, c->input, a, c->weight, b, c->convolution, algorithm, space, workspace_bytes, &zero,
                                                 c->output, out);
    case CUDNN_DATA_GRADIENT:
        return functions.cudnnConvolutionBackwardData(h, &one, c->weight, b, c->output, a, c->convolution, algorithm, space, workspace_bytes,
                                                      &zero, c->input, out);
    }
    return functions.cudnnConvolutionBackwardFilter(h, &one, c->input, a, c->output, b, c->convolution, algorithm, space, workspace_bytes,
                                                    &zero, c->weight, out);
}
