#include "nodes/kindredctl/catalog_import.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/scripted_server.hpp"

namespace kindred::ctl {
namespace {

using api::ErrorCode;
using support::ScriptedServer;

client::Options options(const ScriptedServer& server, std::uint32_t deadline_ms = 2'000) {
  client::Options options;
  options.endpoint = server.endpoint();
  options.deadline_ms = deadline_ms;
  options.learn_nodes = false; // the script answers what the test asks
  options.try_ms = 20;
  return options;
}

CatalogRow good(std::uint32_t line, const std::string& item, const std::string& title = "",
                Instant published = {}) {
  CatalogRow row{line, "row " + std::to_string(line)};
  row.item.value().item = item;
  row.item.value().title = title;
  row.item.value().published = published;
  return row;
}

CatalogRow bad(std::uint32_t line) {
  return {line, "row " + std::to_string(line),
          json::FieldError{"price", {ErrorCode::kInvalidPrice, "mend it", 0}}};
}

std::vector<std::uint32_t> lines_of(const CatalogTally& tally) {
  std::vector<std::uint32_t> lines;
  for (const auto& error : tally.errors) lines.push_back(error.line);
  return lines;
}

/// Keeps the items as they were told, in the order of their arrival.
class Told {
public:
  std::vector<api::Answer> serve(const api::Request& request) {
    const std::lock_guard lock(mutex_);
    api::Answer answer = support::accept_all(request);
    for (std::size_t i = 0; i < request.queries.size(); ++i) {
      const auto& item = std::get<api::PutItem>(request.queries[i]).item;
      if (item.item.starts_with("collides"))
        answer.bodies[i] = api::Error{ErrorCode::kCollision, "rename it", 0};
      else
        items_[item.item] = item;
    }
    return {answer};
  }
  std::map<std::string, records::Item> items() const {
    const std::lock_guard lock(mutex_);
    return items_;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, records::Item> items_;
};

/// A reject file and what was written to it.
class Rejects {
public:
  Rejects() {
    close(mkstemp(path_));
    file = RejectFile::create(path_, CatalogFormat::kCsv, "item");
  }
  ~Rejects() { unlink(path_); }
  std::vector<std::string> rows() {
    EXPECT_TRUE(file->close());
    std::vector<std::string> rows;
    std::ifstream read(path_);
    for (std::string line; std::getline(read, line);) rows.push_back(line.substr(0, line.find(',')));
    return rows;
  }
  std::optional<RejectFile> file;

private:
  char path_[32] = "/tmp/kindred-rejects-XXXXXX";
};

TEST(CatalogImport, TakesTheGoodHalf) {
  Told told;
  ScriptedServer server([&](const api::Request& request) { return told.serve(request); });
  client::Client client(options(server));
  Rejects rejects;
  CatalogImport import(&client, &*rejects.file);
  for (std::uint32_t n = 1; n <= 5'000; ++n)
    import.add(n % 2 == 0 ? bad(n) : good(n, "i" + std::to_string(n)));
  import.finish();
  EXPECT_EQ(told.items().size(), 2'500u);
  EXPECT_EQ(import.tally().accepted, 2'500u);
  EXPECT_EQ(import.tally().rejected, 2'500u);
  EXPECT_EQ(import.tally().duplicates, 0u);
  EXPECT_EQ(import.tally().errors.size(), Tally::kErrorsKept);
  EXPECT_FALSE(import.stopped());
  const auto rows = rejects.rows();
  ASSERT_EQ(rows.size(), 2'501u);
  for (std::size_t i = 1; i < rows.size(); ++i) ASSERT_EQ(rows[i], "row " + std::to_string(2 * i));
}

TEST(CatalogImport, WhatTheServerRefusesStandsInItsPlace) {
  Told told;
  ScriptedServer server([&](const api::Request& request) { return told.serve(request); });
  client::Client client(options(server));
  Rejects rejects;
  CatalogImport import(&client, &*rejects.file);
  import.add(bad(2));
  import.add(good(3, "collides"));
  import.add(bad(5));
  import.add(good(6, "fine"));
  import.add(good(9, "collides, too"));
  import.finish();
  EXPECT_EQ(lines_of(import.tally()), (std::vector<std::uint32_t>{2, 3, 5, 9}));
  EXPECT_EQ(import.tally().errors[1].why.error.code, ErrorCode::kCollision);
  EXPECT_EQ(rejects.rows(), (std::vector<std::string>{"item", "row 2", "row 3", "row 5", "row 9"}));
  EXPECT_EQ(import.tally().accepted, 1u);
}

TEST(CatalogImport, TheLastGoodRowOfAnItemStands) {
  Told told;
  ScriptedServer server([&](const api::Request& request) { return told.serve(request); });
  client::Client client(options(server));
  CatalogImport import(&client, nullptr);
  import.add(good(2, "a", "first", Instant{5}));
  import.add(good(3, "b", "only"));
  import.add(good(4, "a", "second"));
  import.add(good(5, "a", "third"));
  import.add(bad(6));
  import.finish();
  EXPECT_EQ(told.items()["a"].title, "third");
  EXPECT_EQ(told.items()["a"].published, Instant{5}) << "as a second import of the file would leave it";
  EXPECT_EQ(import.tally().accepted, 4u);
  EXPECT_EQ(import.tally().duplicates, 2u);
}

TEST(CatalogImport, ADryRunNeedsNobody) {
  Rejects rejects;
  CatalogImport import(nullptr, &*rejects.file);
  import.add(good(2, "a"));
  import.add(bad(3));
  import.add(good(4, "a"));
  import.finish();
  EXPECT_EQ(import.tally().accepted, 2u);
  EXPECT_EQ(import.tally().rejected, 1u);
  EXPECT_EQ(import.tally().duplicates, 1u);
  EXPECT_EQ(rejects.rows(), (std::vector<std::string>{"item", "row 3"}));
}

TEST(CatalogImport, RowsOfWhichNothingIsKnownAreNotCounted) {
  ScriptedServer server([](const api::Request& request) {
    const bool reachable = std::get<api::PutItem>(request.queries.front()).item.item == "first";
    return reachable ? std::vector{support::accept_all(request)} : std::vector<api::Answer>{};
  });
  client::Client client(options(server, 20));
  CatalogImport import(&client, nullptr);
  constexpr auto kEnvelope = static_cast<std::uint32_t>(OrderedBatches::kQueriesPerEnvelope);
  for (std::uint32_t n = 1; n <= kEnvelope; ++n) import.add(good(n, "first"));
  import.add(bad(kEnvelope + 1));
  import.add(good(kEnvelope + 2, "second"));
  import.add(bad(kEnvelope + 3));
  import.finish();
  ASSERT_TRUE(import.stopped());
  EXPECT_EQ(import.stopped()->line, kEnvelope + 2);
  EXPECT_EQ(import.stopped()->code, kUnavailable);
  EXPECT_EQ(import.tally().accepted, kEnvelope);
  EXPECT_EQ(lines_of(import.tally()), std::vector<std::uint32_t>{kEnvelope + 1});
}

TEST(CatalogImport, RowsHeldForTheirOrderAreBounded) {
  Told told;
  ScriptedServer server([&](const api::Request& request) { return told.serve(request); });
  client::Client client(options(server));
  CatalogImport import(&client, nullptr);
  import.add(good(1, "a"));
  std::uint32_t line = 1;
  while (server.requests() == 0 && line < 100'000) {
    CatalogRow row = bad(++line);
    row.text.resize(10'000, 'x');
    import.add(std::move(row));
  }
  EXPECT_LE(line, CatalogImport::kHeldBytesMax / 10'000 + 2);
  EXPECT_EQ(import.tally().accepted, 1u);
}

} // namespace
} // namespace kindred::ctl
