// samplers.h: the noise models' samplers, as package noise prescribes them: the same float32 operations in the same order, each rounded once and none
// fused (the compiler contracts nothing by itself), so that every tier and every device draws the same bits. What the functions are, and why they
// are right, is written there.
#ifndef TWEEDIE_SAMPLERS_H
#define TWEEDIE_SAMPLERS_H

#include <math.h>
#include <string.h>

#include "noise.h"

enum { most_attempts = 100, words_kept = 16 };

// words are the random words of one block of four elements, kept by attempt for the four lanes; later attempts are drawn anew.
struct words {
    const struct observe *observe;
    uint32_t sample, block, lane, attempt, drawn;
    uint32_t kept[words_kept][4];
};

static uint32_t next_word(struct words *w) {
    const struct observe *o = w->observe;
    uint32_t attempt = w->attempt++;
    if (attempt >= words_kept) {
        uint32_t four[4];
        philox(w->block, w->sample, o->step, o->stream | attempt, o->key[0], o->key[1], four);
        return four[w->lane];
    }
    if (attempt == w->drawn)
        philox(w->block, w->sample, o->step, o->stream | attempt, o->key[0], o->key[1], w->kept[w->drawn++]);
    return w->kept[attempt][w->lane];
}

// one of 2^24 values in (0, 1]
INLINE float open_word(struct words *w) { return (float)((next_word(w) >> 8) + 1) * 0x1p-24f; }

INLINE float float_of(uint32_t pattern) {
    float value;
    memcpy(&value, &pattern, 4);
    return value;
}

INLINE uint32_t pattern_of(float value) {
    uint32_t pattern;
    memcpy(&pattern, &value, 4);
    return pattern;
}

static float sampler_logarithm(float u) {
    const uint32_t half = 0x3f3504f3; // sqrt(1/2)
    uint32_t shifted = pattern_of(u) - half;
    float e = (float)((int32_t)shifted >> 23), f = float_of((shifted & 0x7fffff) + half) - 1;
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

static float sampler_exponential(float x) {
    if (x < -87)
        return 0;
    if (!(x <= 88))
        return NAN;
    float n = floorf(x * 1.44269504f + 0.5f);
    float r = x - n * 0.693359375f;
    r += n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1;
    return p * float_of((uint32_t)((int32_t)n + 127) << 23);
}

static float sampler_normal(struct words *w) {
    uint32_t word0 = next_word(w), word1 = next_word(w);
    float radius = sqrtf(-2 * sampler_logarithm((float)((word0 >> 8) + 1) * 0x1p-24f));
    int32_t j = (int32_t)(word1 >> 8), quadrant = (j + (1 << 21)) >> 22;
    float x = (float)(j - quadrant * (1 << 22)) * 0x1p-24f * 6.28318530718f, z = x * x, cosine;
    if (quadrant & 1) {
        float p = z * -1.9515295891e-4f + 8.3321608736e-3f;
        p = z * p - 1.6666654611e-1f;
        cosine = z * p * x + x;
    } else {
        float p = z * 2.443315711809948e-5f - 1.388731625493765e-3f;
        p = z * p + 4.166664568298827e-2f;
        cosine = z * z * p + (1 - 0.5f * z);
    }
    return radius * ((quadrant + 1) & 2 ? -cosine : cosine);
}

static float log_probability(float k, float mean) {
    float n = k + 1, difference = n - mean, w = difference / (n + mean), deviance;
    if (w < 0.1f && w > -0.1f) {
        float z = w * w, p = z * 0.11111111f + 0.14285715f;
        p = z * p + 0.2f;
        p = z * p + 0.33333334f;
        deviance = difference * w + 2 * n * (z * w * p);
    } else {
        deviance = n * sampler_logarithm(n / mean) - difference;
    }
    float reciprocal = 1 / n, z = reciprocal * reciprocal;
    float stirling = z * 7.9365079e-4f - 2.7777778e-3f;
    stirling = z * stirling + 0.083333336f;
    return 0.5f * sampler_logarithm(n / mean / mean * 0.15915494f) - reciprocal * stirling - deviance;
}

static float few_counts(float mean, struct words *w) {
    float limit = sampler_exponential(-mean), product = 1;
    for (int count = 0; count < most_attempts; count++) {
        product *= open_word(w);
        if (product < limit)
            return (float)count;
    }
    return NAN;
}

static float many_counts(float mean, struct words *w) {
    float b = 0.931f + 2.53f * sqrtf(mean), a = 0.02483f * b - 0.059f;
    float inverse = 1.1239f + 1.1328f / (b - 3.4f), quick = 0.9277f - 3.6224f / (b - 2);
    float whole = floorf(mean), rest = mean - whole + 0.43f;
    for (int attempt = 0; attempt < most_attempts; attempt++) {
        float u = (float)(next_word(w) >> 8 | 1) * 0x1p-24f - 0.5f, v = open_word(w);
        float s = u < 0 ? 0.5f + u : 0.5f - u;
        float k = whole + floorf((2 * a / s + b) * u + rest);
        if (s >= 0.07f && v <= quick)
            return k;
        if (k < 0 || (s < 0.013f && v > s))
            continue;
        if (sampler_logarithm(v * inverse / (a / (s * s) + b)) <= log_probability(k, mean))
            return k;
    }
    return NAN;
}

static float counts(float mean, struct words *w) {
    if (mean <= 0)
        return 0;
    if (!(mean < 0x1p22f))
        return mean;
    return mean < 10 ? few_counts(mean, w) : many_counts(mean, w);
}

static float gamma_of(float shape, struct words *w) {
    float a = shape < 1 ? shape + 1 : shape, d = a - 0.33333334f, c = 1 / sqrtf(9 * d);
    for (int attempt = 0; attempt < most_attempts; attempt++) {
        float x = sampler_normal(w), u = open_word(w), v = 1 + c * x;
        if (!(v > 0))
            continue;
        v = v * v * v;
        float square = x * x;
        if (!(u < 1 - 0.0331f * square * square) && !(sampler_logarithm(u) < 0.5f * square + d * ((1 - v) + sampler_logarithm(v))))
            continue;
        return shape < 1 ? d * v * sampler_exponential(sampler_logarithm(open_word(w)) / shape) : d * v;
    }
    return NAN;
}

static float transmission(float x, float photons, float attenuation, struct words *w) {
    if (x != x)
        return x;
    float k = counts(photons * sampler_exponential(-attenuation * (x > 0 ? x : 0)), w);
    return (sampler_logarithm(photons) - sampler_logarithm(k < 1 ? 1 : k)) / attenuation;
}

// sampled is y given x by the model of a number, in the order of package noise.
static float sampled(float x, const float *condition, struct words *w) {
    float first = condition[1], second = condition[2];
    if (condition[0] == 0)
        return x + first * sampler_normal(w);
    if (condition[0] == 1)
        return counts(first * x, w) / first;
    if (condition[0] == 2)
        return transmission(x, first, second, w);
    if (condition[0] == 3) {
        float signal = counts(first * x, w) / first;
        return signal + second * sampler_normal(w);
    }
    if (condition[0] == 4)
        return x * (gamma_of(first, w) / first);
    if (condition[0] == 5)
        return x * sqrtf(-1.2732395f * sampler_logarithm(open_word(w)));
    return NAN;
}

#endif
