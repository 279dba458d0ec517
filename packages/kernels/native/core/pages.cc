#include "core/pages.h"

#include <algorithm>
#include <cstdlib>
#include <new>

// Where the sanitizer watches the ends of blocks, each has to be an allocation.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace moslora {
namespace {

constexpr size_t kUnit = 16 << 10;      // sizes are multiples of it, or of a page where that is more
constexpr size_t kMostPieces = 16384;   // the kernel allows some 65000 mappings in a process

// What is free, and the mappings that it and the blocks in use consist of. Pages move one mapping at a time.
class Pages {
 public:
  char* take(size_t bytes) {
    const size_t size = rounded(bytes);
    std::lock_guard<std::mutex> lock(mutex_);
    if (char* block = part_of_free(size)) return block;
    if (pieces_.size() > kMostPieces) unmap_free();
    char* block = fresh(size);
    for (size_t made = 0; made < size && !free_.empty();) {
      const auto largest = std::max_element(free_.begin(), free_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
      char* from = largest->first;
      const size_t count = std::min(largest->second, size - made);
      take_off(largest, count);
      move(from, block + made, count);
      made += count;
    }
    return block;
  }

  void give(char* block, size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t size = rounded(bytes);
    auto next = free_.lower_bound(block);
    if (next != free_.end() && block + size == next->first) {
      size += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == block) {
        before->second += size;
        return;
      }
    }
    free_.emplace_hint(next, block, size);
  }

  void give_back() {
    std::lock_guard<std::mutex> lock(mutex_);
    unmap_free();
  }

 private:
  using Ranges = std::map<char*, size_t>;

  size_t rounded(size_t bytes) const { return std::max<size_t>((bytes + unit_ - 1) / unit_ * unit_, unit_); }

  // The front of the smallest free range that has room, or null.
  char* part_of_free(size_t size) {
    auto best = free_.end();
    for (auto range = free_.begin(); range != free_.end(); ++range)
      if (range->second >= size && (best == free_.end() || range->second < best->second)) best = range;
    if (best == free_.end()) return nullptr;
    char* block = best->first;
    take_off(best, size);
    return block;
  }

  void take_off(Ranges::iterator range, size_t count) {
    char* rest = range->first + count;
    const size_t size = range->second - count;
    const auto next = free_.erase(range);
    if (size > 0) free_.emplace_hint(next, rest, size);
  }

  char* fresh(size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    pieces_[static_cast<char*>(memory)] = size;
    return static_cast<char*>(memory);
  }

  // Makes piece boundaries at both ends of a range.
  void cut(char* from, size_t count) {
    for (char* at : {from, from + count}) {
      auto piece = std::prev(pieces_.upper_bound(at));
      const size_t first = static_cast<size_t>(at - piece->first);
      if (first == 0 || first >= piece->second) continue;
      pieces_.emplace_hint(std::next(piece), at, piece->second - first);
      piece->second = first;
    }
  }

  // Pages of a range that is nobody's go to the addresses from `to`, whose own pages were not touched yet.
  void move(char* from, char* to, size_t count) {
    cut(from, count);
    cut(to, count);
    pieces_.erase(pieces_.find(to), pieces_.lower_bound(to + count));
    const auto first = pieces_.find(from);
    auto piece = first;
    for (; piece != pieces_.end() && piece->first < from + count; ++piece) {
      char* place = to + (piece->first - from);
      if (mremap(piece->first, piece->second, piece->second, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED) throw std::bad_alloc();
      pieces_[place] = piece->second;
    }
    pieces_.erase(first, piece);
  }

  void unmap_free() {
    for (const auto& [block, size] : free_) {
      cut(block, size);
      munmap(block, size);
      pieces_.erase(pieces_.find(block), pieces_.lower_bound(block + size));
    }
    free_.clear();
  }

  const size_t unit_ = std::max<size_t>(kUnit, static_cast<size_t>(sysconf(_SC_PAGESIZE)));
  std::mutex mutex_;
  Ranges free_;    // by address; no two touch
  Ranges pieces_;  // all that was mapped, by address
};

Pages& pages() {
  static auto* all = new Pages();  // never destroyed, as threads may run while the process exits
  return *all;
}

}  // namespace

void* take_pages(size_t bytes) { return pages().take(bytes); }
void give_pages(void* memory, size_t bytes) { pages().give(static_cast<char*>(memory), bytes); }
void give_back_pages() { pages().give_back(); }

}  // namespace moslora

#else
namespace moslora {

void* take_pages(size_t bytes) {
  void* memory = std::aligned_alloc(64, std::max<size_t>((bytes + 63) / 64 * 64, 64));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void give_pages(void* memory, size_t) { std::free(memory); }
void give_back_pages() {}

}  // namespace moslora
#endif
