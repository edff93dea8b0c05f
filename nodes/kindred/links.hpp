#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "actors/ports/link.hpp"

namespace kindred::node {

/// The node's way out: answers go to the adapter that took the request, notifications to ZeroMQ. Thread-safe as its
/// parts are; owns none of them.
class Links final : public ports::Link {
public:
  static constexpr std::uint32_t kZmq = 1;
  static constexpr std::uint32_t kHttp = 2;

  Links(ports::Link& zmq, std::function<void(Outgoing)> http) : zmq_(zmq), http_(std::move(http)) {}

  void reply(std::vector<Outgoing> answers) override {
    std::erase_if(answers, [this](Outgoing& answer) {
      if (answer.to.link != kHttp) return false;
      http_(std::move(answer));
      return true;
    });
    if (!answers.empty()) zmq_.reply(std::move(answers));
  }
  void publish(std::string topic, Bytes notification) override {
    zmq_.publish(std::move(topic), std::move(notification));
  }

private:
  ports::Link& zmq_;
  const std::function<void(Outgoing)> http_;
};

} // namespace kindred::node
