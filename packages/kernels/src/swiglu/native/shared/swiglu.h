// Gate and up as two arrays (..., F) or as one (..., 2 F) = [gate | up].
#pragma once
#include "core/require.h"
#include "core/rows.h"

namespace moslora {

inline const Signature kSwiglu{"MosloraSwiglu", {"x: P * T"}, {"y: T"}, {"T: {float, bfloat16}", "P: int >= 1"}};
inline const Signature kSwigluGradient{
    "MosloraSwigluGradient", {"g: T", "x: P * T"}, {"dx: P * T"}, {"T: {float, bfloat16}", "P: int >= 1"}};

// Where gate and up lie, and how far apart their rows are.
struct Halves {
  const Array& gate;
  const Array& up;
  int64_t rows, width, stride, first;  // first: of up in its array

  // The arrays from input `at` on.
  Halves(const Call& call, int at) : Halves(call.input(at), call.input(is_joint(call) ? at : at + 1), is_joint(call)) {}

  template <class T>
  T* gates(const Array& array, int64_t row) const {
    return array.as<T>() + row * stride;
  }
  template <class T>
  T* ups(const Array& array, int64_t row) const {
    return array.as<T>() + row * stride + first;
  }
  // Of the op's output.
  Shape shape() const {
    Shape shape = gate.shape;
    shape.back() = width;
    return shape;
  }
  void require_gradient(const Array& g) const {
    require(g.shape == shape(), "the gradient is " + g.describe() + ", which is not of the op's output");
  }

 private:
  static bool is_joint(const Call& call) {
    const bool joint = call.integer("P") == 1;
    require(joint || call.integer("P") == 2, "gate and up are one array or two");
    return joint;
  }
  Halves(const Array& one, const Array& two, bool joint)
      : gate(one), up(two), rows(Rows(one).count), width(one.shape.back()), stride(width), first(0) {
    require_same(two, one, "up");
    if (!joint) return;
    require(width % 2 == 0, "gate and up are one array " + one.describe() + ", expected an even last axis");
    first = width /= 2;
  }
};

}  // namespace moslora
