#include "engine/profiles/membership.hpp"

#include <array>

#include "engine/profiles/features.hpp"

namespace kindred::profiles {

namespace {

using learners::Segmentation;

bool has_nothing(const PersonalizationLane& lane) { return lane.events == 0 && lane.traits.empty(); }

Segmentation::Point place_of(const PersonalizationLane& lane, const Segmentation& model) {
  std::array<std::optional<double>, Segmentation::kAxesMax> values;
  for (std::size_t i = 0; i < model.axes.size(); ++i) values[i] = feature_of(lane, model.axes[i].feature);
  return model.place({values.data(), model.axes.size()});
}

void count(Membership& membership, std::string_view kind, bool counted, TenantId tenant,
           stats::FastDelta& changes) {
  if (membership.counted == counted) return;
  const ItemId scope{stats::segment_scope(kind, membership.segment).value};
  changes.add_count({tenant, stats::FastDelta::kMembers, scope}, counted ? 1 : -1);
  membership.counted = counted;
}

/// The feature that took him from one cluster to the other; empty: one of the two is not there any more.
std::string because(const Profile& profile, const TenantInputs& tenant) {
  const Membership& now = profile.personalization.clustered;
  const Segmentation& model = *tenant.segmentation;
  const auto* from = model.find(now.before);
  const auto* to = model.find(now.segment);
  if (from == nullptr || to == nullptr) return {};
  return model.axes[model.reason(place_of(profile.personalization, model), *from, *to)].feature;
}

} // namespace

std::string segment_name(std::string_view kind, std::uint32_t segment) {
  const std::string beginning = std::string(kind) + "-";
  if (kind == kRfmKind)
    return beginning + std::string(learners::name_of(static_cast<learners::Rfm::Group>(segment)));
  return beginning + std::to_string(segment);
}

std::optional<stats::RfmSums::Buyer> buyer_of(const PersonalizationLane& lane) {
  if (lane.orders.count == 0) return std::nullopt;
  return stats::RfmSums::Buyer{day_of(lane.orders.last), lane.orders.count, lane.orders.spent.to_double()};
}

Standing standing_of(const PersonalizationLane& lane, const TenantInputs& tenant) {
  Standing standing;
  if (has_nothing(lane)) return standing;
  if (tenant.segmentation)
    standing.clustered =
        tenant.segmentation->assign(place_of(lane, *tenant.segmentation), lane.clustered.segment).id;
  if (const auto buyer = tenant.rfm ? buyer_of(lane) : std::nullopt)
    standing.rfm = static_cast<std::uint32_t>(learners::group_of(tenant.rfm->score(*buyer)));
  return standing;
}

void move_to_segments(Profile& profile, const TenantInputs& tenant, Instant time, stats::FastDelta& changes,
                      Effects& effects) {
  PersonalizationLane& lane = profile.personalization;
  const Standing standing = standing_of(lane, tenant);
  const auto move = [&](Membership& membership, std::uint32_t to, std::string_view kind) {
    if (membership.segment != to) {
      count(membership, kind, false, profile.key.tenant, changes);
      membership = {to, membership.segment, time, false};
      const std::string why = kind == kClusteredKind ? because(profile, tenant) : std::string();
      const auto tell = [&](const char* what, std::uint32_t segment, const char* way, std::uint32_t other) {
        if (segment == 0) return;
        std::vector<records::Property> details{{"segment", segment_name(kind, segment)}};
        if (other != 0) details.push_back({way, segment_name(kind, other)});
        if (!why.empty()) details.push_back({"because", why});
        effects.add(what, profile.key, time, std::move(details));
      };
      tell(kSegmentLeft, membership.before, "to", to);
      tell(kSegmentEntered, to, "from", membership.before);
    }
    count(membership, kind, membership.segment != 0 && !lane.beyond_training, profile.key.tenant, changes);
  };
  if (tenant.segmentation) move(lane.clustered, standing.clustered, kClusteredKind);
  if (tenant.rfm) move(lane.rfm, standing.rfm, kRfmKind);
}

void leave_segments(Profile& profile, stats::FastDelta& changes) {
  count(profile.personalization.clustered, kClusteredKind, false, profile.key.tenant, changes);
  count(profile.personalization.rfm, kRfmKind, false, profile.key.tenant, changes);
}

} // namespace kindred::profiles
