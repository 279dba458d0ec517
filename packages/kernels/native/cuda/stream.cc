#include "cuda/stream.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

#if __has_include(<unsupported/Eigen/CXX11/Tensor>)
#define EIGEN_USE_GPU
#include <unsupported/Eigen/CXX11/Tensor>

namespace {
// tensorflow::OpKernelContext::eigen_device<Eigen::GpuDevice>() const, which TensorFlow's framework library exports for its own kernels: the
// device that it set to the op's stream right before the op. A member function takes its object as the first argument. Weak: null where a
// library does not have it.
extern "C" const Eigen::GpuDevice& eigen_gpu_device(const void* context) __asm__(
    "_ZNK10tensorflow15OpKernelContext12eigen_deviceIN5Eigen9GpuDeviceEEERKT_v") __attribute__((weak));

bool find_stream(TF_OpKernelContext* context, cudaStream_t& stream) {
  // MOSLORA_CUDA_ORDER=wait leaves TensorFlow's stream alone.
  static const bool wanted = std::getenv("MOSLORA_CUDA_ORDER") == nullptr || std::string(std::getenv("MOSLORA_CUDA_ORDER")) != "wait";
  if (!wanted || &eigen_gpu_device == nullptr) return false;
  stream = eigen_gpu_device(context).stream();
  return stream != nullptr;
}
}  // namespace
#else
namespace {
bool find_stream(TF_OpKernelContext*, cudaStream_t&) { return false; }
}  // namespace
#endif

namespace moslora {

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}

StreamOrder::StreamOrder(TF_OpKernelContext* context) {
  if (find_stream(context, stream_)) return;
  waits_ = true;
  check(cudaDeviceSynchronize());
}

StreamOrder::~StreamOrder() {
  if (waits_) cudaStreamSynchronize(stream_);
}

}  // namespace moslora
