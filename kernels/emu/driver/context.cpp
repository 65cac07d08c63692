// The device, and its primary context, which each OS thread makes current for itself.
#include "../device_memory.h"
#include "../options.h"
#include "../runtime.h"
#include "driver.h"
#include <cstring>

namespace emulator {

static thread_local std::vector<CUcontext> current_contexts;  // a stack for each OS thread

CUresult enter() {
    Driver &d = driver();
    if (!d.initialised) return refuse(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called");
    if (current_contexts.empty() || !current_contexts.back())
        return refuse(CUDA_ERROR_INVALID_CONTEXT, "no context is current in this OS thread");
    if (d.primary.references == 0)
        return refuse(CUDA_ERROR_CONTEXT_IS_DESTROYED, "the primary context was released by all who retained it");
    return d.lost_code;
}

// As on a device whose last user has gone: work ends, everything is freed, a fault is forgotten.
void destroy_context() {
    Driver &d = driver();
    finish_all();
    for (auto &[address, bytes] : d.buffers) release(reinterpret_cast<char *>(address));
    d.buffers.clear();
    d.bytes_used = 0;
    for (auto &[end, bytes] : d.pinned) release(end - bytes);
    d.pinned.clear();
    for (CUstream s : d.streams)
        if (s != &d.null_stream) delete s;
    d.streams = {&d.null_stream};
    d.null_stream.last = nullptr;
    for (CUevent e : d.events) delete e;
    d.events.clear();
    for (CUmodule m : d.modules) delete m;
    d.modules.clear();
    for (CUgraph g : d.graphs) delete g;
    d.graphs.clear();
    for (CUgraphExec x : d.executables) delete x;
    d.executables.clear();
    d.captures.clear();
    d.lost.clear();
    d.lost_code = CUDA_SUCCESS;
}

static int attribute(CUdevice_attribute name) {
    switch (name) {
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y: return 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z: return 64;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: return 0x7fffffff;
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
    case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: return 65535;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: return 32;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: return int(shared_default);
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: return int(shared_with_opt_in());
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: return int(shared_with_opt_in()) + 1024;
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR: return 65536;
    case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: return 2048;
    case CU_DEVICE_ATTRIBUTE_CLOCK_RATE: return 1000000;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return 2;
    case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: return 1 << 20;
    case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
    case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED: return 0;
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return options().hopper ? 9 : 8;
    default: return 0;  // what it is not asked for, it has not
    }
}

static CUresult check_device(CUdevice device) {
    if (!driver().initialised) return refuse(CUDA_ERROR_NOT_INITIALIZED, "cuInit was not called");
    return device == 0 ? CUDA_SUCCESS : refuse(CUDA_ERROR_INVALID_DEVICE, "there is one emulated device, number 0");
}

}  // namespace emulator

using namespace emulator;

#define DEVICE(device) \
    if (CUresult checked_device = check_device(device); checked_device != CUDA_SUCCESS) return checked_device

extern "C" {

CUresult cuInit(unsigned flags) {
    driver().initialised = true;
    return flags ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *version) {
    *version = 13000;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) {
    DEVICE(0);
    *count = 1;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    DEVICE(ordinal);
    *device = 0;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
    DEVICE(device);
    if (bytes <= 0) return CUDA_ERROR_INVALID_VALUE;
    strncpy(name, "Emulated device", size_t(bytes));
    name[bytes - 1] = 0;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device) {
    DEVICE(device);
    memcpy(uuid->bytes, "emulated device", sizeof uuid->bytes);
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute name, CUdevice device) {
    DEVICE(device);
    *value = attribute(name);
    return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem(size_t *bytes, CUdevice device) {
    DEVICE(device);
    *bytes = options().memory;
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    DEVICE(device);
    driver().primary.references++;
    *context = &driver().primary;
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    DEVICE(device);
    if (driver().primary.references == 0) return refuse(CUDA_ERROR_INVALID_CONTEXT, "the primary context is not retained");
    if (--driver().primary.references == 0) destroy_context();
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset(CUdevice device) {
    std::lock_guard<std::mutex> lock(driver().mutex);
    DEVICE(device);
    destroy_context();
    return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
    if (context && context != &driver().primary) return refuse(CUDA_ERROR_INVALID_CONTEXT, "no such context");
    if (!current_contexts.empty()) current_contexts.pop_back();
    if (context) current_contexts.push_back(context);
    return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext *context) {
    *context = current_contexts.empty() ? nullptr : current_contexts.back();
    return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent(CUcontext context) {
    if (context && context != &driver().primary) return refuse(CUDA_ERROR_INVALID_CONTEXT, "no such context");
    current_contexts.push_back(context);
    return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent(CUcontext *context) {
    if (current_contexts.empty()) return refuse(CUDA_ERROR_INVALID_CONTEXT, "no context is current in this OS thread");
    if (context) *context = current_contexts.back();
    current_contexts.pop_back();
    return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device) {
    ENTER;
    *device = 0;
    return CUDA_SUCCESS;
}

CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    ENTER;
    *least = *greatest = 0;
    return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize(void) {
    ENTER;
    if (CUresult code = forbidden("cuCtxSynchronize")) return code;
    return finish_all();
}

}  // extern "C"
