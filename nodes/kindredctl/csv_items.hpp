#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/json/read_item.hpp"

namespace kindred::ctl {

/// How cells become attributes, where the file cannot say it.
struct CsvTyping {
  std::vector<std::string> text;           ///< columns kept as text whatever they hold
  std::map<std::string, std::string> list; ///< column -> what parts its elements
};

/// What the columns of a CSV mean, from its header, and the items that its rows say. Immutable, any thread.
///
/// item, title, price, currency, available, published and removed (in any case) mean what they mean in JSON; there is one
/// way from text to an item, so a row becomes the JSON object that it stands for. `error` is passed over. Every other
/// column is an attribute by its name. A cell that is empty is not told. A cell that JSON would read as a number, true or
/// false is that; all others are text, and so are the cells of category, brand and publisher, which affinity matches.
/// `available` and `removed` may be 1 and 0, too; `published` is milliseconds since 1970 where it is a whole number.
class CsvItems {
public:
  /// Refused: no column `item`, a name twice or none, names that are not UTF-8, a typed column that is not there.
  static Result<CsvItems, json::FieldError> of(const std::vector<std::string>& header,
                                               const CsvTyping& typing);

  /// The field of an error is the column's name. The cells of a row that has more or less than the header are guesswork:
  /// it is refused.
  Result<records::Item, json::FieldError> item_of(const std::vector<std::string>& cells) const;

  std::size_t columns() const { return columns_.size(); }
  /// The last column is `error`.
  bool error_is_last() const { return columns_.back().kind == Kind::kIgnored; }

private:
  enum class Kind : std::uint8_t { kText, kFlag, kTime, kIgnored, kTypedAttribute, kTextAttribute, kList };
  struct Column {
    std::string name;
    Kind kind = Kind::kTypedAttribute;
    std::string parted_by; ///< kList
  };
  static Column column_of(std::string_view name, const CsvTyping& typing);

  std::vector<Column> columns_;
};

} // namespace kindred::ctl
