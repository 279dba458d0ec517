#include "core/op.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include "core/pages.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"

// The device whose kernels this addon has: "CPU" or "GPU".
#if !defined(MOSLORA_DEVICE)
#define MOSLORA_DEVICE "CPU"
#endif

namespace moslora {

namespace {

struct Status {
  TF_Status* s = TF_NewStatus();
  ~Status() { TF_DeleteStatus(s); }
  bool ok() const { return TF_GetCode(s) == TF_OK; }
  std::string message() const { return TF_Message(s); }
};

std::vector<Op>& declared() {
  static auto* ops = new std::vector<Op>();
  return *ops;
}

const char* type_name(TF_DataType type) {
  switch (type) {
    case TF_FLOAT: return "float32";
    case TF_BFLOAT16: return "bfloat16";
    case TF_HALF: return "float16";
    case TF_INT32: return "int32";
    case TF_UINT8: return "uint8";
    case TF_UINT16: return "uint16";
    default: return "another type";
  }
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

void read_attribute(TF_OpKernelConstruction* context, const std::string& spec, Attributes& attributes) {
  const size_t colon = spec.find(':');
  const std::string name = spec.substr(0, colon);
  const std::string kind = spec.substr(spec.find_first_not_of(' ', colon + 1));
  Status status;
  if (kind.rfind("int", 0) == 0) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(context, name.c_str(), &value, status.s);
    attributes.integers[name] = {value};
  } else if (kind.rfind("bool", 0) == 0) {
    unsigned char value = 0;
    TF_OpKernelConstruction_GetAttrBool(context, name.c_str(), &value, status.s);
    attributes.integers[name] = {value};
  } else if (kind.rfind("float", 0) == 0) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(context, name.c_str(), &value, status.s);
    attributes.reals[name] = value;
  } else if (kind.rfind("list(int)", 0) == 0) {
    int32_t length = 0, bytes = 0;
    TF_OpKernelConstruction_GetAttrSize(context, name.c_str(), &length, &bytes, status.s);
    std::vector<int64_t> values(length > 0 ? length : 0);
    if (length > 0) TF_OpKernelConstruction_GetAttrInt64List(context, name.c_str(), values.data(), length, status.s);
    attributes.integers[name] = values;
  } else if (kind.rfind("string", 0) == 0) {
    int32_t length = 0, bytes = 0;
    TF_OpKernelConstruction_GetAttrSize(context, name.c_str(), &length, &bytes, status.s);
    std::string text(bytes > 0 ? bytes : 0, '\0');
    if (bytes > 0) TF_OpKernelConstruction_GetAttrString(context, name.c_str(), &text[0], text.size(), status.s);
    attributes.texts[name] = text;
  }
  if (!status.ok()) TF_OpKernelConstruction_Failure(context, status.s);
}

constexpr bool kOnHost = std::string_view(MOSLORA_DEVICE) == "CPU";

// A tensor in memory of ours, given back with it.
TF_Tensor* on_pages(TF_DataType type, const Shape& shape, size_t bytes) {
  const auto give = [](void* memory, size_t size, void*) { give_pages(memory, size); };
  return TF_NewTensor(type, shape.data(), static_cast<int>(shape.size()), take_pages(bytes), bytes, give, nullptr);
}

// A call by TensorFlow.
class OpCall : public Call {
 public:
  OpCall(TF_OpKernelContext* context, const Attributes& attributes) : Call(context, attributes, TF_NumOutputs(context)) {
    for (int i = 0; i < TF_NumInputs(context); ++i) {
      Status status;
      TF_Tensor* tensor = nullptr;
      TF_GetInput(context, i, &tensor, status.s);
      if (!status.ok()) throw std::runtime_error(status.message());
      held_.push_back(tensor);
      arrays_.push_back(view(tensor));
    }
  }
  ~OpCall() override {
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
  }

 protected:
  Array allocate(int i, TF_DataType type, const Shape& shape) override {
    const TF_DataType wanted = TF_ExpectedOutputDataType(context(), i);
    require(wanted == type, "output " + std::to_string(i) + " is " + type_name(type) + ", but " + type_name(wanted) + " was asked for");
    const int64_t bytes = elements(shape) * static_cast<int64_t>(TF_DataTypeSize(type));
    const int axes = static_cast<int>(shape.size());
    Status status;
    TF_Tensor* tensor;
    if (kOnHost && bytes >= static_cast<int64_t>(kPagesFrom)) {
      tensor = on_pages(type, shape, static_cast<size_t>(bytes));
      TF_SetOutput(context(), i, tensor, status.s);
    } else {
      tensor = TF_AllocateOutput(context(), i, type, shape.data(), axes, bytes, status.s);
    }
    if (tensor != nullptr) held_.push_back(tensor);
    if (!status.ok()) throw std::runtime_error(status.message());
    return view(tensor);
  }

 private:
  std::vector<TF_Tensor*> held_;
};

void* create(int index, TF_OpKernelConstruction* context) {
  auto* attributes = new Attributes{&declared()[index]};
  for (const char* spec : attributes->op->signature.attributes) read_attribute(context, spec, *attributes);
  return attributes;
}

void compute(void* kernel, TF_OpKernelContext* context) {
  const auto& attributes = *static_cast<Attributes*>(kernel);
  std::string message;
  try {
    OpCall call(context, attributes);
    try {
      attributes.op->compute(call);
      call.require_outputs();
      return;
    } catch (const NamedRefusal& error) {
      message = error.what();
    } catch (const std::exception& error) {
      message = named(*attributes.op, error.what(), call);
    }
  } catch (const std::exception& error) {
    message = std::string(attributes.op->signature.name) + ": " + error.what();
  }
  Status status;
  TF_SetStatus(status.s, TF_INVALID_ARGUMENT, message.c_str());
  TF_OpKernelContext_Failure(context, status.s);
}

void destroy(void* kernel) { delete static_cast<Attributes*>(kernel); }

constexpr int kMostOps = 64;
using Create = void* (*)(TF_OpKernelConstruction*);

template <int I>
void* create_at(TF_OpKernelConstruction* context) {
  return create(I, context);
}

template <int... I>
Create creator(int index, std::integer_sequence<int, I...>) {
  static const Create all[] = {create_at<I>...};
  return all[index];
}

// Outputs get their shapes when they are computed.
void no_shapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

void register_op(int index) {
  const Signature& op = declared()[index].signature;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(op.name);
  for (const char* spec : op.attributes) TF_OpDefinitionBuilderAddAttr(definition, spec);
  for (const char* spec : op.inputs) TF_OpDefinitionBuilderAddInput(definition, spec);
  for (const char* spec : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, spec);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &no_shapes);
  Status status;
  TF_RegisterOpDefinition(definition, status.s);
  if (!status.ok()) throw std::runtime_error(status.message());
  TF_KernelBuilder* kernel =
      TF_NewKernelBuilder(op.name, MOSLORA_DEVICE, creator(index, std::make_integer_sequence<int, kMostOps>()), &compute, &destroy);
  for (const char* name : op.host) TF_KernelBuilder_HostMemory(kernel, name);
  TF_RegisterKernelBuilder(op.name, kernel, status.s);
  if (!status.ok()) throw std::runtime_error(status.message());
}

}  // namespace

int64_t Array::size() const {
  int64_t count = 1;
  for (int64_t n : shape) count *= n;
  return count;
}

void require_side(int64_t side, const char* what) {
  require(side >= 0 && side < int64_t{1} << 31, std::string(what) + " is " + std::to_string(side) + ", expected a size from 0 to 2^31 - 1");
}

int64_t elements(const Shape& shape) {
  constexpr int64_t kMost = int64_t{1} << 48;
  int64_t count = 1;
  bool fits = true;
  for (int64_t side : shape) fits = fits && side >= 0;
  for (int64_t side : shape) {
    if (side == 0) return require(fits, "no array has the shape " + shape_text(shape)), 0;
    fits = fits && count <= kMost / std::max<int64_t>(side, 1);
    count = fits ? count * side : 1;
  }
  require(fits, "no array has the shape " + shape_text(shape));
  return count;
}

std::string Array::describe() const { return std::string(type_name(type)) + " " + shape_text(shape); }

Array view(TF_Tensor* tensor) {
  Array array{TF_TensorType(tensor), {}, TF_TensorData(tensor)};
  for (int i = 0; i < TF_NumDims(tensor); ++i) array.shape.push_back(TF_Dim(tensor, i));
  return array;
}

Call::Call(TF_OpKernelContext* context, const Attributes& attributes, int outputs)
    : context_(context), attributes_(attributes), made_(static_cast<size_t>(outputs), false) {}

Call::~Call() {
  for (TF_Tensor* tensor : temporaries_) TF_DeleteTensor(tensor);
}

const Array& Call::input(int i) const {
  require(i >= 0 && i < inputs(), "input " + std::to_string(i) + " is missing");
  return arrays_[static_cast<size_t>(i)];
}

Array Call::output(int i, TF_DataType type, const Shape& shape) {
  require(i >= 0 && i < static_cast<int>(made_.size()), "there are results for more than the " + std::to_string(made_.size()) + " outputs");
  require(!made_[static_cast<size_t>(i)], "output " + std::to_string(i) + " stands for two results");
  made_[static_cast<size_t>(i)] = true;
  return allocate(i, type, shape);
}

void Call::require_outputs() const {
  for (size_t i = 0; i < made_.size(); ++i)
    require(made_[i], std::to_string(made_.size()) + " outputs were asked for, but there is no result for number " + std::to_string(i));
}

TF_Tensor* new_temporary(TF_OpKernelContext* context, TF_DataType type, const Shape& shape) {
  Status status;
  TF_AllocatorAttributes attributes{TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 0};
  TF_Tensor* tensor = TF_AllocateTemp(context, type, shape.data(), static_cast<int>(shape.size()), &attributes, status.s);
  if (!status.ok()) throw std::runtime_error(status.message());
  return tensor;
}

void* Call::temporary(int64_t bytes) {
  temporaries_.push_back(new_temporary(context_, TF_UINT8, {bytes}));
  return TF_TensorData(temporaries_.back());
}

const std::vector<int64_t>& Call::integers(const char* name) const { return attributes_.integers.at(name); }
int64_t Call::integer(const char* name) const { return integers(name).at(0); }
int64_t Call::size(const char* name) const { return sizes(name).at(0); }
const std::vector<int64_t>& Call::sizes(const char* name) const {
  const std::vector<int64_t>& all = integers(name);
  for (int64_t side : all) require_side(side, name);
  return all;
}
double Call::real(const char* name) const { return attributes_.reals.at(name); }
const std::string& Call::text(const char* name) const { return attributes_.texts.at(name); }

std::string Call::describe() const {
  std::string text;
  for (const Array& array : arrays_) text += (text.empty() ? "" : ", ") + array.describe();
  return text.empty() ? "none" : text;
}

Declare::Declare(const Signature& signature, Compute compute) { declared().push_back({signature, compute}); }

const Op* op_named(const std::string& name) {
  for (const Op& op : declared())
    if (name == op.signature.name) return &op;
  return nullptr;
}

std::string named(const Op& op, const char* what, const Call& call) {
  return std::string(op.signature.name) + ": " + what + "; its inputs are " + call.describe();
}

void register_ops() {
  static std::mutex mutex;
  static bool done = false;
  std::lock_guard<std::mutex> lock(mutex);
  if (done) return;
  if (declared().size() > kMostOps) throw std::runtime_error("more ops than kMostOps");
  for (size_t i = 0; i < declared().size(); ++i) register_op(static_cast<int>(i));
  done = true;
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const Op& op : declared()) names.emplace_back(op.signature.name);
  return names;
}

}  // namespace moslora
