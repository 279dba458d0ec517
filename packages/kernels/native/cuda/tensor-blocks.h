// Many tensors for one kernel: as many as its parameters hold, dealt to blocks.
#pragma once
#include <algorithm>
#include <vector>

#include "cuda/launch.h"

namespace moslora {

constexpr int kMostTensors = 64;
constexpr int kTensorThreads = 256;
constexpr int64_t kOfBlock = 16 * kTensorThreads;  // elements of one tensor that a block takes

// Block b works for the tensor t with first[t] <= b < first[t + 1]. Tensor: a struct with a `size`.
template <class Tensor>
struct TensorBlocks {
  Tensor tensors[kMostTensors];
  int64_t first[kMostTensors + 1];
  int64_t blocks;

  // The block's tensor; `from` becomes its first element there.
  __device__ const Tensor& of_block(int64_t& from) const {
    int t = 0;
    while (static_cast<int64_t>(blockIdx.x) >= first[t + 1]) ++t;
    from = (static_cast<int64_t>(blockIdx.x) - first[t]) * kOfBlock;
    return tensors[t];
  }
};

// Calls use(blocks) for some tensors at a time.
template <class Tensor, class Use>
void in_tensor_blocks(const std::vector<Tensor>& all, const Use& use) {
  for (size_t begin = 0; begin < all.size(); begin += kMostTensors) {
    TensorBlocks<Tensor> some{};
    const int count = static_cast<int>(std::min<size_t>(kMostTensors, all.size() - begin));
    for (int t = 0; t < count; ++t) {
      some.tensors[t] = all[begin + t];
      some.first[t + 1] = some.first[t] + (some.tensors[t].size + kOfBlock - 1) / kOfBlock;
    }
    some.blocks = some.first[count];
    use(some);
  }
}

}  // namespace moslora
