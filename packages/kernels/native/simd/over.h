// A loop over elements in vectors: its body is written once for whole vectors and for the tail, which is padded with zeros, so that
// every element goes through the same arithmetic.
#pragma once
#include "simd/vector.h"

namespace moslora {

struct Whole {
  template <class T>
  vf get(const T* from) const {
    return load(from);
  }
  template <class T>
  void put(T* to, vf v) const {
    store(to, v);
  }
  vf only(vf v) const { return v; }
};

struct Tail {
  int count;
  template <class T>
  vf get(const T* from) const {
    T padded[kLanes] = {};
    std::memcpy(padded, from, count * sizeof(T));
    return load(padded);
  }
  template <class T>
  void put(T* to, vf v) const {
    T padded[kLanes];
    store(padded, v);
    std::memcpy(to, padded, count * sizeof(T));
  }
  // v with zeros where there is no element.
  vf only(vf v) const {
    for (int i = 0; i < kLanes; ++i) v[i] = i < count ? v[i] : 0.0f;
    return v;
  }
};

// Calls body(i, access) for i = first, first + kLanes, ... below end; `access` loads and stores what of the vector is there.
template <class Body>
inline void over(int64_t first, int64_t end, const Body& body) {
  int64_t i = first;
  for (; i + kLanes <= end; i += kLanes) body(i, Whole{});
  if (i < end) body(i, Tail{static_cast<int>(end - i)});
}

}  // namespace moslora
