#include "geometry.h"

namespace moslora {
namespace {

std::string text(int64_t n) { return std::to_string(n); }

void require_rows(const Array& array, int64_t batch, int64_t columns, const char* what) {
  require(array.shape.size() == 2 && array.shape[0] % batch == 0 && array.shape[1] == columns,
          std::string(what) + " is " + array.describe() + ", expected (" + text(batch) + " x tokens, " + text(columns) + ")");
}

void read_tables(const Call& call, Attention& a, int& at) {
  const int64_t count = call.integer("R");
  if (count == 0) return;
  require(count == 2, text(count) + " rotary tables, expected cos and sin");
  require(a.width % 2 == 0, "heads of width " + text(a.width) + " have no halves to rotate");
  const Array& cos = call.input(at++);
  const Array& sin = call.input(at++);
  const int64_t one = a.tokens * a.width;
  for (const Array* table : {&cos, &sin})
    require(table->size() == one || table->size() == a.batch * one,
            "a rotary table is " + table->describe() + ", expected (" + text(a.tokens) + ", " + text(a.width) + "), or that for each of " +
                text(a.batch) + " samples");
  require(cos.size() == sin.size(), "cos is " + cos.describe() + ", but sin " + sin.describe());
  a.query_tables = {cos.as<float>(), sin.as<float>(), cos.size() == one ? 0 : one};
  if (!call.flag("rotate_keys")) return;
  a.key_tables = a.query_tables;
}

void read_marks(const Call& call, Attention& a, int& at, int64_t seen) {
  const int64_t count = call.integer("M");
  require(count <= 2, text(count) + " arrays of marks, expected those of keys and of queries at most");
  if (count > 0) {
    const Array& keys = call.input(at++);
    require(keys.size() == a.batch * seen,
            "the marks of keys are " + keys.describe() + ", expected (" + text(a.batch) + ", " + text(seen) + ")");
    a.key_marks = keys.as<int32_t>();
  }
  if (count > 1) {
    const Array& queries = call.input(at++);
    require(queries.size() == a.batch * a.tokens,
            "the marks of queries are " + queries.describe() + ", expected (" + text(a.batch) + ", " + text(a.tokens) + ")");
    a.query_marks = queries.as<int32_t>();
  }
}

}  // namespace

void lay_out(Attention& a, void* const* data, int count, bool grouped) {
  const int64_t k = a.width, size = a.q.is_bf16 ? 2 : 4;
  char* first = static_cast<char*>(data[0]);
  if (count == 1) {
    const int64_t row = (a.heads + 2 * a.groups) * k;
    const int64_t group = grouped ? (a.share + 2) * k : k;
    const auto part = [&](int64_t column, int64_t step) {
      return Operand{first + column * size, a.q.is_bf16, a.tokens * row, row, step, k};
    };
    a.q = part(0, grouped ? group : a.share * k);
    a.k = part(grouped ? a.share * k : a.heads * k, group);
    a.v = part(grouped ? (a.share + 1) * k : (a.heads + a.groups) * k, group);
    return;
  }
  a.q = Operand{first, a.q.is_bf16, a.tokens * a.heads * k, a.heads * k, a.share * k, k};
  for (int i = 1; i < 3; ++i)
    (i == 1 ? a.k : a.v) = Operand{static_cast<char*>(data[i]), a.q.is_bf16, a.seen * a.groups * k, a.groups * k, k, k};
}

Attention read_attention(const Call& call, const Array* const* arrays, int count, int& at, int64_t past) {
  Attention a{};
  a.batch = call.size("batch");
  a.heads = call.size("heads");
  a.groups = call.size("kv_heads");
  a.causal = call.flag("causal");
  a.scale = static_cast<float>(call.real("scale"));
  require(a.batch > 0 && a.heads > 0 && a.groups > 0 && a.heads % a.groups == 0,
          text(a.heads) + " heads on " + text(a.groups) + " key heads for a batch of " + text(a.batch));
  require(a.scale > 0, "the scale is " + std::to_string(a.scale) + ", expected more than 0");
  require(count == 1 || count == 3, text(count) + " arrays of heads, expected a joint one or queries, keys and values");
  a.share = a.heads / a.groups;
  const Array& first = *arrays[0];
  const int64_t all = count == 1 ? a.heads + 2 * a.groups : a.heads;
  require(first.shape.size() == 2 && first.shape[1] % all == 0 && first.shape[1] > 0 && first.shape[0] % a.batch == 0 && first.shape[0] > 0,
          "the heads are " + first.describe() + ", expected " + text(a.batch) + " x tokens rows of " + text(all) + " heads");
  a.width = first.shape[1] / all;
  a.tokens = a.seen = first.shape[0] / a.batch;
  if (count == 3) {
    require_rows(*arrays[1], a.batch, a.groups * a.width, "the keys' array");
    require(arrays[1]->shape == arrays[2]->shape, "the keys are " + arrays[1]->describe() + ", but the values " + arrays[2]->describe());
    a.seen = arrays[1]->shape[0] / a.batch;
    require(a.seen > 0, "the keys are " + arrays[1]->describe());
  }
  require(!a.causal || a.seen >= a.tokens, text(a.tokens) + " queries are more than the " + text(a.seen) + " keys they end with");
  require(!call.flag("rotate_keys") || a.seen == a.tokens, text(a.seen) + " keys cannot be rotated by tables of " + text(a.tokens));
  a.q.is_bf16 = first.is_bf16();
  void* data[3] = {};
  for (int i = 0; i < count; ++i) data[i] = arrays[i]->data;
  lay_out(a, data, count, call.flag("grouped"));
  read_tables(call, a, at);
  read_marks(call, a, at, past + a.seen);
  return a;
}

}  // namespace moslora
