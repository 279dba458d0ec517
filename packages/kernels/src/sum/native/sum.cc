// The sum of arrays of one shape, float32 and bfloat16 mixed: added up in float32, in one pass.
#include "core/elements.h"
#include "shared/sum.h"
#include "simd/over.h"

namespace moslora {
namespace {

template <class T>
std::vector<const T*> arrays(Call& call, int64_t first, int64_t count) {
  std::vector<const T*> all;
  for (int64_t i = first; i < first + count; ++i) all.push_back(call.input(static_cast<int>(i)).as<T>());
  return all;
}

template <class T, class Access>
void add_all(const std::vector<const T*>& arrays, size_t first, int64_t i, const Access& access, vf& total) {
  for (size_t a = first; a < arrays.size(); ++a) total += access.get(arrays[a] + i);
}

void compute(Call& call) {
  const Summands op(call);
  const int64_t count = op.wide;
  const auto wide = arrays<float>(call, 0, count);
  const auto low = arrays<bf16>(call, count, call.inputs() - count);
  const Array y = call.output(0, op.type(), op.like.shape);
  in_chunks(y.size(), [&](int64_t first, int64_t end) {
    over(first, end, [&](int64_t i, auto access) {
      vf total = count > 0 ? access.get(wide[0] + i) : access.get(low[0] + i);
      add_all(wide, 1, i, access, total);
      add_all(low, count > 0 ? 0 : 1, i, access, total);
      if (count > 0) access.put(y.as<float>() + i, total);
      else access.put(y.as<bf16>() + i, total);
    });
  });
}

const Declare declared(kSum, compute);

}  // namespace
}  // namespace moslora
