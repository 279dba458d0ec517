// Ops of ours one after the other as one op of TensorFlow, whose dispatch costs more than a small op does. What only links read never becomes
// a tensor of TensorFlow's, and its memory is given back after the last link that reads it.
#include "links.h"

namespace moslora {
namespace {

const Signature kChain{
    "MosloraChain",
    {"floats: F * float", "halves: H * bfloat16", "words: W * uint16", "bytes: B * uint8", "ints: I * int32", "scalars: S * int32"},
    {"floats_out: P * float", "halves_out: Q * bfloat16", "ints_out: R * int32"},
    {"F: int >= 0", "H: int >= 0", "W: int >= 0", "B: int >= 0", "I: int >= 0", "S: int >= 0", "P: int >= 0", "Q: int >= 0", "R: int >= 0", "links: string"},
    {"scalars"}};

// An output that only links read.
class Inner {
 public:
  Inner() = default;
  Inner(const Inner&) = delete;
  ~Inner() { give_back(); }

  Array make(TF_OpKernelContext* context, TF_DataType type, const Shape& shape) {
    elements(shape);
    tensor_ = new_temporary(context, type, shape);
    return view(tensor_);
  }
  void give_back() {
    if (tensor_ != nullptr) TF_DeleteTensor(tensor_);
    tensor_ = nullptr;
  }

 private:
  TF_Tensor* tensor_ = nullptr;
};

struct Output {
  Array array = {};
  Inner inner;
};

class LinkCall : public Call {
 public:
  LinkCall(Call& chain, const Link& link, std::vector<Array> inputs, std::deque<Output>& outputs)
      : Call(chain.context(), link.attributes, static_cast<int>(link.outputs.size())), chain_(chain), link_(link), outputs_(outputs) {
    arrays_ = std::move(inputs);
  }

 protected:
  Array allocate(int i, TF_DataType type, const Shape& shape) override {
    const size_t at = static_cast<size_t>(i);
    require(type == link_.output_types[at], "output " + std::to_string(i) + " has another type than its link says");
    Output& output = outputs_[at];
    output.array = link_.outputs[at] < 0 ? output.inner.make(context(), type, shape) : chain_.output(link_.outputs[at], type, shape);
    return output.array;
  }

 private:
  Call& chain_;
  const Link& link_;
  std::deque<Output>& outputs_;
};

void run(Call& chain, const Link& link, std::deque<std::deque<Output>>& made) {
  std::vector<Array> inputs;
  for (const Place& place : link.inputs)
    inputs.push_back(place.link < 0 ? chain.input(place.index) : made[static_cast<size_t>(place.link)][static_cast<size_t>(place.index)].array);
  made.emplace_back(link.outputs.size());
  LinkCall call(chain, link, std::move(inputs), made.back());
  const Op& op = *link.attributes.op;
  try {
    op.compute(call);
    call.require_outputs();
  } catch (const std::exception& error) {
    throw NamedRefusal(named(op, error.what(), call));
  }
}

void compute(Call& call) {
  const auto& links = call.prepared<std::deque<Link>>([&] {
    const auto size = [&](const char* name) { return call.integer(name); };
    return read_links(call.text("links"), {size("F"), size("H"), size("W"), size("B"), size("I"), size("S"), size("P"), size("Q"), size("R")});
  });
  std::deque<std::deque<Output>> made;
  for (const Link& link : links) {
    run(call, link, made);
    for (const Place& place : link.spent) made[static_cast<size_t>(place.link)][static_cast<size_t>(place.index)].inner.give_back();
  }
}

const Declare declared(kChain, compute);

}  // namespace
}  // namespace moslora
