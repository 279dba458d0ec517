// Products of an adapter's width: (N, R) from (N, K), and from that another one past the mixer. A thread takes some rows all the way and
// packs them for the products that follow, so that what is made of them stays in its caches.
#pragma once
#include "members.h"

namespace moslora {

// (N, R) in memory, and as a factor: by its rows and, where `turned`, by its columns.
template <class P>
struct Narrow {
  Narrow(void* data, bool round, int64_t n, int64_t rank, bool turned)
      : data(data), round(round), rank(rank), rows(n, rank), columns(turned ? rank : 0, turned ? n : 0) {}

  Matrix matrix() const { return {data, round, rank}; }
  Target target() const { return {data, round, rank}; }

  // Packs some tiles of rows.
  void pack(int64_t from, int64_t to) {
    rows.pack_tiles(matrix(), true, from, to, 0, rank, 1, round);
    columns.pack_tiles(matrix(), false, 0, columns.tiles(), from * kRows, std::min(to * kRows, columns.k()), 1, round);
  }

  void* data;
  bool round;
  int64_t rank;
  Left<P> rows, columns;
};

// to = left B, past all columns of `to`, for some tiles of the rows.
template <class P>
void narrow_part(const Left<P>& left, const Right& right, int64_t from, int64_t to, ProductRoom<P>& room, int64_t group, Narrow<P>& narrow) {
  const int64_t panels = ceil_div(narrow.rank, kColumns);
  for (int64_t panel = 0; panel < panels; panel += group)
    product_part<P>(narrow.rank, {{&left, right}}, panel * kColumns, std::min(group, panels - panel), from, to, room,
                    written_to(narrow.target(), left));
  narrow.pack(from, to);
}

// first = left `down` and, where there is a mixer, second = first `mixer`.
template <class P>
void narrow(const Left<P>& left, const Right& down, Narrow<P>& first, const Right* mixer = nullptr, Narrow<P>* second = nullptr) {
  constexpr int64_t kMostTiles = 64;  // whose sums stay in a thread's cache
  const int64_t tiles = left.tiles(), group = std::min<int64_t>(4, ceil_div(first.rank, kColumns));
  if (tiles == 0) return;
  const int64_t parts = ceil_div(tiles, kMostTiles * threads()) * threads();
  const int64_t some = ceil_div(tiles, parts);
  parallel_for(parts, [&](int64_t part, int) {
    const int64_t from = part * some, to = std::min(tiles, from + some);
    if (from >= to) return;
    ProductRoom<P> room(group, some);
    narrow_part(left, down, from, to, room, group, first);
    if (mixer != nullptr) narrow_part(first.rows, *mixer, from, to, room, group, *second);
  });
}

}  // namespace moslora
