// Work runs when something waits for it, and not before; each missing wait shows.
#include "driver.h"
#include <cmath>

TEST(memory_is_poison_at_birth) {
    Context c;
    CUdeviceptr device = c.memory(4);
    float *host = c.pinned(4);
    REQUIRE(std::isnan(host[3]));
    host[0] = 1;
    MUST(cuMemcpyDtoH(host, device, 16));
    REQUIRE(std::isnan(host[0]) && std::isnan(host[3]));
}

// The host level's broken kernel: a result is read without waiting for the stream.
TEST(missing_stream_wait_shows) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr in = c.memory(100), out = c.memory(100);
    float *host = c.pinned(100), *result = c.pinned(100);
    for (int step = 1; step <= 2; step++) {  // the second time the right values of the first would be there
        for (int i = 0; i < 100; i++) host[i] = float(step * i + 1);
        MUST(cuMemcpyHtoDAsync(in, host, 400, s));
        MUST(c.twice(s, in, out, 100));
        MUST(cuMemcpyDtoHAsync(result, out, 400, s));
        if (!eager())
            for (int i = 0; i < 100; i++) REQUIRE(std::isnan(result[i]));
        MUST(cuStreamSynchronize(s));
        for (int i = 0; i < 100; i++) REQUIRE(result[i] == 2 * float(step * i + 1));
    }
}

TEST(upload_reads_the_host_when_it_runs) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr device = c.memory(1);
    float *host = c.pinned(1), *result = c.pinned(1);
    *host = 1;
    MUST(cuMemcpyHtoDAsync(device, host, 4, s));
    *host = 2;  // too early
    MUST(cuMemcpyDtoHAsync(result, device, 4, s));
    MUST(cuStreamSynchronize(s));
    REQUIRE(*result == (eager() ? 1.0f : 2.0f));
}

// Without the event the second stream's kernel finds poison in the late schedules; a random one may run the first stream first.
TEST(streams_are_ordered_by_events_alone) {
    for (bool wait : {true, false}) {
        Context c;
        CUstream a = c.stream(), b = c.stream();
        CUevent e = c.event();
        CUdeviceptr x = c.memory(1), y = c.memory(1);
        float *result = c.pinned(1);
        MUST(cuMemsetD32Async(x, 0x40400000, 1, a));  // 3.0f
        MUST(cuEventRecord(e, a));
        if (wait) MUST(cuStreamWaitEvent(b, e, 0));
        MUST(cuMemcpyDtoDAsync(y, x, 4, b));
        MUST(cuMemcpyDtoHAsync(result, y, 4, b));
        MUST(cuStreamSynchronize(b));
        REQUIRE(wait || eager() ? *result == 3.0f : std::isnan(*result));
        MUST(cuStreamSynchronize(a));
    }
}

TEST(null_stream_is_ordered_with_blocking_streams) {
    for (unsigned flags : {unsigned(CU_STREAM_DEFAULT), unsigned(CU_STREAM_NON_BLOCKING)}) {
        Context c;
        CUstream s = c.stream(flags);
        CUdeviceptr x = c.memory(1);
        float *result = c.pinned(1);
        bool ordered = flags == CU_STREAM_DEFAULT || eager();
        float five = 5;
        MUST(cuMemcpyHtoD(x, &five, 4));  // ordinary memory: it returns when the bytes are staged
        five = 0;
        MUST(cuMemcpyDtoHAsync(result, x, 4, s));
        MUST(cuStreamSynchronize(s));
        REQUIRE(ordered ? *result == 5.0f : std::isnan(*result));
        MUST(cuMemsetD32Async(x, 0x40400000, 1, s));
        MUST(cuMemcpyDtoH(result, x, 4));
        REQUIRE(*result == (ordered ? 3.0f : 5.0f));
        MUST(cuCtxSynchronize());
        MUST(cuMemcpyDtoH(result, x, 4));
        REQUIRE(*result == 3.0f);
    }
}

TEST(polling_says_not_ready_and_ends) {
    Context c;
    CUstream s = c.stream();
    CUevent e = c.event();
    REQUIRE(cuEventQuery(e) == CUDA_SUCCESS);  // never recorded
    MUST(cuMemsetD32Async(c.memory(1), 0, 1, s));
    MUST(cuEventRecord(e, s));
    int polls = 0;
    while (cuEventQuery(e) == CUDA_ERROR_NOT_READY) polls++;
    REQUIRE(polls == (eager() ? 0 : 2));
    REQUIRE(cuStreamQuery(s) == CUDA_SUCCESS);
}

TEST(elapsed_time_needs_events_that_were_waited_for) {
    Context c;
    CUstream s = c.stream();
    CUevent begin = c.event(CU_EVENT_DEFAULT), end = c.event(CU_EVENT_DEFAULT), untimed = c.event();
    float milliseconds = -1;
    REFUSED(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, begin, end), "never recorded");
    MUST(cuEventRecord(begin, s));
    MUST(cuMemsetD32Async(c.memory(1 << 16), 0, 1 << 16, s));
    MUST(cuEventRecord(end, s));
    MUST(cuEventRecord(untimed, s));
    if (!eager()) REQUIRE(cuEventElapsedTime(&milliseconds, begin, end) == CUDA_ERROR_NOT_READY);
    MUST(cuEventSynchronize(end));
    MUST(cuEventElapsedTime(&milliseconds, begin, end));
    REQUIRE(milliseconds > 0 && milliseconds < 10000);
    REFUSED(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, begin, untimed), "keeps no time");
}

TEST(destroyed_streams_finish_their_work) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr x = c.memory(1);
    float result;
    MUST(cuMemsetD32Async(x, 0x40400000, 1, s));
    MUST(cuStreamDestroy(s));
    REFUSED(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(s), "no such stream");
    MUST(cuCtxSynchronize());
    MUST(cuMemcpyDtoH(&result, x, 4));
    REQUIRE(result == 3.0f);
}
