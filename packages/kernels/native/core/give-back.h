#pragma once

namespace moslora {

// Gives back the pages of the program and its libraries that only starting them touched, some 250 MB of TensorFlow's; what is needed again
// comes back from the file by itself. Only mappings that were never written to are dropped. Linux only.
void give_back_code();

// Large blocks of malloc become mappings of their own, which go back to the system when they are freed, instead of leaving holes between what
// stays. glibc only.
void give_back_large_blocks();

// What malloc holds free, also between blocks in use. glibc only.
void give_back_free();

}  // namespace moslora
