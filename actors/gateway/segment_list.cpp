#include "actors/gateway/segment_list.hpp"

#include <cmath>

#include "engine/learners/segmentation/rfm.hpp"
#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/profiles/membership.hpp"

namespace kindred::actors::gateway {

namespace {

using learners::Rfm;
using learners::Segmentation;

const Bytes* parameters_of(const fast_models::Lines& lines, TenantId tenant, std::string_view model) {
  const auto line = lines.find({tenant, std::string(model)});
  return line == lines.end() || !line->second->champion ? nullptr
                                                        : &line->second->champion->model->parameters;
}

ListedSegment listed(std::string_view kind, std::uint32_t id, std::string name) {
  ListedSegment one;
  one.info.id = profiles::segment_name(kind, id);
  one.info.name = std::move(name);
  one.info.kind = kind;
  one.scope = stats::segment_scope(kind, id);
  return one;
}

std::vector<std::string> came_from(const Segmentation& model, std::uint32_t id) {
  std::vector<std::string> from;
  for (const auto& split : model.splits)
    for (const std::uint32_t into : split.into)
      if (into == id && split.from != id)
        from.push_back(profiles::segment_name(profiles::kClusteredKind, split.from));
  for (const auto& merge : model.merges)
    if (merge.into == id)
      for (const std::uint32_t one : merge.from)
        from.push_back(profiles::segment_name(profiles::kClusteredKind, one));
  return from;
}

void list(const Segmentation& model, std::vector<ListedSegment>& all) {
  constexpr double kOnGrid = 1 << stats::LatticeCells::kFractionBits;
  for (const auto& segment : model.segments) {
    ListedSegment one = listed(profiles::kClusteredKind, segment.id, segment.name);
    for (std::size_t i = 0; i < model.axes.size(); ++i)
      one.info.features.push_back(
          {model.axes[i].feature, model.axes[i].mean + segment.centre[i] / kOnGrid * model.axes[i].scale});
    one.info.came_from = came_from(model, segment.id);
    all.push_back(std::move(one));
  }
}

} // namespace

std::vector<ListedSegment> segments_of(const fast_models::Lines& lines, TenantId tenant) {
  std::vector<ListedSegment> all;
  if (const Bytes* bytes = parameters_of(lines, tenant, profiles::kAdoptSegmentation))
    if (const auto model = Segmentation::from(*bytes)) list(*model, all);
  if (parameters_of(lines, tenant, profiles::kAdoptRfm) == nullptr) return all;
  for (auto group = std::uint32_t{1}; group <= static_cast<std::uint32_t>(Rfm::Group::kLost); ++group)
    all.push_back(listed(profiles::kRfmKind, group, std::string(name_of(static_cast<Rfm::Group>(group)))));
  return all;
}

} // namespace kindred::actors::gateway
