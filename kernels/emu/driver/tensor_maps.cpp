// Tensor maps for copies of boxes: those of four dimensions, neither interleaved nor swizzled.
#include "../async_proxy.h"
#include "../options.h"
#include "driver.h"
#include <cstring>

using namespace emulator;

extern "C" CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType type, cuuint32_t rank, void *address, const cuuint64_t *size,
                                           const cuuint64_t *strides, const cuuint32_t *box, const cuuint32_t *steps,
                                           CUtensorMapInterleave interleave, CUtensorMapSwizzle swizzle, CUtensorMapL2promotion,
                                           CUtensorMapFloatOOBfill fill) {
    ENTER;
    auto invalid = [](const char *why) { return refuse(CUDA_ERROR_INVALID_VALUE, std::string("tensor map: ") + why); };
    if (!options().hopper) return refuse(CUDA_ERROR_NOT_SUPPORTED, "tensor maps are of compute capability 9.0");
    if (reinterpret_cast<uintptr_t>(map) % 64) return invalid("it does not begin at a multiple of 64 bytes");
    if (type != CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 || rank != 4) return invalid("only bfloat16 in four dimensions is emulated");
    if (interleave != CU_TENSOR_MAP_INTERLEAVE_NONE || swizzle != CU_TENSOR_MAP_SWIZZLE_NONE || fill != CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE)
        return invalid("interleaving, swizzles and NaNs outside of the tensor are not emulated");
    if (reinterpret_cast<uintptr_t>(address) % 16) return invalid("the tensor does not begin at a multiple of 16 bytes");
    Tensor t{tensor_magic, reinterpret_cast<uint64_t>(address), {}, {}, {}, 2};
    for (int i = 0; i < 4; i++) {
        if (size[i] == 0 || size[i] > uint64_t(1) << 32) return invalid("a dimension is 0 or above 2^32");
        if (box[i] == 0 || box[i] > 256) return invalid("the box's size is not from 1 to 256");
        if (steps[i] != 1) return invalid("steps other than 1 are not emulated");
        t.size[i] = size[i], t.box[i] = box[i];
        if (i == 3) break;
        const uint64_t least = i ? t.stride[i - 1] * size[i] : size[0] * t.element;
        if (strides[i] % 16 || strides[i] < least || strides[i] >= uint64_t(1) << 40)
            return invalid("a stride is no multiple of 16 bytes, less than what it spans, or not below 2^40");
        t.stride[i] = strides[i];
    }
    if (box[0] * t.element % 16) return invalid("a row of the box is no multiple of 16 bytes");
    memset(map, 0, sizeof *map);
    memcpy(map, &t, sizeof t);
    return CUDA_SUCCESS;
}
