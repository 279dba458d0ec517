#include "core/scratch.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace moslora {
namespace {

constexpr size_t kKeep = 16 << 20;      // bytes kept at most
constexpr size_t kSmallest = 64 << 10;  // smaller ones malloc keeps itself

struct Block {
  void* memory;
  size_t bytes;
};

// Sizes are rounded up, so that those of like shapes fit into each other.
size_t rounded_size(size_t bytes) {
  const size_t unit = bytes < kSmallest ? 64 : bytes < (1 << 20) ? 16 << 10 : 256 << 10;
  return std::max<size_t>((bytes + unit - 1) / unit * unit, 64);
}

std::mutex mutex;
std::vector<Block>& kept() {
  static auto* blocks = new std::vector<Block>();  // oldest first; never destroyed, as threads may run while the process exits
  return *blocks;
}
size_t kept_bytes = 0;

}  // namespace

void* take_scratch(size_t bytes) {
  const size_t size = rounded_size(bytes);
  if (size >= kSmallest) {
    std::lock_guard<std::mutex> lock(mutex);
    auto& blocks = kept();
    for (size_t i = blocks.size(); i-- > 0;) {
      if (blocks[i].bytes != size) continue;
      void* memory = blocks[i].memory;
      blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(i));
      kept_bytes -= size;
      return memory;
    }
  }
  void* memory = std::aligned_alloc(64, size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_scratch(void* memory, size_t bytes) {
  const size_t size = rounded_size(bytes);
  if (size < kSmallest || size > kKeep) return std::free(memory);
  std::lock_guard<std::mutex> lock(mutex);
  auto& blocks = kept();
  blocks.push_back({memory, size});
  kept_bytes += size;
  while (kept_bytes > kKeep) {
    kept_bytes -= blocks.front().bytes;
    std::free(blocks.front().memory);
    blocks.erase(blocks.begin());
  }
}

}  // namespace moslora
