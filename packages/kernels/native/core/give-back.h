#pragma once

namespace moslora {

// Gives back the pages of TensorFlow's libraries that only loading them touched, some 250 MB; what is needed again comes back from the
// file by itself. Only mappings that were never written to are dropped. Linux only.
void give_back_code();

// Large blocks of malloc become mappings of their own, which go back to the system when they are freed, instead of leaving holes between what
// stays. glibc only.
void give_back_large_blocks();

}  // namespace moslora
