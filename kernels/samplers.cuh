// The noise models' samplers, as package noise prescribes them: the same float32 operations in the same order, each rounded once, so that every device
// draws the same bits. What the functions are, and why they are right, is written there. They take no fused multiply-adds, since not every
// processor has one; logarithm and normals of random.cuh, which do, are those of operation AddNoise.
#pragma once
#include "random.cuh"

constexpr int most_attempts = 100;

// words are the random words of one element: those of its lane, attempt by attempt.
struct words {
    uint64_t seed;
    unsigned block, lane, sample, step, stream, attempt;

    __device__ __forceinline__ unsigned next() {
        uint4 four = philox(block, sample, step, stream | attempt++, seed);
        return lane == 0 ? four.x : lane == 1 ? four.y : lane == 2 ? four.z : four.w;
    }

    // one of 2^24 values in (0, 1]
    __device__ __forceinline__ float open() { return static_cast<float>((next() >> 8) + 1) * 0x1p-24f; }
};

__device__ __forceinline__ float not_a_number() { return __int_as_float(0x7fffffff); }

__device__ __forceinline__ float sampler_logarithm(float u) {
    const unsigned half = 0x3f3504f3;  // sqrt(1/2)
    unsigned shifted = __float_as_uint(u) - half;
    float e = static_cast<float>(static_cast<int>(shifted) >> 23), f = __uint_as_float((shifted & 0x7fffff) + half) - 1.0f;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    float square = f * f, tail = p * f * square - e * 2.12194440e-4f;
    tail -= 0.5f * square;
    return e * 0.693359375f + (f + tail);
}

__device__ __forceinline__ float sampler_exponential(float x) {
    if (x < -87.0f) return 0.0f;
    if (!(x <= 88.0f)) return not_a_number();
    float n = floorf(x * 1.44269504f + 0.5f);
    float r = x - n * 0.693359375f;
    r += n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * __uint_as_float(static_cast<unsigned>(static_cast<int>(n) + 127) << 23);
}

__device__ __forceinline__ float sampler_normal(words &w) {
    unsigned word0 = w.next(), word1 = w.next();
    float radius = __fsqrt_rn(-2.0f * sampler_logarithm(static_cast<float>((word0 >> 8) + 1) * 0x1p-24f));
    int j = static_cast<int>(word1 >> 8), quadrant = (j + (1 << 21)) >> 22;
    float x = static_cast<float>(j - quadrant * (1 << 22)) * 0x1p-24f * 6.28318530718f, z = x * x, cosine;
    if (quadrant & 1) {
        float p = z * -1.9515295891e-4f + 8.3321608736e-3f;
        p = z * p - 1.6666654611e-1f;
        cosine = z * p * x + x;
    } else {
        float p = z * 2.443315711809948e-5f - 1.388731625493765e-3f;
        p = z * p + 4.166664568298827e-2f;
        cosine = z * z * p + (1.0f - 0.5f * z);
    }
    return radius * ((quadrant + 1) & 2 ? -cosine : cosine);
}

__device__ __forceinline__ float log_probability(float k, float mean) {
    float n = k + 1.0f, difference = n - mean, w = __fdiv_rn(difference, n + mean), deviance;
    if (w < 0.1f && w > -0.1f) {
        float z = w * w, p = z * 0.11111111f + 0.14285715f;
        p = z * p + 0.2f;
        p = z * p + 0.33333334f;
        deviance = difference * w + 2.0f * n * (z * w * p);
    } else {
        deviance = n * sampler_logarithm(__fdiv_rn(n, mean)) - difference;
    }
    float reciprocal = __fdiv_rn(1.0f, n), z = reciprocal * reciprocal;
    float stirling = z * 7.9365079e-4f - 2.7777778e-3f;
    stirling = z * stirling + 0.083333336f;
    return 0.5f * sampler_logarithm(__fdiv_rn(__fdiv_rn(n, mean), mean) * 0.15915494f) - reciprocal * stirling - deviance;
}

__device__ __forceinline__ float few_counts(float mean, words &w) {
    float limit = sampler_exponential(-mean), product = 1.0f;
    for (int count = 0; count < most_attempts; count++) {
        product *= w.open();
        if (product < limit) return static_cast<float>(count);
    }
    return not_a_number();
}

__device__ __forceinline__ float many_counts(float mean, words &w) {
    float b = 0.931f + 2.53f * __fsqrt_rn(mean), a = 0.02483f * b - 0.059f;
    float inverse = 1.1239f + __fdiv_rn(1.1328f, b - 3.4f), quick = 0.9277f - __fdiv_rn(3.6224f, b - 2.0f);
    float whole = floorf(mean), rest = mean - whole + 0.43f;
    for (int attempt = 0; attempt < most_attempts; attempt++) {
        float u = static_cast<float>(w.next() >> 8 | 1) * 0x1p-24f - 0.5f, v = w.open();
        float s = u < 0.0f ? 0.5f + u : 0.5f - u;
        float k = whole + floorf((__fdiv_rn(2.0f * a, s) + b) * u + rest);
        if (s >= 0.07f && v <= quick) return k;
        if (k < 0.0f || (s < 0.013f && v > s)) continue;
        if (sampler_logarithm(__fdiv_rn(v * inverse, __fdiv_rn(a, s * s) + b)) <= log_probability(k, mean)) return k;
    }
    return not_a_number();
}

__device__ __forceinline__ float counts(float mean, words &w) {
    if (mean <= 0.0f) return 0.0f;
    if (!(mean < 0x1p22f)) return mean;
    return mean < 10.0f ? few_counts(mean, w) : many_counts(mean, w);
}

__device__ __forceinline__ float gamma_of(float shape, words &w) {
    float a = shape < 1.0f ? shape + 1.0f : shape, d = a - 0.33333334f, c = __fdiv_rn(1.0f, __fsqrt_rn(9.0f * d));
    for (int attempt = 0; attempt < most_attempts; attempt++) {
        float x = sampler_normal(w), u = w.open(), v = 1.0f + c * x;
        if (!(v > 0.0f)) continue;
        v = v * v * v;
        float square = x * x;
        if (!(u < 1.0f - 0.0331f * square * square) &&
            !(sampler_logarithm(u) < 0.5f * square + d * ((1.0f - v) + sampler_logarithm(v))))
            continue;
        return shape < 1.0f ? d * v * sampler_exponential(__fdiv_rn(sampler_logarithm(w.open()), shape)) : d * v;
    }
    return not_a_number();
}

__device__ __forceinline__ float transmission(float x, float photons, float attenuation, words &w) {
    if (x != x) return x;
    float k = counts(photons * sampler_exponential(-attenuation * (x > 0.0f ? x : 0.0f)), w);
    return __fdiv_rn(sampler_logarithm(photons) - sampler_logarithm(k < 1.0f ? 1.0f : k), attenuation);
}

// sampled is y given x by the model of a number, in the order of package noise.
__device__ __forceinline__ float sampled(float x, int model, float first, float second, words &w) {
    switch (model) {
    case 0: return x + first * sampler_normal(w);
    case 1: return __fdiv_rn(counts(first * x, w), first);
    case 2: return transmission(x, first, second, w);
    case 3: {
        float signal = __fdiv_rn(counts(first * x, w), first);
        return signal + second * sampler_normal(w);
    }
    case 4: return x * __fdiv_rn(gamma_of(first, w), first);
    case 5: return x * __fsqrt_rn(-1.2732395f * sampler_logarithm(w.open()));
    }
    return not_a_number();
}

// noise_level is the model's deviation at white, as a network with a noise map is told.
__device__ __forceinline__ float noise_level(int model, float first, float second) {
    switch (model) {
    case 0: return first;
    case 1: return __fdiv_rn(1.0f, __fsqrt_rn(first));
    case 2: return __fdiv_rn(1.0f, __fsqrt_rn(first * sampler_exponential(-second)) * second);
    case 3: return __fsqrt_rn(__fdiv_rn(1.0f, first) + second * second);
    case 4: return __fdiv_rn(1.0f, __fsqrt_rn(first));
    case 5: return 0.52272321f;
    }
    return not_a_number();
}

// stein is v of SURE for a noisy value: the model's Stein of package noise, not a number for a model that has none.
__device__ __forceinline__ float stein(float model, float first, float second, float y) {
    if (model == 0.0f) return first * first;
    if (model == 1.0f) return __fdiv_rn(y, first);
    if (model == 3.0f) return __fdiv_rn(y, first) + second * second;
    return not_a_number();
}
