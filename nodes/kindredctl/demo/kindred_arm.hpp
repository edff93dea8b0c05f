#pragma once

#include <unordered_map>

#include "nodes/kindredctl/demo/arm.hpp"
#include "nodes/kindredctl/demo/exchange.hpp"

namespace kindred::demo {

/// Kindred itself, asked over the wire like any shop would: the catalog is told as items come and go, a step is one
/// envelope of decides and one of tracks and exposures, later requests carry the positions of the earlier ones. It is
/// told nothing that a shop does not know: no taste, no budget, no trait.
class KindredArm : public Arm {
public:
  struct Settings {
    std::uint64_t seed = 1;   ///< part of message and request ids, so that no two runs share one
    bool events_clock = true; ///< the server follows the events' times; else no times are sent
  };

  /// `world` and `conversation` must outlive it.
  KindredArm(const World& world, Conversation& conversation, Settings settings);

  /// Sets the placement "demo": filter neverSeen, default blend, no exploration.
  std::optional<Failure> prepare();

  std::string name() const override { return "Kindred"; }
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                   const Shoppers& shoppers, std::vector<List>& lists) override;
  std::optional<Failure> learn(std::span<const ShopEvent> events, const Moment& moment) override;

  /// The last decision of which something was opened; none before the first click.
  struct Clicked {
    api::Decision decision;
    UserIndex user = 0;
    ItemIndex item = 0;
    Step step = 0;
  };
  const std::optional<Clicked>& last_clicked() const { return last_clicked_; }

  /// The explanation of that decision, as the server words it. Empty before the first click.
  Result<std::vector<std::string>, Failure> explain_last_clicked();

  /// By user: the clustered segment that the server has him in; empty: none, or it does not know him.
  Result<std::vector<std::string>, Failure> segments();

  /// Asks `count` lists one by one, for shoppers of the last day, to time single decisions. Teaches nothing.
  std::optional<Failure> time_single_decides(std::uint32_t count);

private:
  std::optional<Failure> tell_catalog(Step step);
  api::Query item_query(ItemIndex item, bool removed) const;
  api::Decide decide_query(UserIndex user, Step step, const std::string& request_id) const;
  api::Query track_query(const ShopEvent& event, Step step) const;
  api::Query exposure_query(const ShopEvent& event) const;
  List items_of(const api::Decision& decision) const;
  records::Context context_of(UserIndex user) const;
  Instant instant(std::int64_t time_us) const {
    return settings_.events_clock ? Instant{time_us} : Instant{};
  }

  const World& world_;
  Conversation& conversation_;
  const Settings settings_;
  std::unordered_map<std::string, ItemIndex> index_of_;
  std::vector<std::pair<Step, ItemIndex>> retirements_; ///< by step
  std::size_t published_ = 0;                           ///< items told
  std::size_t retired_ = 0;                             ///< retirements told
  std::vector<Visit> visits_;                           ///< of the current step
  std::vector<api::Decision> decisions_;                ///< of the current step, by visit
  std::optional<Clicked> last_clicked_;
};

} // namespace kindred::demo
