#include "actors/replay/rebuilt.hpp"

#include "actors/replay/contract.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::replay {

namespace {

constexpr WriterId kReplayer{0x7265706c6179ULL}; // "replay": renumbers the entries it hands to a fold

/// One slice of a stream from `from` up to `target`; `each` sees entries, false from it is a broken log. Moves `from`.
template <class Each>
Reading read_slice(const LogReader& log, const records::Stream& stream, std::uint64_t& from,
                   std::uint64_t target, const Each& each) {
  if (from >= target) return Reading::kReached;
  if (from == 0) {
    const auto bounds = log.bounds(stream);
    if (!bounds.ok()) return Reading::kBroken;
    if (bounds.value().begin > 0) return Reading::kTrimmed;
  }
  auto entries = log.read(stream, from, kSliceBytes);
  if (!entries.ok())
    return entries.error() == ports::LogError::kOutOfRange ? Reading::kTrimmed : Reading::kBroken;
  for (const ports::LogEntry& entry : entries.value()) {
    if (entry.offset >= target) break;
    if (!each(entry)) return Reading::kBroken;
    from = entry.offset + 1;
  }
  const bool passed = entries.value().empty() || entries.value().back().offset + 1 >= target;
  if (passed) from = target; // offsets may have gaps
  return passed ? Reading::kReached : Reading::kMore;
}

bool is_foreign(const Result<records::Entry, schemas::CodecFailure>& entry) {
  return entry.error().code == schemas::CodecError::kNotOurs;
}

} // namespace

// ---- library ----

Reading RebuiltLibrary::advance(const LogReader& log, std::uint64_t target) {
  return read_slice(log, {records::Topic::kLibrary, {}}, end_, target, [this](const ports::LogEntry& one) {
    const auto entry = schemas::decode_entry(one.bytes);
    if (!entry.ok()) return is_foreign(entry);
    if (!entry.value().records.empty() && !writers_.first_of(entry.value().author)) return true;
    for (const records::Record& record : entry.value().records) {
      [[maybe_unused]] const auto refused = library_.apply(record); // was refused in life, too
    }
    return true;
  });
}

// ---- fast models ----

namespace {
/// Replay keeps no checkpoints of its own.
class NoStore final : public ports::StateStore {
public:
  void write(const Space&, ports::StoreBatch, OnWritten) override {}
  Result<std::optional<Bytes>, ports::StoreError> get(const Space&, BytesView) override {
    return std::optional<Bytes>{};
  }
  Result<Done, ports::StoreError> scan(const Space&, BytesView,
                                       const std::function<bool(BytesView, BytesView)>&, BytesView) override {
    return Done{};
  }
  Result<std::unique_ptr<ports::FrozenSpace>, ports::StoreError> freeze(const Space&) override {
    return ports::StoreError::kClosed; // nobody copies it
  }
};
} // namespace

struct RebuiltModels::Fold {
  explicit Fold(std::uint16_t partitions) : state({partitions}, store, probe) {}
  NoStore store;
  fast_models::Probe probe;
  fast_models::State state;
};

RebuiltModels::RebuiltModels(std::uint16_t partitions, std::uint64_t incarnation)
    : fold_(std::make_unique<Fold>(partitions)) {
  take(fold_->state.start());
  take(fold_->state.opened({incarnation, ports::Log::Bounds{0, 0}}));
}

RebuiltModels::~RebuiltModels() = default;

void RebuiltModels::take(const fast_models::Effects& effects) {
  for (const auto& effect : effects) {
    if (const auto* publish = std::get_if<fast_models::Publish>(&effect)) snapshot_ = publish->snapshot;
  }
}

Reading RebuiltModels::advance(const LogReader& log, std::uint64_t target) {
  if (end_ >= target) return Reading::kReached; // the snapshot stays
  fast_models::Entries entries;
  const Reading reading =
      read_slice(log, {records::Topic::kModels, {}}, end_, target, [&entries](const ports::LogEntry& entry) {
        entries.entries.push_back(entry);
        return true;
      });
  snapshot_.reset(); // let the copies take turns
  take(fold_->state.handle(std::move(entries)));
  if (reading != Reading::kReached) return reading;
  take(fold_->state.handle(fast_models::CaughtUp{end_}));
  return fold_->state.stopped_because().empty() ? reading : Reading::kBroken;
}

const stats::FastModel* RebuiltModels::model(TenantId tenant) const {
  return snapshot_ ? snapshot_->model(tenant) : nullptr;
}

fast_models::RankerChoice RebuiltModels::ranker(TenantId tenant, std::string_view placement) const {
  return snapshot_ ? fast_models::ranker_of(*snapshot_->solved, tenant, placement)
                   : fast_models::RankerChoice{};
}

fast_models::ItemItemChoice RebuiltModels::item_item(TenantId tenant) const {
  return snapshot_ ? fast_models::item_item_of(*snapshot_->solved, tenant) : fast_models::ItemItemChoice{};
}

// ---- users ----

RebuiltUsers::RebuiltUsers(PartitionId partition, TenantId tenant, Slot slot)
    : partition_(partition), tenant_(tenant), slot_(slot),
      nothing_(std::make_unique<profiles::NothingStored>()) {
  profiles::PartitionState::Settings settings;
  settings.partition = partition;
  fold_ = std::make_unique<profiles::PartitionState>(settings, *nothing_);
}

RebuiltUsers::~RebuiltUsers() = default;

bool RebuiltUsers::is_of(PartitionId partition, TenantId tenant, Slot slot) const {
  return partition == partition_ && tenant == tenant_ && slot == slot_;
}

bool RebuiltUsers::take(const ports::LogEntry& one) {
  const auto views = schemas::view_records(one.bytes);
  if (!views.ok()) return views.error().code == schemas::CodecError::kNotOurs;
  records::Entry entry;
  for (const schemas::RecordView& view : views.value()) {
    const auto type = view.header.type;
    const bool of_nobody = type == records::RecordType::kTick || type == records::RecordType::kAdopt ||
                           type == records::RecordType::kActivate;
    const bool of_others = !of_nobody && (view.header.tenant != tenant_ || view.header.slot != slot_);
    const bool import = (view.header.flags & records::flags::kImport) != 0;
    if (of_others && !import) continue;
    auto record = schemas::decode_body(view);
    if (!record.ok()) return false;
    if (of_others)
      fold_->pass_over(record.value());
    else
      entry.records.push_back(record.take());
  }
  if (entry.records.empty()) return true;
  entry.author = {kReplayer, 1, ++sequence_}; // its writers' numbers have gaps where other users stood
  stats::FastDelta ignored;
  return fold_->apply(entry, one.offset, ignored).ok();
}

Reading RebuiltUsers::advance(const LogReader& log, std::uint64_t target) {
  return read_slice(log, {records::Topic::kEvents, partition_}, end_, target,
                    [this](const ports::LogEntry& entry) { return take(entry); });
}

} // namespace kindred::actors::replay
