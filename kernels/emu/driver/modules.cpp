// Modules, functions and launches. The kernels are compiled into this library: an image is the three letters EMU, and holds them all.
#include "../launch.h"
#include "../runtime.h"
#include "driver.h"
#include <cstddef>
#include <cstring>

using namespace emulator;

extern "C" {

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
    ENTER;
    if (memcmp(image, "EMU", 3) != 0) return refuse(CUDA_ERROR_INVALID_IMAGE, "the image of an emulated kernel begins with EMU");
    *module = new CUmod_st;
    driver().modules.insert(*module);
    return CUDA_SUCCESS;
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, CUjit_option *, void **) {
    return cuModuleLoadData(module, image);
}

CUresult cuModuleUnload(CUmodule module) {
    ENTER;
    if (CUresult code = forbidden("cuModuleUnload")) return code;
    if (!driver().modules.erase(module)) return refuse(CUDA_ERROR_INVALID_HANDLE, "no such module");
    finish_all();
    delete module;
    return driver().lost_code;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
    ENTER;
    if (!driver().modules.count(module)) return refuse(CUDA_ERROR_INVALID_HANDLE, "no such module");
    const Kernel *kernel = find_kernel(name);
    if (!kernel)
        return refuse(CUDA_ERROR_NOT_FOUND,
                      std::string("the emulator has no kernel ") + name + ": is it followed by KERNEL(" + name + ");?");
    *function = &module->functions.try_emplace(name, CUfunc_st{kernel, shared_default}).first->second;
    return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
    ENTER;
    if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return CUDA_SUCCESS;  // the rest are hints
    if (value < 0 || size_t(value) > shared_with_opt_in())
        return refuse(CUDA_ERROR_INVALID_VALUE,
                      std::to_string(value) + " bytes of shared memory; a block may have " + std::to_string(shared_with_opt_in()));
    function->dynamic_limit = size_t(value);
    return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function) {
    ENTER;
    *value = 0;
    if (attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK) *value = 1024;
    if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) *value = int(function->dynamic_limit);
    return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction function, size_t index, size_t *offset, size_t *bytes) {
    ENTER;
    if (index >= function->kernel->parameter_count) return refuse(CUDA_ERROR_INVALID_VALUE, "past the last parameter");
    *offset = function->kernel->parameters[index].offset;
    if (bytes) *bytes = function->kernel->parameters[index].bytes;
    return CUDA_SUCCESS;
}

// The arguments are taken now, in the kernel's own types, and kept: the caller may change its variables before the kernel runs.
CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                        unsigned block_z, unsigned shared_bytes, CUstream stream, void **parameters, void **extra) {
    ENTER;
    if (CUresult code = find(stream)) return code;
    if (!function) return refuse(CUDA_ERROR_INVALID_HANDLE, "no function");
    if (extra || (!parameters && function->kernel->parameter_count))
        return refuse(CUDA_ERROR_INVALID_VALUE, "arguments come as an array of pointers");
    const std::string name = function->kernel->name;
    if (shared_bytes > function->dynamic_limit)
        return refuse(CUDA_ERROR_INVALID_VALUE, name + ": " + std::to_string(shared_bytes) + " bytes of dynamic shared memory, where " +
                                                    std::to_string(function->dynamic_limit) + " are granted");
    struct alignas(128) Aligned {  // as a tensor_map is
        char bytes[128];
    };
    auto arguments = std::make_shared<std::vector<Aligned>>(function->kernel->argument_bytes / sizeof(Aligned) + 1);
    const size_t shared_limit = function->dynamic_limit > shared_default ? shared_with_opt_in() : shared_default;
    Launch launch{function->kernel, arguments->data(), dim3(grid_x, grid_y, grid_z), dim3(block_x, block_y, block_z),
                  shared_bytes,     shared_limit};
    if (std::string why = check_shape(launch); !why.empty()) return refuse(CUDA_ERROR_INVALID_VALUE, name + ": " + why);
    function->kernel->decode(parameters, arguments->data());
    Task task;
    task.run = [launch, arguments] { return run(launch); };
    return enqueue(stream, std::move(task));
}

}  // extern "C"
