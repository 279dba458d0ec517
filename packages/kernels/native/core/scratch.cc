#include "core/scratch.h"

#include <cstdlib>
#include <new>

#include "core/pages.h"

namespace moslora {

void* take_scratch(size_t bytes) {
  if (bytes >= kPagesFrom) return take_pages(bytes);
  void* memory = std::aligned_alloc(64, bytes == 0 ? 64 : (bytes + 63) / 64 * 64);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give_scratch(void* memory, size_t bytes) {
  if (bytes >= kPagesFrom) give_pages(memory, bytes);
  else std::free(memory);
}

}  // namespace moslora
