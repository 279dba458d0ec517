// Aligned memory for the time of one op.
#pragma once
#include <cstddef>

namespace moslora {

// At least `bytes` of memory at a multiple of 64; throws std::bad_alloc.
void* take_scratch(size_t bytes);
void give_scratch(void* memory, size_t bytes);

template <class T>
class Scratch {
 public:
  explicit Scratch(size_t count) : bytes_(count * sizeof(T)), data_(static_cast<T*>(take_scratch(bytes_))) {}
  Scratch(Scratch&& other) noexcept : bytes_(other.bytes_), data_(other.data_) { other.data_ = nullptr; }
  Scratch(const Scratch&) = delete;
  ~Scratch() {
    if (data_ != nullptr) give_scratch(data_, bytes_);
  }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  size_t bytes_;
  T* data_;
};

}  // namespace moslora
