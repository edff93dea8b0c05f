#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/records/library.hpp"

namespace kindred::decisions {

/// Where a candidate can come from. Order = order of Answer::sources and of every sum; only appended to.
enum class Source : std::uint8_t {
  kTrending1h,      ///< decayed marks, half-life 1 h, everybody
  kTrending1d,      ///< half-life 1 d
  kTrending7d,      ///< half-life 7 d
  kTrendingCountry, ///< half-life 1 d, users in the context's country
  kTrendingDevice,  ///< half-life 1 d, users of the context's device class
  kNewest,          ///< time since publication
  kSuccessors,      ///< what came right after the last items of the running session
  kCoOccurrence,    ///< what the users of the newest items of the history use, too
  kAffinity,        ///< shares category, brand, publisher … with the newest history
  kBuyAgain,        ///< was bought by this user
};
inline constexpr std::size_t kSourceCount = 10;
inline constexpr std::size_t kTrendCount = 5; ///< the first five are trends

constexpr std::size_t index_of(Source source) { return static_cast<std::size_t>(source); }
/// The name in placements, answers and records: "trending1h", "buyAgain", ...
std::string_view name_of(Source source);
/// None: no source has this name (placements with such a name are refused where they are set, and skipped here).
std::optional<Source> source_of(std::string_view name);
/// Whether it reads the user's profile, hence needs consent for personalization.
constexpr bool is_personal(Source source) { return source >= Source::kSuccessors; }

/// A weight per source; score of an item = Σ weight · source score, source scores as written in score.hpp.
/// Trends count less while a session runs (`beside_session`).
struct Blend {
  std::array<float, kSourceCount> weights{};
  float weight(Source source) const { return weights[index_of(source)]; }
  friend bool operator==(const Blend&, const Blend&) = default;
};

/// The written prior: fixed weights, found once by a conditional logit over two public event streams together and then
/// rounded; where they come from and what was rejected: docs/decisions/0009_one_written_blend.md.
Blend default_blend();
/// What the placement says: its named sources only, or the default where it names none.
Blend blend_of(const records::Placement& placement);
/// 1 ÷ (1 + items of the session): what is left of the crowd's say.
float trend_share(std::size_t session_items);
/// The more the running session tells, the less the crowd: weights of trends × trend_share.
/// `session_items` is at most kSessionItems (evidence.hpp).
Blend beside_session(Blend blend, std::size_t session_items);
/// The same without personal sources.
Blend impersonal(Blend blend);

} // namespace kindred::decisions
