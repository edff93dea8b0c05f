#pragma once

#include <cstdint>
#include <vector>

#include "engine/catalog/library.hpp"
#include "engine/decisions/attribute_counts.hpp"
#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/profiles/profile.hpp"
#include "engine/stats/fast_delta.hpp"

namespace kindred::decisions {

inline constexpr std::size_t kSessionItems = 5;     ///< of the running session, that successors are asked of
inline constexpr std::size_t kRecentItems = 10;     ///< of the history, that co-occurrence is asked of
inline constexpr std::size_t kAffinityEvents = 128; ///< newest events whose items count for affinity

/// An item that was bought, and how often.
struct Bought {
  std::uint32_t ordinal = 0;
  std::uint32_t purchases = 0;
};

/// What personal sources know of the user at one moment. Filled by `gather`; buffers are reused.
struct Evidence {
  std::vector<ItemId> session; ///< distinct items of the session that runs now, newest first, ≤ kSessionItems
  std::vector<ItemId> recent; ///< distinct items, newest first, ≤ kRecentItems
  std::vector<ItemId> seeds;  ///< the same, ≤ learners::ItemNeighbours::kSeedsMax
  std::vector<Bought> bought; ///< by item id
  AttributeCounts attributes; ///< of the distinct items of the newest kAffinityEvents events
  stats::ScopeId segment;     ///< whose trends are his, too; 0: he is in none
  void clear();
};

/// Whether an event of this kind speaks for its item: not hide, removal from the cart, refund, errors, messages sent,
/// unsubscribing or leaving.
bool speaks_for_item(records::EventType type);

/// Whether two events of one user, `earlier` not after `later`, belong to one session: told ids decide where both are
/// told, else a gap of at most profiles::kSessionGap.
bool same_session(const profiles::HistoryEvent& earlier, const profiles::HistoryEvent& later);

/// Reads the profile's personalization lane as of a time. A session runs if its last event is at most
/// profiles::kSessionGap ago. Requires: consent for personalization holds. Cost: O(kAffinityEvents + items of the user).
void gather(const profiles::Profile& profile, const catalog::Catalog& catalog, Instant as_of, Evidence& into);

} // namespace kindred::decisions
