// Captures, what they forbid, and graphs.
#include "driver.h"
#include <cmath>

TEST(graph_repeats_what_was_captured) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr in = c.memory(70), out = c.memory(70);
    float *host = c.pinned(70), *result = c.pinned(70);
    CUgraph graph;
    CUgraphExec executable;
    MUST(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    MUST(cuMemcpyHtoDAsync(in, host, 280, s));
    MUST(c.twice(s, in, out, 70));
    MUST(cuMemcpyDtoHAsync(result, out, 280, s));
    MUST(cuStreamEndCapture(s, &graph));
    MUST(cuGraphInstantiateWithFlags(&executable, graph, 0));
    MUST(cuGraphDestroy(graph));
    result[0] = -1;
    MUST(cuStreamSynchronize(s));
    REQUIRE(result[0] == -1);  // a capture runs nothing
    for (float value : {1.0f, 10.0f}) {
        for (int i = 0; i < 70; i++) host[i] = value + float(i);
        MUST(cuGraphLaunch(executable, s));
        if (!eager()) REQUIRE(std::isnan(result[69]));
        MUST(cuStreamSynchronize(s));
        for (int i = 0; i < 70; i++) REQUIRE(result[i] == 2 * (value + float(i)));
    }
    MUST(cuGraphExecDestroy(executable));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(executable, s), "no such executable graph");
}

// Two branches: b reads what a writes. With the edge it is right in every order, without it some launch sees poison.
TEST(branches_of_a_graph_are_ordered_by_events_alone) {
    for (bool edge : {true, false}) {
        Context c;
        CUstream a = c.stream(), b = c.stream();
        CUevent fork = c.event(), middle = c.event(), join = c.event();
        CUdeviceptr x = c.memory(1), y = c.memory(1);
        float *result = c.pinned(1);
        CUgraph graph;
        CUgraphExec executable;
        MUST(cuStreamBeginCapture(a, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        MUST(cuMemsetD32Async(x, 0, 1, a));
        MUST(cuEventRecord(fork, a));
        MUST(cuStreamWaitEvent(b, fork, 0));
        MUST(cuMemsetD32Async(x, 0x40400000, 1, a));
        MUST(cuEventRecord(middle, a));
        if (edge) MUST(cuStreamWaitEvent(b, middle, 0));
        MUST(cuMemcpyDtoDAsync(y, x, 4, b));
        MUST(cuEventRecord(join, b));
        MUST(cuStreamWaitEvent(a, join, 0));
        MUST(cuMemcpyDtoHAsync(result, y, 4, a));
        MUST(cuStreamEndCapture(a, &graph));
        MUST(cuGraphInstantiateWithFlags(&executable, graph, 0));
        int wrong = 0;
        for (int launch = 0; launch < 32; launch++) {
            MUST(cuGraphLaunch(executable, a));
            MUST(cuStreamSynchronize(a));
            wrong += *result != 3.0f;
        }
        REQUIRE(edge || eager() ? wrong == 0 : wrong > 0 && wrong < 32);
        MUST(cuMemsetD32Async(x, 0, 1, b));  // b left the capture
        MUST(cuStreamSynchronize(b));
    }
}

TEST(captures_forbid_what_waits_or_allocates) {
    Context c;
    CUstream s = c.stream(), other = c.stream();
    CUgraph graph;
    CUdeviceptr address;
    struct {
        std::function<CUresult()> call;
        CUresult code;
    } forbidden[] = {
        {[&] { return cuMemAlloc(&address, 4); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
        {[&] { return cuCtxSynchronize(); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
        {[&] { return cuStreamSynchronize(s); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
        {[&] { return cuStreamSynchronize(other); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
        {[&] { return cuStreamQuery(s); }, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED},
    };
    for (auto &f : forbidden) {
        MUST(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        REQUIRE(f.call() == f.code);
        CUstreamCaptureStatus status;
        MUST(cuStreamIsCapturing(s, &status));
        REQUIRE(status == CU_STREAM_CAPTURE_STATUS_INVALIDATED);
        REQUIRE(cuStreamEndCapture(s, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED && !graph);
        MUST(cuMemAlloc(&address, 4));
    }
    // A thread-local capture leaves other threads alone, a global one does not.
    for (auto mode : {CU_STREAM_CAPTURE_MODE_THREAD_LOCAL, CU_STREAM_CAPTURE_MODE_GLOBAL}) {
        MUST(cuStreamBeginCapture(s, mode));
        CUresult code;
        CUcontext context;
        MUST(cuCtxGetCurrent(&context));
        std::thread([&] {
            CUdeviceptr p;
            cuCtxSetCurrent(context);
            code = cuMemAlloc(&p, 4);
        }).join();
        REQUIRE(code == (mode == CU_STREAM_CAPTURE_MODE_GLOBAL ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS));
        cuStreamEndCapture(s, &graph);
    }
}

TEST(captures_end_as_they_should) {
    Context c;
    CUstream a = c.stream(), b = c.stream(), blocking = c.stream(CU_STREAM_DEFAULT);
    CUevent e = c.event(), outside = c.event();
    CUdeviceptr x = c.memory(1);
    CUgraph graph;
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(a, &graph), "on which it began");
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture(nullptr, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "the null stream");
    auto begin = [&](CUstream s) {
        MUST(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
        MUST(cuMemsetD32Async(x, 0, 1, s));
        MUST(cuEventRecord(e, s));
    };
    begin(a);  // a fork that is not joined
    MUST(cuStreamWaitEvent(b, e, 0));
    MUST(cuMemsetD32Async(x, 0, 1, b));
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, cuStreamEndCapture(b, &graph), "on which it began");
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, cuStreamEndCapture(a, &graph), "was not waited for");
    REFUSED(CUDA_ERROR_CAPTURED_EVENT, cuStreamWaitEvent(b, e, 0), "a capture that has ended");
    MUST(cuEventRecord(outside, b));
    begin(a);  // an event from outside
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(a, outside, 0), "outside its capture");
    REQUIRE(cuStreamEndCapture(a, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    begin(a);  // the host asks for an event of the capture
    REFUSED(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(e), "recorded in a capture");
    REQUIRE(cuStreamEndCapture(a, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    begin(blocking);  // the null stream would wait for it
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, cuMemsetD32(x, 0, 1), "null stream");
    REQUIRE(cuStreamEndCapture(blocking, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    begin(a);
    CUresult code;
    CUcontext context;
    MUST(cuCtxGetCurrent(&context));
    std::thread([&] {
        cuCtxSetCurrent(context);
        code = cuStreamEndCapture(a, &graph);
    }).join();
    REQUIRE(code == CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    MUST(cuStreamEndCapture(a, &graph));
}
