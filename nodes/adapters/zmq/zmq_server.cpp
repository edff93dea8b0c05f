#include "nodes/adapters/zmq/zmq_server.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "nodes/adapters/threads/steady_us.hpp"
#include "nodes/adapters/threads/thread_role.hpp"
#include "nodes/adapters/zmq/frame.hpp"
#include "nodes/adapters/zmq/sockets.hpp"
#include "nodes/adapters/zmq/ticket_table.hpp"
#include "schemas/api.hpp"

namespace kindred::adapters {

namespace {

constexpr int kTickMs = 100; // how often the clock is looked at when nothing happens
constexpr std::int64_t kExpireEvery_us = 1'000'000;

} // namespace

class ZmqServer::Loop {
public:
  explicit Loop(Settings settings)
      : settings_(std::move(settings)), tickets_(settings_.requests_max, settings_.request_bytes_max) {}

  ~Loop() {
    stop(std::chrono::milliseconds(0));
    router_ = {};
    publisher_ = {};
    if (context_ != nullptr) zmq_ctx_term(context_);
    if (wake_ >= 0) ::close(wake_);
  }

  Result<Done, LinkFailure> bind() {
    context_ = zmq_ctx_new();
    wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    router_ = router_socket(context_);
    if (auto bound = router_.bind(settings_.listen, listening_at); !bound.ok()) return bound;
    if (settings_.notify.empty()) return Done{};
    publisher_ = publisher_socket(context_);
    return publisher_.bind(settings_.notify, notifying_at);
  }

  void start(OnBatch on_batch) {
    assert(!thread_.joinable());
    on_batch_ = std::move(on_batch);
    thread_ = std::thread([this] {
      take_role("zmq", Share::kAnswers);
      run();
    });
  }

  void drain() { draining_ = true; }

  void stop(std::chrono::milliseconds patience) {
    const std::lock_guard once(stopping_);
    if (!thread_.joinable()) return;
    drain();
    stop_by_us_ = steady_us() + std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
    ring();
    thread_.join();
    const int linger_ms = static_cast<int>(settings_.linger.count());
    router_.set(ZMQ_LINGER, linger_ms);
    if (publisher_.get() != nullptr) publisher_.set(ZMQ_LINGER, linger_ms);
  }

  void reply(std::vector<Outgoing> answers) {
    bool idle = false;
    {
      const std::lock_guard lock(outbox_mutex_);
      idle = answers_.empty() && notifications_.empty();
      if (answers_.empty()) {
        answers_ = std::move(answers);
      } else {
        for (auto& answer : answers) answers_.push_back(std::move(answer));
      }
    }
    // The socket's own thread looks into the outbox anyway before it sleeps.
    if (idle && std::this_thread::get_id() != thread_id_.load(std::memory_order_relaxed)) ring();
  }

  void publish(std::string topic, Bytes notification) {
    if (publisher_.get() == nullptr) return;
    bool idle = false;
    {
      const std::lock_guard lock(outbox_mutex_);
      if (notifications_.size() >= settings_.notifications_max) {
        ZmqProbe::add_shared(probe.notifications_dropped);
        return;
      }
      idle = answers_.empty() && notifications_.empty();
      notifications_.emplace_back(std::move(topic), std::move(notification));
    }
    if (idle) ring();
  }

  ZmqProbe probe;
  std::string listening_at;
  std::string notifying_at;

private:
  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
  }

  // ---- the socket's thread ----

  void run() {
    thread_id_ = std::this_thread::get_id();
    while (!ended()) {
      // As long as there is something to do nobody sleeps: a poll costs as much as some requests.
      const bool received = take_requests();
      const bool sent = send_outbox();
      if (!received && !sent) sleep();
      look_at_time();
    }
    send_outbox();
  }

  void sleep() {
    zmq_pollitem_t items[] = {{router_.get(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_, ZMQ_POLLIN, 0}};
    zmq_poll(items, 2, kTickMs);
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
      std::uint64_t rings = 0;
      [[maybe_unused]] const auto got = ::read(wake_, &rings, sizeof rings);
    }
  }

  bool ended() {
    const auto stop_by_us = stop_by_us_.load();
    if (stop_by_us == kNever) return false;
    return tickets_.count() == 0 || steady_us() >= stop_by_us;
  }

  bool take_requests() {
    if (!id_.receive(router_.get())) return false;
    std::vector<Incoming> batch;
    batch.reserve(batch_expected_);
    const std::int64_t now_us = steady_us();
    std::size_t taken = 1;
    take_request(batch, now_us);
    for (; taken < kDrainMax && id_.receive(router_.get()); ++taken) take_request(batch, now_us);
    ZmqProbe::set(probe.outstanding, tickets_.count());
    ZmqProbe::set(probe.outstanding_bytes, tickets_.bytes());
    if (batch.empty()) return true;
    batch_expected_ = batch.size();
    ZmqProbe::add(probe.batches);
    on_batch_(std::move(batch));
    return true;
  }

  /// The peer's routing id was received. Frames behind it: [empty] request.
  void take_request(std::vector<Incoming>& batch, std::int64_t now_us) {
    bool delimited = false;
    if (!next_frame(id_)) return;
    if (payload_.view().empty() && payload_.more()) {
      delimited = true;
      next_frame(payload_);
    }
    if (payload_.more()) {
      while (payload_.more() && payload_.receive(router_.get())) {
      }
      ZmqProbe::add(probe.misframed);
      return;
    }
    const BytesView request = payload_.view();
    ZmqProbe::add(probe.received);
    ZmqProbe::add(probe.received_bytes, request.size());
    if (const auto refusal = admission(request.size())) {
      ZmqProbe::add(probe.refused[static_cast<std::size_t>(*refusal)]);
      answer({Bytes(id_.view()), delimited}, encode_refusal(*refusal, request));
      return;
    }
    const auto ticket = tickets_.issue(id_.view(), delimited, request.size(), now_us);
    batch.push_back({{settings_.link, ticket}, Bytes(request), now_us});
  }

  bool next_frame(Frame& last) {
    if (last.more() && payload_.receive(router_.get())) return true;
    ZmqProbe::add(probe.misframed);
    return false;
  }

  std::optional<Refusal> admission(std::size_t bytes) const {
    if (draining_.load(std::memory_order_relaxed)) return Refusal::kDraining;
    if (bytes > api::kRequestBytesMax) return Refusal::kTooLarge;
    const auto refused = tickets_.refusal(bytes);
    if (!refused) return std::nullopt;
    return *refused == TicketTable::Refused::kTooMany ? Refusal::kTooMany : Refusal::kTooManyBytes;
  }

  void answer(TicketTable::Waiter waiter, Bytes bytes) {
    // A peer that is gone (EHOSTUNREACH) or does not read (EAGAIN) fails at the first frame, never behind it.
    bool sent = zmq_send(router_.get(), waiter.routing_id.data(), waiter.routing_id.size(),
                         ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
    if (sent && waiter.delimited) sent = zmq_send(router_.get(), "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0;
    if (sent) sent = send_frame(router_.get(), std::move(bytes), 0);
    ZmqProbe::add(sent ? probe.answered : probe.answers_lost);
  }

  bool send_outbox() {
    {
      const std::lock_guard lock(outbox_mutex_);
      answers_.swap(answers_in_hand_);
      notifications_.swap(notifications_in_hand_);
    }
    for (auto& outgoing : answers_in_hand_) {
      auto waiter = tickets_.redeem(outgoing.to.ticket);
      if (!waiter) {
        ZmqProbe::add(probe.answers_late);
        continue;
      }
      answer(std::move(*waiter), std::move(outgoing.bytes));
    }
    for (auto& [topic, bytes] : notifications_in_hand_) {
      const bool sent = send_frame(publisher_.get(), std::move(topic), ZMQ_SNDMORE) &&
                        send_frame(publisher_.get(), std::move(bytes), 0);
      ZmqProbe::add_shared(sent ? probe.published : probe.notifications_dropped);
    }
    if (!answers_in_hand_.empty()) {
      ZmqProbe::set(probe.outstanding, tickets_.count());
      ZmqProbe::set(probe.outstanding_bytes, tickets_.bytes());
    }
    const bool any = !answers_in_hand_.empty() || !notifications_in_hand_.empty();
    answers_in_hand_.clear();
    notifications_in_hand_.clear();
    return any;
  }

  void look_at_time() {
    const auto now_us = steady_us();
    if (now_us < next_expiry_us_) return;
    next_expiry_us_ = now_us + kExpireEvery_us;
    if (const auto expired = tickets_.expire(now_us - kAnswerWaitMax_us); expired != 0)
      ZmqProbe::add(probe.expired, expired);
  }

  static constexpr std::int64_t kNever = INT64_MAX;

  const Settings settings_;
  void* context_ = nullptr;
  int wake_ = -1;
  ZmqSocket router_;
  ZmqSocket publisher_;
  OnBatch on_batch_;
  std::mutex stopping_;
  std::atomic<bool> draining_{false};
  std::atomic<std::int64_t> stop_by_us_{kNever};

  std::mutex outbox_mutex_; ///< of the two below
  std::vector<Outgoing> answers_;
  std::vector<std::pair<std::string, Bytes>> notifications_;

  // The socket's thread only.
  TicketTable tickets_;
  Frame id_;
  Frame payload_;
  std::vector<Outgoing> answers_in_hand_;
  std::vector<std::pair<std::string, Bytes>> notifications_in_hand_;
  std::size_t batch_expected_ = 1;
  std::int64_t next_expiry_us_ = 0;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

ZmqServer::ZmqServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
ZmqServer::~ZmqServer() = default;

Result<std::unique_ptr<ZmqServer>, LinkFailure> ZmqServer::open(Settings settings) {
  auto loop = std::make_unique<Loop>(std::move(settings));
  if (auto bound = loop->bind(); !bound.ok()) return bound.error();
  return std::unique_ptr<ZmqServer>(new ZmqServer(std::move(loop)));
}

void ZmqServer::start(OnBatch on_batch) { loop_->start(std::move(on_batch)); }
void ZmqServer::drain() { loop_->drain(); }
void ZmqServer::stop(std::chrono::milliseconds patience) { loop_->stop(patience); }
void ZmqServer::reply(std::vector<Outgoing> answers) { loop_->reply(std::move(answers)); }
void ZmqServer::publish(std::string topic, Bytes notification) {
  loop_->publish(std::move(topic), std::move(notification));
}
const std::string& ZmqServer::listening_at() const { return loop_->listening_at; }
const std::string& ZmqServer::notifying_at() const { return loop_->notifying_at; }
const ZmqProbe& ZmqServer::probe() const { return loop_->probe; }

} // namespace kindred::adapters
