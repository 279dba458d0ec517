#include "core/parallel.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace moslora {
namespace {

constexpr int kSpins = 4000;   // some tens of microseconds: the time between two ops of a step
constexpr int kYields = 1000;  // about a millisecond, where nobody else wants the core: the time between two products of a text's token

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

class Pool {
 public:
  explicit Pool(int count) : count_(count) {
    for (int i = 1; i < count; ++i) workers_.emplace_back([this, i] { serve(i); });
  }

  ~Pool() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      round_.fetch_add(1);
    }
    wake_.notify_all();
    for (auto& worker : workers_) worker.join();
  }

  int count() const { return count_; }

  void run(int64_t tasks, const std::function<void(int64_t, int)>& work) {
    next_.store(0);
    tasks_ = tasks;
    work_ = &work;
    error_ = nullptr;
    busy_.store(count_ - 1);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      round_.fetch_add(1);
    }
    wake_.notify_all();
    take(0);
    for (int spins = 0; busy_.load(std::memory_order_acquire) > 0;)
      if (++spins > kSpins) std::this_thread::yield();
      else pause();
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void take(int thread) {
    try {
      for (int64_t task = next_.fetch_add(1); task < tasks_; task = next_.fetch_add(1)) (*work_)(task, thread);
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex_);
      error_ = std::current_exception();
      next_.store(tasks_);
    }
  }

  void serve(int thread) {
    for (uint64_t seen = 0;;) {
      for (int spins = 0; round_.load(std::memory_order_acquire) == seen && spins < kSpins + kYields; ++spins)
        if (spins < kSpins) pause();
        else std::this_thread::yield();
      if (round_.load(std::memory_order_acquire) == seen) {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return round_.load() != seen; });
      }
      seen = round_.load();
      if (stopping_) return;
      take(thread);
      busy_.fetch_sub(1, std::memory_order_release);
    }
  }

  const int count_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<uint64_t> round_{0};
  std::atomic<int> busy_{0};
  std::atomic<int64_t> next_{0};
  int64_t tasks_ = 0;
  const std::function<void(int64_t, int)>* work_ = nullptr;
  std::exception_ptr error_;
  bool stopping_ = false;
};

std::mutex pool_mutex;
// Never destroyed: threads must not be joined while the process exits.
std::unique_ptr<Pool>& pool() {
  static auto* held = new std::unique_ptr<Pool>(new Pool(2));
  return *held;
}

}  // namespace

void set_threads(int count) {
  std::lock_guard<std::mutex> lock(pool_mutex);
  if (count < 1) count = 1;
  if (pool()->count() != count) pool().reset(new Pool(count));
}

int threads() { return pool()->count(); }

void parallel_for(int64_t tasks, const std::function<void(int64_t, int)>& work) {
  // Ops of two JavaScript threads (a worker's and the main one's) take turns.
  std::lock_guard<std::mutex> lock(pool_mutex);
  if (tasks <= 1 || pool()->count() == 1) {
    for (int64_t task = 0; task < tasks; ++task) work(task, 0);
    return;
  }
  pool()->run(tasks, work);
}

}  // namespace moslora
