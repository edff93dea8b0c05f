#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/rounds/learner.hpp"
#include "engine/rounds/segments_pass.hpp"

namespace kindred::rounds {

/// The half of `segments` in a partition: the features (profiles/features.hpp) of all users whose personalization lane may
/// train models, rounded to 2^-20 each, and the segment that each was in.
///
/// Passes depend on parameters, so each is a full one over what was gathered. Cost of a pass: users × axes, × centres.
class SegmentsGatherer final : public Gatherer {
public:
  void visit(const profiles::Profile& profile) override;
  std::size_t bytes() const override { return bytes_; }
  bool begin(BytesView parameters) override;
  bool go_on(std::size_t users) override;
  Bytes statistic() override;

private:
  struct Value {
    std::uint32_t feature = 0; ///< in names_
    Fixed value;
  };
  struct User {
    std::size_t begin = 0, end = 0; ///< in values_
    std::uint64_t hash = 0;         ///< keyed; says whether he is in a sample
    std::uint32_t segment = 0;
    bool has_categories = false;
  };
  using Point = SegmentsPass::Point;
  void look_at(const User& user);
  Point place_of(const User& user, const learners::Segmentation& by,
                 const std::vector<std::uint32_t>& features) const;
  std::vector<std::uint32_t> features_of(const learners::Segmentation& model) const;

  std::map<std::string, std::uint32_t, std::less<>> names_;
  std::vector<Value> values_;
  std::vector<User> users_;
  std::size_t bytes_ = 0;
  SegmentsPass pass_;
  learners::Segmentation axes_;                     ///< of the pass
  std::optional<learners::Segmentation> serving_;   ///< kOverlap
  std::vector<std::uint32_t> of_axes_, of_serving_; ///< feature by axis; kNone: nobody has it
  std::optional<stats::KMeansSums> nearest_;        ///< kOverlap: which centre is
  std::vector<stats::Moments> moments_;             ///< kMoments, by feature
  SegmentsStatistic statistic_;
  std::size_t next_ = 0; ///< of users_, in the pass
};

} // namespace kindred::rounds
