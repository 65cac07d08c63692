// Contexts, memory, launches and errors of the emulated driver.
#include "driver.h"
#include <cmath>

TEST(calls_need_a_current_context) {
    CUdeviceptr p;
    {
        Context c;
        CUresult code;
        std::thread([&] { code = cuMemAlloc(&p, 4); }).join();
        REQUIRE(code == CUDA_ERROR_INVALID_CONTEXT);  // each OS thread has its own
        MUST(cuDevicePrimaryCtxRelease(0));
        REFUSED(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc(&p, 4), "was released");
        CUcontext context;
        MUST(cuDevicePrimaryCtxRetain(&context, 0));
    }
    REQUIRE(cuMemAlloc(&p, 4) == CUDA_ERROR_INVALID_CONTEXT);
    CUdevice device;
    REFUSED(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, 1), "one emulated device");
}

TEST(memory_is_limited_counted_and_freed_once) {
    Context c;
    size_t available, total, before;
    MUST(cuMemGetInfo(&before, &total));
    REQUIRE(before == total && total == emulator::options().memory);
    CUdeviceptr p = c.memory(25), q;
    MUST(cuMemGetInfo(&available, &total));
    REQUIRE(before - available == 100);
    REFUSED(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc(&q, total), std::to_string(available).c_str());
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemAlloc(&q, 0), "0 bytes");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFree(p + 4), "no device buffer");
    MUST(cuMemFree(p));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFree(p), "no device buffer");
    MUST(cuMemFree(0));
    float *host = c.pinned(3);
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(host + 1), "no page-locked memory");
    MUST(cuMemFreeHost(host));
    MUST(cuMemGetInfo(&available, &total));
    REQUIRE(available == before);
}

TEST(copies_stay_within_memory) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr p = c.memory(4), q = c.memory(4);
    float *host = c.pinned(8), plain[4];
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync(p, host, 20, s), "20 bytes from byte 0 of a 16-byte device buffer");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoHAsync(host, p + 12, 8, s), "8 bytes from byte 12");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoDAsync(p, q + 4, 16, s), "16 bytes from byte 4");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoDAsync(p, p + 4, 12, s), "overlap");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(p, 0, 5, s), "20 bytes");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(p + 2, 0, 1, s), "not aligned");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync(p, plain, 16, s), "not page-locked");
    MUST(cuMemcpyHtoDAsync(0, host, 0, s));
}

TEST(pinned_memory_is_no_device_memory_for_copies) {
    Context c;
    CUstream s = c.stream();
    float *host = c.pinned(2), other;
    CUdeviceptr address, p = c.memory(2);
    MUST(cuMemHostGetDevicePointer(&address, host, 0));
    REQUIRE(address == reinterpret_cast<CUdeviceptr>(host));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemHostGetDevicePointer(&address, &other, 0), "no page-locked memory");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoDAsync(p, address, 8, s), "page-locked memory of the host");
    MUST(cuMemFreeHost(host));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemHostGetDevicePointer(&address, host, 0), "no page-locked memory");
}

TEST(launches_are_checked_when_they_are_issued) {
    Context c;
    CUstream s = c.stream();
    CUfunction f = c.function("known_prefix_sums");
    CUdeviceptr in = c.memory(1024), out = c.memory(1024);
    void *arguments[] = {&in, &out};
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 40, 1, 1, 0, s, arguments, nullptr), "multiple of 32");
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 50 << 10, s, arguments, nullptr), "51200 bytes");
    const int most = int(emulator::shared_with_opt_in());
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, most + 1),
            emulator::options().hopper ? "a block may have 232448" : "a block may have 166912");
    MUST(cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 100 << 10));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 101 << 10, s, arguments, nullptr), "where 102400 are granted");
    MUST(cuFuncSetAttribute(f, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, most));
    MUST(cuMemsetD32Async(in, 1, 1024, s));
    MUST(cuLaunchKernel(f, 1, 1, 1, 1024, 1, 1, unsigned(most), s, arguments, nullptr));
    std::vector<int> sums(1024);
    MUST(cuStreamSynchronize(s));
    MUST(cuMemcpyDtoH(sums.data(), out, 4096));
    REQUIRE(sums[0] == 1 && sums[1023] == 1024);
    REFUSED(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&f, c.module, "absent"), "no kernel absent");
    CUmodule module;
    REFUSED(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, "ELF"), "begins with EMU");
}

TEST(parameters_are_laid_out_as_on_the_device) {
    Context c;
    CUfunction f = c.function("known_parameters");
    const size_t expected[][2] = {{0, 8}, {8, 1}, {16, 32}, {48, 2}, {56, 8}};
    size_t offset, bytes;
    for (size_t i = 0; i < 5; i++) {
        MUST(cuFuncGetParamInfo(f, i, &offset, &bytes));
        REQUIRE(offset == expected[i][0] && bytes == expected[i][1]);
    }
    REQUIRE(cuFuncGetParamInfo(f, 5, &offset, &bytes) == CUDA_ERROR_INVALID_VALUE);
    CUdeviceptr out = c.memory(12);
    struct {
        char first;
        double second;
        float third[3];
    } values = {4, -2.5, {0, 0, 0.25f}};
    char a = -3;
    short b = -1000;
    long long d = 1ll << 40;
    void *arguments[] = {&out, &a, &values, &b, &d};
    MUST(cuLaunchKernel(f, 1, 1, 1, 32, 1, 1, 0, nullptr, arguments, nullptr));
    a = 0, b = 0, d = 0, values = {};
    double got[6];
    MUST(cuMemcpyDtoH(got, out, 48));
    REQUIRE(got[0] == -3 && got[1] == 4 && got[2] == -2.5 && got[3] == 0.25 && got[4] == -1000 && got[5] == 0x1p40);
}

TEST(a_fault_loses_the_context_until_it_is_released) {
    Context c;
    CUstream s = c.stream();
    CUdeviceptr in = c.memory(100), out = c.memory(100), p;
    MUST(cuMemsetD32Async(in, 0, 100, s));
    CUresult issued = c.twice(s, in, out, 100, "write_past_end_broken"),
             expected = emulator::checked ? CUDA_ERROR_ILLEGAL_ADDRESS : CUDA_ERROR_LAUNCH_FAILED;
    REQUIRE(issued == (eager() ? expected : CUDA_SUCCESS));
    REFUSED(expected, cuStreamSynchronize(s), "write_past_end_broken");
    REFUSED(expected, cuMemAlloc(&p, 4), "write_past_end_broken");
    REFUSED(expected, cuMemGetInfo(nullptr, nullptr), "write_past_end_broken");
    MUST(cuDevicePrimaryCtxRelease(0));
    CUcontext context;
    MUST(cuDevicePrimaryCtxRetain(&context, 0));
    MUST(cuMemAlloc(&p, 4));
}

TEST(the_driver_tracks_what_was_written) {
    if (!emulator::checked) return;
    for (int state = 0; state < 5; state++) {
        Context c;
        CUdeviceptr in = c.memory(64), copy = c.memory(64), out = c.memory(64);
        if (state > 0) MUST(cuMemsetD32(in, 0, 64));
        if (state == 2) MUST(cuMemsetD32(in, 0xffffffffu, 64));  // the driver's way to say that memory is void
        if (state == 4) MUST(cuMemsetD32(in, 0xffffffffu, 64));
        if (state > 2) MUST(cuMemcpyDtoD(copy, in, 256));
        CUresult code = c.twice(nullptr, state > 2 ? copy : in, out, 64);
        if (code == CUDA_SUCCESS) code = cuCtxSynchronize();
        REQUIRE(code == (state % 2 == 0 ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS));
    }
}

TEST(tensor_maps_are_checked) {
    Context c;
    alignas(64) CUtensorMap map;
    CUdeviceptr p = c.memory(1024);
    cuuint64_t size[4] = {8, 4, 4, 2}, strides[3] = {16, 64, 256};
    cuuint32_t box[4] = {8, 3, 3, 1}, steps[4] = {1, 1, 1, 1};
    auto encode = [&](CUtensorMap *to, CUdeviceptr from, CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_NONE) {
        return cuTensorMapEncodeTiled(to, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 4, reinterpret_cast<void *>(from), size, strides, box, steps,
                                      CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_NONE, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    };
    if (!emulator::options().hopper) {
        REFUSED(CUDA_ERROR_NOT_SUPPORTED, encode(&map, p), "compute capability 9.0");
        return;
    }
    MUST(encode(&map, p));
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p + 8), "multiple of 16 bytes");
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(reinterpret_cast<CUtensorMap *>(reinterpret_cast<char *>(&map) + 16), p), "multiple of 64 bytes");
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p, CU_TENSOR_MAP_SWIZZLE_128B), "not emulated");
    box[1] = 257;
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p), "from 1 to 256");
    box[1] = 3, box[0] = 4;
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p), "a row of the box");
    box[0] = 8, strides[1] = 48;
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p), "less than what it spans");
    strides[1] = 64, size[3] = 0;
    REFUSED(CUDA_ERROR_INVALID_VALUE, encode(&map, p), "a dimension is 0");
}
