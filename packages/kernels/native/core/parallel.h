// The threads that kernels share. One op runs at a time (TensorFlow's eager ops are called from JavaScript's thread), so the same
// few threads serve all of them; while they work, TensorFlow's own wait.
#pragma once
#include <cstdint>
#include <functional>

namespace moslora {

// Sets how many threads work together, the caller included; at least 1. Not to be called while work runs.
void set_threads(int count);
int threads();

// Calls work(task, thread) for task = 0 ... tasks - 1 with thread in [0, threads()), in any order, and returns when all are done. An
// exception thrown by `work` reaches the caller once the others have stopped.
void parallel_for(int64_t tasks, const std::function<void(int64_t task, int thread)>& work);

}  // namespace moslora
