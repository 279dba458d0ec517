// A block of threads on the host. Each warp runs on its own until all of its threads wait for the block; within it each thread runs on its own
// until it waits. So a value that is read without a barrier after it was written is missing, or comes from another round, in at least one of
// the orders (MOSLORA_EMULATED_ORDER: up, down, mixed), and shared memory begins as NaN.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

namespace moslora::emulation {

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

// Of the thread that runs.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

// Runs `kernel` by `threads` threads in each block of the grid, which have `bytes` of shared memory. Throws std::logic_error where threads wait
// for others that never come.
void run_grid(dim3 grid, int threads, size_t bytes, const std::function<void()>& kernel);

void* shared();
void wait_for_block();
void wait_for_warp();

// A place of this thread's warp where its threads put `bytes` each, next to one another; another one with every call.
void* warp_board(size_t bytes);

// What each thread of the warp gives to the same call; it stays until the call after the next.
template <class T>
const T* all_of_warp(T value) {
  T* board = static_cast<T*>(warp_board(sizeof(T)));
  board[threadIdx.x % 32] = value;
  wait_for_warp();
  return board;
}
template <class T>
T exchanged(T value, int lane) {
  return all_of_warp(value)[lane & 31];
}

}  // namespace moslora::emulation
