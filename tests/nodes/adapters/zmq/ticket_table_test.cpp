#include "nodes/adapters/zmq/ticket_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace kindred::adapters {
namespace {

TEST(TicketTable, GivesBackWhoWaits) {
  TicketTable table(10, 1000);
  const auto first = table.issue("peer-a", false, 10, 0);
  const auto second = table.issue(std::string(200, 'b'), true, 20, 0);
  EXPECT_EQ(table.count(), 2u);
  EXPECT_EQ(table.bytes(), 30u);
  const auto waiter = table.redeem(second);
  ASSERT_TRUE(waiter);
  EXPECT_EQ(waiter->routing_id, std::string(200, 'b'));
  EXPECT_TRUE(waiter->delimited);
  EXPECT_EQ(table.redeem(first)->routing_id, "peer-a");
  EXPECT_EQ(table.count(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(TicketTable, ATicketCountsOnceAndNotForItsSuccessor) {
  TicketTable table(10, 1000);
  const auto old = table.issue("a", false, 1, 0);
  ASSERT_TRUE(table.redeem(old));
  EXPECT_FALSE(table.redeem(old));
  const auto next = table.issue("b", false, 1, 0); // the same slot
  EXPECT_FALSE(table.redeem(old));
  EXPECT_TRUE(table.redeem(next));
  EXPECT_FALSE(table.redeem(12345));
  EXPECT_FALSE(table.redeem(~std::uint64_t{0}));
}

TEST(TicketTable, IsBoundedByCountAndBytes) {
  TicketTable table(2, 100);
  table.issue("a", false, 60, 0);
  EXPECT_EQ(table.refusal(41), TicketTable::Refused::kTooManyBytes);
  EXPECT_EQ(table.refusal(40), std::nullopt);
  const auto last = table.issue("b", false, 40, 0);
  EXPECT_EQ(table.refusal(0), TicketTable::Refused::kTooMany);
  table.redeem(last);
  EXPECT_EQ(table.refusal(40), std::nullopt);
}

TEST(TicketTable, ExpiresTheOld) {
  TicketTable table(10, 1000);
  const auto old = table.issue("a", false, 5, 100);
  const auto young = table.issue("b", false, 7, 200);
  EXPECT_EQ(table.expire(200), 1u);
  EXPECT_FALSE(table.redeem(old));
  EXPECT_EQ(table.bytes(), 7u);
  EXPECT_TRUE(table.redeem(young));
  EXPECT_EQ(table.expire(1000), 0u);
}

// Against the obvious: a map from ticket to name.
RC_GTEST_PROP(TicketTableModel, HoldsWhatAMapHolds, (const std::vector<std::uint16_t>& steps)) {
  TicketTable table(8, 8);
  std::map<std::uint64_t, std::string> model;
  for (const auto step : steps) {
    if (step % 2 == 0) {
      if (table.refusal(1)) {
        RC_ASSERT(model.size() == 8u);
        continue;
      }
      const auto name = std::to_string(step);
      RC_ASSERT(model.emplace(table.issue(name, false, 1, 0), name).second);
    } else if (!model.empty()) {
      auto at = model.begin();
      std::advance(at, step % model.size());
      RC_ASSERT(table.redeem(at->first)->routing_id == at->second);
      model.erase(at);
    }
    RC_ASSERT(table.count() == model.size());
  }
}

} // namespace
} // namespace kindred::adapters
