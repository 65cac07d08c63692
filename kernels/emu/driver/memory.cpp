// Device memory and page-locked host memory, both poisoned at birth.
#include "../device_memory.h"
#include "../options.h"
#include "driver.h"

namespace emulator {

bool is_pinned(const void *memory, size_t bytes) {
    char *begin = const_cast<char *>(static_cast<const char *>(memory));
    auto it = driver().pinned.upper_bound(begin);
    return it != driver().pinned.end() && begin >= it->first - it->second && begin + bytes <= it->first;
}

}  // namespace emulator

using namespace emulator;

extern "C" {

CUresult cuMemAlloc(CUdeviceptr *address, size_t bytes) {
    ENTER;
    if (CUresult code = forbidden("cuMemAlloc")) return code;
    Driver &d = driver();
    if (bytes == 0) return refuse(CUDA_ERROR_INVALID_VALUE, "an allocation of 0 bytes");
    size_t available = options().memory - d.bytes_used;
    char *begin = bytes <= available ? allocate(bytes) : nullptr;
    if (!begin)
        return refuse(CUDA_ERROR_OUT_OF_MEMORY, std::to_string(bytes) + " bytes are asked for, " + std::to_string(available) + " are free");
    *address = reinterpret_cast<CUdeviceptr>(begin);
    d.buffers[*address] = bytes;
    d.bytes_used += bytes;
    return CUDA_SUCCESS;
}

CUresult cuMemFree(CUdeviceptr address) {
    ENTER;
    if (CUresult code = forbidden("cuMemFree")) return code;
    if (!address) return CUDA_SUCCESS;
    Driver &d = driver();
    auto it = d.buffers.find(address);
    if (it == d.buffers.end()) return refuse(CUDA_ERROR_INVALID_VALUE, "free of something that is no device buffer");
    finish_all();  // the real one waits for the device too
    d.bytes_used -= it->second;
    d.buffers.erase(it);
    if (std::string error = release(reinterpret_cast<char *>(address)); !error.empty()) lose(error);
    return d.lost_code;
}

CUresult cuMemGetInfo(size_t *available, size_t *total) {
    ENTER;
    *total = options().memory;
    *available = *total - driver().bytes_used;
    return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
    ENTER;
    if (CUresult code = forbidden("cuMemHostAlloc")) return code;
    if (bytes == 0) return refuse(CUDA_ERROR_INVALID_VALUE, "an allocation of 0 bytes");
    char *begin = allocate(bytes, true);
    if (!begin) return refuse(CUDA_ERROR_OUT_OF_MEMORY, "the host has no memory for " + std::to_string(bytes) + " bytes");
    mark_initialised(begin, bytes, true);  // what the host writes there is not seen
    driver().pinned[begin + bytes] = bytes;
    *memory = begin;
    return CUDA_SUCCESS;
}

CUresult cuMemFreeHost(void *memory) {
    ENTER;
    auto it = driver().pinned.upper_bound(static_cast<char *>(memory));
    if (it == driver().pinned.end() || it->first - it->second != memory)
        return refuse(CUDA_ERROR_INVALID_VALUE, "free of something that is no page-locked memory");
    finish_all();
    driver().pinned.erase(it);
    if (std::string error = release(static_cast<char *>(memory)); !error.empty()) lose(error);
    return driver().lost_code;
}

CUresult cuMemHostGetDevicePointer(CUdeviceptr *address, void *memory, unsigned flags) {
    ENTER;
    if (flags || !is_pinned(memory, 1)) return refuse(CUDA_ERROR_INVALID_VALUE, "the address of something that is no page-locked memory");
    *address = reinterpret_cast<CUdeviceptr>(memory);
    return CUDA_SUCCESS;
}

}  // extern "C"
