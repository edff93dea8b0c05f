#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/ports/link.hpp"
#include "engine/base/result.hpp"
#include "nodes/adapters/zmq/link_failure.hpp"
#include "nodes/adapters/zmq/zmq_probe.hpp"

namespace kindred::adapters {

/// Requests and answers over a ZeroMQ ROUTER, notifications over a PUB: the port Link.
///
/// One thread owns both sockets. Each time it wakes it takes up to kDrainMax requests, turns away what admission does not
/// allow (typed answer, nothing decoded), hands the rest on in one batch, and sends the answers that others put into the
/// outbox (a vector swapped under a mutex, with an eventfd to wake it).
///
///   open ── start ──> running ── drain ──> draining: refuses new requests, answers those under way ── stop ──> ended
///
/// Law of stopping: after `stop` returned `on_batch` is not running and never will be; answers given before are sent
/// (peers get `linger` to take them), answers given later vanish. `stop` and the destructor wait for no one else.
/// `reply` and `publish` from any thread, at any time.
class ZmqServer final : public ports::Link {
public:
  struct Incoming {
    ports::ReplyTo to;
    Bytes bytes;
    std::int64_t received_us = 0; ///< steady clock
  };
  /// On the socket's thread; return quickly: carry it on as a message.
  using OnBatch = std::function<void(std::vector<Incoming>)>;

  struct Settings {
    std::string listen = "tcp://127.0.0.1:7400"; ///< port 0: any free one
    std::string notify = "tcp://127.0.0.1:7401"; ///< empty: none
    std::uint32_t link = 1;                      ///< goes into ReplyTo
    std::size_t requests_max = 20'000;           ///< without an answer
    std::size_t request_bytes_max = 256 << 20;   ///< of these
    std::size_t notifications_max = 100'000;     ///< waiting for the socket's thread
    std::chrono::milliseconds linger{500};       ///< what peers get to take their last answers
  };

  static constexpr std::size_t kDrainMax = 512;
  static constexpr std::int64_t kAnswerWaitMax_us =
      120'000'000; ///< then whoever should have answered has died

  /// Binds both endpoints; nothing is received yet.
  static Result<std::unique_ptr<ZmqServer>, LinkFailure> open(Settings settings);
  ~ZmqServer() override;

  /// Once.
  void start(OnBatch on_batch);
  void drain();
  /// Waits at most `patience` for requests under way to be answered, then ends. Idempotent.
  void stop(std::chrono::milliseconds patience);

  void reply(std::vector<Outgoing> answers) override;
  void publish(std::string topic, Bytes notification) override;

  /// The endpoints as bound, with the port.
  const std::string& listening_at() const;
  const std::string& notifying_at() const;
  const ZmqProbe& probe() const;

private:
  class Loop;
  explicit ZmqServer(std::unique_ptr<Loop> loop);
  const std::unique_ptr<Loop> loop_;
};

} // namespace kindred::adapters
