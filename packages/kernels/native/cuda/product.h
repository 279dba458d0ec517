// out (M, N) = sum over terms of A (M, K) B (K, N) on the device. A block has a tile of 128 x 128 of the result. Panels of A and B, 128 by some
// k's, go by in shared memory, two of each, so that the next ones are read while these are multiplied; values are rounded, and NF4
// unpacked, on their way there: no other copy of a factor ever exists. A result of few tiles is dealt to several blocks along k as well,
// whose sums are added up in order.
#pragma once
#include "cuda/launch.h"
#include "cuda/operands.h"

namespace moslora {

// The left factors lie all along k or all across it, and so do the right ones. At most kMostTerms terms; a Refusal names a larger number.
void product(Gpu& gpu, Precision precision, int64_t m, int64_t n, const std::vector<Term>& terms, const Target& target);

// The sums of `parts` results (parts, M, N), in order, to the target.
void write_sums(Gpu& gpu, const float* sums, int64_t parts, int64_t m, int64_t n, const Target& target);

}  // namespace moslora
