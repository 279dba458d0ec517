#pragma once
#include "cuda/launch.h"
#include "shared/geometry.h"

namespace moslora {

// All of an attention on the device: y (B T, H K) in the type of the heads, and lse (B, H, T).
void attend(Gpu& gpu, const Attention& a, void* y, float* lse);

}  // namespace moslora
