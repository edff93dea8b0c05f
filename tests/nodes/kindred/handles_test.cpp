#include "nodes/kindred/handles.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace kindred::node {
namespace {

using Cell = HandleCell<std::shared_ptr<int>>;

TEST(HandleCell, NobodyHearsBeforeTheFirst) {
  Cell cell;
  bool heard = false;
  cell.with([&](const auto&) { heard = true; });
  EXPECT_FALSE(heard);
}

TEST(HandleCell, TheNewestHears) {
  Cell cell;
  cell.set(std::make_shared<int>(1));
  cell.set(std::make_shared<int>(2));
  int heard = 0;
  cell.with([&](const auto& handle) { heard = *handle; });
  EXPECT_EQ(heard, 2);
  EXPECT_EQ(*cell.get(), 2);
}

TEST(HandleCell, LetsGoOfTheOldOne) {
  Cell cell;
  const auto first = std::make_shared<int>(1);
  cell.set(first);
  EXPECT_EQ(first.use_count(), 2);
  cell.set(nullptr);
  EXPECT_EQ(first.use_count(), 1);
}

TEST(HandleCell, ASenderMayReplaceIt) {
  Cell cell;
  cell.set(std::make_shared<int>(1));
  cell.with([&](const auto&) { cell.set(std::make_shared<int>(2)); });
  EXPECT_EQ(*cell.get(), 2);
}

} // namespace
} // namespace kindred::node
