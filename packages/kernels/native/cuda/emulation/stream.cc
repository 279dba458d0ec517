// An emulated op computes before it returns: there is no stream.
#include "cuda/stream.h"

namespace moslora {

StreamOrder::StreamOrder(TF_OpKernelContext*) {}
StreamOrder::~StreamOrder() = default;

}  // namespace moslora
