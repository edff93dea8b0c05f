#include "clients/cpp/exchange.hpp"

#include <algorithm>

#include <unistd.h>

#include "schemas/codec/api_codec.hpp"

namespace kindred::client {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{20};                 // how long nothing is looked at
constexpr milliseconds kLookEvery{10};            // deadlines and tries
constexpr milliseconds kBackoffMin{10};           // where nobody can be asked, or a refusal says no time
constexpr milliseconds kConnectWithin{200};       // a new connection is waited for
constexpr std::size_t kHedgesWaitingMax = 65'536; // past it a read is not hedged
constexpr int kReceiveBatch = 512;                // messages of a node in one turn
constexpr milliseconds kPingAfter{
    250}; // a question without any answer: ask something that is answered at once
constexpr milliseconds kSilentAfter{500}; // and so long after that
constexpr milliseconds kPingAgain{1'000};
constexpr milliseconds kMapEvery{5'000};
constexpr milliseconds kNoMapFor{60'000}; // the server is in no cluster

const api::Error* refusal_of(const api::Answer& answer) {
  return answer.bodies.size() == 1 ? std::get_if<api::Error>(&answer.bodies.front()) : nullptr;
}

/// Refusals of a whole request that another try may mend.
bool worth_another_try(const api::Error& error, std::size_t queries) {
  switch (error.code) {
  case api::ErrorCode::kOverloaded:
  case api::ErrorCode::kNotReady:
  case api::ErrorCode::kDraining:
  case api::ErrorCode::kLogUnavailable:
  case api::ErrorCode::kUnknownOutcome: return error.retry_after_ms > 0 || queries == 1;
  default: return false;
  }
}

} // namespace

Exchange::Exchange(const Options& options, const std::vector<std::string>& endpoints, Routes& routes,
                   std::mutex& mutex, std::atomic<std::uint64_t>& next_id, Counters& counters)
    : options_(options), routes_(routes), mutex_(mutex), next_id_(next_id), counters_(counters),
      context_(zmq_ctx_new()) {
  for (const auto& endpoint : endpoints) {
    const auto number = static_cast<Number>(nodes_.size());
    connect(number, endpoint);
    if (!nodes_.at(number).connection->ok() && bad_endpoint_.empty()) bad_endpoint_ = endpoint;
  }
}

Exchange::~Exchange() {
  nodes_.clear();
  zmq_ctx_term(context_);
}

void Exchange::connect(Number number, const std::string& endpoint) {
  nodes_[number].connection = std::make_unique<NodeConnection>(context_, endpoint, number);
  nodes_[number].connecting = Steady::now();
}

// ---- one turn ----

void Exchange::turn(int wake) {
  std::vector<zmq_pollitem_t> items{{nullptr, wake, ZMQ_POLLIN, 0}};
  for (const auto& [number, node] : nodes_) {
    items.push_back({node.connection->socket(), 0, ZMQ_POLLIN, 0});
    items.push_back({node.connection->monitor(), 0, ZMQ_POLLIN, 0});
  }
  auto patience = more_ ? milliseconds(0) : kTick;
  if (!hedges_.empty()) {
    const auto left = std::chrono::ceil<milliseconds>(hedges_.front().first - Steady::now());
    patience = std::clamp(left, milliseconds(0), patience);
  }
  zmq_poll(items.data(), static_cast<int>(items.size()), patience.count());
  std::uint64_t drained = 0;
  [[maybe_unused]] const auto got = read(wake, &drained, sizeof drained);

  more_ = false;
  std::vector<Number> numbers; // what comes may make nodes known and forgotten
  for (const auto& [number, node] : nodes_) numbers.push_back(number);
  for (const auto number : numbers) receive(number);
  for (const auto number : numbers)
    if (const auto node = nodes_.find(number); node != nodes_.end()) look_at(number, node->second);
  hedge();
  look_at_time(Steady::now());
}

void Exchange::look_at(Number number, Node& node) {
  using Change = NodeConnection::Change;
  for (Change change; (change = node.connection->look()) != Change::kNone;) {
    node.asked.reset();
    node.pinged.reset();
    node.silent = false;
    if (change == Change::kDown) leave(number);
    ask_waiting(); // or is known not to be there
  }
}

/// What could be asked of nobody is tried now.
void Exchange::ask_waiting() {
  for (auto& [id, call] : calls_)
    if (!call.at && (!call.refusal || call.next_try <= Steady::now())) ask(id, call);
}

/// What is at the node goes to the next one.
void Exchange::leave(Number number) {
  for (auto& [id, call] : calls_) {
    if (call.second == number) call.second.reset();
    if (call.at != number) continue;
    ++counters_.moved;
    if (call.second)
      call.at = std::exchange(call.second, std::nullopt);
    else
      ask_next(id, call);
  }
}

// ---- asking ----

void Exchange::begin(std::uint64_t id, Call call) {
  UnderWay& one = calls_[id];
  static_cast<Call&>(one) = std::move(call);
  used_ = true;
  ask(id, one);
}

bool Exchange::send(Number number, const Bytes& bytes) {
  Node& node = nodes_.at(number);
  if (!node.connection->send(bytes)) return false;
  if (!node.asked) node.asked = Steady::now();
  return true;
}

/// A place in the call's order: the first that is up and talks, from where it is on; else the first that is up. None, too,
/// where one before it is only just being connected.
std::optional<std::size_t> Exchange::usable(const UnderWay& call, std::optional<Number> except) const {
  for (const bool silent_too : {false, true})
    for (std::size_t i = 0; i < call.order.size(); ++i) {
      const std::size_t turn = (call.turn + i) % call.order.size();
      const auto node = nodes_.find(call.order[turn]);
      if (node == nodes_.end() || call.order[turn] == except) continue;
      const auto& connection = *node->second.connection;
      if (connection.is_up() && (silent_too || !node->second.silent)) return turn;
      if (!connection.is_tried() && Steady::now() - node->second.connecting < kConnectWithin)
        return std::nullopt;
    }
  return std::nullopt;
}

void Exchange::ask(std::uint64_t id, UnderWay& call) {
  call.asked = Steady::now();
  call.at.reset();
  call.second.reset();
  const auto turn = usable(call, std::nullopt);
  if (!turn || !send(call.order[*turn], call.bytes)) {
    call.next_try = call.asked + kBackoffMin; // nobody is there, or its queue is full
    return;
  }
  call.turn = *turn;
  call.at = call.order[*turn];
  call.next_try = call.asked + milliseconds(options_.try_ms);
  if (call.hedged && nodes_.size() > 1 && hedges_.size() < kHedgesWaitingMax)
    hedges_.emplace_back(call.asked + std::chrono::microseconds(hedging_.after_us()), id);
}

void Exchange::ask_next(std::uint64_t id, UnderWay& call) {
  if (call.at) call.turn = (call.turn + 1) % call.order.size();
  ask(id, call);
}

void Exchange::hedge() {
  const auto now = Steady::now();
  for (; !hedges_.empty() && hedges_.front().first <= now; hedges_.pop_front()) {
    const auto found = calls_.find(hedges_.front().second);
    if (found == calls_.end()) continue;
    UnderWay& call = found->second;
    if (!call.at || call.second) continue;
    const auto turn = usable(call, call.at);
    if (!turn || nodes_.at(call.order[*turn]).silent || !hedging_.take()) continue;
    if (!send(call.order[*turn], call.bytes)) continue;
    call.second = call.order[*turn];
    ++counters_.hedges;
  }
}

// ---- answers ----

void Exchange::receive(Number number) {
  for (int n = 0; n < kReceiveBatch; ++n) {
    const auto node = nodes_.find(number);
    if (node == nodes_.end()) return;
    const auto bytes = node->second.connection->receive();
    if (!bytes) return;
    if (node->second.asked) node->second.asked = Steady::now(); // what else is there counts from now on
    node->second.pinged.reset();
    node->second.silent = false;
    auto answer = schemas::decode_answer(*bytes);
    if (answer.ok()) take(number, answer.take());
  }
  more_ = true;
}

void Exchange::take(Number from, api::Answer answer) {
  if (own_.erase(answer.request_id) != 0) return take_own(answer);
  const auto found = calls_.find(answer.request_id);
  if (found == calls_.end()) return; // the answer of an earlier try
  if (goes_on(from, found, answer)) return;
  const UnderWay& call = found->second;
  if (call.hedged)
    hedging_.took(std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - call.asked).count());
  if (call.second == from) ++counters_.hedges_won;
  on_positions(answer.positions);
  finish(found, std::move(answer));
}

/// Whether another try may mend what was refused: at another node at once, or where all said so, after a while.
bool Exchange::goes_on(Number from, Calls::iterator found, api::Answer& answer) {
  UnderWay& call = found->second;
  const api::Error* error = refusal_of(answer);
  if (error == nullptr || !worth_another_try(*error, call.queries)) return false;
  if (call.second && (from == call.second || from == call.at)) { // the other one is still at it
    call.at = from == call.second ? call.at : call.second;
    call.second.reset();
    return true;
  }
  if (from != call.at) return true; // of an earlier try
  const auto pause = std::max(kBackoffMin, milliseconds(error->retry_after_ms));
  const bool busy = error->code == api::ErrorCode::kOverloaded; // the others are not asked to do its work
  if (Steady::now() + pause >= call.deadline && (busy || call.refusals + 1 >= nodes_.size())) return false;
  call.refusal = std::move(answer);
  if (!busy && ++call.refusals < nodes_.size()) {
    ++counters_.moved;
    ask_next(found->first, call);
    return true;
  }
  if (!busy) { // all over again, from the next one
    call.refusals = 0;
    call.turn = (call.turn + 1) % call.order.size();
  }
  call.at.reset();
  call.next_try = Steady::now() + pause;
  return true;
}

void Exchange::finish(Calls::iterator found, Outcome outcome) {
  const OnAnswer on_answer = std::move(found->second.on_answer);
  calls_.erase(found);
  on_finished();
  on_answer(std::move(outcome));
}

void Exchange::fail_all(const Problem& problem) {
  while (!calls_.empty()) finish(calls_.begin(), problem);
}

// ---- time ----

void Exchange::look_at_time(Time now) {
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  std::vector<std::uint64_t> late;
  for (auto& [id, call] : calls_) {
    if (now >= call.deadline) {
      late.push_back(id);
    } else if (now >= call.next_try) {
      if (call.at) ++counters_.resends;
      ask_next(id, call);
    }
  }
  for (const auto id : late) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) continue;
    if (auto& refusal = found->second.refusal)
      finish(found, std::move(*refusal));
    else
      finish(found, no_answer());
  }
  if (nodes_.size() > 1) look_at_silence(now);
  std::erase_if(own_, [now](const auto& one) { return now >= one.second; });
  if (!options_.learn_nodes || now < next_map_ || !used_) return;
  const auto up = std::find_if(nodes_.begin(), nodes_.end(), [](const auto& one) {
    return one.second.connection->is_up() && !one.second.silent;
  });
  if (up == nodes_.end()) return;
  ask_for_map(up->first, now);
  next_map_ = now + kMapEvery;
  used_ = false;
}

void Exchange::look_at_silence(Time now) {
  for (auto& [number, node] : nodes_) {
    if (!node.connection->is_up() || !node.asked || now - *node.asked < kPingAfter) continue;
    const auto is_here = [number = number](const auto& one) {
      return one.second.at == number || one.second.second == number;
    };
    if (!node.silent && std::none_of(calls_.begin(), calls_.end(), is_here)) {
      node.asked.reset();
    } else if (!node.pinged || (node.silent && now - *node.pinged >= kPingAgain)) {
      ask_for_map(number, now);
      node.pinged = now;
    } else if (!node.silent && now - *node.pinged >= kSilentAfter) {
      node.silent = true;
      leave(number);
    }
  }
}

// ---- the map ----

void Exchange::ask_for_map(Number number, Time now) {
  api::Request request;
  request.request_id = next_id_.fetch_add(1);
  request.tenant = options_.tenant;
  request.remaining_ms = static_cast<std::uint32_t>(kMapEvery.count());
  request.queries.emplace_back(api::ShowCluster{});
  if (!send(number, schemas::encode_request(request))) return;
  own_.emplace(request.request_id, now + kMapEvery);
}

void Exchange::take_own(const api::Answer& answer) {
  if (!options_.learn_nodes || answer.bodies.size() != 1) return;
  if (const auto* cluster = std::get_if<api::Cluster>(&answer.bodies.front()))
    return cluster->map.empty() ? void() : learn(*cluster); // a node that just started knows nobody yet
  const auto* error = std::get_if<api::Error>(&answer.bodies.front());
  if (error != nullptr && error->code == api::ErrorCode::kNotFound) next_map_ = Steady::now() + kNoMapFor;
}

void Exchange::learn(const api::Cluster& cluster) {
  Routes::Changes changes;
  {
    const std::lock_guard lock(mutex_);
    changes = routes_.learn(cluster);
  }
  for (const auto& [number, endpoint] : changes.added) connect(number, endpoint);
  for (const auto number : changes.gone) {
    nodes_.erase(number);
    leave(number);
  }
  for (auto& [id, call] : calls_) // those who wait may go to who is new
    for (const auto& [number, endpoint] : changes.added) call.order.push_back(number);
}

Problem Exchange::no_answer() const {
  return {Failure::kNoAnswer, "no answer from " + options_.endpoint +
                                  " (the deadline passed): is `kindred serve` running there? `kindredctl "
                                  "doctor` looks; writes may be "
                                  "sent again with the same message ids"};
}

} // namespace kindred::client
