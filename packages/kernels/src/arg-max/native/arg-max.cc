// Each lane keeps the greatest of the values that it sees, and where it saw it first.
#include <cmath>

#include "core/elements.h"
#include "shared/arg-max.h"
#include "simd/exp.h"

namespace moslora {
namespace {

template <class X>
int32_t place_of_most(const X* x, int64_t width) {
  vf most = splat(-INFINITY);
  vi places = {}, here = {};
  for (int i = 0; i < kLanes; ++i) here[i] = i;
  int64_t first = 0;
  for (; first + kLanes <= width; first += kLanes) {
    const vf values = load(x + first);
    const vi above = values > most;
    most = select(above, values, most);
    places = (here & above) | (places & ~above);
    here += kLanes;
  }
  float best = -INFINITY;
  int32_t place = 0;
  for (int i = 0; i < kLanes; ++i)
    if (most[i] > best || (most[i] == best && places[i] < place)) {
      best = most[i];
      place = places[i];
    }
  for (; first < width; ++first)
    if (to_float(x[first]) > best) {
      best = to_float(x[first]);
      place = static_cast<int32_t>(first);
    }
  return place;
}

void compute(Call& call) {
  const ArgMax op(call);
  const Rows& rows = op.rows;
  const Array places = call.output(0, TF_INT32, {rows.count});
  const int64_t some = rows_of_task(rows.width);
  with_type(op.x.type, [&](auto type) {
    parallel_for((rows.count + some - 1) / some, [&](int64_t task, int) {
      for (int64_t n = task * some; n < std::min(rows.count, (task + 1) * some); ++n)
        places.as<int32_t>()[n] = place_of_most(op.x.as<decltype(type)>() + n * rows.width, rows.width);
    });
  });
}

const Declare declared(kArgMax, compute);

}  // namespace
}  // namespace moslora
