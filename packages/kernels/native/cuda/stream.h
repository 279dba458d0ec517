// The order between an op's kernels and TensorFlow's. TensorFlow runs its GPU ops on a stream of its own that does not wait for the default
// one, and its C API gives streams of pluggable devices only (TF_GetStream refuses GPUs), so the stream comes from where TensorFlow's own
// Eigen kernels have it (stream.cc). Where it cannot be had, the device is waited for before and after the op.
#pragma once
#if defined(MOSLORA_CUDA)
#include <cuda_runtime_api.h>
#else
#include "cuda/device.h"
#endif

#include "tensorflow/c/kernels.h"

namespace moslora {

#if defined(MOSLORA_CUDA)
// Throws std::runtime_error with CUDA's message.
void check(cudaError_t error);
#endif

class StreamOrder {
 public:
  explicit StreamOrder(TF_OpKernelContext* context);
  ~StreamOrder();
  StreamOrder(const StreamOrder&) = delete;
  cudaStream_t stream() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
  bool waits_ = false;
};

}  // namespace moslora
