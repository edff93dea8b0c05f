#pragma once

namespace kindred {

/// One callable of several, for std::visit: Overload{[](A) { … }, [](const auto&) { … }}.
template <class... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overload(Ts...) -> Overload<Ts...>; // clang 14, which builds the fuzz targets, needs it said

} // namespace kindred
