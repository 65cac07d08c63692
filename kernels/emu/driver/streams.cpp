// Streams and events.
#include "driver.h"
#include <algorithm>

using namespace emulator;

#define STREAM(stream) \
    if (CUresult found = find(stream); found != CUDA_SUCCESS) return found
#define EVENT(event) \
    if (!driver().events.count(event)) return refuse(CUDA_ERROR_INVALID_HANDLE, "no such event")

// Of an event that a capture recorded, only a capture may ask.
static CUresult not_captured(CUevent event) {
    if (event->task && event->task->capture) return spoil(CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a capture");
    return CUDA_SUCCESS;
}

extern "C" {

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
    ENTER;
    *stream = new CUstream_st{driver().next_stream++, !(flags & CU_STREAM_NON_BLOCKING), nullptr, nullptr, nullptr};
    driver().streams.insert(*stream);
    return CUDA_SUCCESS;
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

CUresult cuStreamDestroy(CUstream stream) {  // what is on it still runs
    ENTER;
    STREAM(stream);
    if (stream == &driver().null_stream) return refuse(CUDA_ERROR_INVALID_HANDLE, "the null stream cannot be destroyed");
    if (stream->capture) return spoil(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a capturing stream is destroyed");
    driver().streams.erase(stream);
    delete stream;
    return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream) {
    ENTER;
    STREAM(stream);
    if (stream->capture) {
        stream->capture->broken = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a capturing stream is waited for");
    }
    if (CUresult code = forbidden("cuStreamSynchronize")) return code;
    TaskPointer last = stream->last;
    if (stream == &driver().null_stream)  // a point after the work of all blocking streams
        if (CUresult code = enqueue(stream, Task(), &last)) return code;
    return finish(last);
}

CUresult cuStreamQuery(CUstream stream) {
    ENTER;
    STREAM(stream);
    if (stream->capture) {
        stream->capture->broken = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a capturing stream is asked");
    }
    if (CUresult code = forbidden("cuStreamQuery")) return code;
    return poll(stream->last, stream->polls);
}

CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
    ENTER;
    STREAM(stream);
    EVENT(event);
    if (!event->task) return CUDA_SUCCESS;  // never recorded: no effect
    const std::shared_ptr<Capture> &capture = event->task->capture;
    if (capture && capture->ended) return refuse(CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a capture that has ended");
    if (stream->capture && stream->capture != capture) {
        stream->capture->broken = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        return refuse(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "a captured stream waits for an event outside its capture");
    }
    if (capture && !stream->capture) {  // the stream joins the capture
        stream->before_capture = stream->last;
        stream->last = nullptr;
        stream->capture = capture;
    }
    Task task;
    task.after.push_back(event->task);
    return enqueue(stream, std::move(task));
}

CUresult cuEventCreate(CUevent *event, unsigned flags) {
    ENTER;
    *event = new CUevent_st{!(flags & CU_EVENT_DISABLE_TIMING), nullptr};
    driver().events.insert(*event);
    return CUDA_SUCCESS;
}

CUresult cuEventDestroy(CUevent event) {
    ENTER;
    EVENT(event);
    driver().events.erase(event);
    delete event;
    return CUDA_SUCCESS;
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
    ENTER;
    EVENT(event);
    STREAM(stream);
    event->polls = 0;
    return enqueue(stream, Task(), &event->task);
}

CUresult cuEventSynchronize(CUevent event) {
    ENTER;
    EVENT(event);
    if (CUresult code = not_captured(event)) return code;
    if (CUresult code = forbidden("cuEventSynchronize")) return code;
    return finish(event->task);
}

CUresult cuEventQuery(CUevent event) {
    ENTER;
    EVENT(event);
    if (CUresult code = not_captured(event)) return code;
    if (CUresult code = forbidden("cuEventQuery")) return code;
    return poll(event->task, event->polls);
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent begin, CUevent end) {
    ENTER;
    EVENT(begin);
    EVENT(end);
    if (!begin->timed || !end->timed || !begin->task || !end->task)
        return refuse(CUDA_ERROR_INVALID_HANDLE, "an event keeps no time, or was never recorded");
    if (CUresult code = not_captured(begin)) return code;
    if (CUresult code = not_captured(end)) return code;
    if (!begin->task->done || !end->task->done) return refuse(CUDA_ERROR_NOT_READY, "nobody has waited for the event");
    *milliseconds = float(end->task->milliseconds - begin->task->milliseconds);
    return CUDA_SUCCESS;
}

}  // extern "C"
