// sanitize.c runs every kernel of every tier at awkward shapes, for a build with -fsanitize: each tensor is an allocation of exactly its size, off any
// alignment but a float's. Results are compared with direct sums in double, so that a run that computes nothing fails too. A second run of a graph may
// not allocate: the program is linked with --wrap for the functions that do.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"

static uint32_t seed = 1;

static float next(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / (1 << 23) - 1;
}

// A tensor begins 4 bytes into its allocation and ends with it.
static float *tensor(size_t n) {
    float *t = (float *)malloc(4 * (n + 1)) + 1;
    for (size_t i = 0; i < n; i++)
        t[i] = next();
    return t;
}

static void drop(float *t) { free(t - 1); }

static _Atomic unsigned allocations;
void *__real_malloc(size_t), *__real_calloc(size_t, size_t), *__real_realloc(void *, size_t), *__real_aligned_alloc(size_t, size_t);
void *__wrap_malloc(size_t n) { allocations++; return __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { allocations++; return __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { allocations++; return __real_realloc(p, n); }
void *__wrap_aligned_alloc(size_t alignment, size_t n) { allocations++; return __real_aligned_alloc(alignment, n); }

static int failures;

static void expect(const char *what, size_t at, double got, double want, double bound) {
    if (!(fabs(got - want) <= bound) && failures++ < 10)
        printf("%s: element %zu is %g, want %g within %g\n", what, at, got, want, bound);
}

struct geometry {
    size_t samples, height, width, wide, narrow, kernel; // of the narrow image; channels of the wide and the narrow one
};

// products adds a * b to sum for each product of a convolution: any two of wide, narrow and weight, and the third.
static void products(struct geometry g, const float *wide, const float *narrow, const float *weight, double *sum) {
    size_t s = g.kernel == 2 ? 2 : 1, padding = g.kernel == 3, H = g.height * s, W = g.width * s;
    for (size_t n = 0; n < g.samples; n++)
        for (size_t y = 0; y < g.height; y++)
            for (size_t x = 0; x < g.width; x++)
                for (size_t tap = 0; tap < g.kernel * g.kernel; tap++) {
                    size_t v = s * y + tap / g.kernel - padding, u = s * x + tap % g.kernel - padding;
                    if (v >= H || u >= W)
                        continue;
                    for (size_t o = 0; o < g.narrow; o++)
                        for (size_t i = 0; i < g.wide; i++) {
                            size_t a = ((n * H + v) * W + u) * g.wide + i, b = ((n * g.height + y) * g.width + x) * g.narrow + o;
                            size_t w = (o * g.wide + i) * g.kernel * g.kernel + tap;
                            if (!narrow)
                                sum[b] += (double)wide[a] * weight[w];
                            else if (!wide)
                                sum[a] += (double)narrow[b] * weight[w];
                            else
                                sum[w] += (double)wide[a] * narrow[b];
                        }
                }
}

static struct graph *graph; // of the kernel under test

static void begin(struct pool *pool) { graph = graph_new(pool); }

// run runs the graph twice.
static void run(struct pool *pool) {
    expect("graph", 0, graph_finish(graph), 1, 0);
    graph_run(pool, graph);
    unsigned before = allocations;
    graph_run(pool, graph);
    expect("allocations of a run", 0, allocations - before, 0, 0);
}

static void end(struct pool *pool) { graph_free(pool, graph); }

static void convolutions(const struct kernels *k, struct pool *pool, struct geometry g, int transposed, int winograd) {
    size_t s = g.kernel == 2 ? 2 : 1, wide = g.samples * g.height * g.width * s * s * g.wide, narrow = g.samples * g.height * g.width * g.narrow;
    size_t in = transposed ? narrow : wide, out = transposed ? wide : narrow, channels = transposed ? g.wide : g.narrow;
    float *input = tensor(in), *weight = tensor(g.wide * g.narrow * g.kernel * g.kernel), *bias = tensor(channels), *output = tensor(out);
    float *residual[2] = {tensor(out), tensor(out)}, *mask = tensor(out);
    struct convolution c = {
        .input = input, .weight = weight, .samples = g.samples, .height = transposed ? g.height : g.height * s, .width = transposed ? g.width : g.width * s,
        .channels = transposed ? g.narrow : g.wide, .out_channels = channels, .kernel = g.kernel, .transposed = transposed,
        .winograd = winograd,
        .epilogue = {.bias = transposed ? NULL : bias, .residual = {residual[0], residual[1]}, .mask = mask, .output = output, .negate = 1, .relu = 1},
    };
    c.packed = tensor(k->convolution_packed(&c));
    c.stride = k->convolution_scratch(&c) + 1;
    c.scratch = tensor(c.stride * pool_threads(pool));
    begin(pool);
    k->convolution(graph, &c);
    run(pool);
    end(pool);
    double *sum = calloc(out, sizeof *sum);
    products(g, transposed ? NULL : input, transposed ? input : NULL, weight, sum);
    for (size_t i = 0; i < out; i++) {
        double want = -(sum[i] + (transposed ? 0 : bias[i % channels])) + residual[0][i] + residual[1][i];
        expect(transposed ? "transposed convolution" : "convolution", i, output[i], mask[i] > 0 && want > 0 ? want : 0, winograd ? 1e-3 : 1e-4);
    }
    free(sum);
    float *all[] = {input, weight, bias, output, residual[0], residual[1], mask, c.packed, c.scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        drop(all[i]);
}

static void gradients(const struct kernels *k, struct pool *pool, struct geometry g, int winograd) {
    size_t s = g.kernel == 2 ? 2 : 1, narrow = g.samples * g.height * g.width, weights = g.wide * g.narrow * g.kernel * g.kernel;
    float *input = tensor(narrow * s * s * g.wide), *output = tensor(narrow * g.narrow), *gradient = tensor(weights), *bias = tensor(g.narrow);
    struct weight_gradient w = {
        .input = input, .output_gradient = output, .gradient = gradient, .bias_gradient = bias, .samples = g.samples, .height = g.height * s,
        .width = g.width * s, .channels = g.wide, .out_channels = g.narrow, .kernel = g.kernel, .negate = 1, .winograd = winograd,
    };
    w.partial = tensor(k->weight_gradient_partial(&w));
    w.stride = k->weight_gradient_scratch(&w) + 1;
    w.scratch = tensor(w.stride * pool_threads(pool));
    begin(pool);
    k->weight_gradient(graph, &w);
    run(pool);
    end(pool);
    double *sum = calloc(weights, sizeof *sum);
    products(g, input, output, NULL, sum);
    for (size_t i = 0; i < weights; i++)
        expect("weight gradient", i, gradient[i], -sum[i], 1e-3);
    for (size_t o = 0; o < g.narrow; o++) {
        double total = 0;
        for (size_t i = o; i < narrow * g.narrow; i += g.narrow)
            total += output[i];
        expect("bias gradient", o, bias[o], -total, 1e-3);
    }
    free(sum);
    float *all[] = {input, output, gradient, bias, w.partial, w.scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        drop(all[i]);
}

// ONCE runs one kernel once.
#define ONCE(kernel, ...)                \
    do {                                 \
        begin(pool);                     \
        k->kernel(graph, __VA_ARGS__);   \
        graph_finish(graph);             \
        graph_run(pool, graph);          \
        end(pool);                       \
    } while (0)

static void pointwise(const struct kernels *k, struct pool *pool, size_t n) {
    float *a = tensor(n), *b = tensor(n), *c = tensor(n), *d = tensor(n), *one = tensor(1), first = b[0], second = c[0];
    double partial[8];
    ONCE(add, &(struct add){.input = {a, b, c}, .mask = a, .output = d, .samples = 1, .elements = n});
    for (size_t i = 0; i < n; i++)
        expect("add", i, d[i], a[i] > 0 ? (double)a[i] + b[i] + c[i] : 0, 1e-6);
    ONCE(average, &(struct average){.average = b, .weight = c, .n = n, .rest = 0.25f});
    expect("average", 0, b[0], first + 0.25 * (second - first), 1e-6);
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (double)a[i] * a[i];
    ONCE(squares, &(struct squares){.gradient = a, .n = n, .partial = partial});
    ONCE(norm, &(struct norm){.partial = partial, .n = (n + pointwise_task - 1) / pointwise_task, .norm = one});
    expect("norm", 0, one[0], sqrt(squares), 1e-6 * sqrt(squares));
    ONCE(rounding, &(struct rounding){.from = a, .to = d, .samples = 1, .elements = n});
    for (size_t i = 0; i < n; i++)
        expect("rounding", i, d[i], a[i], fabs(a[i]) / 256);
    for (size_t i = 0; i < n; i++)
        d[i] = 1;
    ONCE(adam, &(struct adam){.weight = b, .first = c, .second = d, .gradient = a, .norm = one, .n = n, .beta1 = 0.9f, .rest1 = 0.1f,
                              .beta2 = 0.5f, .rest2 = 0.5f, .rate = 0.1f, .correction = 1, .epsilon = 1e-8f});
    expect("adam", n - 1, d[n - 1], 0.5 + 0.5 * (double)a[n - 1] * a[n - 1], 1e-6);
    ONCE(mse, &(struct mse){.denoised = a, .clean = b, .losses = one, .gradient = d, .samples = 1, .elements = n});
    expect("mse", 0, d[n - 1], 2.0 / (double)n * ((double)a[n - 1] - b[n - 1]), 1e-6);
    ONCE(l1, &(struct l1){.denoised = a, .clean = b, .losses = one, .gradient = d, .samples = 1, .elements = n});
    expect("l1", 0, d[n - 1], (a[n - 1] > b[n - 1] ? 1.0 : -1.0) / (double)n, 1e-6);
    ONCE(add_noise, &(struct noise){.clean = a, .levels = one, .noisy = d, .samples = 1, .elements = n, .key = {1, 2}, .step = 3, .stream = 4u << 24});
    expect("add noise", 0, fabs(d[0] - a[0]) < 6 * fabs(one[0]), 1, 0);
    for (int model = 0; model <= MODELS; model++) { // the last is not there
        float *condition = tensor(3);
        condition[0] = (float)model, condition[1] = 30, condition[2] = 0.5f;
        a[n / 2] = NAN;
        ONCE(observe, &(struct observe){.clean = a, .conditions = condition, .noisy = d, .samples = 1, .elements = n, .key = {1, 2}, .stream = 4u << 24});
        expect("observe", n / 2, isnan(d[n / 2]), 1, 0);
        expect("observe", 0, isnan(d[0]), n == 1 || model == MODELS, 0);
        a[n / 2] = 0;
        drop(condition);
    }
    for (int form = 0; form < 8; form++) {
        ONCE(curve, &(struct curve){.input = a, .factor = {b, c}, .output = d, .samples = 1, .elements = n, .form = form, .a = 2, .b = 3, .d = 4, .slope = 5, .level = 6});
        for (size_t i = 0; i < n; i++)
            if (a[i] < 0)
                expect("curve", i, d[i], (5.0 * (double)a[i] + 6) * (double)b[i] * (double)c[i], 1e-4);
    }
    ONCE(silu, &(struct silu){.input = a, .factor = {b, c}, .output = d, .samples = 1, .elements = n, .order = 0, .factors = 2});
    for (size_t i = 0; i < n; i++)
        expect("silu", i, d[i], (double)a[i] / (1 + exp(-(double)a[i])) * (double)b[i] * (double)c[i], 1e-5 * (1 + fabs((double)b[i] * c[i])));
    ONCE(scale, &(struct scale){.input = {a, b}, .factor = {one, one}, .output = d, .samples = 1, .elements = n});
    for (size_t i = 0; i < n; i++)
        expect("scale", i, d[i], (double)one[0] * ((double)a[i] + b[i]), 1e-5 * fabs(one[0]) * (1 + fabs(b[i])));
    float *all[] = {a, b, c, d, one};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        drop(all[i]);
}

// A chain of layers over three buffers that are used again, each with a gradient and an update of the next one's weight: everything that waits for something else.
enum { layers = 6, wide = 18, high = 6, across = 7, pixels = 5 * high * across, weights = wide * wide * 9 };

struct chain {
    float *buffer[3], *weight[layers], *gradient[layers], *first[layers], *second[layers], *packed[2], *partial, *scratch, *norm;
    float *extra; // a sum that one layer adds
    struct convolution c[layers];
    struct weight_gradient g[layers];
    struct adam a[layers];
    struct add sum;
};

static void chain_layer(const struct kernels *k, struct chain *s, int l) {
    if (l == 1)
        k->add(graph, &s->sum);
    k->convolution(graph, &s->c[l]);
    k->weight_gradient(graph, &s->g[l]);
    k->adam(graph, &s->a[l]);
}

// chain_run computes the chain from the same start: as one graph, on one thread in an order drawn from a seed, or (seed 1) layer by layer.
static void chain_run(const struct kernels *k, struct pool *pool, struct chain *s, uint64_t order) {
    seed = 7;
    float *all[] = {s->buffer[0], s->buffer[1], s->buffer[2]};
    for (int b = 0; b < 3; b++)
        for (int i = 0; i < pixels * wide; i++)
            all[b][i] = next(), s->extra[i] = NAN;
    for (int l = 0; l < layers; l++)
        for (int i = 0; i < weights; i++)
            s->weight[l][i] = next() / 16, s->gradient[l][i] = NAN, s->first[l][i] = 0, s->second[l][i] = 1;
    if (order == 1) {
        for (int l = 0; l < layers; l++) {
            begin(pool);
            chain_layer(k, s, l);
            graph_finish(graph);
            graph_run(pool, graph);
            end(pool);
        }
        return;
    }
    begin(pool);
    for (int l = 0; l < layers; l++)
        chain_layer(k, s, l);
    graph_finish(graph);
    if (order == 0)
        graph_run(pool, graph);
    else
        graph_run_shuffled(graph, order);
    end(pool);
}

static void chains(const struct kernels *k, struct pool *pool) {
    struct chain s = {.norm = tensor(1)};
    size_t packed = 0, partial = 0, scratch = 0;
    for (int b = 0; b < 3; b++)
        s.buffer[b] = tensor(pixels * wide);
    s.extra = tensor(pixels * wide);
    s.sum = (struct add){.input = {s.buffer[1], s.buffer[1]}, .output = s.extra, .samples = 5, .elements = pixels * wide / 5};
    for (int l = 0; l < layers; l++) {
        s.weight[l] = tensor(weights), s.gradient[l] = tensor(weights), s.first[l] = tensor(weights), s.second[l] = tensor(weights);
        s.c[l] = (struct convolution){
            .input = s.buffer[l % 3], .weight = s.weight[l > 0 ? l - 1 : 0], .samples = 5, .height = high, .width = across, .channels = wide, .out_channels = wide, .kernel = 3,
            .transposed = l == 3, .winograd = l % 2, .epilogue = {.output = s.buffer[(l + 1) % 3], .relu = l < 3, .residual = {l == 2 ? s.extra : NULL}},
        };
        s.g[l] = (struct weight_gradient){
            .input = s.buffer[l % 3], .output_gradient = s.buffer[(l + 1) % 3], .gradient = s.gradient[l], .samples = 5, .height = high, .width = across,
            .channels = wide, .out_channels = wide, .kernel = 3, .winograd = l % 2,
        };
        s.a[l] = (struct adam){.weight = s.weight[l], .first = s.first[l], .second = s.second[l], .gradient = s.gradient[l], .norm = s.norm, .n = weights,
                               .beta1 = 0.9f, .rest1 = 0.1f, .beta2 = 0.5f, .rest2 = 0.5f, .rate = 0.1f, .correction = 1, .epsilon = 1e-8f};
        packed = k->convolution_packed(&s.c[l]) > packed ? k->convolution_packed(&s.c[l]) : packed;
        partial = k->weight_gradient_partial(&s.g[l]) > partial ? k->weight_gradient_partial(&s.g[l]) : partial;
        scratch = k->convolution_scratch(&s.c[l]) > scratch ? k->convolution_scratch(&s.c[l]) : scratch;
        scratch = k->weight_gradient_scratch(&s.g[l]) > scratch ? k->weight_gradient_scratch(&s.g[l]) : scratch;
    }
    s.packed[0] = tensor(packed), s.packed[1] = tensor(packed), s.partial = tensor(partial), s.scratch = tensor(scratch * pool_threads(pool));
    for (int l = 0; l < layers; l++) {
        s.c[l].packed = s.packed[l % 2], s.g[l].partial = s.partial;
        s.c[l].scratch = s.g[l].scratch = s.scratch, s.c[l].stride = s.g[l].stride = scratch;
    }
    chain_run(k, pool, &s, 1);
    float *want[layers + 3];
    for (int i = 0; i < layers + 3; i++) {
        size_t n = i < layers ? weights : pixels * wide;
        want[i] = tensor(n);
        memcpy(want[i], i < layers ? s.weight[i] : s.buffer[i - layers], n * sizeof **want);
    }
    static const uint64_t orders[] = {0, 0, 0, 2, 3, 4, 5};
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        chain_run(k, pool, &s, orders[o]);
        for (int i = 0; i < layers + 3; i++)
            expect("chain", (size_t)i, memcmp(want[i], i < layers ? s.weight[i] : s.buffer[i - layers], (i < layers ? weights : pixels * wide) * sizeof **want), 0, 0);
    }
    for (int i = 0; i < layers + 3; i++)
        drop(want[i]);
    for (int l = 0; l < layers; l++)
        drop(s.weight[l]), drop(s.gradient[l]), drop(s.first[l]), drop(s.second[l]);
    float *others[] = {s.buffer[0], s.buffer[1], s.buffer[2], s.packed[0], s.packed[1], s.partial, s.scratch, s.norm, s.extra};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        drop(others[i]);
}

int main(void) {
    static const char *const tiers[] = {"plain", "avx2", "avx512"};
    static const struct geometry cases[] = {
        {1, 1, 1, 1, 1, 3}, {2, 1, 2, 3, 5, 3}, {1, 5, 15, 2, 31, 3}, {1, 7, 29, 64, 1, 3}, {2, 3, 7, 64, 2, 3}, {1, 9, 8, 31, 33, 3},
        {1, 3, 43, 33, 65, 3}, {17, 2, 3, 4, 8, 3}, {1, 2, 400, 20, 7, 3}, {1, 40, 3, 70, 17, 3}, {2, 3, 5, 17, 33, 1}, {1, 2, 27, 64, 7, 1},
        {1, 1, 1, 1, 1, 2}, {2, 3, 5, 3, 7, 2}, {2, 2, 15, 33, 17, 2}, {1, 7, 4, 32, 64, 2},
    };
    static const size_t lengths[] = {1, 7, 17, 1031, 33000};
    for (size_t t = 0; t < sizeof tiers / sizeof *tiers; t++) {
        const struct kernels *k = kernels_of(tiers[t]);
        if (!k)
            continue;
        struct pool *pool = pool_new(3);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            for (int winograd = 0; winograd <= (cases[i].kernel == 3); winograd++) {
                convolutions(k, pool, cases[i], 0, winograd);
                convolutions(k, pool, cases[i], 1, winograd);
                gradients(k, pool, cases[i], winograd);
            }
        }
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            pointwise(k, pool, lengths[i]);
        chains(k, pool);
        pool_free(pool);
        printf("%s\n", tiers[t]);
    }
    return failures != 0;
}
