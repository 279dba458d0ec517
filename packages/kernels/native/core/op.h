// A TensorFlow op of ours: its declaration, and a function that computes it from plain views of the arrays.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/tf_tensor.h"

namespace moslora {

using Shape = std::vector<int64_t>;

struct Array {
  TF_DataType type;
  Shape shape;
  void* data;

  int64_t size() const;
  bool is_bf16() const { return type == TF_BFLOAT16; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  // "bfloat16 (512, 64)", for messages.
  std::string describe() const;
};

// Wrong shapes, types or settings: reaches JavaScript as an error that names the op.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One that says already which op refused, and its inputs.
struct NamedRefusal : Refusal {
  using Refusal::Refusal;
};

// The settings of an op, by the names of its signature.
struct Attributes {
  const struct Op* op;
  std::map<std::string, std::vector<int64_t>> integers = {};
  std::map<std::string, double> reals = {};
  std::map<std::string, std::string> texts = {};
  // What the op makes of them once, see Call::prepared.
  mutable std::mutex mutex = {};
  mutable std::shared_ptr<void> prepared = nullptr;
};

class Call {
 public:
  Call(TF_OpKernelContext* context, const Attributes& attributes, int outputs);
  virtual ~Call();
  Call(const Call&) = delete;

  int inputs() const { return static_cast<int>(arrays_.size()); }
  // Throws a Refusal where there is no such input.
  const Array& input(int i) const;
  // A new output; its memory is not set. Throws a Refusal where the caller did not ask for such an output, or for one of another type.
  Array output(int i, TF_DataType type, const Shape& shape);
  // Throws a Refusal where an output that the caller asked for was not made.
  void require_outputs() const;

  int64_t integer(const char* name) const;
  // Attributes that are sizes, see require_side.
  int64_t size(const char* name) const;
  const std::vector<int64_t>& sizes(const char* name) const;
  const std::vector<int64_t>& integers(const char* name) const;
  double real(const char* name) const;
  const std::string& text(const char* name) const;
  // make()'s result, made by the first call with these attributes and kept for later ones.
  template <class T, class Make>
  const T& prepared(const Make& make) const {
    std::lock_guard<std::mutex> lock(attributes_.mutex);
    if (attributes_.prepared == nullptr) attributes_.prepared = std::make_shared<T>(make());
    return *static_cast<const T*>(attributes_.prepared.get());
  }
  bool flag(const char* name) const { return integer(name) != 0; }

  // All inputs, for messages.
  std::string describe() const;

  // Memory on the op's device until the call ends; it is not set.
  void* temporary(int64_t bytes);
  TF_OpKernelContext* context() const { return context_; }

 protected:
  // Memory for output i.
  virtual Array allocate(int i, TF_DataType type, const Shape& shape) = 0;

  std::vector<Array> arrays_;

 private:
  TF_OpKernelContext* context_;
  const Attributes& attributes_;
  std::vector<bool> made_;  // by the output's number
  std::vector<TF_Tensor*> temporaries_;
};

[[noreturn]] inline void refuse(const std::string& message) { throw Refusal(message); }

// Throws a Refusal with the message unless the condition holds. A macro, since the message is made only then: making it costs more than many an op.
#define require(holds, ...) ((holds) ? static_cast<void>(0) : ::moslora::refuse(__VA_ARGS__))

// How many elements an array of that shape has. Throws a Refusal where a side is negative, or there are too many to be addressed.
int64_t elements(const Shape& shape);
// Throws a Refusal unless `side` is a size that a product of two cannot overflow: from 0 to 2^31 - 1.
void require_side(int64_t side, const char* what);

// What an op takes and gives, whichever device computes it.
struct Signature {
  const char* name;
  // As TensorFlow's op definitions spell them: "x: T", "weights: N * T".
  std::vector<const char*> inputs, outputs;
  // "T: {float, bfloat16}", "N: int >= 0", "scale: float", "flag: bool", "sizes: list(int)", "links: string".
  std::vector<const char*> attributes;
  // Inputs that lie in the host's memory also where a GPU computes.
  std::vector<const char*> host = {};
};

using Compute = void (*)(Call&);

struct Op {
  Signature signature;
  Compute compute;
};

// Declares an op at load time: `static const Declare op(kSignature, compute);` in its file. It is registered for the device that the addon is
// built for.
struct Declare {
  Declare(const Signature& signature, Compute compute);
};

// The declared op of that name, or null.
const Op* op_named(const std::string& name);
// "MosloraSum: <what>; its inputs are ...".
std::string named(const Op& op, const char* what, const Call& call);
// Memory on the op's device, not set, until TF_DeleteTensor.
TF_Tensor* new_temporary(TF_OpKernelContext* context, TF_DataType type, const Shape& shape);
// A tensor's array.
Array view(TF_Tensor* tensor);

// Registers all declared ops with TensorFlow, once per process. Throws std::runtime_error with TensorFlow's message.
void register_ops();
std::vector<std::string> op_names();

}  // namespace moslora
