// Codes, their names, and the texts behind them.
#include "driver.h"
#include <algorithm>

namespace emulator {

static thread_local std::string reason;  // of this thread's last refused call

CUresult refuse(CUresult code, const std::string &why) {
    reason = why;
    return code;
}

// A capture of mode GLOBAL forbids such calls to all threads, THREAD_LOCAL to its own, RELAXED to none.
static bool forbids(const Capture &capture) {
    return capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL ||
           (capture.mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && capture.thread == std::this_thread::get_id());
}

CUresult spoil(CUresult code, const std::string &why) {
    for (auto &capture : driver().captures)
        if (capture->broken == CUDA_SUCCESS && forbids(*capture)) capture->broken = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    return refuse(code, why);
}

CUresult forbidden(const char *call) {
    const auto &captures = driver().captures;
    if (std::none_of(captures.begin(), captures.end(), [](auto &capture) { return forbids(*capture); })) return CUDA_SUCCESS;
    return spoil(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, std::string(call) + " is called while a stream captures");
}

struct Description {
    CUresult code;
    const char *name, *text;
};

#define DESCRIBE(code, text) {code, #code, text}
static const Description descriptions[] = {
    DESCRIBE(CUDA_SUCCESS, "no error"),
    DESCRIBE(CUDA_ERROR_INVALID_VALUE, "invalid argument"),
    DESCRIBE(CUDA_ERROR_OUT_OF_MEMORY, "out of memory"),
    DESCRIBE(CUDA_ERROR_NOT_INITIALIZED, "initialization error"),
    DESCRIBE(CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal"),
    DESCRIBE(CUDA_ERROR_INVALID_IMAGE, "device kernel image is invalid"),
    DESCRIBE(CUDA_ERROR_INVALID_CONTEXT, "invalid device context"),
    DESCRIBE(CUDA_ERROR_INVALID_HANDLE, "invalid resource handle"),
    DESCRIBE(CUDA_ERROR_NOT_SUPPORTED, "operation not supported"),
    DESCRIBE(CUDA_ERROR_NOT_FOUND, "named symbol not found"),
    DESCRIBE(CUDA_ERROR_NOT_READY, "device not ready"),
    DESCRIBE(CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"),
    DESCRIBE(CUDA_ERROR_CONTEXT_IS_DESTROYED, "context is destroyed"),
    DESCRIBE(CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned address"),
    DESCRIBE(CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during capture"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "the capture was not initiated in this stream"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "capturing stream has unjoined work"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "dependency created on uncaptured work in another stream"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "operation would make the legacy stream depend on a capturing blocking stream"),
    DESCRIBE(CUDA_ERROR_CAPTURED_EVENT, "operation not permitted on an event last recorded in a capturing stream"),
    DESCRIBE(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "attempt to terminate a thread-local capture sequence from another thread"),
};

static const Description *describe(CUresult code) {
    for (const Description &d : descriptions)
        if (d.code == code) return &d;
    return nullptr;
}

}  // namespace emulator

extern "C" {

CUresult cuGetErrorName(CUresult code, const char **name) {
    const emulator::Description *d = emulator::describe(code);
    *name = d ? d->name : nullptr;
    return d ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

// The real driver gives the general text alone; here the cause of this thread's last refusal, or of the lost context, follows it.
CUresult cuGetErrorString(CUresult code, const char **text) {
    static thread_local std::string whole;
    const emulator::Description *d = emulator::describe(code);
    if (!d) return CUDA_ERROR_INVALID_VALUE;
    std::lock_guard<std::mutex> lock(emulator::driver().mutex);
    const std::string &detail = code == emulator::driver().lost_code ? emulator::driver().lost : emulator::reason;
    whole = d->text;
    if (code != CUDA_SUCCESS && code != CUDA_ERROR_NOT_READY && !detail.empty()) whole += ": " + detail;
    *text = whole.c_str();
    return CUDA_SUCCESS;
}

}  // extern "C"
