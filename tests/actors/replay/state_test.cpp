#include "actors/replay/state.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/support/memory_log.hpp"

namespace kindred::actors::replay {
namespace {

constexpr Instant kNow{1'750'000'000'000'000};
constexpr PartitionId kPartition{0};
const records::Stream kEvents{records::Topic::kEvents, kPartition};
const records::Stream kLibrary{records::Topic::kLibrary, {}};
const records::Stream kModels{records::Topic::kModels, {}};

/// A node in miniature: appends to a log, folds what it appended, decides, and writes the decision down.
struct ReplayState : testing::Test {
  ReplayState() {
    for (int n = 0; n < 20; ++n) put_item("item" + std::to_string(n));
  }

  std::uint64_t append(const records::Stream& stream, records::RecordType type, records::Body body,
                       Slot slot = {}, std::uint8_t flags = 0) {
    records::Entry entry;
    entry.author = {WriterId{1}, 1, ++sequences[stream]};
    records::Record record;
    record.header.type = type;
    record.header.slot = slot;
    record.header.flags = flags;
    record.header.id = hash128(std::to_string(++ids));
    record.header.stamp = now;
    record.body = std::move(body);
    entry.records.push_back(std::move(record));
    std::uint64_t offset = 0;
    log.produce(stream, schemas::encode_entry(entry),
                [&offset](ports::Verdict verdict) { offset = verdict.offset; });
    if (stream == kEvents) {
      EXPECT_TRUE(fold.apply(entry, offset, unsent).ok());
    }
    return offset;
  }

  void put_item(const std::string& name) {
    records::Item item;
    item.item = name;
    item.published = now;
    const auto offset = append(kLibrary, records::RecordType::kItem, item);
    records::Record record;
    record.header.type = records::RecordType::kItem;
    record.header.stamp = now;
    record.body = item;
    ASSERT_TRUE(library.apply(record).ok());
    library_end = offset + 1;
  }

  void view(const std::string& user, int item) {
    now = now + kSecond;
    records::Event event;
    event.user_id = user;
    event.type = records::EventType::kView;
    event.item = "item" + std::to_string(item);
    event.event_time = now;
    append(kEvents, records::RecordType::kEvent, event, slot_of(kDefaultTenant, user));
  }

  void import_line(const std::string& user, int item, std::uint64_t line) {
    records::Event event;
    event.user_id = user;
    event.type = records::EventType::kView;
    event.item = "item" + std::to_string(item);
    event.event_time = now - kDay;
    event.producer = records::Producer{"history", 1, line};
    append(kEvents, records::RecordType::kEvent, event, slot_of(kDefaultTenant, user),
           records::flags::kImport);
  }

  void hand_out_delta() {
    records::Delta delta;
    delta.learner = fast_models::kLearner;
    delta.partition = kPartition;
    delta.from_offset = delta_to;
    delta.to_offset = delta_to = fold.applied_end();
    delta.changes = unsent.canonical();
    fast.add(unsent, kDefaultTenant);
    unsent = {};
    models_end = append(kModels, records::RecordType::kDelta, delta) + 1;
  }

  /// Decides and appends the record; a job that asks for it.
  Recall decide(const std::string& user, std::uint32_t engine = decisions::kEngineVersion) {
    const auto profile = fold.find({kDefaultTenant, user});
    const auto* catalog = library.catalog(kDefaultTenant);
    const records::Context context;
    const std::string request = "request" + std::to_string(ids);
    const decisions::Question question{.tenant = kDefaultTenant,
                                       .profile = profile.value(),
                                       .consent = profile.value() != nullptr
                                                      ? fold.consent_of(*profile.value())
                                                      : fold.consent_default(kDefaultTenant),
                                       .catalog = *catalog,
                                       .fast = &fast,
                                       .placement = catalog->placement("default"),
                                       .placement_name = "default",
                                       .context = context,
                                       .as_of = now,
                                       .count = 5,
                                       .exclude = {},
                                       .request_id = request};
    records::Decided decided;
    decisions::describe(question, decisions::decide(question, workspace), decided);
    decided.decision = hash128(request);
    decided.user_id = user;
    decided.engine_version = engine;
    decided.fold_version = records::kFoldFirst;
    decided.applied.offset = fold.applied_end();
    decided.models.offset = models_end;
    decided.library.offset = library_end;
    if (spoil) spoil(decided);
    Recall recall;
    recall.job = ++jobs;
    recall.partition = kPartition;
    recall.tenant = kDefaultTenant;
    recall.decision = decided.decision;
    recall.again = true;
    recall.now = now;
    recall.offset = append(kEvents, records::RecordType::kDecided, decided, slot_of(kDefaultTenant, user));
    return recall;
  }

  LogReader reader() {
    return {[this](const records::Stream& stream) { return log.bounds(stream); },
            [this](const records::Stream& stream, std::uint64_t from, std::size_t bytes) {
              return log.read(stream, from, bytes);
            }};
  }

  api::AnswerBody answer(State& state, const Recall& recall) {
    auto done = state.take(recall);
    for (int slice = 0; done.empty() && slice < 1'000; ++slice) done = state.pulse({});
    EXPECT_EQ(done.size(), 1u);
    if (done.size() != 1) return {};
    EXPECT_EQ(done.front().job, recall.job);
    return done.front().body;
  }

  bool identical(State& state, const Recall& recall) {
    const auto body = answer(state, recall);
    const auto* replayed = std::get_if<api::Replayed>(&body);
    if (replayed == nullptr) ADD_FAILURE() << std::get<api::Error>(body).message;
    return replayed != nullptr && replayed->identical && !replayed->now.items.empty();
  }

  api::ErrorCode refusal(State& state, const Recall& recall) {
    const auto body = answer(state, recall);
    const auto* error = std::get_if<api::Error>(&body);
    return error != nullptr ? error->code : api::ErrorCode{};
  }

  support::MemoryLog log{support::MemoryLog::Settings{}};
  profiles::NothingStored nothing;
  profiles::PartitionState fold{{}, nothing};
  kindred::catalog::Library library;
  stats::FastModel fast;
  stats::FastDelta unsent;
  decisions::Workspace workspace;
  std::map<records::Stream, std::uint64_t> sequences;
  std::uint64_t ids = 0, jobs = 0, library_end = 0, models_end = 0, delta_to = 0;
  Instant now = kNow;
  std::function<void(records::Decided&)> spoil; ///< of what is written down
  Probe probe;
  State state{{16, 1}, reader(), probe};
};

TEST_F(ReplayState, DecidesAsThen) {
  for (int n = 0; n < 12; ++n) view("ada", n % 5);
  for (int n = 0; n < 12; ++n) view("bob", 3 + n % 7);
  hand_out_delta();
  const Recall job = decide("ada");
  EXPECT_TRUE(identical(state, job));
  EXPECT_EQ(probe.differences(), 0u);
}

TEST_F(ReplayState, WhatCameLaterDoesNotCount) {
  view("ada", 1);
  view("bob", 2);
  hand_out_delta();
  const Recall job = decide("ada");
  for (int n = 0; n < 20; ++n) view("ada", n);
  put_item("new");
  hand_out_delta();
  EXPECT_TRUE(identical(state, job));
}

/// A producer that does not keep to its order loses lines by other users' lines: so replay must look at those, too.
TEST_F(ReplayState, OtherUsersLinesMoveTheWatermarkOfAnImport) {
  for (int n = 0; n < 12; ++n) view("bob", n % 8); // the models know what follows what
  import_line("ada", 1, 1);
  import_line("bob", 2, 90);
  for (int n = 5; n < 12; ++n) import_line("ada", 3, static_cast<std::uint64_t>(n));
  import_line("ada", 4, 100);
  hand_out_delta();
  EXPECT_EQ(fold.find({kDefaultTenant, "ada"}).value()->personalization.events, 2u)
      << "the others came too late";
  EXPECT_TRUE(identical(state, decide("ada")));
}

TEST_F(ReplayState, AnyOrderOfJobs) {
  std::vector<Recall> asked;
  for (int n = 0; n < 30; ++n) {
    view(n % 2 == 0 ? "ada" : "bob", n % 9);
    if (n % 3 == 0) hand_out_delta();
    asked.push_back(decide(n % 4 < 2 ? "ada" : "bob"));
  }
  for (std::size_t n = 0; n < asked.size(); ++n)
    EXPECT_TRUE(identical(state, asked[n * 7 % asked.size()])) << n;
}

TEST_F(ReplayState, ALostEventMakesADifferenceThatIsSeen) {
  for (int n = 0; n < 6; ++n) view("ada", n);
  hand_out_delta();
  Recall job = decide("ada");
  LogReader blind = reader();
  blind.read = [this](const records::Stream& stream, std::uint64_t from, std::size_t bytes) {
    auto entries = log.read(stream, from, bytes);
    if (stream == kModels) entries.value().clear();
    return entries;
  };
  State other({16, 1}, blind, probe);
  const auto body = answer(other, job);
  ASSERT_TRUE(std::holds_alternative<api::Replayed>(body));
  EXPECT_FALSE(std::get<api::Replayed>(body).identical);
  EXPECT_EQ(probe.differences(), 1u);
}

TEST_F(ReplayState, SaysWhyItCannot) {
  view("ada", 1);
  const Recall job = decide("ada");
  Recall wrong_id = job;
  wrong_id.decision.low ^= 1;
  EXPECT_EQ(refusal(state, wrong_id), api::ErrorCode::kNotLogged);
  Recall no_decision = job;
  no_decision.offset = 0;
  EXPECT_EQ(refusal(state, no_decision), api::ErrorCode::kNotLogged);
  Recall late = job;
  late.now = now + kReplayWindow + kSecond;
  EXPECT_EQ(refusal(state, late), api::ErrorCode::kExpired);
  EXPECT_EQ(refusal(state, decide("ada", decisions::kEngineVersion + 1)), api::ErrorCode::kEngineChanged);
  Recall hasty = job;
  hasty.deadline_us = -1;
  EXPECT_EQ(refusal(state, hasty), api::ErrorCode::kDeadlineExceeded);
}

TEST_F(ReplayState, ATrimmedLogHasExpired) {
  view("ada", 1);
  const Recall job = decide("ada");
  ASSERT_TRUE(log.trim(kEvents, 1).ok());
  EXPECT_EQ(refusal(state, job), api::ErrorCode::kExpired);
}

/// Its record and its user's are there, its models are not.
TEST_F(ReplayState, ATrimmedModelsLogIsAModelThatIsGone) {
  view("ada", 1);
  hand_out_delta();
  const Recall before = decide("ada");
  view("ada", 2);
  hand_out_delta();
  const Recall job = decide("ada");
  EXPECT_TRUE(identical(state, before));
  ASSERT_TRUE(log.trim(kModels, 1).ok());
  EXPECT_TRUE(identical(state, job)) << "the models as they were before it are kept, and go forward";
  State fresh({16, 1}, reader(), probe);
  const auto body = answer(fresh, job);
  ASSERT_TRUE(std::holds_alternative<api::Error>(body));
  EXPECT_EQ(std::get<api::Error>(body).code, api::ErrorCode::kModelGone);
  EXPECT_NE(std::get<api::Error>(body).message.find("fast 2, ranker prior"), std::string::npos);
  Recall told = job;
  told.again = false;
  EXPECT_TRUE(std::holds_alternative<api::Explanation>(answer(fresh, told)));
  EXPECT_EQ(refusal(fresh, job), api::ErrorCode::kModelGone) << "a second time, too";
}

TEST_F(ReplayState, WhatNeededNoModelsIsMadeAgainWithoutThem) {
  view("ada", 1);
  const Recall job = decide("ada");
  hand_out_delta();
  ASSERT_TRUE(log.trim(kModels, 1).ok());
  EXPECT_TRUE(identical(state, job));
}

TEST_F(ReplayState, AModelThatTheLogDoesNotHaveIsGone) {
  view("ada", 1);
  hand_out_delta();
  const auto named = [this](std::string ranker, std::uint64_t item_item) {
    spoil = [=](records::Decided& decided) {
      decided.ranker = ranker;
      decided.ranker_generation = ranker.empty() ? 0 : 3;
      decided.item_item_generation = item_item;
    };
    return refusal(state, decide("ada"));
  };
  EXPECT_EQ(named("ranker/home", 0), api::ErrorCode::kModelGone);
  EXPECT_EQ(named("", 2), api::ErrorCode::kModelGone);
  EXPECT_EQ(named("", 0), api::ErrorCode{}) << "nothing is missing";
  EXPECT_EQ(probe.differences(), 0u) << "no alarm: no law was broken";
}

TEST_F(ReplayState, ExplainsInWordsWhateverTheEngine) {
  view("ada", 1);
  Recall job = decide("ada", decisions::kEngineVersion + 1);
  job.again = false;
  const auto body = answer(state, job);
  ASSERT_TRUE(std::holds_alternative<api::Explanation>(body));
  const auto& explanation = std::get<api::Explanation>(body);
  EXPECT_EQ(explanation.user_id, "ada");
  EXPECT_FALSE(explanation.lines.empty());
  ASSERT_FALSE(explanation.items.empty());
  EXPECT_FALSE(explanation.items[0].reasons.empty());
  EXPECT_FALSE(explanation.fallback.empty());
  ASSERT_EQ(explanation.generations.size(), 2u);
  EXPECT_EQ(explanation.generations[1].first, "ranker");
}

TEST_F(ReplayState, RefusesMoreJobsThanMayWait) {
  view("ada", 1);
  const Recall job = decide("ada");
  for (std::size_t n = 0; n < kJobsMax; ++n) EXPECT_TRUE(state.take(job).empty());
  const auto refused = state.take(job);
  ASSERT_EQ(refused.size(), 1u);
  const auto& error = std::get<api::Error>(refused.front().body);
  EXPECT_EQ(error.code, api::ErrorCode::kOverloaded);
  EXPECT_GT(error.retry_after_ms, 0u);
}

} // namespace
} // namespace kindred::actors::replay
