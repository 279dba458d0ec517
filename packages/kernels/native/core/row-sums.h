// Rows in tasks that each add up a vector of their own (a weight's gradient), and the total of these in an order that does not depend on
// the number of threads.
#pragma once
#include "core/elements.h"
#include "core/rows.h"
#include "core/scratch.h"

namespace moslora {

class RowSums {
 public:
  // `count` values to a task; none: rows are just taken in tasks.
  RowSums(const Rows& rows, int64_t count)
      : rows_(rows),
        count_(count),
        some_(count > 0 ? std::max(rows_of_task(rows.width), (rows.count + kMostTasks - 1) / kMostTasks) : rows_of_task(rows.width)),
        tasks_((rows.count + some_ - 1) / some_),
        sums_(tasks_ * count) {}

  // Calls work(row, sums of its task) for all rows.
  template <class Work>
  void run(const Work& work) {
    parallel_for(tasks_, [&](int64_t task, int) {
      float* sums = sums_.data() + task * count_;
      std::fill(sums, sums + count_, 0.0f);
      for (int64_t n = task * some_; n < std::min(rows_.count, (task + 1) * some_); ++n) work(n, sums);
    });
  }

  // The sums from `first` on to a new array.
  void write(int64_t first, const Array& to) const {
    float* total = to.as<float>();
    std::fill(total, total + to.size(), 0.0f);
    for (int64_t task = 0; task < tasks_; ++task)
      for (int64_t i = 0; i < to.size(); ++i) total[i] += sums_[task * count_ + first + i];
  }

 private:
  static constexpr int64_t kMostTasks = 32;
  const Rows rows_;
  const int64_t count_, some_, tasks_;
  Scratch<float> sums_;
};

}  // namespace moslora
