#pragma once

#include <array>
#include <string>
#include <vector>

#include "engine/decisions/decide.hpp"

namespace kindred::decisions {

inline constexpr std::size_t kReasonsMax = 3; ///< per item

/// score × 256, rounded to the nearest (halves up), clamped to 32 bits: how records keep scores.
std::int32_t quantized_q8(float score);

/// Says in words why an item was chosen, from the same evidence that scored it. References are good during `decide`.
class Words {
public:
  Words(const Question& question, const records::Context& context, const Evidence& evidence)
      : question_(question), context_(context), evidence_(evidence) {}

  /// One sentence per source that added to the score, strongest first, at most kReasonsMax; before them, that chance
  /// chose it, if it did. Never empty: without evidence it says so.
  std::vector<std::string> reasons(const catalog::Entry& entry, const std::array<float, kSourceCount>& each,
                                   bool explored) const;

private:
  std::string sentence(Source source, const catalog::Entry& entry) const;
  std::string affinity(const catalog::Entry& entry) const;
  std::string neighbour(Source source, const catalog::Entry& entry) const;
  std::string item_item(const catalog::Entry& entry) const;

  const Question& question_;
  const records::Context& context_;
  const Evidence& evidence_;
};

/// "3 minutes", "1 day": the largest whole unit; "moments" below a minute.
std::string span_in_words(Duration span);
/// What people call the item: its title, else its id.
std::string_view name_of(const catalog::Entry& entry);

} // namespace kindred::decisions
