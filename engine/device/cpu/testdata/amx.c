// amx.c runs the kernels for a tile unit at awkward shapes and compares every result with sums in double, within a bound that the roundings give, and with the
// same kernel's on other numbers of threads, bit by bit. Each tensor is an allocation of exactly its size, off any alignment but a float's, for a build
// with -fsanitize.
//
// With TRAPPED the kernels are also compiled for the unit itself, and its instructions, which are none on a processor without it, are carried out by amx_trap.c. The
// results must be those of the emulation in all bits.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"

static uint32_t seed = 1;

static float rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
    memcpy(&value, &bits, 4);
    return value;
}

static float next(void) {
    seed = seed * 1664525u + 1013904223u;
    return rounded((float)(seed >> 8) / (1 << 23) - 1);
}

static float *tensor(size_t n) {
    float *t = (float *)malloc(4 * (n + 1)) + 1;
    for (size_t i = 0; i < n; i++)
        t[i] = next();
    return t;
}

// blank is a tensor of NaNs.
static float *blank(size_t n) {
    float *t = tensor(n);
    memset(t, 0xff, 4 * n);
    return t;
}

// ties is a tensor of values halfway between two of bfloat16.
static float *ties(size_t n) {
    float *t = tensor(n);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, t + i, 4);
        bits |= 0x8000;
        memcpy(t + i, &bits, 4);
    }
    return t;
}

static void drop(float *t) { free(t - 1); }

static int failures;

static void expect(const char *what, size_t at, double got, double want, double bound) {
    if (!(fabs(got - want) <= bound) && failures++ < 10)
        printf("%s: element %zu is %.9g, want %.9g within %.3g\n", what, at, got, want, bound);
}

// expect_result also allows for the rounding to bfloat16: two values however near may be rounded to two neighbours.
static void expect_result(const char *what, size_t at, float got, double want, double bound, int round) {
    expect(what, at, got, want, round ? (1 + 0x1p-7) * bound + 0x1p-7 * fabs(want) : bound);
    if (round)
        expect(what, at, got, rounded(got), 0);
}

struct geometry {
    size_t samples, height, width, in, out;
};

static struct pool *pools[] = {NULL, NULL, NULL, NULL, NULL};
static const size_t threads[] = {1, 2, 3, 5, 8};
enum { counts = sizeof threads / sizeof *threads };

static void finish(struct graph *graph, struct pool *pool) {
    expect("graph", 0, graph_finish(graph), 1, 0);
    graph_run(pool, graph);
    graph_run(pool, graph);
    graph_free(pool, graph);
}

static void convolution_runs(const struct kernels *k, struct convolution *c, struct pool *pool) {
    struct graph *graph = graph_new(pool);
    c->packed = blank(k->convolution_packed(c));
    c->stride = k->convolution_scratch(c) + 1;
    c->scratch = blank(c->stride * pool_threads(pool));
    k->convolution(graph, c);
    finish(graph, pool);
    drop(c->packed);
    drop(c->scratch);
}

// convolutions computes one on each pool and returns its output.
static float *convolutions(const struct kernels *k, struct geometry g, int transposed, int round) {
    size_t pixels = g.samples * g.height * g.width, n = pixels * g.out;
    float *input = tensor(pixels * g.in), *weight = ties(g.in * g.out * 9), *bias = tensor(g.out), *residual[2] = {tensor(n), tensor(n)}, *mask = tensor(n);
    float *output = blank(n), *again = blank(n);
    struct convolution c = {
        .input = input, .weight = weight, .samples = g.samples, .height = g.height, .width = g.width, .channels = g.in, .out_channels = g.out, .kernel = 3,
        .transposed = transposed,
        .epilogue = {.bias = transposed ? NULL : bias, .residual = {residual[0], round ? residual[1] : NULL}, .mask = transposed ? mask : NULL, .output = output,
                     .negate = round, .relu = !transposed, .round = round},
    };
    convolution_runs(k, &c, pools[0]);
    c.epilogue.output = again;
    for (size_t p = 1; p < counts; p++) {
        convolution_runs(k, &c, pools[p]);
        expect("the same on other threads", p, memcmp(output, again, n * sizeof *output), 0, 0);
    }
    for (size_t i = 0; i < n; i++) {
        size_t o = i % g.out, x = i / g.out % g.width, y = i / g.out / g.width % g.height, s = i / g.out / g.width / g.height;
        double sum = 0, magnitude = 0;
        for (size_t tap = 0; tap < 9; tap++) {
            size_t v = y + tap / 3 - 1, u = x + tap % 3 - 1;
            if (v >= g.height || u >= g.width)
                continue;
            for (size_t j = 0; j < g.in; j++) {
                double factor = transposed ? weight[(j * g.out + o) * 9 + 8 - tap] : weight[(o * g.in + j) * 9 + tap];
                double product = rounded((float)factor) * (double)input[((s * g.height + v) * g.width + u) * g.in + j];
                sum += product;
                magnitude += fabs(product);
            }
        }
        sum += c.epilogue.bias ? bias[o] : 0;
        magnitude += c.epilogue.bias ? fabs(bias[o]) : 0;
        sum = round ? -sum : sum;
        for (int r = 0; r < 1 + round; r++) {
            sum += residual[r][i];
            magnitude += fabs(residual[r][i]);
        }
        double want = (c.epilogue.relu && sum < 0) || (c.epilogue.mask && !(mask[i] > 0)) ? 0 : sum;
        expect_result(transposed ? "transposed convolution" : "convolution", i, output[i], want, (9 * (double)g.in + 4) * 0x1p-24 * magnitude, round);
    }
    float *all[] = {input, weight, bias, residual[0], residual[1], mask, again};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        drop(all[i]);
    return output;
}

static void gradient_runs(const struct kernels *k, struct weight_gradient *w, struct pool *pool) {
    struct graph *graph = graph_new(pool);
    w->partial = blank(k->weight_gradient_partial(w));
    w->stride = k->weight_gradient_scratch(w) + 1;
    w->scratch = blank(w->stride * pool_threads(pool));
    k->weight_gradient(graph, w);
    finish(graph, pool);
    drop(w->partial);
    drop(w->scratch);
}

// gradients computes one on each pool and returns it, with that of the bias behind it.
static float *gradients(const struct kernels *k, struct geometry g, int negate) {
    size_t pixels = g.samples * g.height * g.width, weights = g.in * g.out * 9, n = weights + g.out;
    float *input = tensor(pixels * g.in), *output = tensor(pixels * g.out), *gradient = blank(n), *again = blank(n);
    struct weight_gradient w = {
        .input = input, .output_gradient = output, .gradient = gradient, .bias_gradient = gradient + weights, .samples = g.samples, .height = g.height,
        .width = g.width, .channels = g.in, .out_channels = g.out, .kernel = 3, .negate = negate,
    };
    gradient_runs(k, &w, pools[0]);
    w.gradient = again;
    w.bias_gradient = again + weights;
    for (size_t p = 1; p < counts; p++) {
        gradient_runs(k, &w, pools[p]);
        expect("the same on other threads", p, memcmp(gradient, again, n * sizeof *gradient), 0, 0);
    }
    for (size_t i = 0; i < n; i++) {
        size_t o = i < weights ? i / 9 / g.in : i - weights, c = i / 9 % g.in, tap = i % 9;
        double sum = 0, magnitude = 0;
        for (size_t p = 0; p < pixels; p++) {
            size_t x = p % g.width, y = p / g.width % g.height, s = p / g.width / g.height, v = y + tap / 3 - 1, u = x + tap % 3 - 1;
            if (i < weights && (v >= g.height || u >= g.width))
                continue;
            double product = output[p * g.out + o] * (i < weights ? (double)input[((s * g.height + v) * g.width + u) * g.in + c] : 1);
            sum += product;
            magnitude += fabs(product);
        }
        expect(i < weights ? "weight gradient" : "bias gradient", i, gradient[i], negate ? -sum : sum, ((double)pixels + 2) * 0x1p-24 * magnitude);
    }
    drop(input), drop(output), drop(again);
    return gradient;
}

// results computes all of a geometry from the same numbers: the outputs, one after the other.
static void results(const struct kernels *k, struct geometry g, size_t index, float *all[5]) {
    seed = 1 + (uint32_t)index;
    for (int i = 0; i < 4; i++)
        all[i] = convolutions(k, g, i % 2, i / 2);
    all[4] = gradients(k, g, index % 2);
}

#if defined(TRAPPED)
extern const struct kernels kernels_trapped;
void trap(void);
#endif

// An argument is how many of the cases to run.
int main(int count, char **arguments) {
    static const struct geometry cases[] = {
        {1, 1, 1, 1, 1}, {2, 1, 2, 3, 5}, {1, 2, 1, 33, 16}, {1, 20, 3, 3, 33}, {3, 5, 6, 16, 17}, {1, 9, 8, 31, 33}, {2, 3, 17, 32, 32}, {1, 4, 43, 33, 65}, {1, 7, 14, 64, 48},
        {17, 2, 3, 4, 8}, {1, 1, 400, 20, 7}, {1, 40, 3, 70, 17}, {5, 8, 8, 47, 64}, {1, 33, 31, 15, 1}, {2, 65, 34, 17, 15},
    };
    size_t last = count > 1 ? (size_t)atoi(arguments[1]) : sizeof cases / sizeof *cases;
    for (size_t p = 0; p < counts; p++)
        pools[p] = pool_new(threads[p]);
    expect("probe", 0, kernels_amx_emulated.probe(), 1, 0);
#if defined(TRAPPED)
    trap();
    expect("probe of the instructions", 0, kernels_trapped.probe(), 1, 0);
#endif
    for (size_t i = 0; i < last && failures == 0; i++) {
        float *all[5];
        results(&kernels_amx_emulated, cases[i], i, all);
#if defined(TRAPPED)
        float *trapped[5];
        results(&kernels_trapped, cases[i], i, trapped);
        struct geometry g = cases[i];
        for (int r = 0; r < 5; r++) {
            size_t n = r < 4 ? g.samples * g.height * g.width * g.out : g.in * g.out * 9 + g.out;
            expect("the instructions' results", (size_t)r, memcmp(all[r], trapped[r], n * sizeof **all), 0, 0);
            drop(trapped[r]);
        }
#endif
        for (int r = 0; r < 5; r++)
            drop(all[r]);
    }
    for (size_t p = 0; p < counts; p++)
        pool_free(pools[p]);
    printf("%d failures\n", failures);
    return failures != 0;
}
