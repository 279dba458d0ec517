#include "cuda/product.h"

#include <algorithm>

#include "cuda/panel.h"

namespace moslora {
namespace {

constexpr int kTile = kPanelRows;
constexpr int kHigh = 4, kWide = 4;  // of a warp: 64 x 32 of the tile, two warps beside four
constexpr int kWarpRows = 16 * kHigh, kWarpColumns = 8 * kWide;
constexpr int kCode = 16;

// The next panel's place: which term, and its k.
struct Place {
  int term = 0;
  int64_t k = 0;

  __device__ __forceinline__ void advance(const Terms& terms, int depth) {
    k += depth;
    if (k < terms.all[term].k) return;
    ++term;
    k = 0;
  }
};

__host__ __device__ inline int64_t panels_of(const Terms& terms, int depth) {
  int64_t count = 0;
  for (int t = 0; t < terms.count; ++t) count += ceil_div(terms.all[t].k, depth);
  return count;
}

// Where `partial` is given, the sums of each part of the k's go there, (parts, M, N).
template <class P, bool kLeftAlong, bool kRightAlong>
__global__ void __launch_bounds__(kTileThreads, sizeof(typename P::Element) == 2 ? 2 : 1)
    run(Terms terms, int64_t m, int64_t n, Target target, float* partial) {
  using Element = typename P::Element;
  using Parts = Panel<P>;
  Element* panels = shared_memory<Element>();
  float* codes = reinterpret_cast<float*>(panels + 4 * Parts::kSize);
  const auto left_panel = [&](int i) { return panels + i * Parts::kSize; };
  const auto right_panel = [&](int i) { return panels + (2 + i) * Parts::kSize; };
  const int64_t m0 = static_cast<int64_t>(blockIdx.x) * kTile, n0 = static_cast<int64_t>(blockIdx.y) * kTile;

  for (int t = 0; t < terms.count; ++t)
    if (terms.all[t].right.quantized && threadIdx.x < kCode) codes[t * kCode + threadIdx.x] = terms.all[t].right.nf4.code[threadIdx.x];
  const int64_t all = panels_of(terms, Parts::kDepth);
  const int64_t first = all * blockIdx.z / gridDim.z, end = all * (blockIdx.z + 1) / gridDim.z;
  Place place;
  for (int64_t i = 0; i < first; ++i) place.advance(terms, Parts::kDepth);

  typename ShareOf<P, kLeftAlong>::Type left;
  typename ShareOf<P, kRightAlong>::Type right;
  const auto load = [&] {
    const Term& term = terms.all[place.term];
    left.load(term.left, m0, m, place.k, term.k);
    right.load(term.right, n0, n, place.k, term.k);
  };
  const auto put_down = [&](int i) {
    const Term& term = terms.all[place.term];
    left.put_down(term.left, nullptr, left_panel(i));
    right.put_down(term.right, codes + place.term * kCode, right_panel(i));
  };

  float sums[kHigh][kWide][4] = {};
  const int row = warp_of() / 4 * kWarpRows, column = warp_of() % 4 * kWarpColumns;
  if (first < end) load();
  __syncthreads();  // the codes are there
  if (first < end) put_down(0);
  __syncthreads();
  for (int64_t i = first; i < end; ++i) {
    const int now = static_cast<int>((i - first) % 2);
    if (i + 1 < end) {
      place.advance(terms, Parts::kDepth);
      load();
    }
    constexpr int kLeft = Parts::stride(kLeftAlong), kRight = Parts::stride(kRightAlong);
    multiply<P, !kLeftAlong, !kRightAlong>(sums, left_panel(now) + (kLeftAlong ? row * kLeft : row), kLeft,
                                           right_panel(now) + (kRightAlong ? column * kRight : column), kRight, Parts::kDepth);
    if (i + 1 < end) put_down(1 - now);
    __syncthreads();
  }

#pragma unroll
  for (int i = 0; i < kHigh; ++i)
#pragma unroll
    for (int j = 0; j < kWide; ++j)
#pragma unroll
      for (int s = 0; s < 4; ++s) {
        const int64_t r = m0 + row + 16 * i + row_of_sum(s), c = n0 + column + 8 * j + column_of_sum(s);
        if (r >= m || c >= n) continue;
        if (partial != nullptr) partial[(blockIdx.z * m + r) * n + c] = sums[i][j][s];
        else target.write(r, c, sums[i][j][s]);
      }
}

__global__ void add_parts(const float* partial, int64_t parts, int64_t m, int64_t n, Target target) {
  for (int64_t i = first_element(); i < m * n; i += element_stride()) {
    float sum = 0;
    for (int64_t part = 0; part < parts; ++part) sum += partial[part * m * n + i];
    target.write(i / n, i % n, sum);
  }
}

bool aligned(const void* data) { return reinterpret_cast<uintptr_t>(data) % 16 == 0; }

bool is_quick(const Factor& x, int64_t rows, int64_t k) {
  const int64_t line = x.along ? k : rows;
  if (x.quantized) return x.stride % 16 == 0 && line % 16 == 0 && x.nf4.block_bits >= 4 && aligned(x.nf4.packed);
  return x.is_bf16 && x.factor == 1 && x.stride % 8 == 0 && line % 8 == 0 && aligned(x.data);
}

// Into how many parts the k's are dealt, so that some hundred blocks have work; a part is worth some panels.
int64_t parts_for(int64_t tiles, int64_t panels) {
  constexpr int64_t kBlocks = 128, kLeast = 4, kMost = 32;
  return std::max<int64_t>(1, std::min({kBlocks / std::max<int64_t>(1, tiles), panels / kLeast, kMost}));
}

template <class P, bool kLeftAlong, bool kRightAlong>
void launch(Gpu& gpu, int64_t m, int64_t n, const Terms& terms, const Target& target) {
  using Parts = Panel<P>;
  const int64_t tiles_m = ceil_div(m, kTile), tiles_n = ceil_div(n, kTile);
  const int64_t parts = parts_for(tiles_m * tiles_n, panels_of(terms, Parts::kDepth));
  float* partial = parts > 1 ? gpu.memory<float>(parts * m * n) : nullptr;
  const dim3 grid(static_cast<unsigned>(tiles_m), static_cast<unsigned>(tiles_n), static_cast<unsigned>(parts));
  const size_t bytes = 4 * Parts::kSize * sizeof(typename P::Element) + kMostTerms * kCode * sizeof(float);
  gpu.launch(grid, kTileThreads, bytes, run<P, kLeftAlong, kRightAlong>, terms, m, n, target, partial);
  if (parts > 1) write_sums(gpu, partial, parts, m, n, target);
}

template <class P>
void launch_as(Gpu& gpu, int64_t m, int64_t n, const Terms& terms, const Target& target, bool left, bool right) {
  if (left && right) launch<P, true, true>(gpu, m, n, terms, target);
  else if (left) launch<P, true, false>(gpu, m, n, terms, target);
  else if (right) launch<P, false, true>(gpu, m, n, terms, target);
  else launch<P, false, false>(gpu, m, n, terms, target);
}

}  // namespace

void write_sums(Gpu& gpu, const float* sums, int64_t parts, int64_t m, int64_t n, const Target& target) {
  gpu.launch(blocks_for(m * n, kTileThreads), kTileThreads, 0, add_parts, sums, parts, m, n, target);
}

void product(Gpu& gpu, Precision precision, int64_t m, int64_t n, const std::vector<Term>& terms, const Target& target) {
  require(terms.size() <= kMostTerms, std::to_string(terms.size()) + " products to add up, expected " + std::to_string(kMostTerms) + " at most");
  Terms some;
  for (const Term& term : terms) {
    require(term.left.along == terms[0].left.along && term.right.along == terms[0].right.along, "factors lie in different directions");
    if (term.k == 0) continue;
    some.all[some.count] = term;
    some.all[some.count].left.quick = is_quick(term.left, m, term.k);
    some.all[some.count].right.quick = is_quick(term.right, n, term.k);
    ++some.count;
  }
  const bool left = terms[0].left.along, right = terms[0].right.along;
  if (precision == Precision::bfloat16) launch_as<Bfloat16>(gpu, m, n, some, target, left, right);
  else launch_as<Float32>(gpu, m, n, some, target, left, right);
}

}  // namespace moslora
