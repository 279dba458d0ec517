// Fortified jumps refuse to go to another stack.
#undef _FORTIFY_SOURCE
#include "cuda/emulation/block.h"

#include "simd/half.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace moslora::emulation {

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr size_t kStack = 256 << 10;
constexpr size_t kBoard = 64;  // bytes of a thread
constexpr int kWarp = 32;

enum class State { ready, at_warp, at_block, done };

// Its context begins with the first block and is used for all that follow. Jumps switch between contexts: unlike swapcontext they leave
// the signal mask alone, which would take a call of the system each time.
struct Thread {
  ucontext_t context;
  jmp_buf place;
  bool begun = false;
  std::unique_ptr<char[]> stack{new char[kStack]};
  State state = State::ready;
  unsigned boards = 0;  // used so far
};

std::vector<Thread> threads;
std::vector<unsigned char> memory;
std::vector<char> boards;  // two of each warp
jmp_buf scheduler;
Thread* running = nullptr;
const std::function<void()>* body = nullptr;

void wait(State state) {
  running->state = state;
  if (_setjmp(running->place) == 0) _longjmp(scheduler, 1);
}

[[noreturn]] void begin() {
  for (;;) {
    (*body)();
    wait(State::done);
  }
}

void run(int index) {
  running = &threads[index];
  threadIdx.x = static_cast<unsigned>(index);
  if (_setjmp(scheduler) != 0) return;
  if (running->begun) _longjmp(running->place, 1);
  running->begun = true;
  getcontext(&running->context);
  running->context.uc_stack.ss_sp = running->stack.get();
  running->context.uc_stack.ss_size = kStack;
  running->context.uc_link = nullptr;
  makecontext(&running->context, begin, 0);
  setcontext(&running->context);
}

class Order {
 public:
  Order() {
    const char* name = std::getenv("MOSLORA_EMULATED_ORDER");
    kind_ = name == nullptr ? "up" : name;
    if (kind_ != "up" && kind_ != "down" && kind_ != "mixed") throw std::logic_error("MOSLORA_EMULATED_ORDER is up, down or mixed, not " + kind_);
  }
  // Calls use(i) for i = 0 ... count - 1 (at most a warp's).
  template <class Use>
  void each(int count, const Use& use) {
    int all[kWarp];
    for (int i = 0; i < count; ++i) all[i] = kind_ == "down" ? count - 1 - i : i;
    if (kind_ == "mixed") std::shuffle(all, all + count, random_);
    for (int i = 0; i < count; ++i) use(all[i]);
  }

 private:
  std::string kind_;
  std::minstd_rand random_{1};
};

bool all_in(int first, int count, State state) {
  return std::all_of(threads.begin() + first, threads.begin() + first + count, [&](const Thread& t) { return t.state == state; });
}
void release(int first, int count) {
  for (int i = first; i < first + count; ++i) threads[i].state = State::ready;
}

// Runs a warp until all its threads wait for the block, or all are done.
void run_warp(Order& order, int first, int count) {
  for (;;) {
    order.each(count, [&](int i) {
      if (threads[first + i].state == State::ready) run(first + i);
    });
    if (!all_in(first, count, State::at_warp)) break;
    release(first, count);
  }
  if (!all_in(first, count, State::at_block) && !all_in(first, count, State::done))
    throw std::logic_error("some threads of a warp wait for others that do not come");
}

void run_block(Order& order, int count) {
  for (;;) {
    order.each(count / kWarp, [&](int warp) { run_warp(order, warp * kWarp, kWarp); });
    if (all_in(0, count, State::done)) return;
    if (!all_in(0, count, State::at_block)) throw std::logic_error("some threads of a block wait for others that do not come");
    release(0, count);
  }
}

}  // namespace

void run_grid(dim3 grid, int count, size_t bytes, const std::function<void()>& kernel) {
  const ExactDenormals exact;  // TensorFlow turns them to zero, a GPU does not
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  if (count % kWarp != 0) throw std::logic_error("a block of " + std::to_string(count) + " threads is not whole warps");
  static auto* order = new Order();
  if (threads.size() < static_cast<size_t>(count)) threads = std::vector<Thread>(count);
  boards.assign(2 * count * kBoard, 0);
  gridDim = grid;
  blockDim = dim3(static_cast<unsigned>(count));
  body = &kernel;
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z)
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
        memory.assign(bytes + 128, 0xff);  // NaN as float and as bfloat16
        for (int i = 0; i < count; ++i) {
          threads[i].state = State::ready;
          threads[i].boards = 0;
        }
        run_block(*order, count);
      }
}

void* shared() {
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  return memory.data() + (128 - address % 128) % 128;
}

void wait_for_block() { wait(State::at_block); }
void wait_for_warp() { wait(State::at_warp); }

void* warp_board(size_t bytes) {
  if (bytes > kBoard) throw std::logic_error("a thread puts " + std::to_string(bytes) + " bytes on its warp's board");
  const unsigned board = running->boards++ % 2;
  return boards.data() + (threadIdx.x / kWarp * 2 + board) * kWarp * kBoard;
}

}  // namespace moslora::emulation
