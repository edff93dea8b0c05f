#pragma once

#include "nodes/kindredctl/demo/arm.hpp"

namespace kindred::demo {

// What Kindred is compared with. None fails. All rank every live item that the filter leaves.

/// Lists drawn by chance: what position bias and the items themselves give without any ranking.
class ChanceArm : public Arm {
public:
  explicit ChanceArm(const World& world) : world_(world) {}
  std::string name() const override { return "chance"; }
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                   const Shoppers& shoppers, std::vector<List>& lists) override;
  std::optional<Failure> learn(std::span<const ShopEvent>, const Moment&) override { return std::nullopt; }

private:
  const World& world_;
};

/// Knows every taste, budget and fatigue, and not the luck of the moment: ranks by World::utility, which is the best
/// that can be done for the next click.
class OracleArm : public Arm {
public:
  explicit OracleArm(const World& world) : world_(world) {}
  std::string name() const override { return "oracle"; }
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                   const Shoppers& shoppers, std::vector<List>& lists) override;
  std::optional<Failure> learn(std::span<const ShopEvent>, const Moment&) override { return std::nullopt; }

private:
  const World& world_;
};

/// Decayed popularity: every view, click and purchase counts 1 for its item and halves every `half_life_hours`
/// (0: never). Newest item first among equals.
class PopularityArm : public Arm {
public:
  PopularityArm(const World& world, double half_life_hours);
  std::string name() const override;
  std::optional<Failure> recommend(std::span<const Visit> visits, const Moment& moment,
                                   const Shoppers& shoppers, std::vector<List>& lists) override;
  std::optional<Failure> learn(std::span<const ShopEvent> events, const Moment& moment) override;

private:
  const World& world_;
  double half_life_hours_;
  /// log2 of the sum of 2^((t - start) / half-life) per item: grows for ever and needs no decaying; -inf: never met.
  std::vector<double> log_weight_;
};

/// Those that run beside each other; the best one is named with hindsight.
inline constexpr double kHalfLivesHours[] = {0.25, 0.5, 1, 3, 6, 12, 24, 48, 96, 168, 0};

} // namespace kindred::demo
