//go:build gpu

package driver

// #include <string.h>
// #include <cuda.h>
//
// static CUresult encode(void *map, CUdeviceptr address, const cuuint64_t *size, const cuuint64_t *strides, const cuuint32_t *box) {
//     CUtensorMap aligned;
//     const cuuint32_t steps[4] = {1, 1, 1, 1};
//     CUresult result = cuTensorMapEncodeTiled(&aligned, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 4, (void *)address, size, strides, box, steps,
//                                              CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_NONE,
//                                              CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
//     if (result == CUDA_SUCCESS) memcpy(map, &aligned, sizeof aligned);
//     return result;
// }
import "C"

import "unsafe"

// TensorMap describes boxes of a tensor in device memory to the memory accelerator of compute capability 9.0. It is a kernel's argument, by Struct.
type TensorMap [C.sizeof_CUtensorMap]byte

// NewTensorMap describes a tensor of bfloat16 in four dimensions without gaps, the innermost first, and the boxes of it that kernels copy. Elements of a
// box that lie outside of the tensor are read as zeros. Address and all strides are multiples of 16 bytes.
func NewTensorMap(address Address, size, box [4]int) (TensorMap, error) {
	var m TensorMap
	var sizes [4]C.cuuint64_t
	var boxes [4]C.cuuint32_t
	var strides [3]C.cuuint64_t
	stride := C.cuuint64_t(2)
	for i := range size {
		sizes[i], boxes[i] = C.cuuint64_t(size[i]), C.cuuint32_t(box[i])
		if i < 3 {
			stride *= sizes[i]
			strides[i] = stride
		}
	}
	code := C.encode(unsafe.Pointer(&m), C.CUdeviceptr(address), &sizes[0], &strides[0], &boxes[0])
	return m, check(code, "cuTensorMapEncodeTiled of %v in boxes of %v", size, box)
}
