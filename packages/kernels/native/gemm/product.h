// out (M, N) = sum over terms of A (M, K) B (K, N).
//
// Columns of the result are dealt to the threads some panels (of kColumns) at a time. A thread makes the panels of B for a block of k, each
// of a size that stays in its first cache, right before they are used, and runs its rows of A past them; sums are kept in float32 until
// the last term. A is packed once, before, by all threads.
#pragma once
#include <algorithm>
#include <vector>

#include "core/parallel.h"
#include "core/scratch.h"
#include "gemm/pack-nf4.h"

namespace moslora {

constexpr int64_t kBlock = 256;       // k's of a panel of B

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// A (rows, k) as panels; may be used by several products.
template <class P>
class Left {
 public:
  Left(const Matrix& m, bool by_rows, int64_t rows, int64_t k, float factor = 1, bool round = false) : Left(rows, k) {
    constexpr int64_t kTiles = 4;  // of a task; where rows are columns of the array, tiles side by side share its cache lines
    const int64_t blocks = ceil_div(k, kBlock);
    parallel_for(blocks == 0 ? 0 : ceil_div(tiles_, kTiles), [&](int64_t task, int) {
      const int64_t from = task * kTiles, to = std::min(tiles_, from + kTiles);
      if (by_rows)  // each row in one run
        for (int64_t tile = from; tile < to; ++tile) pack_tiles(m, true, tile, tile + 1, 0, k, factor, round);
      else
        pack_tiles(m, false, from, to, 0, k, factor, round);
    });
  }

  // k's `first` to `last` of some tiles; both even but the last k's.
  void pack_tiles(const Matrix& m, bool by_rows, int64_t from, int64_t to, int64_t first, int64_t last, float factor, bool round) {
    for (int64_t k0 = first; k0 < last;) {
      const int64_t block = k0 / kBlock, inside = k0 - block * kBlock, count = std::min(last - k0, kBlock - inside);
      for (int64_t tile = from; tile < to; ++tile)
        pack_strip<P>(m, by_rows, tile * kRows, height(tile), k0, count, height(tile), factor, round,
                      at(tile, block) + inside / P::kStep * height(tile));
      k0 += count;
    }
  }

  // To be filled by whoever computes it.
  Left(int64_t rows, int64_t k) : rows_(rows), k_(k), tiles_(ceil_div(rows, kRows)), data_(size_t(tiles_) * kRows * padded(k)) {}

  int64_t rows() const { return rows_; }
  int64_t k() const { return k_; }
  int64_t tiles() const { return tiles_; }
  int height(int64_t tile) const { return int(rows_ - tile * kRows < kRows ? rows_ - tile * kRows : kRows); }
  int64_t depth(int64_t block) const { return k_ - block * kBlock < kBlock ? k_ - block * kBlock : kBlock; }

  typename P::Element* at(int64_t tile, int64_t block) {
    return data_.data() + (block * kBlock * tiles_ + tile * (padded(depth(block)) * P::kStep)) / P::kStep * kRows;
  }
  const typename P::Element* at(int64_t tile, int64_t block) const { return const_cast<Left*>(this)->at(tile, block); }

 private:
  static int64_t padded(int64_t k) { return ceil_div(k, P::kStep); }

  int64_t rows_, k_, tiles_;
  Scratch<typename P::Element> data_;
};

// B (K, N), dense or NF4. `by_rows`: B[k][n] is element (n, k) of the array, else element (k, n).
struct Right {
  bool quantized = false;
  Matrix dense = {nullptr, false, 0};
  Nf4 nf4 = {};
  bool by_rows = true;
  float factor = 1;
  bool round = false;
  int64_t first = 0;  // row of the array that counts as its first

  template <class P>
  void pack(int64_t n0, int columns, int64_t k0, int64_t count, typename P::Element* to) const {
    (by_rows ? n0 : k0) += first;
    if (!quantized) return pack_strip<P>(dense, by_rows, n0, columns, k0, count, kColumns, factor, round, to);
    if (by_rows) pack_nf4_rows<P>(nf4, n0, columns, k0, count, round, to);
    else pack_nf4_columns<P>(nf4, n0, columns, k0, count, round, to);
  }
};

template <class P>
struct Term {
  const Left<P>* left;
  Right right;
};

template <class Out>
inline void write_row_as(const float* sums, int64_t m, int64_t n0, int64_t columns, const Target& target) {
  Out* out = static_cast<Out*>(target.out);
  const float factor = target.row_factors == nullptr ? target.factor : target.factor * target.row_factors[m];
  if (target.transposed) {
    for (int64_t j = 0; j < columns; ++j) put(out + (n0 + j) * target.stride + m, sums[j] * factor);
    return;
  }
  Out* to = out + m * target.stride + n0;
  const float* bias = target.bias;
  int64_t j = 0;
  for (; j + kLanes <= columns; j += kLanes) {
    vf v = load(sums + j) * factor;
    if (bias != nullptr) v += load(bias + n0 + j);
    if (target.residual.data != nullptr) {
      const int64_t place = m * target.residual.stride + n0 + j;
      v += target.residual.is_bf16 ? load(static_cast<const bf16*>(target.residual.data) + place)
                                   : load(static_cast<const float*>(target.residual.data) + place);
    }
    store(to + j, v);
  }
  for (; j < columns; ++j) {
    float v = sums[j] * factor;
    if (bias != nullptr) v += bias[n0 + j];
    if (target.residual.data != nullptr) {
      const int64_t place = m * target.residual.stride + n0 + j;
      v += target.residual.is_bf16 ? to_float(static_cast<const bf16*>(target.residual.data)[place])
                                   : static_cast<const float*>(target.residual.data)[place];
    }
    put(to + j, v);
  }
}

// Row m of the target from its sums of `columns` columns from n0 on.
inline void write_row(const float* sums, int64_t m, int64_t n0, int64_t columns, const Target& target) {
  if (target.is_bf16) write_row_as<bf16>(sums, m, n0, columns, target);
  else write_row_as<float>(sums, m, n0, columns, target);
}

// How the result is dealt to the threads: a task makes `group` panels for one of `chunks` parts of the rows.
struct Deal {
  int64_t group, chunks;
};

// How evenly the threads share the work when each takes the next task as it comes: 1 where all end together. The last group may be
// narrower than the others.
inline double evenness(int64_t panels, int64_t group, int64_t chunks, int64_t workers) {
  const int64_t tasks = ceil_div(panels, group) * chunks;
  if (tasks > 16 * workers) return 1;
  std::vector<int64_t> loads(static_cast<size_t>(workers), 0);
  for (int64_t task = 0; task < tasks; ++task)
    *std::min_element(loads.begin(), loads.end()) += std::min(group, panels - task / chunks * group);
  return double(panels * chunks) / double(workers * *std::max_element(loads.begin(), loads.end()));
}

// Wide groups read B in longer runs and A fewer times; but a thread's sums have to stay in its cache, and the threads should end
// together. Each part of the rows makes the panels of B anew, which has to be little beside its products.
inline Deal deal(int64_t tiles, int64_t panels) {
  constexpr int64_t kCache = 384 << 10;    // bytes
  constexpr int64_t kLeast = 192 / kRows;  // tiles of a part
  const int64_t workers = threads();
  Deal best{1, 1};
  double most = 0;
  for (int64_t group = 4; group >= 1; --group) {
    const int64_t least = ceil_div(tiles * kRows * group * kColumns * 4, kCache);
    for (const int64_t chunks : {least, 2 * least, least * workers}) {
      if (chunks > least && tiles < chunks * kLeast && panels >= workers) continue;
      const double even = evenness(panels, group, std::min(chunks, tiles), workers);
      if (even <= most + 0.04) continue;
      most = even;
      best = {group, std::min(chunks, tiles)};
    }
  }
  return best;
}

// Room of one thread for the sums and panels of up to `group` panels past `tiles` tiles.
template <class P>
struct ProductRoom {
  static constexpr int64_t kPanel = kBlock / P::kStep * kColumns;
  ProductRoom(int64_t group, int64_t tiles) : sums(group * tiles * kRows * kColumns), panels(group * kPanel) {}
  Scratch<float> sums;
  Scratch<typename P::Element> panels;
};

// Part of a product: tiles `from` to `to` of the rows, and some panels of the columns from n0 on.
template <class P, class Ending>
void product_part(int64_t n, const std::vector<Term<P>>& terms, int64_t n0, int64_t some, int64_t from, int64_t to, ProductRoom<P>& room,
                  const Ending& ending) {
  constexpr int64_t kRun = 32;  // k's of all panels of a group made in turn, where those are columns of an array
  constexpr int64_t kPanel = ProductRoom<P>::kPanel;
  const Term<P>* final = nullptr;  // the last of any depth
  for (const Term<P>& term : terms)
    if (term.left->k() > 0) final = &term;
  const auto columns = [&](int64_t g) { return int(std::min<int64_t>(kColumns, n - n0 - g * kColumns)); };
  const int64_t sums_size = (to - from) * kRows * kColumns;
  float* sums = room.sums.data();
  typename P::Element* made = room.panels.data();
  bool first = true;
  for (const Term<P>& term : terms) {
    const Left<P>& left = *term.left;
    for (int64_t block = 0; block * kBlock < left.k(); ++block) {
      const int64_t depth = left.depth(block);
      const int64_t run = term.right.by_rows ? depth : kRun;
      for (int64_t k = 0; k < depth; k += run)
        for (int64_t g = 0; g < some; ++g)
          term.right.template pack<P>(n0 + g * kColumns, columns(g), block * kBlock + k, std::min(run, depth - k),
                                      made + g * kPanel + k / P::kStep * kColumns);
      const int64_t steps = ceil_div(depth, P::kStep);
      const bool last = &term == final && (block + 1) * kBlock >= left.k();
      for (int64_t g = 0; g < some; ++g)
        for (int64_t tile = from; tile < to; ++tile) {
          float* tile_sums = sums + g * sums_size + (tile - from) * kRows * kColumns;
          run_tile<P>(left.height(tile), left.at(tile, block), made + g * kPanel, steps, tile_sums, first);
          if (last) ending(tile_sums, tile, n0 + g * kColumns, columns(g));
        }
      first = false;
    }
  }
  if (final != nullptr) return;
  for (int64_t tile = from; tile < to; ++tile)
    for (int64_t g = 0; g < some; ++g) {
      std::fill(sums, sums + kRows * kColumns, 0.0f);
      ending(sums, tile, n0 + g * kColumns, columns(g));
    }
}

// The sums of all terms, a tile (kRows x kColumns float32s) at a time, each to `ending(sums, tile, n0, columns)` while they are in the first
// cache; it may write there. Tiles come in any order, from all threads.
template <class P, class Ending>
void product_tiles(int64_t n, const std::vector<Term<P>>& terms, const Ending& ending) {
  const int64_t tiles = terms.front().left->tiles();
  const int64_t panels = ceil_div(n, kColumns);
  if (tiles == 0 || panels == 0) return;
  const auto [group, chunks] = deal(tiles, panels);
  const int64_t tiles_a_chunk = ceil_div(tiles, chunks);
  std::vector<ProductRoom<P>> rooms;
  for (int i = 0; i < threads(); ++i) rooms.emplace_back(group, tiles_a_chunk);
  parallel_for(ceil_div(panels, group) * chunks, [&, group = group, chunks = chunks](int64_t task, int thread) {
    const int64_t n0 = task / chunks * group * kColumns, from = task % chunks * tiles_a_chunk;
    const int64_t some = std::min(group, ceil_div(n - n0, kColumns));
    product_part<P>(n, terms, n0, some, from, std::min(tiles, from + tiles_a_chunk), rooms[thread], ending);
  });
}

// An ending: writes rows of the target, which are as high as A.
template <class P>
auto written_to(const Target& target, const Left<P>& left) {
  return [target, &left](const float* sums, int64_t tile, int64_t n0, int columns) {
    for (int i = 0; i < left.height(tile); ++i) write_row(sums + i * kColumns, tile * kRows + i, n0, columns, target);
  };
}

template <class P>
void product(int64_t n, const std::vector<Term<P>>& terms, const Target& target) {
  product_tiles<P>(n, terms, written_to(target, *terms.front().left));
}

}  // namespace moslora
