#include "nodes/adapters/rocksdb/rocks_state_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>

#include "nodes/adapters/rocksdb/format_file.hpp"
#include "nodes/adapters/rocksdb/write_stalls.hpp"
#include "tests/nodes/adapters/rocksdb/damage.hpp"
#include "tests/nodes/adapters/rocksdb/fault_file_system.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/temp_dir.hpp"

namespace kindred::adapters {
namespace {

using ports::StoreBatch;
using ports::StoreError;
using Verdict = Result<Done, StoreError>;

struct RocksStateStoreTest : testing::Test {
  const support::TempDir place;
  const std::filesystem::path directory = place.path() / "state";
  const std::shared_ptr<FaultFileSystem> faults = std::make_shared<FaultFileSystem>();

  /// A digit and all before it.
  static std::size_t group_of(BytesView key) { return key.find_first_of("0123456789") + 1; }

  RocksStateStore::Settings settings() const {
    RocksStateStore::Settings settings;
    settings.directory = directory;
    settings.free_bytes_min = 0;
    settings.try_again = std::chrono::milliseconds(1);
    settings.file_system = faults;
    settings.group_of = group_of;
    return settings;
  }
  std::unique_ptr<RocksStateStore> open() const {
    auto store = RocksStateStore::open(settings());
    if (!store.ok()) {
      ADD_FAILURE() << store.error().what;
      return nullptr;
    }
    return store.take();
  }
  static std::future<Verdict> send(RocksStateStore& store, const std::string& space, StoreBatch batch) {
    auto promise = std::make_shared<std::promise<Verdict>>();
    store.write(space, std::move(batch), [promise](Verdict verdict) { promise->set_value(verdict); });
    return promise->get_future();
  }
  static Verdict write(RocksStateStore& store, const std::string& space, StoreBatch batch) {
    return send(store, space, std::move(batch)).get();
  }
  static std::string keys(RocksStateStore& store, const std::string& space, BytesView prefix) {
    std::string all;
    EXPECT_TRUE(store
                    .scan(space, prefix,
                          [&](BytesView key, BytesView value) {
                            all.append(key).append("=").append(value).append(" ");
                            return true;
                          })
                    .ok());
    return all;
  }
};

TEST_F(RocksStateStoreTest, KeepsSpacesApartAndAcrossRestarts) {
  {
    const auto store = open();
    ASSERT_TRUE(write(*store, "p/1", {{{"a", "1"}, {"b", "2"}}}).ok());
    ASSERT_TRUE(write(*store, "p/10", {{{"a", "ten"}}}).ok());
    ASSERT_TRUE(write(*store, "p/1", {{{"b", std::nullopt}, {"c", ""}}}).ok());
  }
  const auto store = open();
  EXPECT_EQ(keys(*store, "p/1", ""), "a=1 c= ");
  EXPECT_EQ(keys(*store, "p/10", ""), "a=ten ");
  EXPECT_EQ(keys(*store, "p", ""), "");
  EXPECT_EQ(store->get("p/1", "a").value(), "1");
  EXPECT_EQ(store->get("p/1", "c").value(), "");
  EXPECT_EQ(store->get("p/1", "b").value(), std::nullopt);
}

TEST_F(RocksStateStoreTest, ReadsWhatIsStillInFlight) {
  const auto store = open();
  ASSERT_TRUE(write(*store, "s", {{{"k1", "old"}, {"k2", "old"}, {"k4", "old"}, {"l", "old"}}}).ok());
  // Held in the verdict of another space's batch, the writer's thread writes nothing more.
  std::promise<void> entered, leave;
  store->write("other", {{{"x", "x"}}}, [&](Verdict) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  auto verdict =
      send(*store, "s", {{{"k3", "a"}, {"k3", "new"}, {"k2", std::nullopt}, {"k4", "new"}, {"k9", "new"}}});
  EXPECT_EQ(store->get("s", "k3").value(), "new") << "the last change of a key counts";
  EXPECT_EQ(store->get("s", "k2").value(), std::nullopt);
  EXPECT_EQ(store->get("s", "k1").value(), "old");
  EXPECT_EQ(keys(*store, "s", "k"), "k1=old k3=new k4=new k9=new ");
  EXPECT_EQ(write(*store, "s", {{{"k1", "x"}}}).error(), StoreError::kBusy)
      << "one batch of a space is in flight";
  leave.set_value();
  EXPECT_TRUE(verdict.get().ok());
  EXPECT_EQ(keys(*store, "s", "k"), "k1=old k3=new k4=new k9=new ");
  EXPECT_TRUE(write(*store, "s", {{{"k1", "x"}}}).ok());
}

TEST_F(RocksStateStoreTest, AReplacingBatchTakesWhatWasThereAndNothingElse) {
  const auto store = open();
  ASSERT_TRUE(write(*store, "p/1", {{{"a", "old"}, {"b", "old"}, {"\xff\xff", "old"}}}).ok());
  ASSERT_TRUE(write(*store, "p/10", {{{"a", "ten"}}}).ok());
  ASSERT_TRUE(write(*store, "p/0", {{{"a", "zero"}}}).ok());
  std::promise<void> entered, leave;
  store->write("other", {{{"x", "x"}}}, [&](Verdict) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  auto verdict = send(*store, "p/1", StoreBatch::replacing({{"b", "new"}}));
  EXPECT_EQ(store->get("p/1", "a").value(), std::nullopt) << "in flight";
  EXPECT_EQ(keys(*store, "p/1", ""), "b=new ");
  leave.set_value();
  EXPECT_TRUE(verdict.get().ok());
  EXPECT_EQ(store->get("p/1", "a").value(), std::nullopt);
  EXPECT_EQ(keys(*store, "p/1", ""), "b=new ");
  EXPECT_EQ(keys(*store, "p/10", ""), "a=ten ");
  EXPECT_EQ(keys(*store, "p/0", ""), "a=zero ");
}

TEST_F(RocksStateStoreTest, AFrozenSpaceStaysAsItWasUntilTheStoreIsOpenedAnew) {
  const auto store = open();
  ASSERT_TRUE(write(*store, "p/1", {{{"a", "1"}, {"b", "1"}, {"c", "1"}}}).ok());
  ASSERT_TRUE(write(*store, "p/10", {{{"a", "ten"}}}).ok());
  const auto frozen = store->freeze("p/1").take();
  const auto read = [&](BytesView from) {
    std::string all;
    const auto scanned = frozen->scan(from, [&](BytesView key, BytesView value) {
      all.append(key).append("=").append(value).append(" ");
      return true;
    });
    return scanned.ok() ? all : std::string(ports::name_of(scanned.error()));
  };
  ASSERT_TRUE(write(*store, "p/1", StoreBatch::replacing({{"b", "2"}, {"d", "2"}})).ok());
  EXPECT_EQ(read(""), "a=1 b=1 c=1 ");
  EXPECT_EQ(read("b"), "b=1 c=1 ");
  EXPECT_EQ(read("b1"), "c=1 ");
  faults->fail_with(FaultFileSystem::Fault::kIo);
  EXPECT_FALSE(write(*store, "p/1", {{{"a", "x"}}}).ok());
  faults->fail_with(FaultFileSystem::Fault::kNone);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!write(*store, "p/1", {{{"e", "3"}}}).ok()) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
  EXPECT_EQ(read(""), "closed");
  EXPECT_EQ(keys(*store, "p/1", ""), "b=2 d=2 e=3 ");
}

TEST_F(RocksStateStoreTest, TheQueueIsBounded) {
  const auto store = open();
  std::promise<void> entered, leave;
  store->write("other", {{{"x", "x"}}}, [&](Verdict) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  std::vector<std::future<Verdict>> verdicts;
  for (std::size_t i = 0; i < ports::kFlushQueueMax; ++i) {
    verdicts.push_back(send(*store, "p/" + std::to_string(i), {{{"k", "v"}}}));
  }
  EXPECT_EQ(write(*store, "one too many", {{{"k", "v"}}}).error(), StoreError::kBusy);
  leave.set_value();
  for (auto& verdict : verdicts) EXPECT_TRUE(verdict.get().ok());
}

TEST_F(RocksStateStoreTest, ScanStopsWhenAsked) {
  const auto store = open();
  ASSERT_TRUE(write(*store, "s", {{{"\xff\xff", "last"}, {"a", "1"}, {"b", "2"}}}).ok());
  int calls = 0;
  ASSERT_TRUE(store->scan("s", "", [&](BytesView, BytesView) { return ++calls < 2; }).ok());
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(keys(*store, "s", "\xff"), "\xff\xff=last ");
}

TEST_F(RocksStateStoreTest, AFailedWriteIsRefusedAndTheStoreComesBack) {
  for (const auto fault : {FaultFileSystem::Fault::kIo, FaultFileSystem::Fault::kNoSpace}) {
    const auto store = open();
    ASSERT_TRUE(write(*store, "s", {{{"a", "before"}, {"b", "before"}}}).ok());
    faults->fail_with(fault);
    const auto error = write(*store, "s", {{{"a", "during"}}});
    ASSERT_FALSE(error.ok());
    EXPECT_EQ(error.error(), fault == FaultFileSystem::Fault::kIo ? StoreError::kIo : StoreError::kDiskFull);
    EXPECT_EQ(store->health(), error.error());
    EXPECT_NE(store->why(), "");
    faults->fail_with(FaultFileSystem::Fault::kNone);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!write(*store, "s", {{{"c", "after"}}}).ok()) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    EXPECT_EQ(store->health(), std::nullopt);
    EXPECT_EQ(store->get("s", "b").value(), "before");
    EXPECT_EQ(store->get("s", "c").value(), "after");
  }
}

/// RocksDB says so nowhere but in its own log; seen with a limiter that granted nothing any more.
TEST_F(RocksStateStoreTest, SaysThatRocksDbHasStoppedWrites) {
  auto with_little_patience = settings();
  with_little_patience.slow_write = Duration{1};
  const auto store = RocksStateStore::open(with_little_patience).take();
  EXPECT_EQ(store->writing_for().us, 0);
  faults->hold_tables(true);
  const std::shared_ptr<void> let_go(nullptr, [this](void*) { faults->hold_tables(false); }); // else closing waits
  const Bytes value(18 << 20, 'x'); // more than is gathered in memory before it is made a table
  const auto stopped = [&] {
    return store->why().find("RocksDB waits for its flushes") != std::string::npos;
  };
  std::future<Verdict> last;
  for (int i = 0; i < 8 && !stopped(); ++i) {
    last = send(*store, "p/1", {{{"a", value}}});
    while (last.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready && !stopped()) {}
  }
  ASSERT_TRUE(stopped()) << store->why();
  EXPECT_GT(store->writing_for().us, 0);
  EXPECT_FALSE(store->health()) << "it still takes batches";
  faults->hold_tables(false);
  EXPECT_TRUE(last.get().ok());
  EXPECT_TRUE(support::comes_true([&] { return store->why().empty(); }));
  EXPECT_EQ(store->stalls().stops(), 1u);
}

/// Over files of all kinds: made before there were groups, with others in them, deleted from, and what is not on disk yet.
TEST_F(RocksStateStoreTest, ScansFindTheSameWithGroupsAndWithout) {
  std::map<Bytes, Bytes> all;
  const auto key_of = [](int i) {
    return Bytes(1, static_cast<char>('a' + i % 5)) + std::to_string(i % 7) + (i % 3 == 0 ? "" : "x") +
           std::to_string(i % 11);
  };
  const auto write_some = [&](RocksStateStore& store, int from) {
    std::map<Bytes, std::optional<Bytes>> changes{{"none", std::to_string(from)}};
    for (int i = from; i < from + 150; ++i)
      changes[key_of(i)] = i % 13 == 0 ? std::nullopt : std::optional(std::to_string(i));
    std::vector<StoreBatch::Change> batch;
    for (const auto& [key, value] : changes) {
      batch.push_back({key, value});
      if (value)
        all[key] = *value;
      else
        all.erase(key);
    }
    ASSERT_TRUE(write(store, "s", StoreBatch(std::move(batch))).ok());
    ASSERT_TRUE(write(store, "t", {{{key_of(from), "of another space"}}}).ok());
  };
  const auto compare = [&](RocksStateStore& store) {
    for (const char* prefix : {"", "a", "a1", "a1x", "b2", "b22", "c6x3", "e9", "n", "none", "z1"}) {
      std::string expected;
      for (const auto& [key, value] : all)
        if (key.starts_with(prefix)) expected += std::string(key) + "=" + std::string(value) + " ";
      EXPECT_EQ(keys(store, "s", prefix), expected) << prefix;
    }
  };
  auto before = settings();
  before.group_of = nullptr;
  for (int life = 0; life < 6; ++life) { // each leaves a file
    const auto store = RocksStateStore::open(life < 2 ? before : settings()).take();
    write_some(*store, life * 100);
    compare(*store);
    if (life != 3) continue;
    all = {{"a1x2", "back"},
           {"c", "back"}}; // everything goes, by one tombstone for all: no filter may hide it
    ASSERT_TRUE(write(*store, "s", StoreBatch::replacing({{"a1x2", "back"}, {"c", "back"}})).ok());
    compare(*store);
  }
  compare(*RocksStateStore::open(before).take());
}

TEST_F(RocksStateStoreTest, LittleRoomIsRefused) {
  auto with = settings();
  with.free_bytes_min = 1000;
  const auto store = RocksStateStore::open(with).take();
  faults->set_free_bytes(10);
  EXPECT_EQ(write(*store, "s", {{{"a", "1"}}}).error(), StoreError::kDiskFull);
  EXPECT_EQ(store->get("s", "a").value(), std::nullopt) << "a full disk can be read";
  faults->set_free_bytes(std::nullopt);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!write(*store, "s", {{{"a", "1"}}}).ok()) ASSERT_LT(std::chrono::steady_clock::now(), give_up);
}

TEST_F(RocksStateStoreTest, RefusesWhatItCannotOpen) {
  {
    const auto store = open();
    ASSERT_TRUE(write(*store, "s", {{{"a", "1"}}}).ok());
    EXPECT_EQ(RocksStateStore::open(settings()).error().code, OpenError::kInUse);
  }
  ASSERT_TRUE(write_format(directory / "FORMAT", {"state", 2, {{"made", 1}}}).ok());
  EXPECT_EQ(RocksStateStore::open(settings()).error().code, OpenError::kNewerVersion);
  ASSERT_TRUE(write_format(directory / "FORMAT", {"log", 1, {{"made", 1}}}).ok());
  EXPECT_EQ(RocksStateStore::open(settings()).error().code, OpenError::kCorrupt);
  ASSERT_TRUE(write_format(directory / "FORMAT", {"state", 1, {{"made", 1}}}).ok());
  flip_bit(files_ending(directory / "db", "CURRENT").front(), 3);
  EXPECT_EQ(RocksStateStore::open(settings()).error().code, OpenError::kCorrupt);
}

TEST_F(RocksStateStoreTest, ClosingWritesWhatIsQueued) {
  std::vector<std::future<Verdict>> verdicts;
  {
    const auto store = open();
    for (int i = 0; i < 50; ++i) verdicts.push_back(send(*store, "p/" + std::to_string(i), {{{"k", "v"}}}));
  }
  const auto store = open();
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(verdicts[i].get().ok());
    EXPECT_EQ(store->get("p/" + std::to_string(i), "k").value(), "v");
  }
}

} // namespace
} // namespace kindred::adapters
