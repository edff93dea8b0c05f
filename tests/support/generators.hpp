#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <rapidcheck.h>

#include "engine/base/random.hpp"
#include "engine/records/record.hpp"
#include "schemas/api.hpp"

namespace kindred::tests {

/// Any valid value of the contracts, from a seed: every field now told, now not; texts with characters of one to four
/// bytes; numbers at their borders as often as in the middle. Same seed and size, same values.
/// `size` bounds lists and texts: 0 gives the barest values, 8 rich ones. Users and items come from small sets, so that
/// values meet each other. Single owner; used in one thread.
class AnyValue {
public:
  explicit AnyValue(std::uint64_t seed, unsigned size = 4) : random_(seed), size_(size) {}

  template <class T>
  T make() {
    T value;
    fill(value);
    return value;
  }

  /// A body of the alternative `index` of records::Body, with the header that belongs to it.
  records::Record record(std::size_t index);
  records::Record record() { return record(below(std::variant_size_v<records::Body>)); }
  api::Query query(std::size_t index);
  api::AnswerBody answer_body(std::size_t index);

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool chance(unsigned percent) { return below(100) < percent; }
  Random& random() { return random_; }
  /// "u0".."u7" and "i0".."i31".
  std::string user() { return "u" + std::to_string(below(8)); }
  std::string item() { return "i" + std::to_string(below(32)); }

  void fill(bool& value) { value = chance(50); }
  void fill(std::uint8_t& value) { value = static_cast<std::uint8_t>(number(8)); }
  void fill(std::uint16_t& value) { value = static_cast<std::uint16_t>(number(16)); }
  void fill(std::int16_t& value) { value = static_cast<std::int16_t>(below(1681)) - 840; }
  void fill(std::uint32_t& value) { value = static_cast<std::uint32_t>(number(32)); }
  void fill(std::int32_t& value) { value = static_cast<std::int32_t>(number(32)); }
  void fill(std::uint64_t& value) { value = number(64); }
  void fill(std::int64_t& value);
  void fill(double& value);
  void fill(std::string& value);
  void fill(Instant& value) { fill(value.us); }
  void fill(Duration& value) { fill(value.us); }
  void fill(Fixed& value);
  void fill(Money& value);
  void fill(Id128& value);
  template <class Tag, class Int>
  void fill(Id<Tag, Int>& value) {
    fill(value.value);
  }
  template <class T>
  void fill(std::optional<T>& value) {
    if (chance(50)) fill(value.emplace());
  }
  template <class T>
  void fill(std::vector<T>& value) {
    value.resize(below(size_ + 1));
    for (T& one : value) fill(one);
  }
  template <class A, class B>
  void fill(std::pair<A, B>& value) {
    fill_all(value.first, value.second);
  }
  template <class... T>
  void fill_all(T&... values) {
    (fill(values), ...);
  }

  void fill(records::Place& value);
  void fill(records::Property& value);
  void fill(records::Context& value);
  void fill(records::Purposes& value) { fill(value.bits); }
  void fill(records::OrderLine& value);
  void fill(records::ItemFacts& value);
  void fill(records::Stream& value);
  void fill(records::Authorship& value) { fill_all(value.writer, value.epoch, value.sequence); }
  void fill(records::Position& value);
  void fill(records::TraceParent& value) { fill_all(value.trace, value.span, value.flags); }
  void fill(records::RecordHeader& value);

  void fill(records::Unknown& value) { fill(value.bytes); }
  void fill(records::Event& value);
  void fill(records::ProfileUpdate& value);
  void fill(records::Consent& value);
  void fill(records::Erase& value);
  void fill(records::Decided& value);
  void fill(records::Shown& value) {
    fill_all(value.item, value.source, value.explored, value.propensity_q24);
  }
  void fill(records::Exposed& value);
  void fill(records::Reward& value);
  void fill(records::Adopt& value) { fill_all(value.kind, value.generation, value.value); }
  void fill(records::Tick& value) { fill(value.time); }
  void fill(records::Activate& value) { fill_all(value.fold_version, value.author); }
  void fill(records::Link& value);
  void fill(records::Unlink& value);
  void fill(records::MergeIn& value);
  void fill(records::Join& value);
  void fill(records::Alive& value);
  void fill(records::CaughtUp& value) { fill_all(value.node, value.life, value.partitions); }
  void fill(records::Drain& value) { fill_all(value.node, value.draining, value.author); }
  void fill(records::Cut& value) { fill_all(value.learner, value.round); }
  void fill(records::CutDone& value) { fill_all(value.learner, value.round, value.accepted); }
  void fill(records::Delta& value);
  void fill(records::Chunk& value) {
    fill_all(value.learner, value.model, value.index, value.count, value.bytes);
  }
  void fill(records::Manifest& value);
  void fill(records::Item& value);
  void fill(records::SourceWeight& value) { fill_all(value.source, value.weight); }
  void fill(records::Placement& value);
  void fill(records::Tenant& value);
  void fill(records::Entry& value);

  void fill(api::Track& value) { fill_all(value.event, value.stated, value.flags); }
  void fill(api::UpdateProfile& value) { fill_all(value.update, value.stated); }
  void fill(api::SetConsent& value) { fill(value.consent); }
  void fill(api::EraseUser& value) { fill(value.erase); }
  void fill(api::Expose& value) { fill_all(value.exposed, value.stated); }
  void fill(api::GiveReward& value) { fill_all(value.reward, value.stated); }
  void fill(api::Decide& value);
  void fill(api::GetProfile& value);
  void fill(api::PutItem& value) { fill(value.item); }
  void fill(api::ListItems& value) { fill_all(value.after, value.limit, value.item); }
  void fill(api::ListModels&) {}
  void fill(api::Explain& value) { fill(value.decision); }
  void fill(api::Replay& value) { fill(value.decision); }
  void fill(api::ListPlacements&) {}
  void fill(api::SetPlacement& value) { fill(value.placement); }
  void fill(api::SetTenant& value) { fill(value.tenant); }
  void fill(api::GetStatus&) {}
  void fill(api::ListRejects& value) { fill(value.limit); }
  void fill(api::ShowModel& value) { fill(value.name); }
  void fill(api::TrainModel& value) { fill(value.name); }
  void fill(api::ChangeModel& value);
  void fill(api::ListSegments& value) { fill(value.segment); }
  void fill(api::LinkUsers& value) { fill(value.link); }
  void fill(api::ShowCluster&) {}
  void fill(api::DrainNode& value) { fill(value.drain); }
  void fill(api::ActivateFold& value) { fill_all(value.version, value.author); }
  void fill(api::Round& value) { fill(value.number); }
  void fill(api::Request& value);

  void fill(api::Error& value);
  void fill(api::Accepted& value) { fill_all(value.position, value.index, value.seen_before); }
  void fill(api::DecidedItem& value);
  void fill(api::Decision& value);
  void fill(api::HistoryItem& value) { fill_all(value.item, value.event, value.time); }
  void fill(api::DecidedSlot& value) { fill_all(value.item, value.exposed, value.clicked, value.purchased); }
  void fill(api::PastDecision& value) { fill_all(value.decision, value.time, value.placement, value.slots); }
  void fill(api::Counter& value) { fill_all(value.name, value.value); }
  void fill(api::Profile& value);
  void fill(api::Items& value) { fill_all(value.items, value.next, value.total); }
  void fill(api::ModelInfo& value);
  void fill(api::Models& value) { fill(value.models); }
  void fill(api::Membership& value) { fill_all(value.segment, value.since, value.before); }
  void fill(api::SegmentMove& value) {
    fill_all(value.user_id, value.from, value.to, value.time, value.because);
  }
  void fill(api::SegmentInfo& value) {
    fill_all(value.id, value.name, value.kind, value.size, value.features, value.came_from, value.moves);
  }
  void fill(api::Segments& value) { fill(value.segments); }
  void fill(api::ClusterMember& value);
  void fill(api::Cluster& value);
  void fill(api::Explanation& value);
  void fill(api::Replayed& value) { fill_all(value.decision, value.identical, value.then, value.now); }
  void fill(api::Placements& value) { fill(value.placements); }
  void fill(api::PartitionStatus& value) {
    fill_all(value.id, value.offset, value.users, value.role, value.digest, value.flushed,
             value.fold_version);
  }
  void fill(api::Status& value);
  void fill(api::Reject& value) { fill_all(value.time, value.user_id, value.message_id, value.error); }
  void fill(api::Rejects& value) { fill(value.rejects); }
  void fill(api::Answer& value);
  void fill(api::Notification& value);

private:
  /// Of so many bits: small, at the border, or anywhere.
  std::uint64_t number(int bits);
  template <class Enum>
  Enum any_of(Enum last) {
    return static_cast<Enum>(below(static_cast<std::uint64_t>(last) + 1));
  }

  Random random_;
  unsigned size_;
};

/// For rapidcheck: any T that AnyValue can make. Shrinks towards bare values.
template <class T>
rc::Gen<T> any() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0u, 9u)),
      [](const auto& drawn) { return AnyValue(drawn.first, drawn.second).template make<T>(); });
}

} // namespace kindred::tests
