#include "clients/cpp/client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "clients/cpp/exchange.hpp"
#include "clients/cpp/positions.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::client {

namespace {

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Asked twice it is answered twice and nothing else: no write, no order to a learner or a node, nothing dear.
bool is_cheap_read(const api::Query& query) {
  if (const auto* decide = std::get_if<api::Decide>(&query)) return !decide->durable && !decide->assume_shown;
  return !api::is_write(query) && !std::holds_alternative<api::TrainModel>(query) &&
         !std::holds_alternative<api::ChangeModel>(query) && !std::holds_alternative<api::DrainNode>(query) &&
         !std::holds_alternative<api::Replay>(query);
}

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
  explicit Impl(Options given)
      : options(std::move(given)), endpoints(endpoints_in(options.endpoint)), routes(endpoints),
        exchange(options, endpoints, routes, mutex, next_id, counters) {
    std::random_device entropy;
    next_id = (std::uint64_t{entropy()} << 32 | entropy()) & 0x7fffffffffffffffULL;
    key_high = std::uint64_t{entropy()} << 32 | entropy();
    wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    exchange.on_positions = [this](const records::Positions& positions) {
      if (!options.read_your_writes) return;
      const std::lock_guard lock(mutex);
      merge(seen, positions);
    };
    exchange.on_finished = [this] {
      const std::lock_guard lock(mutex);
      --waiting_count;
    };
    thread = std::thread([this] { run(); });
  }

  ~Impl() {
    stopping = true;
    ring();
    thread.join();
    close(wake);
  }

  void ring() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake, &one, sizeof one);
  }

  // ---- caller's side ----

  std::optional<Problem> unfit() const {
    const std::string& bad = endpoints.empty() ? options.endpoint : exchange.bad_endpoint();
    if (!endpoints.empty() && bad.empty()) return std::nullopt;
    return Problem{Failure::kBadEndpoint,
                   "cannot connect to '" + bad + "': an endpoint looks like tcp://127.0.0.1:7400"};
  }

  void submit(api::Request request, OnAnswer on_answer) {
    if (auto problem = unfit()) return on_answer(std::move(*problem));
    Call call;
    const std::uint64_t id = fill(request, call);
    call.queries = request.queries.size();
    call.bytes = schemas::encode_request(request);
    if (call.bytes.size() > api::kRequestBytesMax) {
      on_answer(Problem{Failure::kTooLarge, "the request has " + std::to_string(call.bytes.size()) +
                                                " bytes, at most " + std::to_string(api::kRequestBytesMax) +
                                                " are taken: send it in parts"});
      return;
    }
    call.hedged =
        options.hedge_reads && std::all_of(request.queries.begin(), request.queries.end(), is_cheap_read);
    call.on_answer = std::move(on_answer);
    call.deadline = Steady::now() + std::chrono::milliseconds(request.remaining_ms);
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

  /// Fills what the caller left open: ids, deadline, tenant, positions; and says where it goes.
  std::uint64_t fill(api::Request& request, Call& call) {
    const std::uint64_t id = next_id.fetch_add(1);
    request.request_id = id;
    if (request.idempotency_key.empty()) request.idempotency_key = to_hex({key_high, id});
    for (std::size_t i = 0; i < request.queries.size(); ++i) // made twice it explores alike, whoever makes it
      if (auto* decide = std::get_if<api::Decide>(&request.queries[i]); decide && decide->request_id.empty())
        decide->request_id = request.idempotency_key + "#" + std::to_string(i);
    if (request.tenant.empty()) request.tenant = options.tenant;
    if (request.remaining_ms == 0) request.remaining_ms = options.deadline_ms;
    if (request.deadline_us == 0) request.deadline_us = wall_us() + std::int64_t{request.remaining_ms} * 1000;
    const std::lock_guard lock(mutex);
    call.order = routes.order(request);
    if (options.read_your_writes) {
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
      take_outbox();
      exchange.turn(wake);
    }
    take_outbox();
    exchange.fail_all({Failure::kClosed, "the client was closed"});
  }

  void take_outbox() {
    std::vector<std::pair<std::uint64_t, Call>> fresh;
    {
      const std::lock_guard lock(mutex);
      fresh.swap(outbox);
    }
    for (auto& [id, call] : fresh) exchange.begin(id, std::move(call));
  }

  const Options options;
  const std::vector<std::string> endpoints;
  std::atomic<std::uint64_t> next_id{0};
  std::uint64_t key_high = 0;
  int wake = -1;

  std::mutex mutex; // guards the next four
  std::vector<std::pair<std::uint64_t, Call>> outbox;
  std::size_t waiting_count = 0;
  records::Positions seen;
  Routes routes;

  Exchange::Counters counters;
  Exchange exchange; // I/O thread's, after the constructor
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

Counts Client::counts() const {
  const auto& all = impl_->counters;
  return {all.resends, all.moved, all.hedges, all.hedges_won};
}

} // namespace kindred::client
