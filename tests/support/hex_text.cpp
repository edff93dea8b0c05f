#include "tests/support/hex_text.hpp"

namespace kindred::tests {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kBytesPerLine = 16;

} // namespace

Bytes bytes_of_hex_text(std::string_view text) {
  Bytes bytes;
  int high = -1;
  bool remark = false;
  for (const char c : text) {
    if (c == '#') remark = true;
    if (c == '\n') remark = false;
    if (remark || c == ' ' || c == '\n' || c == '\r') continue;
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) return {};
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      bytes.push_back(static_cast<char>(high << 4 | static_cast<int>(digit)));
      high = -1;
    }
  }
  return high < 0 ? bytes : Bytes{};
}

std::string hex_text_of(BytesView bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
    const bool last = i + 1 == bytes.size();
    text += last || i % kBytesPerLine == kBytesPerLine - 1 ? '\n' : ' ';
    if (!last && i % kBytesPerLine == 7) text += ' ';
  }
  return text;
}

} // namespace kindred::tests
