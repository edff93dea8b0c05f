#include "clients/cpp/client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

#include <zmq.h>

#include "clients/cpp/positions.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::client {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kQueueMax = 65'536; // messages in ZeroMQ's own queues, each way
constexpr std::int64_t kAnswerBytesMax = 16 << 20;
constexpr int kReconnectMs = 50;
constexpr int kReconnectMsMax = 1'000;
constexpr int kHeartbeatMs = 2'000;
constexpr int kHandshakeMs = 5'000;
constexpr int kTickMs = 20; // how often deadlines are looked at
constexpr std::uint32_t kBackoffMsMin = 10;
constexpr int kReceiveBatch = 512;

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Refusals of a whole request that another try may mend.
bool worth_another_try(const api::Answer& answer, std::size_t queries) {
  if (answer.bodies.size() != 1) return false;
  const auto* error = std::get_if<api::Error>(&answer.bodies.front());
  if (error == nullptr) return false;
  switch (error->code) {
  case api::ErrorCode::kOverloaded:
  case api::ErrorCode::kNotReady:
  case api::ErrorCode::kLogUnavailable:
  case api::ErrorCode::kUnknownOutcome: return error->retry_after_ms > 0 || queries == 1;
  default: return false;
  }
}

struct Waiting {
  Bytes bytes;
  std::size_t queries = 0;
  OnAnswer on_answer;
  Steady::time_point deadline;
  Steady::time_point next_try;
  std::optional<api::Answer> refusal; ///< the newest refusal that another try might have mended
};

} // namespace

std::string_view name_of(Failure failure) {
  switch (failure) {
  case Failure::kNoAnswer: return "noAnswer";
  case Failure::kBadEndpoint: return "badEndpoint";
  case Failure::kTooLarge: return "tooLarge";
  case Failure::kTooManyWaiting: return "tooManyWaiting";
  case Failure::kBadAnswer: return "badAnswer";
  case Failure::kClosed: return "closed";
  }
  return "unknown";
}

struct Client::Impl {
  explicit Impl(Options given) : options(std::move(given)) {
    std::random_device entropy;
    next_id = (std::uint64_t{entropy()} << 32 | entropy()) & 0x7fffffffffffffffULL;
    key_high = std::uint64_t{entropy()} << 32 | entropy();
    wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    context = zmq_ctx_new();
    socket = zmq_socket(context, ZMQ_DEALER);
    configure();
    endpoint_ok = zmq_connect(socket, options.endpoint.c_str()) == 0;
    thread = std::thread([this] { run(); });
  }

  ~Impl() {
    stopping = true;
    ring();
    thread.join();
    zmq_close(socket);
    zmq_ctx_term(context);
    close(wake);
  }

  void set(int option, int value) { zmq_setsockopt(socket, option, &value, sizeof value); }

  void configure() {
    set(ZMQ_LINGER, 0);
    set(ZMQ_SNDHWM, kQueueMax);
    set(ZMQ_RCVHWM, kQueueMax);
    set(ZMQ_RECONNECT_IVL, kReconnectMs);
    set(ZMQ_RECONNECT_IVL_MAX, kReconnectMsMax);
    set(ZMQ_HANDSHAKE_IVL, kHandshakeMs);
    set(ZMQ_HEARTBEAT_IVL, kHeartbeatMs);
    set(ZMQ_HEARTBEAT_TIMEOUT, 3 * kHeartbeatMs);
    zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &kAnswerBytesMax, sizeof kAnswerBytesMax);
  }

  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake, &one, sizeof one);
  }

  Problem no_answer(const char* why) const {
    return {Failure::kNoAnswer,
            "no answer from " + options.endpoint + " (" + why +
                "): is `kindred serve` running there? `kindredctl doctor` looks; writes may be "
                "sent again with the same message ids"};
  }

  // ---- caller's side ----

  void submit(api::Request request, OnAnswer on_answer) {
    if (!endpoint_ok) {
      on_answer(Problem{Failure::kBadEndpoint, "cannot connect to '" + options.endpoint +
                                                   "': an endpoint looks like tcp://127.0.0.1:7400"});
      return;
    }
    const auto now = Steady::now();
    Waiting call;
    const std::uint64_t id = fill(request);
    call.queries = request.queries.size();
    call.bytes = schemas::encode_request(request);
    if (call.bytes.size() > api::kRequestBytesMax) {
      on_answer(Problem{Failure::kTooLarge, "the request has " + std::to_string(call.bytes.size()) +
                                                " bytes, at most " + std::to_string(api::kRequestBytesMax) +
                                                " are taken: send it in parts"});
      return;
    }
    call.on_answer = std::move(on_answer);
    call.deadline = now + std::chrono::milliseconds(request.remaining_ms);
    call.next_try = now;
    {
      std::unique_lock lock(mutex);
      if (waiting_count >= options.waiting_max) {
        lock.unlock();
        call.on_answer(Problem{Failure::kTooManyWaiting, std::to_string(options.waiting_max) +
                                                             " calls are under way: wait for answers first"});
        return;
      }
      ++waiting_count;
      outbox.emplace_back(id, std::move(call));
    }
    ring();
  }

  /// Fills what the caller left open: ids, deadline, tenant, positions.
  std::uint64_t fill(api::Request& request) {
    const std::uint64_t id = next_id.fetch_add(1);
    request.request_id = id;
    if (request.idempotency_key.empty()) request.idempotency_key = to_hex({key_high, id});
    if (request.tenant.empty()) request.tenant = options.tenant;
    if (request.remaining_ms == 0) request.remaining_ms = options.deadline_ms;
    if (request.deadline_us == 0) request.deadline_us = wall_us() + std::int64_t{request.remaining_ms} * 1000;
    if (options.read_your_writes) {
      const std::lock_guard lock(mutex);
      merge(request.positions, seen);
      if (!request.positions.empty() && request.consistency == api::Consistency::kAny) {
        request.consistency = api::Consistency::kPosition;
      }
    }
    return id;
  }

  // ---- the I/O thread ----

  void run() {
    while (!stopping) {
      zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0}, {nullptr, wake, ZMQ_POLLIN, 0}};
      zmq_poll(items, 2, kTickMs);
      std::uint64_t drained = 0;
      [[maybe_unused]] const auto got = read(wake, &drained, sizeof drained);
      take_outbox();
      receive();
      look_at_time(Steady::now());
    }
    fail_all();
  }

  void take_outbox() {
    std::vector<std::pair<std::uint64_t, Waiting>> fresh;
    {
      const std::lock_guard lock(mutex);
      fresh.swap(outbox);
    }
    for (auto& [id, call] : fresh) send(calls.emplace(id, std::move(call)).first->second);
  }

  void send(Waiting& call) {
    const int sent = zmq_send(socket, call.bytes.data(), call.bytes.size(), ZMQ_DONTWAIT);
    const auto wait = sent >= 0 ? options.try_ms : kBackoffMsMin; // a full queue: try again soon
    call.next_try = Steady::now() + std::chrono::milliseconds(wait);
  }

  void receive() {
    for (int n = 0; n < kReceiveBatch; ++n) {
      zmq_msg_t message;
      zmq_msg_init(&message);
      if (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&message);
        return;
      }
      auto answer =
          schemas::decode_answer({static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message)});
      zmq_msg_close(&message);
      if (answer.ok())
        take(answer.take());
      else
        ++bad_answers;
    }
    ring(); // more may be waiting
  }

  void take(api::Answer answer) {
    const auto found = calls.find(answer.request_id);
    if (found == calls.end()) return; // the answer of an earlier try
    Waiting& call = found->second;
    if (worth_another_try(answer, call.queries)) {
      const auto pause = std::max(kBackoffMsMin, std::get<api::Error>(answer.bodies.front()).retry_after_ms);
      const auto next = Steady::now() + std::chrono::milliseconds(pause);
      if (next < call.deadline) {
        call.next_try = next;
        call.refusal = std::move(answer);
        return;
      }
    }
    if (options.read_your_writes) {
      const std::lock_guard lock(mutex);
      merge(seen, answer.positions);
    }
    finish(found, std::move(answer));
  }

  void look_at_time(Steady::time_point now) {
    if (now < next_look) return;
    next_look = now + std::chrono::milliseconds(kTickMs / 2);
    std::vector<std::uint64_t> late;
    for (auto& [id, call] : calls) {
      if (now >= call.deadline) {
        late.push_back(id);
      } else if (now >= call.next_try) {
        ++resends;
        send(call);
      }
    }
    for (const auto id : late) {
      const auto found = calls.find(id);
      if (found->second.refusal)
        finish(found, std::move(*found->second.refusal));
      else
        finish(found, no_answer("the deadline passed"));
    }
  }

  template <class Found>
  void finish(Found found, Outcome outcome) {
    const OnAnswer on_answer = std::move(found->second.on_answer);
    calls.erase(found);
    {
      const std::lock_guard lock(mutex);
      --waiting_count;
    }
    on_answer(std::move(outcome));
  }

  void fail_all() {
    take_outbox();
    while (!calls.empty()) finish(calls.begin(), Problem{Failure::kClosed, "the client was closed"});
  }

  const Options options;
  std::atomic<std::uint64_t> next_id{0};
  std::uint64_t key_high = 0;
  int wake = -1;
  void* context = nullptr;
  void* socket = nullptr; // I/O thread's, after the constructor
  bool endpoint_ok = false;

  std::mutex mutex; // guards the next three
  std::vector<std::pair<std::uint64_t, Waiting>> outbox;
  std::size_t waiting_count = 0;
  records::Positions seen;

  std::unordered_map<std::uint64_t, Waiting> calls; // I/O thread's
  Steady::time_point next_look{};
  std::atomic<std::uint64_t> resends{0};
  std::uint64_t bad_answers = 0;
  std::atomic<bool> stopping{false};
  std::thread thread;
};

Client::Client(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

void Client::call(api::Request request, OnAnswer on_answer) {
  impl_->submit(std::move(request), std::move(on_answer));
}

Outcome Client::call(api::Request request) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable opened;
    std::optional<Outcome> outcome;
  } gate;
  impl_->submit(std::move(request), [&gate](Outcome outcome) {
    const std::lock_guard lock(gate.mutex);
    gate.outcome.emplace(std::move(outcome));
    gate.opened.notify_one();
  });
  std::unique_lock lock(gate.mutex);
  gate.opened.wait(lock, [&gate] { return gate.outcome.has_value(); });
  return std::move(*gate.outcome);
}

Result<api::AnswerBody, Problem> Client::ask(api::Query query) {
  api::Request request;
  request.queries.push_back(std::move(query));
  Outcome outcome = call(std::move(request));
  if (!outcome.ok()) return outcome.error();
  if (outcome.value().bodies.size() != 1)
    return Problem{Failure::kBadAnswer, "the answer does not fit the question"};
  return std::move(outcome.value().bodies.front());
}

records::Positions Client::positions() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seen;
}

void Client::remember(const records::Positions& positions) {
  const std::lock_guard lock(impl_->mutex);
  merge(impl_->seen, positions);
}

std::uint64_t Client::resends() const { return impl_->resends; }

} // namespace kindred::client
