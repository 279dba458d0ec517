// A frozen head, the rows of its input and the words they should give.
#pragma once
#include "../../../projections/native/shared/member-arrays.h"

namespace moslora {

inline const Signature kHeadLoss{"MosloraHeadLoss",
                                 {"h: T", "targets: int32", MOSLORA_MEMBER_INPUTS},
                                 {"loss: float", "dh: T"},
                                 {MOSLORA_MEMBER_ATTRIBUTES},
                                 {"targets"}};

struct HeadLoss {
  const Array& h;        // (n, D)
  const Array& targets;  // (n)
  int64_t n, width;
  int after;
  AllMemberArrays members;
  int64_t vocabulary;

  explicit HeadLoss(const Call& call)
      : h(call.input(0)), targets(call.input(1)), n(rows_of(h)), width(h.shape[1]), after(2), members(call, after, width),
        vocabulary(members.outputs) {
    require_size(targets, n, "targets");
    require(members.all.size() == 1 && !members.adapted, "the head is one weight without an adapter");
    require(members.outputs > 0, "the head has no words");
    const int32_t* wanted = targets.as<int32_t>();
    for (int64_t i = 0; i < n; ++i)
      require(wanted[i] >= 0 && wanted[i] < vocabulary, "target " + std::to_string(wanted[i]) + " of " + std::to_string(vocabulary) + " words");
  }

 private:
  static int64_t rows_of(const Array& h) {
    require(h.shape.size() == 2, "h is " + h.describe() + ", expected two axes");
    return h.shape[0];
  }
};

}  // namespace moslora
