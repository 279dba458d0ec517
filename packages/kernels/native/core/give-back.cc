#include "core/give-back.h"

#include <cstdlib>  // says whether it is glibc's

#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace moslora {
namespace {

struct Mapping {
  unsigned long start = 0, end = 0;
  bool code = false;     // of a program or library, and not writable
  bool changed = false;  // holds pages that are no longer the file's
};

std::vector<Mapping> mappings() {
  std::ifstream lines("/proc/self/smaps");
  std::vector<Mapping> all;
  for (std::string line; std::getline(lines, line);) {
    Mapping mapping;
    unsigned long kilobytes = 0;
    char permissions[8];
    // A mapping begins with `start-end permissions offset device inode path`; lines about it follow.
    if (std::sscanf(line.c_str(), "%lx-%lx %7s", &mapping.start, &mapping.end, permissions) == 3) {
      mapping.code = line.find(" /") != std::string::npos && std::strchr(permissions, 'w') == nullptr;
      all.push_back(mapping);
    } else if (!all.empty() && std::sscanf(line.c_str(), "Anonymous: %lu kB", &kilobytes) == 1) {
      all.back().changed = kilobytes > 0;
    }
  }
  return all;
}

}  // namespace

void give_back_code() {
  for (const Mapping& mapping : mappings())
    if (mapping.code && !mapping.changed) madvise(reinterpret_cast<void*>(mapping.start), mapping.end - mapping.start, MADV_DONTNEED);
}

}  // namespace moslora

#else
namespace moslora {
void give_back_code() {}
}  // namespace moslora
#endif

namespace moslora {

void give_back_large_blocks() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 1 << 20);  // or it grows with every such block that is freed
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

void give_back_free() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace moslora
