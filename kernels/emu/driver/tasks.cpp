// Issuing tasks and running them late.
#include "../options.h"
#include "driver.h"
#include <algorithm>
#include <chrono>
#include <cstring>

namespace emulator {

Driver::Driver() : null_stream{0, true, nullptr, nullptr, nullptr}, random((options().seed + 1) * 2654435761u) {
    streams.insert(&null_stream);
}

Driver &driver() {
    static Driver *state = new Driver;  // never destroyed: other threads may be in a call when the process ends
    return *state;
}

size_t choose(size_t count) { return options().schedule == Schedule::random ? next_random(driver().random) % count : count - 1; }

void lose(const std::string &error) {
    Driver &d = driver();
    if (!d.lost.empty()) return;
    d.lost = error;
    auto has = [&](const char *word) { return error.find(word) != std::string::npos; };
    d.lost_code = has(": out of bounds") ? CUDA_ERROR_ILLEGAL_ADDRESS
                  : has(": misaligned")  ? CUDA_ERROR_MISALIGNED_ADDRESS
                                         : CUDA_ERROR_LAUNCH_FAILED;
}

static void run(Task &task) {
    if (task.run && driver().lost.empty())
        if (std::string error = task.run(); !error.empty()) lose(error);
    task.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
    task.done = true;
    task.after.clear();
}

CUresult finish(TaskPointer task) {
    Driver &d = driver();
    std::vector<TaskPointer> waiting;
    if (task) waiting.push_back(std::move(task));
    while (!waiting.empty()) {
        TaskPointer top = waiting.back();
        std::vector<TaskPointer> before;
        for (const TaskPointer &t : top->after)
            if (!t->done) before.push_back(t);
        if (!before.empty()) {
            waiting.push_back(before[choose(before.size())]);
            continue;
        }
        waiting.pop_back();
        if (!top->done) run(*top);
    }
    d.pending.erase(std::remove_if(d.pending.begin(), d.pending.end(), [](const TaskPointer &t) { return t->done; }), d.pending.end());
    return d.lost_code;
}

CUresult finish_all() {
    Driver &d = driver();
    while (!d.pending.empty()) finish(d.pending[choose(d.pending.size())]);
    return d.lost_code;
}

CUresult poll(const TaskPointer &task, unsigned &polls) {
    if (!task || task->done) return driver().lost_code;
    if (polls++ < 2) return CUDA_ERROR_NOT_READY;
    polls = 0;
    return finish(task);
}

static bool overlap(const HostRange &a, const HostRange &b) { return a.begin < b.begin + b.bytes && b.begin < a.begin + a.bytes; }

// What a task will write into host memory is undefined from its issue on: poison, unless another task in flight uses the place.
static void poison_targets(const Task &task) {
    for (const HostRange &target : task.hosts) {
        bool used = !target.written;
        for (const HostRange &other : task.hosts) used = used || (!other.written && overlap(other, target));
        for (const TaskPointer &t : driver().pending)
            for (const HostRange &other : t->hosts) used = used || overlap(other, target);
        if (!used) memset(target.begin, 0xff, target.bytes);
    }
}

CUresult enqueue(CUstream stream, Task task, TaskPointer *issued) {
    Driver &d = driver();
    auto t = std::make_shared<Task>(std::move(task));
    t->stream = stream->number;
    if (stream->last) t->after.push_back(stream->last);
    if (stream->capture) {
        t->capture = stream->capture;
        stream->capture->tasks.push_back(t);
    } else {
        if (stream == &d.null_stream) {  // after all that is on blocking streams
            for (CUstream other : d.streams) {
                if (!other->blocking || other == stream) continue;
                if (other->capture)
                    return spoil(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "the null stream is used while a blocking stream captures");
                if (other->last) t->after.push_back(other->last);
            }
        } else if (stream->blocking && d.null_stream.last) {
            t->after.push_back(d.null_stream.last);
        }
        poison_targets(*t);
        d.pending.push_back(t);
    }
    stream->last = t;
    stream->polls = 0;
    if (issued) *issued = t;
    if (options().schedule == Schedule::eager && !t->capture) return finish(t);
    return CUDA_SUCCESS;
}

CUresult find(CUstream &handle) {
    Driver &d = driver();
    if (!handle || handle == CU_STREAM_LEGACY) handle = &d.null_stream;
    return d.streams.count(handle) ? CUDA_SUCCESS : refuse(CUDA_ERROR_INVALID_HANDLE, "no such stream");
}

}  // namespace emulator
