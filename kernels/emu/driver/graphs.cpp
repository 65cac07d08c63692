// Capture of streams, and the graphs made of it.
#include "../options.h"
#include "driver.h"
#include <algorithm>

namespace emulator {

// How many tasks come before a stream's last one, itself included.
static size_t reachable(const TaskPointer &last) {
    std::set<const Task *> seen;
    std::vector<TaskPointer> left{last};
    while (!left.empty()) {
        TaskPointer task = left.back();
        left.pop_back();
        if (task && seen.insert(task.get()).second) left.insert(left.end(), task->after.begin(), task->after.end());
    }
    return seen.size();
}

// Runs a graph's tasks in an order that its edges allow: one branch goes as far as it can before the next. Which branch comes first
// depends on the multiplier of the streams' numbers; the eager schedule keeps the order of the capture.
static std::string run_graph(const std::vector<TaskPointer> &tasks, uint32_t multiplier) {
    std::vector<TaskPointer> left = tasks;
    for (const TaskPointer &t : left) t->done = false;
    while (!left.empty()) {
        auto ready = [](const TaskPointer &t) {
            return std::all_of(t->after.begin(), t->after.end(), [](const TaskPointer &before) { return before->done; });
        };
        auto best = std::find_if(left.begin(), left.end(), ready);
        if (options().schedule != Schedule::eager)
            for (auto it = best; it != left.end(); ++it)
                if ((*it)->stream * multiplier < (*best)->stream * multiplier && ready(*it)) best = it;
        if ((*best)->run)
            if (std::string error = (*best)->run(); !error.empty()) return error;
        (*best)->done = true;
        left.erase(best);
    }
    return "";
}

}  // namespace emulator

using namespace emulator;

extern "C" {

CUresult cuStreamBeginCapture(CUstream stream, CUstreamCaptureMode mode) {
    ENTER;
    if (CUresult code = find(stream)) return code;
    if (stream == &driver().null_stream) return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the null stream cannot be captured");
    if (stream->capture) return refuse(CUDA_ERROR_INVALID_VALUE, "the stream captures already");
    stream->capture = std::make_shared<Capture>();
    stream->capture->origin = stream;
    stream->capture->mode = mode;
    stream->capture->thread = std::this_thread::get_id();
    stream->before_capture = stream->last;
    stream->last = nullptr;
    driver().captures.push_back(stream->capture);
    return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status) {
    ENTER;
    if (CUresult code = find(stream)) return code;
    *status = !stream->capture                          ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream->capture->broken == CUDA_SUCCESS ? CU_STREAM_CAPTURE_STATUS_ACTIVE
                                                        : CU_STREAM_CAPTURE_STATUS_INVALIDATED;
    return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
    ENTER;
    *graph = nullptr;
    if (CUresult code = find(stream)) return code;
    std::shared_ptr<Capture> capture = stream->capture;
    if (!capture || capture->origin != stream)
        return refuse(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "a capture ends on the stream on which it began");
    if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id())
        return refuse(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "a capture ends in the OS thread in which it began");
    if (capture->broken == CUDA_SUCCESS && reachable(stream->last) != capture->tasks.size())
        capture->broken = refuse(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "a stream that joined the capture was not waited for at its end");
    for (CUstream s : driver().streams) {
        if (s->capture != capture) continue;
        s->last = s->before_capture;
        s->before_capture = nullptr;
        s->capture = nullptr;
    }
    capture->ended = true;
    auto &captures = driver().captures;
    captures.erase(std::find(captures.begin(), captures.end(), capture));
    if (capture->broken != CUDA_SUCCESS) return capture->broken;
    *graph = new CUgraph_st{capture->tasks};
    driver().graphs.insert(*graph);
    return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long) {
    ENTER;
    if (!driver().graphs.count(graph)) return refuse(CUDA_ERROR_INVALID_VALUE, "no such graph");
    *executable = new CUgraphExec_st{std::make_shared<std::vector<TaskPointer>>(graph->tasks)};
    driver().executables.insert(*executable);
    return CUDA_SUCCESS;
}

CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
    ENTER;
    if (CUresult code = find(stream)) return code;
    if (!driver().executables.count(executable)) return refuse(CUDA_ERROR_INVALID_VALUE, "no such executable graph");
    if (stream->capture) return spoil(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a graph within a graph is not emulated");
    Task task;
    for (const TaskPointer &t : *executable->tasks) task.hosts.insert(task.hosts.end(), t->hosts.begin(), t->hosts.end());
    static unsigned turn;  // of two branches, either goes first every other time
    uint32_t multiplier = options().schedule == Schedule::random ? uint32_t(choose(1u << 24)) * 2654435761u | 1u : turn++ % 2 ? 1u : ~0u;
    task.run = [tasks = executable->tasks, multiplier] { return run_graph(*tasks, multiplier); };
    return enqueue(stream, std::move(task));
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
    ENTER;
    if (!driver().executables.erase(executable)) return refuse(CUDA_ERROR_INVALID_VALUE, "no such executable graph");
    delete executable;
    return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
    ENTER;
    if (!driver().graphs.erase(graph)) return refuse(CUDA_ERROR_INVALID_VALUE, "no such graph");
    delete graph;
    return CUDA_SUCCESS;
}

}  // extern "C"
