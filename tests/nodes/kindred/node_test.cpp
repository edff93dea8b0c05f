// A whole node in this process: how long its end takes.

#include "nodes/kindred/node.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "clients/cpp/client.hpp"
#include "schemas/json/position_text.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/server_process.hpp"

namespace kindred::node {
namespace {

using std::chrono::milliseconds;
using support::comes_true;

/// The sum of a series over its labels.
double sum_of(const std::string& metrics, const std::string& series) {
  double sum = 0;
  for (std::size_t at = metrics.find("\n" + series); at != std::string::npos;
       at = metrics.find("\n" + series, at + 1))
    sum += std::stod(metrics.substr(metrics.rfind(' ', metrics.find('\n', at + 1))));
  return sum;
}

/// Asks over HTTP and does not wait for the answer; the open socket.
int ask_http(const std::string& at, const std::string& path) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(at.substr(at.find(':') + 1))));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: here\r\nKindred-Timeout-Ms: 60000\r\n\r\n";
  EXPECT_EQ(send(connection, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  return connection;
}

/// One question over each way that shards keep until a position is there which never comes: both ways have the same time, and
/// not one after the other.
TEST(NodeTest, ItsEndTakesNoLongerThanToldWhoeverWaits) {
  support::TemporaryFolder folder;
  Config config;
  config.data_dir = folder.path() / "data";
  config.partitions = std::uint16_t{2};
  config.listen = "tcp://127.0.0.1:" + std::to_string(support::free_port());
  config.notify = "tcp://127.0.0.1:" + std::to_string(support::free_port());
  config.http = "127.0.0.1:" + std::to_string(support::free_port());
  auto started = Node::start(config);
  ASSERT_TRUE(started.ok()) << started.error().what;
  const auto node = started.take();
  ASSERT_TRUE(comes_true([&] { return node->readiness().ready; }));

  client::Options options;
  options.endpoint = config.listen;
  options.deadline_ms = 60'000;
  options.try_ms = 60'000;
  options.hedge_reads = false;
  client::Client client(options);
  api::Track track;
  track.event.user_id = "ada";
  track.event.type = records::EventType::kView;
  track.event.item = "lamp";
  track.event.message_id = "m";
  const auto told = client.ask(track);
  ASSERT_TRUE(told.ok());
  ASSERT_TRUE(std::holds_alternative<api::Accepted>(told.value()));
  records::Positions far = client.positions();
  std::erase_if(far, [](const auto& one) { return one.stream.topic != records::Topic::kEvents; });
  ASSERT_EQ(far.size(), 1u);
  far[0].offset += 1'000'000;
  ++far[0].author.sequence;
  const int connection = ask_http(node->http_at(), "/v1/profiles/ada?position=" + json::position_text(far));
  client.remember(far);
  api::Request request;
  request.queries.emplace_back(api::GetProfile{"ada", {}});
  client.call(request, [](client::Outcome) {});
  ASSERT_TRUE(comes_true([&] { return sum_of(node->metrics(), "kindred_asks_waiting") == 2; }))
      << node->metrics();

  constexpr milliseconds kTold{2'000};
  const auto began = std::chrono::steady_clock::now();
  node->drain(kTold);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, kTold) << "nobody waited: a test of nothing";
  EXPECT_LT(took, kTold * 7 / 4);
  close(connection);
}

} // namespace
} // namespace kindred::node
