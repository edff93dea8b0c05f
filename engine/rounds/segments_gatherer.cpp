#include "engine/rounds/segments_gatherer.hpp"

#include <algorithm>
#include <array>

#include "engine/base/hash.hpp"
#include "engine/profiles/features.hpp"

namespace kindred::rounds {

using learners::Segmentation;

namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint64_t kSampleSeed = 0x5e67'3e17'5a3b'1e00; // not that of partitions: of each so many

bool is_category(std::string_view feature) { return feature.starts_with(profiles::kCategoryFeature); }

} // namespace

void SegmentsGatherer::visit(const profiles::Profile& profile) {
  const profiles::PersonalizationLane& lane = profile.personalization;
  if (lane.beyond_training || (lane.events == 0 && lane.traits.empty())) return;
  const std::uint64_t hash = hash64(profile.key.user, kSampleSeed + profile.key.tenant.value);
  User user{values_.size(), 0, hash, lane.clustered.segment, lane.tastes_total > 0};
  for (const profiles::Feature& feature : profiles::features_of(lane)) {
    const auto value = Fixed::from(feature.value);
    if (!value.ok() || feature.name.size() > Segmentation::kNameMax) continue;
    const auto [name, added] = names_.try_emplace(feature.name, static_cast<std::uint32_t>(names_.size()));
    if (added) bytes_ += 2 * feature.name.size() + 64;
    values_.push_back({name->second, value.value()});
    bytes_ += sizeof(Value);
  }
  user.end = values_.size();
  users_.push_back(user);
  bytes_ += sizeof user;
}

std::vector<std::uint32_t> SegmentsGatherer::features_of(const Segmentation& model) const {
  std::vector<std::uint32_t> features;
  for (const auto& axis : model.axes) {
    const auto found = names_.find(axis.feature);
    features.push_back(found == names_.end() ? kNone : found->second);
  }
  return features;
}

bool SegmentsGatherer::begin(BytesView parameters) {
  auto pass = SegmentsPass::from(parameters);
  if (!pass) return false;
  pass_ = std::move(*pass);
  next_ = 0;
  statistic_ = {};
  statistic_.kind = pass_.kind;
  axes_ = {};
  axes_.axes = pass_.axes;
  of_axes_ = features_of(axes_);
  serving_.reset();
  nearest_.reset();
  moments_.assign(pass_.kind == SegmentsPass::Kind::kMoments ? names_.size() : 0, {});
  if (pass_.kind == SegmentsPass::Kind::kCells || pass_.kind == SegmentsPass::Kind::kSample)
    statistic_.cells.emplace(pass_.axes.size(), cells_max(pass_.kind));
  if (pass_.kind == SegmentsPass::Kind::kMeans) statistic_.means.emplace(pass_.axes.size(), pass_.centres);
  if (pass_.kind == SegmentsPass::Kind::kOverlap) {
    nearest_.emplace(pass_.axes.size(), pass_.centres);
    serving_ = Segmentation::from(pass_.serving);
    if (serving_) of_serving_ = features_of(*serving_);
  }
  return true;
}

bool SegmentsGatherer::go_on(std::size_t users) {
  for (; users > 0 && next_ < users_.size(); --users) look_at(users_[next_++]);
  return next_ == users_.size();
}

SegmentsPass::Point SegmentsGatherer::place_of(const User& user, const Segmentation& by,
                                               const std::vector<std::uint32_t>& features) const {
  std::array<std::optional<double>, Segmentation::kAxesMax> values;
  for (std::size_t i = 0; i < features.size(); ++i) {
    for (std::size_t v = user.begin; v < user.end && !values[i]; ++v)
      if (values_[v].feature == features[i]) values[i] = values_[v].value.to_double();
    if (!values[i] && user.has_categories && is_category(by.axes[i].feature)) values[i] = 0;
  }
  return by.place({values.data(), features.size()});
}

void SegmentsGatherer::look_at(const User& user) {
  ++statistic_.users;
  if (pass_.kind == SegmentsPass::Kind::kMoments) {
    statistic_.with_categories += user.has_categories ? 1 : 0;
    for (std::size_t v = user.begin; v < user.end; ++v)
      moments_[values_[v].feature].add(stats::Moments::of(values_[v].value));
    return;
  }
  if (pass_.kind == SegmentsPass::Kind::kSample && user.hash > pass_.sampled) return;
  const Point point = place_of(user, axes_, of_axes_);
  if (statistic_.cells) statistic_.cells->add(point);
  if (statistic_.means) statistic_.means->add(point);
  if (pass_.kind != SegmentsPass::Kind::kOverlap) return;
  const std::uint32_t id =
      serving_ ? serving_->assign(place_of(user, *serving_, of_serving_), user.segment).id : 0;
  ++statistic_.overlap[{id, static_cast<std::uint32_t>(nearest_->nearest(point))}];
}

Bytes SegmentsGatherer::statistic() {
  if (pass_.kind == SegmentsPass::Kind::kMoments) {
    statistic_.moments.clear();
    for (const auto& [name, feature] : names_)
      if (moments_[feature].count > 0) statistic_.moments[name] = moments_[feature];
    statistic_.keep_first();
  }
  return statistic_.canonical();
}

} // namespace kindred::rounds
