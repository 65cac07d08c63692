// kernels.h: what the kernels of one instruction set offer to Go.
//
// Tensors are float32, samples x height x width x channels, one float after the other; weights are output channels x input channels x height x
// width. Nothing is read or written outside of them, and no alignment is assumed. Scratch memory is given by the caller, so that a
// run allocates nothing.
//
// A kernel adds its phases to a graph (graph.h), which runs them later, any number of times. The struct that describes its work has to live as long
// as the graph (graph_keep); its numbers may be changed between runs, its pointers and sizes not.
#ifndef TWEEDIE_KERNELS_H
#define TWEEDIE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "graph.h"
#include "pool.h"

// What happens to a sum before it is stored:
//
//	value  = (negate ? -(sum + bias) : sum + bias) + residual[0] + residual[1]
//	output = mask > 0 ? (relu ? max(value, 0) : value) : 0
//
// and with round that in bfloat16, which kernels of a tile unit alone do. Pointers that are NULL are left out. A NaN stays NaN.
struct epilogue {
    const float *bias, *residual[2], *mask;
    float *output;
    int negate, relu, round;
};

// A convolution, or its adjoint if transposed. kernel is 1, 2 (stride 2) or 3 (padding 1).
struct convolution {
    const float *input, *weight;
    struct epilogue epilogue;
    size_t samples, height, width, channels; // of the input
    size_t out_channels;
    size_t kernel;
    int transposed;
    int winograd;   // by winograd.h and not by direct sums; kernel is 3
    float *packed;  // convolution_packed floats, shared by all threads
    float *scratch; // convolution_scratch floats or more for each thread, thread t's at scratch + t*stride
    size_t stride;
};

// The gradient of a convolution by its weight and, if bias_gradient is not NULL, by its bias.
struct weight_gradient {
    const float *input, *output_gradient;
    float *gradient, *bias_gradient;
    size_t samples, height, width, channels; // of the input
    size_t out_channels;
    size_t kernel;
    int negate;
    int winograd;   // as above
    float *partial; // weight_gradient_partial floats, shared by all threads
    float *scratch; // weight_gradient_scratch floats or more for each thread, as above
    size_t stride;
};

enum { pointwise_task = 16384 }; // elements of a task of the operations below

// output = mask > 0 ? input[0] + input[1] + input[2] : 0; NULL leaves a summand or the mask out.
struct add {
    const float *input[3], *mask;
    float *output;
    size_t samples, elements; // elements of a sample
};

// g      = gradient * (clip > 0 && norm > clip ? clip / norm : 1)
// first  = beta1 * first  + rest1 * g
// second = beta2 * second + rest2 * g^2
// weight -= rate * first / (sqrt(second * correction) + epsilon), all three only if the norm is finite
struct adam {
    float *weight, *first, *second;
    const float *gradient, *norm;
    size_t n;
    float beta1, rest1, beta2, rest2, rate, correction, epsilon, clip;
};

// average += rest * (weight - average)
struct average {
    float *average;
    const float *weight;
    size_t n;
    float rest;
};

// The squares of one gradient, summed by task; partial has room for n/pointwise_task, rounded up.
struct squares {
    const float *gradient;
    size_t n;
    double *partial;
};

// norm = root of the sum of partial[0] to partial[n - 1], in this order
struct norm {
    const double *partial;
    size_t n;
    float *norm;
};

// losses[n] = mean over the elements of (denoised - clean)^2, gradient = 2 / (samples * elements) * (denoised - clean) unless NULL
struct mse {
    const float *denoised, *clean;
    float *losses, *gradient;
    size_t samples, elements;
};

// losses[n] = mean over the elements of |denoised - clean|, gradient = 1 / (samples * elements) * sign(denoised - clean) unless NULL
struct l1 {
    const float *denoised, *clean;
    float *losses, *gradient;
    size_t samples, elements;
};

// noisy = clean + level of the sample * a normal value; stream is shifted to the upper 8 bits, key has the seed's low word first.
struct noise {
    const float *clean, *levels;
    float *noisy;
    size_t samples, elements;
    uint32_t key[2], step, stream;
};

// noisy = a value drawn given clean by the sample's conditions: model, first and second parameter. Stream and key are as above.
struct observe {
    const float *clean, *conditions;
    float *noisy;
    size_t samples, elements;
    uint32_t key[2], step, stream;
};

// output = f^(order)(input) * factor[0] * factor[1] for f(x) = x / (1 + exp(-x)), with as many factors as there are.
struct silu {
    const float *input, *factor[2];
    float *output;
    size_t samples, elements;
    int order, factors;
};

// output = factor[0] of the sample * input[0] + factor[1] of the sample * input[1]; the second ones may be NULL. With each, every element has factors.
struct scale {
    const float *input[2], *factor[2];
    float *output;
    size_t samples, elements;
    int each;
};

// output = F(input) * factor[0] * factor[1], NULL leaves a factor out. F is slope t + level for t < 0, else the form of package program's Formula.
struct curve {
    const float *input, *factor[2];
    float *output;
    size_t samples, elements;
    int form;
    float a, b, d, slope, level;
};

// to = from, rounded to eight significant bits, ties to even; NaN stays what it is. The two may be the same.
struct rounding {
    const float *from;
    float *to;
    size_t samples, elements;
};

// Multiply-adds for a measurement; results has one float for each thread.
struct peak {
    size_t steps;
    float *results;
};

// to[i] = from[i] + to[i] over more memory than the caches hold, for a measurement.
struct stream {
    float *to;
    const float *from;
    size_t n;
};

struct kernels {
    size_t (*convolution_packed)(const struct convolution *);
    size_t (*convolution_scratch)(const struct convolution *);
    void (*convolution)(struct graph *, const struct convolution *);
    size_t (*weight_gradient_partial)(const struct weight_gradient *);
    size_t (*weight_gradient_scratch)(const struct weight_gradient *);
    void (*weight_gradient)(struct graph *, const struct weight_gradient *);
    void (*add)(struct graph *, const struct add *);
    void (*adam)(struct graph *, const struct adam *);
    void (*average)(struct graph *, const struct average *);
    void (*squares)(struct graph *, const struct squares *);
    void (*norm)(struct graph *, const struct norm *);
    void (*mse)(struct graph *, const struct mse *);
    void (*l1)(struct graph *, const struct l1 *);
    void (*add_noise)(struct graph *, const struct noise *);
    void (*observe)(struct graph *, const struct observe *);
    void (*silu)(struct graph *, const struct silu *);
    void (*scale)(struct graph *, const struct scale *);
    void (*curve)(struct graph *, const struct curve *);
    void (*rounding)(struct graph *, const struct rounding *);
    double (*peak)(struct pool *, const struct peak *);
    void (*stream)(struct pool *, const struct stream *);
    int (*probe)(void); // of a tile unit: it computes what it should
};

extern const struct kernels kernels_plain;
#if defined(__x86_64__) && !defined(__clang__)
#define HAVE_AVX 1
extern const struct kernels kernels_avx2, kernels_avx512;
#if defined(__linux__) && __GNUC__ >= 11 // whose assembler knows the instructions
#define HAVE_AMX 1
extern const struct kernels kernels_amx;
#endif
#endif

// Convolutions and their gradients alone, in bfloat16, by an emulation of AMX's tile unit.
extern const struct kernels kernels_amx_emulated;

#endif
