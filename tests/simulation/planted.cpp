#include "tests/simulation/planted.hpp"

#include <map>
#include <optional>

#include "actors/user_shard/deltas.hpp"
#include "actors/user_shard/effects.hpp"
#include "engine/profiles/state_keys.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::simulation {

namespace {

constexpr BytesView kNodeLocalKey = "n"; // actors/user_shard/upkeep.cpp

/// u tenant(4) len(2) user o ...: the ids of a user's folded records.
bool holds_ids(BytesView key) {
  constexpr std::size_t kHead = 1 + 4 + 2;
  if (key.size() <= kHead || key[0] != 'u') return false;
  const auto size =
      static_cast<std::size_t>(static_cast<unsigned char>(key[5]) << 8 | static_cast<unsigned char>(key[6]));
  return key.size() > kHead + size && key[kHead + size] == 'o';
}

/// Hides the ids of a user's folded records.
std::optional<Bytes> without_ids(BytesView key, Bytes value) {
  if (holds_ids(key)) return std::nullopt;
  return value;
}

/// e and f (engine/profiles/state_keys.hpp).
std::optional<Bytes> without_erased_ids(BytesView key, Bytes value) {
  if (!key.empty() && (key[0] == 'e' || key[0] == 'f')) return std::nullopt;
  return value;
}

std::optional<Bytes> without_watermarks(BytesView key, Bytes value) {
  if (!key.empty() && key[0] == 'w') return std::nullopt;
  return value;
}

/// Takes what a shard holds back for the fast models out of its node-local value.
std::optional<Bytes> without_rest(BytesView key, Bytes value) {
  if (key != kNodeLocalKey) return value;
  ByteReader in(value);
  in.u8();
  in.u64();  // incarnation
  in.text(); // outbox
  const std::size_t head = value.size() - in.left();
  actors::user_shard::Deltas deltas(PartitionId{});
  if (!in.ok() || !deltas.restore(BytesView(value).substr(head), ~0ULL)) return value;
  deltas.rest() = {};
  return value.substr(0, head) + deltas.canonical();
}

std::optional<Bytes> as_it_is(BytesView, Bytes value) { return value; }

using Memory = std::optional<Bytes> (*)(BytesView key, Bytes value);

/// A frozen space that reads back less than was written.
class ForgetfulSpace final : public ports::FrozenSpace {
public:
  ForgetfulSpace(std::unique_ptr<ports::FrozenSpace> space, Memory memory)
      : space_(std::move(space)), memory_(memory) {}
  Result<Done, ports::StoreError> scan(BytesView from,
                                       const std::function<bool(BytesView, BytesView)>& each) override {
    return space_->scan(from, [&](BytesView key, BytesView value) {
      const auto kept = memory_(key, Bytes(value));
      return !kept || each(key, *kept);
    });
  }

private:
  const std::unique_ptr<ports::FrozenSpace> space_;
  const Memory memory_;
};

/// A store that reads back less than was written, or less of it where it is frozen.
class ForgetfulStore final : public ports::StateStore {
public:
  ForgetfulStore(ports::StateStore& store, Memory memory, Memory frozen_memory)
      : store_(store), memory_(memory), frozen_memory_(frozen_memory) {}

  Result<std::unique_ptr<ports::FrozenSpace>, ports::StoreError> freeze(const Space& space) override {
    auto frozen = store_.freeze(space);
    if (frozen_memory_ == nullptr || !frozen.ok()) return frozen;
    return std::unique_ptr<ports::FrozenSpace>(new ForgetfulSpace(frozen.take(), frozen_memory_));
  }
  void write(const Space& space, ports::StoreBatch batch, OnWritten on_written) override {
    store_.write(space, std::move(batch), std::move(on_written));
  }
  Result<std::optional<Bytes>, ports::StoreError> get(const Space& space, BytesView key) override {
    auto value = store_.get(space, key);
    if (!value.ok() || !value.value()) return value;
    return memory_(key, std::move(*value.value()));
  }
  Result<Done, ports::StoreError> scan(const Space& space, BytesView prefix,
                                       const std::function<bool(BytesView, BytesView)>& each,
                                       BytesView from) override {
    const auto show = [&](BytesView key, BytesView value) {
      const auto kept = memory_(key, Bytes(value));
      return !kept || each(key, *kept);
    };
    return store_.scan(space, prefix, show, from);
  }

private:
  ports::StateStore& store_;
  const Memory memory_;
  const Memory frozen_memory_; ///< null: all of it
};

/// A store whose walk over a tenant's users does not hear of deletions.
class KeepingStore final : public ports::StateStore {
public:
  explicit KeepingStore(ports::StateStore& store) : store_(store) {}

  Result<std::unique_ptr<ports::FrozenSpace>, ports::StoreError> freeze(const Space& space) override {
    return store_.freeze(space);
  }
  void write(const Space& space, ports::StoreBatch batch, OnWritten on_written) override {
    for (const auto& change : batch.changes()) {
      if (!profiles::parse_profile_key(change.key)) continue;
      kept_[space].erase(change.key);
      const auto before = store_.get(space, change.key);
      if (!change.value && before.ok() && before.value()) kept_[space][change.key] = *before.value();
    }
    store_.write(space, std::move(batch), std::move(on_written));
  }
  Result<std::optional<Bytes>, ports::StoreError> get(const Space& space, BytesView key) override {
    return store_.get(space, key);
  }
  Result<Done, ports::StoreError> scan(const Space& space, BytesView prefix,
                                       const std::function<bool(BytesView, BytesView)>& each,
                                       BytesView from) override {
    if (prefix != profiles::user_prefix(kDefaultTenant)) return store_.scan(space, prefix, each, from);
    std::map<Bytes, Bytes> all;
    for (const auto& [key, value] : kept_[space])
      if (key >= from) all[key] = value;
    const auto take = [&](BytesView key, BytesView value) {
      all[Bytes(key)] = Bytes(value);
      return true;
    };
    auto scanned = store_.scan(space, prefix, take, from);
    if (!scanned.ok()) return scanned;
    for (const auto& [key, value] : all)
      if (!each(key, value)) break;
    return scanned;
  }

private:
  ports::StateStore& store_;
  std::map<Space, std::map<Bytes, Bytes>> kept_; ///< deleted profiles
};

/// Of what this partition adopted last of a kind.
std::uint64_t generation_of(const profiles::TenantInputs& inputs, std::string_view kind) {
  if (kind == profiles::kAdoptConsentDefault) return inputs.consent_generation;
  if (kind == profiles::kAdoptCartAbandonedAfter) return inputs.cart_generation;
  return profiles::adopted_generation(inputs, kind).value_or(0);
}

} // namespace

std::unique_ptr<ports::StateStore> planted_store(Planted planted, ports::StateStore& store) {
  if (planted == Planted::kKeepErasedExample) return std::make_unique<KeepingStore>(store);
  Memory memory = as_it_is;
  if (planted == Planted::kForgetIdsOnRestart) memory = without_ids;
  if (planted == Planted::kLoseDeltaWithActor) memory = without_rest;
  if (planted == Planted::kForgetErasedIds) memory = without_erased_ids;
  if (planted == Planted::kForgetWatermarks) memory = without_watermarks;
  const bool of_copies = planted == Planted::kForgetIdsInCheckpoint;
  return std::make_unique<ForgetfulStore>(store, memory, of_copies ? without_ids : nullptr);
}

Bytes NewWriters::rewrite(const records::Stream& stream, Bytes entry) {
  auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return entry;
  auto& author = decoded.value().author;
  Lane& lane = lanes_[{stream, author.writer}];
  if (lane.epoch != author.epoch) lane = {author.epoch, {}, 0, 0};
  if (lane.sent == entry) {
    ++lane.more;
    lane.from = author.sequence - 1;
  }
  lane.sent = entry;
  if (lane.more == 0) return entry;
  const bool again = author.sequence == lane.from + 1;
  author.epoch += lane.more;
  author.sequence -= lane.from;
  for (auto& record : decoded.value().records)
    if (again) record.header.id.low += lane.more;
  return schemas::encode_entry(decoded.value());
}

void strip_positions(actors::user_shard::Forward& forward) {
  for (auto& one : forward.requests) {
    auto decoded = schemas::decode_request(one.request);
    if (!decoded.ok()) continue;
    decoded.value().request.positions.clear();
    one.request = schemas::encode_request(decoded.value().request);
  }
}

Bytes with_all_purposes(BytesView entry) {
  auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return Bytes(entry);
  for (auto& record : decoded.value().records) record.header.stated = records::kAllPurposes;
  return schemas::encode_entry(decoded.value());
}

Bytes with_current_expects(BytesView entry, const actors::fast_models::Lines& lines) {
  auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return Bytes(entry);
  std::map<actors::fast_models::LineKey, std::uint64_t> generations;
  for (auto& record : decoded.value().records) {
    auto* manifest = std::get_if<records::Manifest>(&record.body);
    if (manifest == nullptr) continue;
    const actors::fast_models::LineKey key{record.header.tenant, manifest->learner};
    const auto line = lines.find(key);
    auto& generation =
        generations.try_emplace(key, line == lines.end() ? 0 : line->second->generation).first->second;
    manifest->expects = generation;
    manifest->generation = ++generation;
  }
  return schemas::encode_entry(decoded.value());
}

Bytes with_newest_adopts(BytesView entry, const profiles::PartitionState& partition) {
  auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return Bytes(entry);
  for (auto& record : decoded.value().records) {
    auto* adopt = std::get_if<records::Adopt>(&record.body);
    if (adopt == nullptr) continue;
    const auto known = generation_of(partition.tenant_inputs(record.header.tenant), adopt->kind);
    if (adopt->generation < known) adopt->generation = known + 1;
  }
  return schemas::encode_entry(decoded.value());
}

} // namespace kindred::simulation
