// Calls of the emulated driver for tests.
#pragma once
#include "test.h"
#include "../driver/driver.h"

#define MUST(call) must(call, #call)
inline void must(CUresult code, const char *call) {
    if (code == CUDA_SUCCESS) return;
    const char *text;
    cuGetErrorString(code, &text);
    throw std::runtime_error(std::string(call) + ": " + text);
}

// REFUSED(code, call, part of the text)
#define REFUSED(code, call, part) refused(code, call, part, #call)
inline void refused(CUresult expected, CUresult got, const char *part, const char *call) {
    const char *text;
    cuGetErrorString(got, &text);
    if (got != expected)
        throw std::runtime_error(std::string(call) + ": expected " + std::to_string(expected) + ", got " + std::to_string(got) + ": " +
                                 text);
    require_text(text, part);
}

inline bool eager() { return emulator::options().schedule == emulator::Schedule::eager; }

// Context is the primary context of a test; what the test leaves behind goes with it.
struct Context {
    CUmodule module;
    Context() {
        CUcontext context;
        MUST(cuInit(0));
        MUST(cuDevicePrimaryCtxRetain(&context, 0));
        MUST(cuCtxSetCurrent(context));
        MUST(cuModuleLoadData(&module, "EMU"));
    }
    ~Context() {
        cuCtxSetCurrent(nullptr);
        cuDevicePrimaryCtxRelease(0);
    }
    Context(const Context &) = delete;

    CUstream stream(unsigned flags = CU_STREAM_NON_BLOCKING) {
        CUstream s;
        MUST(cuStreamCreate(&s, flags));
        return s;
    }
    CUevent event(unsigned flags = CU_EVENT_DISABLE_TIMING) {
        CUevent e;
        MUST(cuEventCreate(&e, flags));
        return e;
    }
    CUdeviceptr memory(size_t floats) {
        CUdeviceptr address;
        MUST(cuMemAlloc(&address, floats * 4));
        return address;
    }
    float *pinned(size_t floats) {
        void *p;
        MUST(cuMemHostAlloc(&p, floats * 4, 0));
        return static_cast<float *>(p);
    }
    CUfunction function(const char *name) {
        CUfunction f;
        MUST(cuModuleGetFunction(&f, module, name));
        return f;
    }
    // out = 2 in, of n floats
    CUresult twice(CUstream s, CUdeviceptr in, CUdeviceptr out, int n, const char *kernel = "write_past_end") {
        void *arguments[] = {&in, &out, &n};
        CUresult code = cuLaunchKernel(function(kernel), unsigned(n + 63) / 64, 1, 1, 64, 1, 1, 0, s, arguments, nullptr);
        in = out = 0;  // the arguments were taken
        n = -1;
        return code;
    }
};
