#include "actors/ports/checkpoint.hpp"

#include <gtest/gtest.h>

#include "tests/support/memory_store.hpp"

namespace kindred::ports {
namespace {

const StateStore::Space kSpace = "models";

struct Checkpoints : testing::Test {
  std::shared_ptr<support::MemoryStoreDisk> disk = std::make_shared<support::MemoryStoreDisk>();
  support::MemoryStore store{disk, false};

  void write(BytesView body, std::uint32_t chunks_before = 0) {
    bool ok = false;
    store.write(kSpace, checkpoint_batch(body, chunks_before),
                [&](Result<Done, StoreError> written) { ok = written.ok(); });
    ASSERT_TRUE(ok);
  }
};

Bytes pattern(std::size_t size) {
  Bytes bytes(size, ' ');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 4096);
  return bytes;
}

TEST_F(Checkpoints, NothingWasWritten) {
  const auto read = read_checkpoint(store, kSpace);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read.value().has_value());
}

TEST_F(Checkpoints, ComesBackWholeAtEverySize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kCheckpointChunkBytes - 1, kCheckpointChunkBytes,
        kCheckpointChunkBytes + 1, kCheckpointChunkBytes * 3 + 7}) {
    write(pattern(size), 10);
    const auto read = read_checkpoint(store, kSpace);
    ASSERT_TRUE(read.ok()) << size;
    EXPECT_EQ(*read.value(), pattern(size)) << size;
    EXPECT_EQ(disk->space(kSpace).size(), 1 + checkpoint_chunks(size)) << "nothing is left of the larger one";
  }
}

TEST_F(Checkpoints, EveryFlippedByteIsSeen) {
  write("a small body");
  auto& content = disk->space(kSpace);
  for (auto& [key, value] : content) {
    for (auto& byte : value) {
      byte = static_cast<char>(byte ^ 1);
      const auto read = read_checkpoint(store, kSpace);
      EXPECT_FALSE(read.ok()) << key;
      byte = static_cast<char>(byte ^ 1);
    }
  }
  EXPECT_TRUE(read_checkpoint(store, kSpace).ok());
}

TEST_F(Checkpoints, AMissingChunkIsSeen) {
  write(pattern(kCheckpointChunkBytes * 2));
  disk->space(kSpace).erase(std::prev(std::prev(disk->space(kSpace).end())));
  EXPECT_EQ(read_checkpoint(store, kSpace).error(), StoreError::kCorrupt);
}

TEST_F(Checkpoints, ANewerVersionIsNamed) {
  write("x");
  disk->space(kSpace)["head"][4] = 9;
  EXPECT_EQ(read_checkpoint(store, kSpace).error(), StoreError::kNewerVersion);
}

TEST_F(Checkpoints, AStoreThatCannotReadSaysSo) {
  write("x");
  store.fail(StoreError::kIo);
  EXPECT_EQ(read_checkpoint(store, kSpace).error(), StoreError::kIo);
}

} // namespace
} // namespace kindred::ports
