#include "nodes/kindred/links.hpp"

#include <gtest/gtest.h>

namespace kindred::node {
namespace {

/// Keeps what it was given.
struct Recorder final : ports::Link {
  void reply(std::vector<Outgoing> answers) override {
    ++calls;
    for (auto& answer : answers) replies.push_back(std::move(answer));
  }
  void publish(std::string topic, Bytes notification) override {
    published.emplace_back(topic, notification);
  }
  int calls = 0;
  std::vector<Outgoing> replies;
  std::vector<std::pair<std::string, Bytes>> published;
};

struct LinksTest : testing::Test {
  static ports::Link::Outgoing to(std::uint32_t link) {
    ports::Link::Outgoing answer;
    answer.to.link = link;
    return answer;
  }
  Recorder zmq;
  std::vector<ports::Link::Outgoing> http;
  Links links{zmq, [this](ports::Link::Outgoing answer) { http.push_back(std::move(answer)); }};
};

TEST_F(LinksTest, EachAnswerGoesBackTheWayItsRequestCame) {
  std::vector<ports::Link::Outgoing> answers;
  for (const auto link : {Links::kZmq, Links::kHttp, Links::kZmq}) answers.push_back(to(link));
  links.reply(std::move(answers));
  EXPECT_EQ(zmq.replies.size(), 2u);
  EXPECT_EQ(zmq.calls, 1) << "one batch, one wake-up";
  EXPECT_EQ(http.size(), 1u);
}

TEST_F(LinksTest, TheSocketIsNotWokenForNothing) {
  std::vector<ports::Link::Outgoing> answers;
  answers.push_back(to(Links::kHttp));
  links.reply(std::move(answers));
  EXPECT_EQ(zmq.calls, 0);
}

TEST_F(LinksTest, NotificationsArePublishedOverZeroMQ) {
  links.publish("effects", "bytes");
  ASSERT_EQ(zmq.published.size(), 1u);
  EXPECT_EQ(zmq.published[0].first, "effects");
}

} // namespace
} // namespace kindred::node
