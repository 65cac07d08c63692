// Copies and fills. The asynchronous ones take page-locked host memory only: CUDA would take other memory too, but then the copy is not
// asynchronous, and memory of Go's may not be kept by C at all.
#include "../device_memory.h"
#include "driver.h"
#include <cstring>

namespace emulator {

static char *pointer(CUdeviceptr address) { return reinterpret_cast<char *>(address); }

// The place is checked when the call is made and again when the task runs: it may have been freed between.
static CUresult check_place(CUdeviceptr address, size_t bytes, const char *what) {
    std::string error = check_range(pointer(address), bytes);
    return error.empty() ? CUDA_SUCCESS : refuse(CUDA_ERROR_INVALID_VALUE, std::string(what) + ": " + error);
}

static std::string late(const std::string &error, const char *what) {
    return error.empty() ? "" : std::string(what) + ": out of bounds when it ran: " + error;
}

static CUresult upload(CUstream stream, CUdeviceptr to, const void *from, size_t bytes, std::shared_ptr<std::string> staged,
                       TaskPointer *issued = nullptr) {
    if (CUresult code = check_place(to, bytes, "copy to the device")) return code;
    Task task;
    if (!staged) task.hosts.push_back({static_cast<char *>(const_cast<void *>(from)), bytes, false});
    task.run = [=]() -> std::string {
        if (std::string error = check_range(pointer(to), bytes); !error.empty()) return late(error, "copy to the device");
        memcpy(pointer(to), staged ? staged->data() : from, bytes);
        mark_initialised(pointer(to), bytes, true);
        return "";
    };
    return enqueue(stream, std::move(task), issued);
}

static CUresult download(CUstream stream, void *to, CUdeviceptr from, size_t bytes, TaskPointer *issued = nullptr) {
    if (CUresult code = check_place(from, bytes, "copy from the device")) return code;
    Task task;
    task.hosts.push_back({static_cast<char *>(to), bytes, true});
    task.run = [=]() -> std::string {
        if (std::string error = check_range(pointer(from), bytes); !error.empty()) return late(error, "copy from the device");
        memcpy(to, pointer(from), bytes);
        return "";
    };
    return enqueue(stream, std::move(task), issued);
}

static CUresult move(CUstream stream, CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    if (CUresult code = check_place(to, bytes, "copy within the device, to")) return code;
    if (CUresult code = check_place(from, bytes, "copy within the device, from")) return code;
    if (to < from + bytes && from < to + bytes && bytes)
        return refuse(CUDA_ERROR_INVALID_VALUE, "copy within the device: the ranges overlap");
    Task task;
    task.run = [=]() -> std::string {
        for (CUdeviceptr place : {to, from})
            if (std::string error = check_range(pointer(place), bytes); !error.empty()) return late(error, "copy within the device");
        memcpy(pointer(to), pointer(from), bytes);
        copy_initialised(pointer(to), pointer(from), bytes);
        return "";
    };
    return enqueue(stream, std::move(task));
}

static CUresult fill(CUstream stream, CUdeviceptr to, uint32_t value, size_t count, size_t width) {
    size_t bytes = count * width;
    if (to % width) return refuse(CUDA_ERROR_INVALID_VALUE, "fill: the address is not aligned to the value");
    if (CUresult code = check_place(to, bytes, "fill")) return code;
    Task task;
    task.run = [=]() -> std::string {
        if (std::string error = check_range(pointer(to), bytes); !error.empty()) return late(error, "fill");
        for (size_t i = 0; i < count; i++) memcpy(pointer(to) + i * width, &value, width);
        bool is_poison = width == 4 && value == 0xffffffffu;
        mark_initialised(pointer(to), bytes, !is_poison);
        return "";
    };
    return enqueue(stream, std::move(task));
}

static CUresult require_pinned(const void *memory, size_t bytes) {
    if (is_pinned(memory, bytes) || bytes == 0) return CUDA_SUCCESS;
    return refuse(CUDA_ERROR_INVALID_VALUE, "asynchronous copy with host memory that is not page-locked");
}

}  // namespace emulator

using namespace emulator;

#define STREAM(stream) \
    if (CUresult found = find(stream); found != CUDA_SUCCESS) return found
#define RETURN_IF(call) \
    if (CUresult code = call; code != CUDA_SUCCESS) return code

extern "C" {

// Copies that wait are copies on the null stream, with which streams of the flag NON_BLOCKING are not ordered.

CUresult cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t bytes) {
    ENTER;
    RETURN_IF(forbidden("cuMemcpyHtoD"));
    if (!is_pinned(from, bytes))  // it may return as soon as the bytes are staged
        return upload(&driver().null_stream, to, nullptr, bytes, std::make_shared<std::string>(static_cast<const char *>(from), bytes));
    TaskPointer task;
    RETURN_IF(upload(&driver().null_stream, to, from, bytes, nullptr, &task));
    return finish(task);
}

CUresult cuMemcpyDtoH(void *to, CUdeviceptr from, size_t bytes) {
    ENTER;
    RETURN_IF(forbidden("cuMemcpyDtoH"));
    TaskPointer task;
    RETURN_IF(download(&driver().null_stream, to, from, bytes, &task));
    return finish(task);
}

CUresult cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t bytes) {  // returns before the copy is done, as documented
    ENTER;
    return move(&driver().null_stream, to, from, bytes);
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
    ENTER;
    STREAM(stream);
    RETURN_IF(require_pinned(from, bytes));
    return upload(stream, to, from, bytes, nullptr);
}

CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
    ENTER;
    STREAM(stream);
    RETURN_IF(require_pinned(to, bytes));
    return download(stream, to, from, bytes);
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    ENTER;
    STREAM(stream);
    return move(stream, to, from, bytes);
}

CUresult cuMemsetD8(CUdeviceptr to, unsigned char value, size_t count) {
    ENTER;
    return fill(&driver().null_stream, to, value, count, 1);
}

CUresult cuMemsetD32(CUdeviceptr to, unsigned value, size_t count) {
    ENTER;
    return fill(&driver().null_stream, to, value, count, 4);
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    ENTER;
    STREAM(stream);
    return fill(stream, to, value, count, 1);
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    ENTER;
    STREAM(stream);
    return fill(stream, to, value, count, 4);
}

}  // extern "C"
