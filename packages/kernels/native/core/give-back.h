#pragma once

namespace moslora {

// Gives back the pages of TensorFlow's libraries that only loading them touched, some 250 MB; what is needed again comes back from the
// file by itself. Only mappings that were never written to are dropped. Linux only.
void give_back_code();

}  // namespace moslora
