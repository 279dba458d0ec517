// Memory for large arrays and scratch, of which no more is resident than was ever in use at once. A block given back keeps its pages, as
// fresh ones cost a fault each; a block of another size is made of these same pages, moved to new addresses, before any fresh one is taken.
#pragma once
#include <cstddef>

namespace moslora {

// From this size on an array is worth pages of its own.
constexpr size_t kPagesFrom = 256 << 10;

// At least `bytes` of memory at a multiple of 64, which is not set; throws std::bad_alloc.
void* take_pages(size_t bytes);
// Takes back what take_pages(bytes) gave.
void give_pages(void* memory, size_t bytes);
// Gives the system the pages that no block has now.
void give_back_pages();

}  // namespace moslora
