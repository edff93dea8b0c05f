#include "actors/peering/checkpoints.hpp"

#include <gtest/gtest.h>

#include "actors/user_shard/effects.hpp"
#include "engine/profiles/state_keys.hpp"
#include "tests/support/memory_store.hpp"

namespace kindred::actors::peering {
namespace {

using Entries = std::vector<std::pair<Bytes, Bytes>>;
constexpr std::uint16_t kPartition = 3;

void put(support::MemoryStore& store, const Entries& entries) {
  std::vector<ports::StoreBatch::Change> changes;
  for (const auto& [key, value] : entries) changes.push_back({key, value});
  store.write(user_shard::space_of({kPartition}), changes, [](auto) {});
}

Entries read(BytesView bytes) {
  Entries entries;
  ByteReader in(bytes);
  while (!in.at_end()) {
    Bytes key(in.text());
    entries.emplace_back(std::move(key), Bytes(in.text()));
  }
  EXPECT_TRUE(in.ok());
  return entries;
}

TEST(PeeringCheckpoints, PartsFitTogetherWhileTheShardGoesOnWriting) {
  support::MemoryStore store;
  const Bytes large(Checkpoints::kPartBytes / 3, 'x');
  const Entries stored{{"a", large}, {"b", large},
                       {"c", large}, {"d", Bytes(Checkpoints::kPartBytes + 5, 'y')},
                       {"e", "1"},   {"f", "2"}};
  put(store, stored);
  Checkpoints checkpoints(store);
  Entries taken;
  kindred::peers::CheckpointAsk ask{kPartition, 0, {}};
  bool more = true;
  for (int part = 0; more; ++part) {
    ASSERT_LT(part, 10);
    const auto chunk = checkpoints.read(ask, 0);
    ASSERT_TRUE(chunk.ok());
    EXPECT_EQ(chunk.value().checksum, checksum_of(kPartition, chunk.value()));
    for (auto& entry : read(chunk.value().entries)) taken.push_back(std::move(entry));
    more = chunk.value().more;
    ask = {kPartition, chunk.value().checkpoint, taken.back().first + '\0'};
    put(store, {{"e", "changed"}, {"bb", "new"}});
  }
  EXPECT_EQ(taken, stored);
  EXPECT_TRUE(checkpoints.read(ask, 0).ok()) << "its last answer may be lost";
  checkpoints.forget(Checkpoints::kForgottenAfter.us + 1);
  EXPECT_EQ(checkpoints.open(), 0u);
}

TEST(PeeringCheckpoints, TellWhichFoldMadeTheState) {
  support::MemoryStore store;
  put(store, {{"a", "1"}, {"w", "2"}});
  Checkpoints checkpoints(store);
  EXPECT_EQ(checkpoints.read({kPartition, 0, {}}, 0).value().fold_version, records::kFoldFirst);
  put(store, {{profiles::version_key(), profiles::encode_version(9)}});
  const auto part = checkpoints.read({kPartition, 0, {}}, 0).take();
  EXPECT_EQ(part.fold_version, 9u);
  EXPECT_EQ(checkpoints.read({kPartition, part.checkpoint, "w"}, 0).value().fold_version, 9u)
      << "of every part";
}

TEST(PeeringCheckpoints, RefusalsSayWhy) {
  using Refusal = Checkpoints::Refusal;
  support::MemoryStore store;
  Checkpoints checkpoints(store);
  EXPECT_EQ(checkpoints.read({kPartition, 0, {}}, 0).error(), Refusal::kEmpty);
  EXPECT_EQ(checkpoints.read({kPartition, 99, {}}, 0).error(), Refusal::kGone);
  put(store, {{"a", "1"}, {"b", "1"}});
  const auto first = checkpoints.read({kPartition, 0, {}}, 0);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(checkpoints.read({kPartition + 1, first.value().checkpoint, {}}, 0).error(), Refusal::kGone)
      << "of another partition";
  while (checkpoints.open() < Checkpoints::kOpenMax)
    ASSERT_TRUE(checkpoints.read({kPartition, 0, {}}, 5).ok());
  EXPECT_EQ(checkpoints.read({kPartition, 0, {}}, 6).error(), Refusal::kBusy);
  checkpoints.forget(Checkpoints::kForgottenAfter.us + 1);
  EXPECT_EQ(checkpoints.open(), Checkpoints::kOpenMax - 1) << "the first was not asked of for long enough";
  EXPECT_EQ(checkpoints.read({kPartition, first.value().checkpoint, "b"}, 7).error(), Refusal::kGone);
  store.fail(ports::StoreError::kIo);
  EXPECT_EQ(checkpoints.read({kPartition, 0, {}}, 8).error(), Refusal::kStore);
}

} // namespace
} // namespace kindred::actors::peering
