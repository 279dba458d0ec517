// What the linear layers that share an input take, and their gradients.
#pragma once
#include "member-arrays.h"

namespace moslora {

inline const Signature kProjections{
    "MosloraProjections",
    {"x: T", MOSLORA_MEMBER_INPUTS, "biases: B * float", "residual: S * float"},
    {"y: Y", "v: V * T"},
    {MOSLORA_MEMBER_ATTRIBUTES, "B: int >= 0", "S: int >= 0", "V: int >= 0", "Y: {float, bfloat16}", "wide: bool"}};
inline const Signature kProjectionsGradient{
    "MosloraProjectionsGradient",
    {"g: T", "x: T", "v: V * T", MOSLORA_MEMBER_INPUTS},
    {"dx: D * T", "gradients: G * float"},
    {MOSLORA_MEMBER_ATTRIBUTES, "V: int >= 0", "D: int >= 0", "G: int >= 0", "inputs: int", "input_gradient: bool"}};

struct Projections {
  const Array& x;  // (N, in)
  int64_t n, in;
  int after;  // input behind those of the layers
  AllMemberArrays members;
  int64_t biases;
  const Array* residual = nullptr;  // (N, sum of outputs)
  TF_DataType type;                 // of y

  explicit Projections(const Call& call)
      : x(call.input(0)), n(rows_of(x)), in(x.shape[1]), after(1), members(call, after, in), biases(call.integer("B")),
        type(call.flag("wide") ? TF_FLOAT : x.type) {
    for (int64_t i = 0; i < biases; ++i) require_size(*bias(call, i), members.all.at(i).outputs, "a bias");
    if (call.integer("S") == 0) return;
    residual = &call.input(after + static_cast<int>(biases));
    require_matrix(*residual, n, members.outputs, "the residual");
  }
  // u = x Aᵀ and v = u Mᵀ (N, R) of layer i, outputs of the op; the same array without a mixer.
  struct Products {
    Array u, v;
  };
  Products products(Call& call, size_t i) const {
    const Shape shape{n, members.all[i].rank()};
    const int at = 1 + static_cast<int>(i);
    const Array v = call.output(at, x.type, shape);
    return {members.mixed ? call.output(at + static_cast<int>(members.all.size()), x.type, shape) : v, v};
  }
  // (out) of layer i, or null.
  const Array* bias(const Call& call, int64_t i) const { return i < biases ? &call.input(after + static_cast<int>(i)) : nullptr; }

 private:
  static int64_t rows_of(const Array& x) {
    require(x.shape.size() == 2, "x is " + x.describe() + ", expected two axes");
    return x.shape[0];
  }
};

struct ProjectionsGradient {
  const Array& g;  // (N, sum of outputs)
  const Array& x;  // (N, in)
  int64_t n, in;
  int after;
  AllMemberArrays members;
  std::vector<const Array*> narrowed, products;  // u and v (N, R) of each layer: the same without a mixer
  bool wanted;                                   // the gradient of x

  explicit ProjectionsGradient(const Call& call)
      : g(call.input(0)), x(call.input(1)), n(rows_of(g)), in(call.size("inputs")), after(2 + static_cast<int>(call.integer("V"))),
        members(call, after, in), wanted(call.flag("input_gradient")) {
    require(call.integer("D") == (wanted ? 1 : 0), "the gradient of x is not the first output, or there is one too many");
    require_matrix(g, n, members.outputs, "the gradient");
    if (members.adapted) require_matrix(x, n, in, "x");
    const int64_t saved = call.integer("V");
    require(saved == members.saved(), std::to_string(saved) + " saved products");
    const int64_t count = static_cast<int64_t>(members.all.size());
    for (int64_t i = 0; i < saved; ++i) {
      const Array& product = call.input(2 + static_cast<int>(i));
      require_matrix(product, n, members.all[static_cast<size_t>(i % count)].rank(), "a saved product");
      (i < count ? products : narrowed).push_back(&product);
    }
    if (!members.mixed) narrowed = products;
  }

 private:
  static int64_t rows_of(const Array& g) {
    require(g.shape.size() == 2, "the gradient is " + g.describe() + ", expected two axes");
    return g.shape[0];
  }
};

}  // namespace moslora
