// x_i = code[index_i] absmax_b in float32, rounded to the type that the weight had (round: 0 float32, 1 bfloat16, 2 float16) and then to that
// of the output: packed bytes -> `shape`. floats: code (16) and absmax (blocks); or code, the map (256) of the `codes` of absmax, their scales
// and offset. Bit for bit as quantized-base's own code does it.
#include "core/elements.h"
#include "nested-absmax.h"
#include "shared/nf4.h"
#include "simd/half.h"

namespace moslora {
namespace {

struct Weight {
  const uint8_t* packed;
  const float* code;
  const float* absmax = nullptr;
  const uint8_t* codes = nullptr;
  const float* map = nullptr;
  const float* scales = nullptr;
  float offset = 0;
  int64_t block, nested_block, round;

  float scale(int64_t b) const {
    return absmax != nullptr ? absmax[b] : restored_absmax(codes[b], map, scales[b / nested_block], offset);
  }
  // The 16 values of a block.
  template <class T>
  void values(int64_t b, T* to) const {
    const float by = scale(b);
    for (int k = 0; k < 16; ++k) {
      const float x = code[k] * by;
      put(to + k, round == 0 ? x : round == 1 ? to_float(to_bf16(x)) : rounded_to_half(x));
    }
  }
};

#if defined(__AVX512F__)
// 32 values of 16 bytes; interleaved by one permutation each for the lower and upper half.
inline void look_up(const uint8_t* packed, __m512 table, float* to) {
  const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed)));
  const __m512 even = _mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), table);
  const __m512 odd = _mm512_permutexvar_ps(bytes, table);
  const __m512i lower = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512i upper = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
  _mm512_storeu_ps(to, _mm512_permutex2var_ps(even, lower, odd));
  _mm512_storeu_ps(to + 16, _mm512_permutex2var_ps(even, upper, odd));
}
// The same with a table of 16 bit values, in the lower half of `table`: both halves of a byte in one 32 bit lane, in their order.
inline void look_up(const uint8_t* packed, __m512i table, bf16* to) {
  const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed)));
  const __m512i odd = _mm512_slli_epi32(_mm512_and_si512(bytes, _mm512_set1_epi32(15)), 16);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(_mm512_or_si512(_mm512_srli_epi32(bytes, 4), odd), table));
}
inline __m512 table_of(const float* values) { return _mm512_loadu_ps(values); }
inline __m512i table_of(const bf16* values) {
  return _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(values)));
}
#endif

template <class T>
void decode(const uint8_t* packed, const T* values, int64_t count, T* to) {
  int64_t i = 0;
#if defined(__AVX512F__)
  const auto table = table_of(values);
  for (; i + 32 <= count; i += 32) look_up(packed + i / 2, table, to + i);
#endif
  for (; i + 1 < count; i += 2) {
    to[i] = values[packed[i / 2] >> 4];
    to[i + 1] = values[packed[i / 2] & 15];
  }
  if (i < count) to[i] = values[packed[i / 2] >> 4];
}

Weight weight_of(const DequantizeNf4& op) {
  Weight w{op.packed.as<uint8_t>(), op.code.as<float>()};
  w.block = op.block;
  w.nested_block = op.nested_block;
  w.round = op.round;
  if (op.absmax != nullptr) {
    w.absmax = op.absmax->as<float>();
    return w;
  }
  w.map = op.map->as<float>();
  w.scales = op.scales->as<float>();
  w.offset = *op.offset->as<float>();
  w.codes = op.codes->as<uint8_t>();
  return w;
}

void compute(Call& call) {
  const DequantizeNf4 op(call);
  const Weight w = weight_of(op);
  const Array x = call.output(0, op.type, op.shape);
  const int64_t some = std::max<int64_t>(1, kChunk / w.block);
  with_type(x.type, [&](auto type) {
    using T = decltype(type);
    parallel_for((op.blocks + some - 1) / some, [&](int64_t task, int) {
      const ExactDenormals exact;
      alignas(64) T values[16];
      for (int64_t b = task * some; b < std::min(op.blocks, (task + 1) * some); ++b) {
        const int64_t first = b * w.block;
        w.values(b, values);
        decode(w.packed + first / 2, values, std::min(w.block, op.count - first), x.as<T>() + first);
      }
    });
  });
}

const Declare declared(kDequantizeNf4, compute);

}  // namespace
}  // namespace moslora
