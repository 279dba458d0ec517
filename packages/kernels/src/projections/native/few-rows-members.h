// All layers of a call with few rows: their weights are read in one round of the threads, and their adapters in that and one more. What a round
// costs, waking and waiting, is as much as many a layer's product of one row.
#pragma once
#include "gemm/few-rows.h"
#include "members.h"
#include "shared/projections.h"

#if defined(__AVX512BF16__)
namespace moslora {

class FewRowsOfMembers {
 public:
  // `targets`: where each member's outputs go; `products`: what its adapter makes of x, where it has one.
  FewRowsOfMembers(const Matrix& x, int64_t rows, const Members& members, const std::vector<Target>& targets,
                   const std::vector<Projections::Products>& products)
      : x_(x, rows, members.inputs), members_(members), targets_(targets), products_(products), sums_(rows * members.outputs) {}

  void compute() {
    read_weights();
    if (!members_.adapted) return;
    for (size_t i = 0; i < members_.all.size(); ++i) mix(i);
    add_adapters();
  }

 private:
  // Some rows of one member's W, or of its A.
  struct Task {
    size_t member;
    bool down;
    int64_t from, to;
  };

  static void deal(std::vector<Task>& tasks, size_t member, bool down, int64_t rows, int64_t at_once) {
    for (int64_t from = 0; from < rows; from += at_once) tasks.push_back({member, down, from, std::min(rows, from + at_once)});
  }

  static Right down_of(const Member& member, int64_t inputs) {
    Right a;
    a.dense = matrix_of(*member.a, inputs);
    return a;
  }

  // Sums of x Wᵀ, written where there is nothing to add to them; u = x Aᵀ.
  void read_weights() {
    std::vector<Task> tasks;
    std::vector<Nf4Codes> codes;
    const auto at_once = [&](int64_t bits) { return few_rows_at_once(members_.inputs, bits, members_.outputs); };
    for (size_t i = 0; i < members_.all.size(); ++i) {
      const Member& member = members_.all[i];
      x_.lay_for(member.weight);
      codes.emplace_back(member.weight.quantized ? member.weight.nf4.table : nullptr);
      deal(tasks, i, false, member.outputs, at_once(member.weight.quantized ? 4 : 16));
      if (!members_.adapted) continue;
      x_.lay_for(down_of(member, members_.inputs));
      narrowed_.emplace_back(x_.rows() * member.rank());
      deal(tasks, i, true, member.rank(), at_once(32));
    }
    parallel_for(static_cast<int64_t>(tasks.size()), [&](int64_t at, int) {
      const Task& task = tasks[static_cast<size_t>(at)];
      const Member& member = members_.all[task.member];
      if (task.down) return x_.times(down_of(member, members_.inputs), codes[task.member], task.from, task.to, narrowed_[task.member].data(), member.rank());
      x_.times(member.weight, codes[task.member], task.from, task.to, sums_of(member), members_.outputs);
      if (!members_.adapted) write(task);
    });
  }

  // v = u Mᵀ, or u itself, of factors in the type of the products, as products of more rows have them: an answer must not depend on its company.
  void mix(size_t i) {
    const Member& member = members_.all[i];
    const int64_t rank = member.rank(), rows = x_.rows();
    round_to(narrowed_[i], products_[i].u);
    if (member.mixer == nullptr) return;
    Right mixer;
    mixer.dense = matrix_of(*member.mixer, rank);
    FewRows u(matrix_of(products_[i].u, rank), rows, rank);
    u.lay_for(mixer);
    constexpr int64_t kAlone = 1 << 15;  // products that are not worth a round
    const int64_t parts = rows * rank * rank <= kAlone ? 1 : threads();
    const int64_t some = ceil_div(rank, parts);
    Scratch<float> mixed(rows * rank);
    const Nf4Codes none(nullptr);
    parallel_for(parts, [&](int64_t part, int) {
      u.times(mixer, none, part * some, std::min(rank, (part + 1) * some), mixed.data(), rank);
    });
    round_to(mixed, products_[i].v);
  }

  static void round_to(const Scratch<float>& from, const Array& to) {
    for (int64_t at = 0; at < to.size(); ++at) to.as<bf16>()[at] = to_bf16(from[static_cast<size_t>(at)]);
  }

  // + s v Bᵀ, written.
  void add_adapters() {
    std::vector<Task> tasks;
    std::vector<FewRows> products;
    std::vector<Right> ups;
    for (size_t i = 0; i < members_.all.size(); ++i) {
      const Member& member = members_.all[i];
      Right up;
      up.dense = matrix_of(*member.b, member.rank());
      up.factor = members_.scale;
      products.emplace_back(matrix_of(products_[i].v, member.rank()), x_.rows(), member.rank());
      products.back().lay_for(up);
      ups.push_back(up);
      deal(tasks, i, false, member.outputs, few_rows_at_once(member.rank(), 32, members_.outputs));
    }
    Scratch<float> updates(x_.rows() * members_.outputs);
    const Nf4Codes none(nullptr);
    parallel_for(static_cast<int64_t>(tasks.size()), [&](int64_t at, int) {
      const Task& task = tasks[static_cast<size_t>(at)];
      const int64_t first = members_.all[task.member].first;
      products[task.member].times(ups[task.member], none, task.from, task.to, updates.data() + first, members_.outputs);
      for (int64_t m = 0; m < x_.rows(); ++m)
        for (int64_t j = first + task.from; j < first + task.to; ++j) sums_[m * members_.outputs + j] += updates[m * members_.outputs + j];
      write(task);
    });
  }

  float* sums_of(const Member& member) { return sums_.data() + member.first; }

  void write(const Task& task) {
    const float* sums = sums_of(members_.all[task.member]) + task.from;
    for (int64_t m = 0; m < x_.rows(); ++m) write_row(sums + m * members_.outputs, m, task.from, task.to - task.from, targets_[task.member]);
  }

  FewRows x_;
  const Members& members_;
  const std::vector<Target>& targets_;
  const std::vector<Projections::Products>& products_;
  Scratch<float> sums_;                   // (N, sum of outputs)
  std::vector<Scratch<float>> narrowed_;  // u (N, R) of each member
};

}  // namespace moslora
#endif
