// The device side of a call: its stream, memory for its time, and kernels put on the stream.
#pragma once
#include "core/op.h"
#include "cuda/device.h"
#include "cuda/stream.h"

namespace moslora {

class Gpu {
 public:
  explicit Gpu(Call& call) : call_(call), order_(call.context()) {}

  // `count` values on the device until the call ends; not set.
  template <class T>
  T* memory(int64_t count) {
    return static_cast<T*>(call_.temporary((count > 0 ? count : 1) * static_cast<int64_t>(sizeof(T))));
  }

  // Runs `kernel` by `threads` threads in each block of the grid. An empty grid runs nothing.
  template <class... Parameters, class... Arguments>
  void launch(dim3 grid, int threads, size_t shared_bytes, void (*kernel)(Parameters...), Arguments... arguments) {
    if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
#if defined(__CUDACC__)
    constexpr size_t kPlain = 48 << 10;  // more has to be asked for
    if (shared_bytes > kPlain)
      check(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes)));
    kernel<<<grid, threads, shared_bytes, order_.stream()>>>(arguments...);
    check(cudaGetLastError());
#else
    emulation::run_grid(grid, threads, shared_bytes, [&] { kernel(arguments...); });
#endif
  }

  // Values of the host's memory on the device, until the call ends.
  template <class T>
  T* copied(const T* values, int64_t count) {
    T* to = memory<T>(count);
    const size_t bytes = static_cast<size_t>(count) * sizeof(T);
#if defined(__CUDACC__)
    // From memory that is not pinned it comes back once the values are on their way.
    check(cudaMemcpyAsync(to, values, bytes, cudaMemcpyHostToDevice, order_.stream()));
#else
    std::memcpy(to, values, bytes);
#endif
    return to;
  }

  void copy_rows(void* to, size_t to_pitch, const void* from, size_t from_pitch, size_t bytes, size_t rows) {
#if defined(__CUDACC__)
    check(cudaMemcpy2DAsync(to, to_pitch, from, from_pitch, bytes, rows, cudaMemcpyDeviceToDevice, order_.stream()));
#else
    for (size_t i = 0; i < rows; ++i)
      std::memcpy(static_cast<char*>(to) + i * to_pitch, static_cast<const char*>(from) + i * from_pitch, bytes);
#endif
  }

 private:
  Call& call_;
  StreamOrder order_;
};

// Blocks of `threads` for `count` elements, one to a thread, up to a number that fills any GPU: kernels go on in strides.
inline unsigned blocks_for(int64_t count, int threads) {
  constexpr int64_t kMost = 4096;
  const int64_t blocks = (count + threads - 1) / threads;
  return static_cast<unsigned>(blocks < kMost ? blocks : kMost);
}

// Elements of this thread, in a grid of one dimension: for (i = first_element(); i < count; i += element_stride()).
__device__ __forceinline__ int64_t first_element() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ __forceinline__ int64_t element_stride() { return static_cast<int64_t>(gridDim.x) * blockDim.x; }

}  // namespace moslora
