#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace kindred::learners {

/// A block of floats that begins at a cache line; not initialized. Value to move, one owner.
class AlignedFloats {
public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::size_t count)
      : floats_(static_cast<float*>(::operator new(count * sizeof(float), kLine))), count_(count) {}

  float* data() const { return floats_.get(); }
  std::size_t size() const { return count_; }
  /// Makes it hold at least so many; what was in it is lost where it grows.
  void at_least(std::size_t count) {
    if (count_ < count) *this = AlignedFloats(count);
  }

private:
  static constexpr std::align_val_t kLine{64};
  struct Free {
    void operator()(float* floats) const { ::operator delete(floats, kLine); }
  };
  std::unique_ptr<float, Free> floats_;
  std::size_t count_ = 0;
};

} // namespace kindred::learners
