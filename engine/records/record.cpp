#include "engine/records/record.hpp"

namespace kindred::records {

std::string_view user_of(const Body& body) {
  return std::visit(
      [](const auto& value) -> std::string_view {
        if constexpr (requires { value.user_id; }) {
          return value.user_id;
        } else {
          return {};
        }
      },
      body);
}

} // namespace kindred::records
