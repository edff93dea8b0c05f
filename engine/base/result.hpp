#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace kindred {

/// A value, or the reason why there is none.
///
/// `Code` is the closed error list of the module that answers: callers can switch over it without a default.
/// For what the world does wrong (input, disk, peers). What we do wrong is an assertion.
template <class T, class Code>
class [[nodiscard]] Result {
public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Code code) : held_(std::in_place_index<1>, std::move(code)) {}
  /// A default value made in its place, to be filled through `value()`; for values that are dear to move.
  explicit Result(std::in_place_t) : held_(std::in_place_index<0>) {}

  bool ok() const { return held_.index() == 0; }

  /// Requires: ok().
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&held_);
  }
  T& value() & {
    assert(ok());
    return *std::get_if<0>(&held_);
  }
  /// Moves the value out. Requires: ok().
  T take() {
    assert(ok());
    return std::move(*std::get_if<0>(&held_));
  }

  /// Requires: !ok().
  const Code& error() const {
    assert(!ok());
    return *std::get_if<1>(&held_);
  }

private:
  std::variant<T, Code> held_;
};

/// The value of a call that succeeds without one.
struct Done {
  friend bool operator==(Done, Done) = default;
};

} // namespace kindred
