#include "tests/support/memory_store.hpp"

#include <gtest/gtest.h>

namespace kindred::support {
namespace {

using ports::StoreBatch;
using ports::StoreError;

StoreBatch put(Bytes key, std::optional<Bytes> value) { return {{{std::move(key), std::move(value)}}}; }

TEST(MemoryStore, AQueuedBatchIsSeenAndACrashForgetsIt) {
  const auto disk = std::make_shared<MemoryStoreDisk>();
  auto store = std::make_unique<MemoryStore>(disk, /*manual=*/true);
  int written = 0;
  store->write("p/1", put("a", "1"), [&](auto verdict) { written += verdict.ok(); });
  EXPECT_EQ(store->get("p/1", "a").value(), "1");
  EXPECT_EQ(store->get("p/2", "a").value(), std::nullopt);
  store = std::make_unique<MemoryStore>(disk, true);
  EXPECT_EQ(store->get("p/1", "a").value(), std::nullopt);
  EXPECT_EQ(written, 0);
}

TEST(MemoryStore, OneBatchOfASpaceIsInFlight) {
  MemoryStore store(/*manual=*/true);
  std::vector<bool> verdicts;
  const auto take = [&](Result<Done, StoreError> verdict) { verdicts.push_back(verdict.ok()); };
  store.write("p/1", put("a", "1"), take);
  store.write("p/1", put("a", "2"), [&](auto verdict) { EXPECT_EQ(verdict.error(), StoreError::kBusy); });
  store.write("p/2", put("a", "3"), take);
  EXPECT_EQ(store.ready(), (std::vector<ports::StateStore::Space>{"p/1", "p/2"}));
  EXPECT_TRUE(store.step("p/2"));
  EXPECT_FALSE(store.step("p/2"));
  store.pump();
  EXPECT_EQ(verdicts, (std::vector<bool>{true, true}));
  EXPECT_EQ(store.get("p/1", "a").value(), "1");
}

TEST(MemoryStore, ScansInOrderWithWhatIsQueued) {
  MemoryStore store(/*manual=*/true);
  store.write("p/1", {{{"k2", "2"}, {"k1", "1"}, {"l", "x"}, {"k3", "3"}}}, [](auto) {});
  store.pump();
  store.write("p/1", {{{"k2", std::nullopt}, {"k4", "4"}}}, [](auto) {});
  std::string keys;
  ASSERT_TRUE(store.scan("p/1", "k", [&](BytesView key, BytesView) { return keys.append(key), true; }).ok());
  EXPECT_EQ(keys, "k1k3k4");
  keys.clear();
  ASSERT_TRUE(store.scan("p/1", "", [&](BytesView key, BytesView) { return keys.append(key), false; }).ok());
  EXPECT_EQ(keys, "k1");
}

TEST(MemoryStore, LosingTheLastBatchesTakesThemBackWhole) {
  const auto disk = std::make_shared<MemoryStoreDisk>();
  MemoryStore store(disk, false);
  store.write("p/1", {{{"a", "1"}, {"b", "1"}}}, [](auto) {});
  store.write("p/1", {{{"a", "2"}, {"b", std::nullopt}, {"a", "3"}}}, [](auto) {});
  EXPECT_EQ(disk->lose_last(1), 1u);
  EXPECT_EQ(disk->space("p/1"), (MemoryStoreDisk::Content{{"a", "1"}, {"b", "1"}}));
  EXPECT_EQ(disk->lose_last(5), 1u);
  EXPECT_TRUE(disk->space("p/1").empty());
}

TEST(MemoryStore, AFailureRefusesWhatIsQueuedAndWhatComes) {
  MemoryStore store(/*manual=*/true);
  std::vector<StoreError> errors;
  const auto take = [&](Result<Done, StoreError> verdict) { errors.push_back(verdict.error()); };
  store.write("p/1", put("a", "1"), take);
  store.fail(StoreError::kDiskFull);
  store.pump();
  store.write("p/1", put("a", "2"), take);
  EXPECT_EQ(errors, (std::vector{StoreError::kDiskFull, StoreError::kDiskFull}));
  EXPECT_EQ(store.get("p/1", "a").value(), std::nullopt) << "a full disk can still be read";
  store.fail(StoreError::kIo);
  EXPECT_EQ(store.get("p/1", "a").error(), StoreError::kIo);
  store.fail(std::nullopt);
  store.write("p/1", put("a", "3"), [](auto verdict) { EXPECT_TRUE(verdict.ok()); });
  store.pump();
  EXPECT_EQ(store.get("p/1", "a").value(), "3");
}

TEST(MemoryStore, AReplacingBatchTakesWhatWasThere) {
  MemoryStore store(true);
  store.write("p/1", {{{"a", "1"}, {"b", "1"}}}, [](auto) {});
  store.pump();
  store.write("p/1", ports::StoreBatch::replacing({{"b", "2"}}), [](auto) {});
  EXPECT_EQ(store.get("p/1", "a").value(), std::nullopt) << "while it is queued, too";
  store.pump();
  EXPECT_EQ(store.get("p/1", "a").value(), std::nullopt);
  EXPECT_EQ(store.get("p/1", "b").value(), "2");
}

TEST(MemoryStore, AFrozenSpaceStaysAsItWas) {
  MemoryStore store;
  store.write("p/1", {{{"a", "1"}, {"b", "1"}}}, [](auto) {});
  const auto frozen = store.freeze("p/1").take();
  store.write("p/1", {{{"a", "2"}, {"c", "1"}}}, [](auto) {});
  Bytes seen;
  EXPECT_TRUE(frozen
                  ->scan("a\0",
                         [&](BytesView key, BytesView value) {
                           seen.append(key).append(value);
                           return true;
                         })
                  .ok());
  EXPECT_EQ(seen, "a1b1");
}

} // namespace
} // namespace kindred::support
