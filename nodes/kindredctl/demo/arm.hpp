#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nodes/kindredctl/demo/failure.hpp"
#include "nodes/kindredctl/demo/shoppers.hpp"

namespace kindred::demo {

/// A request for one list.
struct Visit {
  UserIndex user = 0;
};

using List = std::vector<ItemIndex>; ///< best first

/// One way to recommend, living in its own copy of the world and learning only from what happens there.
/// Owned by one run; not thread-safe.
class Arm {
public:
  virtual ~Arm() = default;

  virtual std::string name() const = 0;

  /// One list for each visit, in their order, of at most `list_length` live items that `shoppers` may be shown
  /// (Shoppers::may_be_shown). All visits of a step are asked at once, before anything happens in it.
  virtual std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                           const Shoppers& shoppers, std::vector<List>& lists) = 0;

  /// What happened in the step, by time. `list` of an event counts the visits of the same step.
  virtual std::optional<Failure> learn(std::span<const ShopEvent> events, const Moment& moment) = 0;
};

} // namespace kindred::demo
