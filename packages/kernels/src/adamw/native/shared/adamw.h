// Parameters, gradients and moments of one AdamW step, and the tensors of a norm.
#pragma once
#include <set>

#include "core/require.h"

namespace moslora {

inline const Signature kAdamW{"MosloraAdamW",
                              {"parameters: N * float", "gradients: N * float", "first: N * float", "second: N * float",
                               "settings: float", "gradient_scale: float"},
                              {},
                              {"N: int >= 1"}};
inline const Signature kGlobalNorm{"MosloraGlobalNorm", {"x: N * float"}, {"y: float"}, {"N: int >= 1"}};

struct AdamWTensor {
  float* parameter;
  const float* gradient;
  float* first;
  float* second;
  int64_t size;
};

struct AdamW {
  std::vector<AdamWTensor> tensors;
  const float* settings;  // (8)
  const float* scale;

  explicit AdamW(const Call& call) {
    const int count = static_cast<int>(call.integer("N"));
    require_size(call.input(4 * count), 8, "settings");
    require_size(call.input(4 * count + 1), 1, "gradient_scale");
    settings = call.input(4 * count).as<float>();
    scale = call.input(4 * count + 1).as<float>();
    std::set<const void*> written;
    for (int i = 0; i < count; ++i) {
      const Array& parameter = call.input(i);
      for (int kind = 1; kind < 4; ++kind) require_same(call.input(kind * count + i), parameter, "a gradient or moment");
      const auto at = [&](int kind) { return call.input(kind * count + i).as<float>(); };
      tensors.push_back({at(0), at(1), at(2), at(3), parameter.size()});
      if (parameter.size() == 0) continue;
      for (int kind : {0, 2, 3})
        require(written.insert(at(kind)).second, "a parameter or moment shares its memory with another one");
    }
    for (const AdamWTensor& t : tensors)
      require(written.count(t.gradient) == 0, "a gradient shares its memory with a parameter or moment");
  }
};

}  // namespace moslora
