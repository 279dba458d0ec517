// Products of few rows (generation): the packed weight is read once, in order, and multiplied as it is unpacked, by a warp for each output.
#pragma once
#include "cuda/launch.h"
#include "cuda/operands.h"

namespace moslora {

bool few_rows_fit(const Array& x, int64_t rows, const Factor& weight);

// sums (rows, outputs) = x Wᵀ, x (rows, columns of W) in bfloat16.
void few_rows(Gpu& gpu, const Array& x, int64_t rows, const Nf4Weight& weight, int64_t outputs, float* sums);

}  // namespace moslora
