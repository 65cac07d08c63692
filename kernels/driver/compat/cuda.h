/* Lets the unmodified gorgonia.org/cu compile against the cuda.h of CUDA 13, which this file finds and includes.
 *
 * CUDA 13 maps five names to newer versions with other parameters. The driver still exports the older entry points, so the names are
 * pointed back at them. With an older cuda.h nothing changes. An -I option, not -include: that one would be forced into runtime/cgo too. */
#include_next <cuda.h>

#if !defined(TWEEDIE_CUDA_COMPAT) && CUDA_VERSION >= 13000
#define TWEEDIE_CUDA_COMPAT

#undef cuCtxCreate            /* is cuCtxCreate_v4 */
#undef cuMemAdvise            /* is cuMemAdvise_v2 */
#undef cuMemPrefetchAsync     /* is cuMemPrefetchAsync_v2 */
#undef cuGraphGetEdges        /* is cuGraphGetEdges_v2 */
#undef cuGraphAddDependencies /* is cuGraphAddDependencies_v2 */

#define cuCtxCreate cuCtxCreate_v2

CUresult CUDAAPI cuCtxCreate_v2(CUcontext *context, unsigned int flags, CUdevice device);
CUresult CUDAAPI cuMemAdvise(CUdeviceptr address, size_t bytes, CUmem_advise advice, CUdevice device);
CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr address, size_t bytes, CUdevice device, CUstream stream);
CUresult CUDAAPI cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *edges);
CUresult CUDAAPI cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t edges);

#endif
