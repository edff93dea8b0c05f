#include "engine/learners/segmentation/rfm.hpp"

#include <bit>
#include <cassert>
#include <cmath>

namespace kindred::learners {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::array kShares{0.2, 0.4, 0.6, 0.8};

/// The day up to which a share of all had their last order.
std::int32_t day_quantile(const stats::Counts& days, double share) {
  const double wanted = share * static_cast<double>(days.total());
  std::int64_t below = 0;
  for (const auto& entry : days.entries()) { // by day
    below += entry.amount;
    if (static_cast<double>(below) >= wanted) return stats::RfmSums::day_of(entry.key);
  }
  return INT32_MAX;
}

template <class Value, class Borders>
std::uint8_t fifth(Value value, const Borders& borders) {
  std::uint8_t score = 1;
  for (const auto border : borders) score = static_cast<std::uint8_t>(score + (value > border ? 1 : 0));
  return score;
}

} // namespace

std::optional<Rfm> Rfm::solve(const stats::RfmSums& sums) {
  if (sums.buyers() <= 0) return std::nullopt;
  Rfm model;
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    model.day_borders[i] = day_quantile(sums.last_days, kShares[i]);
    model.order_borders[i] = *sums.orders.quantile(kShares[i]);
    model.spent_borders[i] = *sums.spent.quantile(kShares[i]);
  }
  return model;
}

Rfm::Score Rfm::score(const stats::RfmSums::Buyer& buyer) const {
  return {fifth(buyer.last_day, day_borders), fifth(static_cast<double>(buyer.orders), order_borders),
          fifth(buyer.spent, spent_borders)};
}

Bytes Rfm::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  for (const std::int32_t border : day_borders) out.i32(border);
  for (const double border : order_borders) out.u64(std::bit_cast<std::uint64_t>(border));
  for (const double border : spent_borders) out.u64(std::bit_cast<std::uint64_t>(border));
  return out.take();
}

std::optional<Rfm> Rfm::from(BytesView canonical) {
  ByteReader in(canonical);
  const bool known = in.u8() == kVersion;
  Rfm model;
  for (std::int32_t& border : model.day_borders) border = in.i32();
  for (double& border : model.order_borders) border = std::bit_cast<double>(in.u64());
  for (double& border : model.spent_borders) border = std::bit_cast<double>(in.u64());
  const auto ascend = [](const auto& borders) {
    for (std::size_t i = 1; i < borders.size(); ++i)
      if (!(borders[i - 1] <= borders[i])) return false; // nor a NaN
    return std::isfinite(static_cast<double>(borders.front())) &&
           std::isfinite(static_cast<double>(borders.back()));
  };
  const bool sound = ascend(model.day_borders) && ascend(model.order_borders) && ascend(model.spent_borders);
  if (!known || !in.ok() || !in.at_end() || !sound) return std::nullopt;
  return model;
}

Rfm::Group group_of(Rfm::Score score) {
  using Group = Rfm::Group;
  assert(score.recency >= 1 && score.recency <= 5 && score.frequency >= 1 && score.frequency <= 5 &&
         score.monetary >= 1 && score.monetary <= 5);
  constexpr std::array kNewest{Group::kNew, Group::kPotentialLoyalists, Group::kLoyal, Group::kChampions,
                               Group::kChampions};
  constexpr std::array kRecent{Group::kPromising, Group::kPotentialLoyalists, Group::kLoyal,
                               Group::kChampions, Group::kChampions};
  constexpr std::array kMiddle{Group::kPromising, Group::kAboutToSleep, Group::kNeedAttention, Group::kLoyal,
                               Group::kLoyal};
  constexpr std::array kOld{Group::kHibernating, Group::kAboutToSleep, Group::kAtRisk, Group::kAtRisk,
                            Group::kAtRisk};
  constexpr std::array kOldest{Group::kLost, Group::kHibernating, Group::kAtRisk, Group::kCannotLose,
                               Group::kCannotLose};
  constexpr std::array kByRecency{kOldest, kOld, kMiddle, kRecent, kNewest};
  const std::size_t worth = (score.frequency + score.monetary + 1U) / 2; // 1 … 5, halves up
  return kByRecency[score.recency - 1U][worth - 1];
}

std::string_view name_of(Rfm::Group group) {
  switch (group) {
  case Rfm::Group::kChampions: return "champions";
  case Rfm::Group::kLoyal: return "loyal";
  case Rfm::Group::kPotentialLoyalists: return "potentialLoyalists";
  case Rfm::Group::kNew: return "new";
  case Rfm::Group::kPromising: return "promising";
  case Rfm::Group::kNeedAttention: return "needAttention";
  case Rfm::Group::kAboutToSleep: return "aboutToSleep";
  case Rfm::Group::kAtRisk: return "atRisk";
  case Rfm::Group::kCannotLose: return "cannotLose";
  case Rfm::Group::kHibernating: return "hibernating";
  case Rfm::Group::kLost: return "lost";
  }
  return "unknown";
}

} // namespace kindred::learners
