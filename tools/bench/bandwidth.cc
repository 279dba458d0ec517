// How fast this machine's memory is read and copied by all threads together: bandwidth THREADS -> {"read_gb_s": …, "copy_gb_s": …}.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

constexpr size_t kBytes = size_t{1} << 29;  // of each array, far beyond any cache

// The best of several rounds, in 10^9 bytes a second, of `work(thread)` on all threads.
template <class Work>
double best(int threads, double bytes, Work work) {
  double fastest = 0;
  for (int round = 0; round < 7; ++round) {
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) all.emplace_back(work, t);
    for (auto& thread : all) thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const double rate = bytes / took.count() / 1e9;
    if (rate > fastest) fastest = rate;
  }
  return fastest;
}

}  // namespace

int main(int count, char** arguments) {
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  std::vector<uint64_t> from(kBytes / 8, 1), to(kBytes / 8, 2);
  std::vector<uint64_t> sums(threads * 16);
  const size_t part = from.size() / threads;
  const double read = best(threads, kBytes, [&](int t) {
    const uint64_t* values = from.data() + t * part;
    uint64_t sum = 0;
    for (size_t i = 0; i < part; ++i) sum += values[i];
    sums[t * 16] += sum;
  });
  // Copying reads one array and writes another.
  const double copy = best(threads, 2.0 * kBytes, [&](int t) { std::memcpy(to.data() + t * part, from.data() + t * part, part * 8); });
  uint64_t total = to[part - 1];
  for (uint64_t sum : sums) total += sum;
  std::printf("{\"read_gb_s\": %.3f, \"copy_gb_s\": %.3f, \"check\": %d}\n", read, copy, total == 0 ? 0 : 1);
}
