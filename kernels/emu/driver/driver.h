// The emulated driver's state and the tasks that its calls leave behind.
//
// Nothing runs when it is issued. A call puts a task on its stream; the task runs as late as CUDA's rules allow, when the host waits for it
// or for something that comes after it. What the host, or another stream, reads too early is therefore old or poison. The eager schedule
// runs tasks at once.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>
// The real header: the compiler compares each function with its prototype. Only what it declares leaves the library.
#pragma GCC visibility push(default)
#include <cuda.h>
#pragma GCC visibility pop

namespace emulator {

struct Kernel;
struct Capture;

struct HostRange {
    char *begin;
    size_t bytes;
    bool written;
};

// Task is a copy, a fill, a launch of a kernel or graph, a product of cuBLAS, or nothing but a point in a stream.
struct Task {
    std::function<std::string()> run;          // empty text, or the error; none: there is nothing to do
    std::vector<HostRange> hosts;              // host memory that it uses when it runs
    std::vector<std::shared_ptr<Task>> after;  // tasks that come before it
    std::shared_ptr<Capture> capture;          // that recorded it; null: it runs
    unsigned stream = 0;                       // number of the stream
    bool done = false;
    double milliseconds = 0;  // clock when it was done
};
using TaskPointer = std::shared_ptr<Task>;

// Capture records tasks of one or more streams for a graph.
struct Capture {
    CUstream origin;
    CUstreamCaptureMode mode;
    std::thread::id thread;
    std::vector<TaskPointer> tasks;
    CUresult broken = CUDA_SUCCESS;  // what ending it will return
    bool ended = false;
};

}  // namespace emulator

// The types behind the driver's handles.
struct CUctx_st {
    unsigned references = 0;  // 0: the primary context is not there
};
struct CUstream_st {
    unsigned number;
    bool blocking;  // ordered with the null stream
    emulator::TaskPointer last;
    std::shared_ptr<emulator::Capture> capture;  // null: it does not capture
    emulator::TaskPointer before_capture;        // last, to be restored
    unsigned polls = 0;
};
struct CUevent_st {
    bool timed;
    emulator::TaskPointer task;  // null: never recorded
    unsigned polls = 0;
};
struct CUgraph_st {
    std::vector<emulator::TaskPointer> tasks;
};
struct CUgraphExec_st {
    std::shared_ptr<std::vector<emulator::TaskPointer>> tasks;
};
struct CUfunc_st {
    const emulator::Kernel *kernel;
    size_t dynamic_limit;  // of shared memory in bytes, without or with opt-in
};
struct CUmod_st {
    std::map<std::string, CUfunc_st> functions;
};

namespace emulator {

struct Driver {
    std::mutex mutex;
    bool initialised = false;
    CUctx_st primary;
    std::string lost;  // the error after which every call fails
    CUresult lost_code = CUDA_SUCCESS;

    CUstream_st null_stream;
    unsigned next_stream = 1;
    std::set<CUstream> streams;  // the null stream too
    std::set<CUevent> events;
    std::set<CUmodule> modules;
    std::set<CUgraph> graphs;
    std::set<CUgraphExec> executables;
    std::vector<std::shared_ptr<Capture>> captures;
    std::vector<TaskPointer> pending;  // in the order of issue

    std::map<CUdeviceptr, size_t> buffers;
    size_t bytes_used = 0;
    std::map<char *, size_t> pinned;  // page-locked host memory: sizes by end address
    uint32_t random;

    Driver();
};
Driver &driver();

// refuse remembers, for cuGetErrorString, why a call returns the code.
CUresult refuse(CUresult code, const std::string &why);
// spoil is refuse for what must not be called during a capture; captures that it breaks fail when they end.
CUresult spoil(CUresult code, const std::string &why);
// forbidden says that a call which may wait or allocate must not be made while a stream captures, or CUDA_SUCCESS.
CUresult forbidden(const char *call);

// Each call of the API that needs a context begins with this: it locks the driver and returns if there is none, or the context is lost.
#define ENTER                                                          \
    std::lock_guard<std::mutex> driver_lock(emulator::driver().mutex); \
    if (CUresult entered = emulator::enter(); entered != CUDA_SUCCESS) return entered
CUresult enter();

// What follows is called with the lock held.

CUresult find(CUstream &handle);                                              // null and CU_STREAM_LEGACY become the null stream
CUresult enqueue(CUstream stream, Task task, TaskPointer *issued = nullptr);  // the stream as from find
CUresult finish(TaskPointer task);  // waits: runs it and all before it; returns the state of the context
CUresult finish_all();
CUresult poll(const TaskPointer &task, unsigned &polls);  // NOT_READY twice, then it waits: loops that poll are tested, and end
size_t choose(size_t count);                              // which of several allowed candidates, oldest first, goes next
void lose(const std::string &error);                      // the context is lost, as after a fault on a device
void destroy_context();
bool is_pinned(const void *memory, size_t bytes);

}  // namespace emulator
