#include "nodes/adapters/kafka/kafka_tails.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <deque>
#include <limits>
#include <optional>
#include <set>

#include "nodes/adapters/kafka/broker_errors.hpp"
#include "nodes/adapters/kafka/client_conf.hpp"
#include "nodes/adapters/threads/thread_role.hpp"

namespace kindred::adapters {

using ports::LogEntry;
using ports::LogError;
using records::Stream;
using Clock = std::chrono::steady_clock;

namespace {
/// The thread looks at every subscription at least so often; a wake-up comes earlier.
constexpr std::chrono::milliseconds kLook{100};
constexpr std::size_t kBatch = 256; ///< messages taken from a queue at once
/// A tail for which another client does nothing gets yet another one so late at most.
constexpr std::chrono::milliseconds kRenewWaitMax{30'000};
} // namespace

struct KafkaTails::Client {
  KafkaSettings settings;
  KafkaClient client;
  std::array<KafkaTopic, kLifeTopic> topics;
  std::set<Stream> fetching;

  /// A broker told it of the cluster; asks none.
  bool heard() const {
    char* id = rd_kafka_clusterid(client.get(), 0);
    const bool known = id != nullptr;
    if (known) rd_kafka_mem_free(client.get(), id);
    return known;
  }
};

/// A client is to take the place of another.
struct KafkaTails::Renewal {
  Client& old;
  std::unique_ptr<Client> fresh;
  Clock::time_point since;
};

struct KafkaTails::Tail {
  Tail(KafkaTails& of, const Stream& which, std::uint64_t from, ports::TailSink receiver)
      : tails(of), stream(which), sink(std::move(receiver)), next(from) {}

  KafkaTails& tails;
  const Stream stream;
  const ports::TailSink sink;
  std::recursive_mutex
      delivering; ///< held while a callback runs; recursive, since a callback may end the subscription
  std::atomic<bool> over{false};
  std::atomic<std::size_t> unconsumed_bytes{0};
  std::atomic<std::uint64_t> reached{0}; ///< `next`, once something came

  // The thread's own.
  std::uint64_t next;
  std::uint64_t caught_up_at = std::numeric_limits<std::uint64_t>::max(); ///< last told
  Client* client = nullptr;
  KafkaQueue queue;
  std::deque<KafkaMessage> taken; ///< from the queue, not delivered yet
  Clock::time_point start_at{};   ///< not before, while it is not fetching
  std::optional<End> awaited;     ///< where the leader ended, not reached yet
  struct Lag {
    std::uint64_t next = 0;
    Clock::time_point since;
    std::chrono::milliseconds wait; ///< for another client
  };
  std::optional<Lag> lag;                   ///< something is known to be there, and has not come
  std::optional<Clock::time_point> doubted; ///< since when it seems to be gone, or shorter than it was
};

class KafkaTails::Handle final : public ports::Subscription {
public:
  Handle(KafkaTails& tails, TailPtr tail) : tails_(tails), tail_(std::move(tail)) {}
  ~Handle() override { tails_.remove(tail_); }
  void consumed(std::size_t bytes) override { tails_.consumed(*tail_, bytes); }

private:
  KafkaTails& tails_;
  const TailPtr tail_;
};

KafkaTails::KafkaTails(const KafkaSettings& settings, const TopicPlan& plan, const KafkaReader& reader,
                       KafkaProbe& probe, std::function<void()> on_trouble)
    : settings_(settings), plan_(plan), reader_(reader), probe_(probe), on_trouble_(std::move(on_trouble)),
      acked_ends_(settings.partitions), known_ends_(settings.partitions), heard_ticks_(settings.partitions),
      thread_([this] { run(); }) {}

KafkaTails::~KafkaTails() {
  {
    const std::lock_guard lock(mutex_);
    assert(tails_.empty() && "a subscription outlived its log");
    closing_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

std::unique_ptr<ports::Subscription> KafkaTails::add(const Stream& stream, std::uint64_t from,
                                                     ports::TailSink sink) {
  auto tail = std::make_shared<Tail>(*this, stream, from, std::move(sink));
  heard(*tail, Clock::now()); // who folds it asks for its end at that time, and is not ready before
  {
    const std::lock_guard lock(mutex_);
    tails_.push_back(tail);
  }
  wake();
  return std::make_unique<Handle>(*this, std::move(tail));
}

void KafkaTails::end(LogError error) {
  {
    const std::lock_guard lock(mutex_);
    over_ = error;
  }
  wake();
}

std::vector<KafkaPlace> KafkaTails::watched() const {
  const std::lock_guard lock(mutex_);
  std::vector<KafkaPlace> places;
  for (const auto& tail : tails_)
    if (tail->stream.topic == records::Topic::kEvents) places.push_back(TopicPlan::place_of(tail->stream));
  return places;
}

void KafkaTails::ends(const std::vector<KafkaPlace>& places,
                      const std::vector<std::optional<std::uint64_t>>& ends, Clock::time_point asked) {
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < places.size(); ++i)
      if (ends[i])
        ends_[places[i].partition] = {
            std::max(*ends[i], known_ends_.at(static_cast<std::size_t>(places[i].partition)).load()), asked};
  }
  wake();
}

namespace {
void raise(std::atomic<std::uint64_t>& known, std::uint64_t end) {
  for (std::uint64_t before = known; before < end && !known.compare_exchange_weak(before, end);) {
  }
}
} // namespace

void KafkaTails::acked(PartitionId partition, std::uint64_t end) {
  raise(acked_ends_.at(partition.value), end);
  raise(known_ends_.at(partition.value), end);
}

std::vector<std::uint64_t> KafkaTails::acked_ends() const { return {acked_ends_.begin(), acked_ends_.end()}; }

void KafkaTails::acked_elsewhere(const std::vector<std::uint64_t>& ends) {
  for (std::size_t i = 0; i < std::min(ends.size(), known_ends_.size()); ++i) raise(known_ends_[i], ends[i]);
}

std::uint64_t KafkaTails::reached(const Stream& stream) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t most = 0;
  for (const auto& tail : tails_)
    if (tail->stream == stream) most = std::max(most, tail->reached.load());
  return most;
}

/// 0: nothing is known, or it is no tail of events.
std::uint64_t KafkaTails::known_end(const Tail& tail) const {
  const bool told = tail.stream.topic == records::Topic::kEvents &&
                    tail.stream.partition.value < known_ends_.size(); // a receiver may ask for any stream
  return told ? known_ends_[tail.stream.partition.value].load() : 0;
}

Clock::duration KafkaTails::unheard_for(PartitionId partition) const {
  return Clock::now() - Clock::time_point(Clock::duration(heard_ticks_.at(partition.value)));
}

void KafkaTails::heard(const Tail& tail, Clock::time_point at) {
  if (tail.stream.topic == records::Topic::kEvents && tail.stream.partition.value < heard_ticks_.size())
    heard_ticks_[tail.stream.partition.value] = at.time_since_epoch().count();
}

/// Whether it has come as far as the leader was when it was asked.
void KafkaTails::look_at_end(Tail& tail) {
  if (!tail.awaited || tail.next < tail.awaited->end || tail.doubted) return;
  heard(tail, tail.awaited->asked);
  tail.awaited.reset();
}

void KafkaTails::remove(const TailPtr& tail) {
  tail->over = true;
  {
    const std::lock_guard lock(mutex_);
    std::erase(tails_, tail);
    ended_.push_back(tail);
  }
  wake();
  const std::lock_guard wait_for_callback(tail->delivering);
}

void KafkaTails::consumed(Tail& tail, std::size_t bytes) {
  const auto before = tail.unconsumed_bytes.fetch_sub(bytes);
  assert(before >= bytes && "consumed more than was delivered");
  if (before >= settings_.tail_bytes_max && before - bytes < settings_.tail_bytes_max) wake();
}

void KafkaTails::wake() {
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

/// Called by librdkafka with its queue locked: nothing of the library may be called.
void KafkaTails::readable(rd_kafka_t*, void* tail) { static_cast<Tail*>(tail)->tails.wake(); }

/// None: the settings are no good.
std::unique_ptr<KafkaTails::Client> KafkaTails::make_tails_client(std::size_t turn) const {
  auto client = std::make_unique<Client>();
  client->settings = settings_;
  client->settings.bootstrap = brokers_of_turn(settings_.bootstrap, turn);
  auto made = make_client(client->settings, KafkaRole::kTails);
  if (!made.ok()) return nullptr;
  client->client = made.take();
  for (std::size_t i = 0; i < kLifeTopic; ++i)
    client->topics[i].reset(rd_kafka_topic_new(client->client.get(), plan_.name(i).c_str(), nullptr));
  return client;
}

KafkaTails::Client* KafkaTails::client_for(const Stream& stream) {
  for (const auto& client : clients_) {
    if (!client->fetching.contains(stream)) return client.get();
  }
  auto client = make_tails_client(0);
  if (!client) return nullptr;
  clients_.push_back(std::move(client));
  return clients_.back().get();
}

bool KafkaTails::start_fetching(Tail& tail) {
  Client* client = client_for(tail.stream);
  if (client == nullptr) return false;
  const auto place = TopicPlan::place_of(tail.stream);
  KafkaQueue queue(rd_kafka_queue_new(client->client.get()));
  rd_kafka_queue_cb_event_enable(queue.get(), readable, &tail);
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto from = static_cast<std::int64_t>(std::min(tail.next, most));
  if (rd_kafka_consume_start_queue(client->topics[place.topic].get(), place.partition, from, queue.get()) !=
      0) {
    rd_kafka_queue_cb_event_enable(queue.get(), nullptr, nullptr);
    return false;
  }
  client->fetching.insert(tail.stream);
  tail.client = client;
  tail.queue = std::move(queue);
  return true;
}

void KafkaTails::start(Tail& tail) {
  if (Clock::now() < tail.start_at) return;
  if (!plan_.knows(tail.stream)) return finish(tail, LogError::kNoStream);
  if (!start_fetching(tail)) tail.start_at = Clock::now() + settings_.try_again;
}

void KafkaTails::stop(Tail& tail) {
  tail.taken.clear();
  if (tail.client == nullptr) return;
  const auto place = TopicPlan::place_of(tail.stream);
  rd_kafka_queue_cb_event_enable(tail.queue.get(), nullptr, nullptr);
  rd_kafka_consume_stop(tail.client->topics[place.topic].get(), place.partition);
  tail.client->fetching.erase(tail.stream);
  tail.queue.reset();
  tail.client = nullptr;
}

void KafkaTails::finish(Tail& tail, LogError error) {
  tail.over = true;
  stop(tail);
  if (tail.sink.on_error) tail.sink.on_error(error);
}

/// True: something is there to be delivered or treated.
bool KafkaTails::refill(Tail& tail) {
  if (!tail.taken.empty()) return true;
  std::array<rd_kafka_message_t*, kBatch> messages{};
  const auto count = rd_kafka_consume_batch_queue(tail.queue.get(), 0, messages.data(), messages.size());
  for (ssize_t i = 0; i < count; ++i) tail.taken.emplace_back(messages[static_cast<std::size_t>(i)]);
  return !tail.taken.empty();
}

/// The entries in front of `taken`, up to the first message that says something else.
std::vector<LogEntry> KafkaTails::slice(Tail& tail, std::size_t bytes_max) {
  std::vector<LogEntry> entries;
  std::size_t bytes = 0;
  while (!tail.taken.empty()) {
    const rd_kafka_message_t& message = *tail.taken.front();
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) break;
    const auto offset = static_cast<std::uint64_t>(message.offset);
    const bool ours = offset >= tail.next && message.key == nullptr; // with a key: a note (kafka_life.hpp)
    if (ours && !entries.empty() && bytes + message.len > bytes_max) break;
    tail.doubted.reset();
    if (ours) {
      bytes += message.len;
      entries.push_back({offset, Bytes(static_cast<const char*>(message.payload), message.len)});
    }
    tail.next = std::max(tail.next, offset + 1);
    tail.reached = tail.next;
    tail.taken.pop_front();
  }
  tail.unconsumed_bytes += bytes;
  return entries;
}

void KafkaTails::say_caught_up(Tail& tail) {
  if (tail.caught_up_at == tail.next) return;
  tail.caught_up_at = tail.next;
  if (tail.sink.on_caught_up) tail.sink.on_caught_up(tail.next);
}

/// The queue says something else than an entry.
void KafkaTails::treat(Tail& tail, rd_kafka_resp_err_t error) {
  if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    tail.doubted.reset();
    if (!tail.awaited && tail.next >= known_end(tail)) heard(tail, Clock::now());
    return say_caught_up(tail);
  }
  if (says_corrupt(error)) return finish(tail, LogError::kCorrupt);
  if (!says_out_of_range(error) && !says_gone(error)) return; // a broker is lost: the library waits for it
  stop(tail);
  on_trouble_();
  const auto bounds = reader_.bounds(TopicPlan::place_of(tail.stream));
  if (bounds.ok() && tail.next < bounds.value().begin) return finish(tail, LogError::kOutOfRange);
  // Brokers that start say both for a while; and that it is shorter a leader that leads no more, for as long as it is alone.
  const bool shorter = bounds.ok() && tail.next > bounds.value().end;
  const bool denied = shorter && known_end(tail) > bounds.value().end;
  const bool gone = !bounds.ok() && bounds.error() == LogError::kNoStream;
  if (!shorter && !gone) tail.doubted.reset();
  if ((shorter || gone) && !tail.doubted) tail.doubted = Clock::now();
  const auto believed_after = denied ? settings_.believe_denial_after : settings_.believe_after;
  if (tail.doubted && Clock::now() - *tail.doubted >= believed_after)
    return finish(tail, shorter ? LogError::kWentBack : LogError::kNoStream);
  probe_.saw_tail_restart();
  tail.start_at = Clock::now() + settings_.try_again;
}

/// True: it has room for what is known to be there, and nothing came for so long that its client is to give way.
bool KafkaTails::stuck(Tail& tail) const {
  const std::uint64_t there = std::max(known_end(tail), tail.awaited ? tail.awaited->end : 0);
  if ((tail.next >= there && !tail.doubted) || tail.unconsumed_bytes >= settings_.tail_bytes_max) {
    tail.lag.reset();
    return false;
  }
  if (!tail.lag || tail.lag->next != tail.next) tail.lag = {tail.next, Clock::now(), settings_.renew_after};
  return tail.client != nullptr && Clock::now() - tail.lag->since >= tail.lag->wait;
}

void KafkaTails::begin_renewal(Client& old) {
  if (auto fresh = make_tails_client(++turn_))
    renewal_ = std::make_unique<Renewal>(Renewal{old, std::move(fresh), Clock::now()});
}

/// Once the fresh client heard of a broker all tails of the old one begin anew with it: what is behind a lonely leader is so for
/// streams of which no end is known, too. Where it hears of none the old one stays, and the next broker is tried.
void KafkaTails::carry_on(const std::vector<TailPtr>& tails) {
  if (!renewal_->fresh->heard()) {
    if (Clock::now() - renewal_->since >= settings_.renew_after) renewal_.reset();
    return;
  }
  for (const auto& tail : tails) {
    if (tail->client != &renewal_->old) continue;
    stop(*tail);
    if (tail->lag) *tail->lag = {tail->next, Clock::now(), std::min(tail->lag->wait * 2, kRenewWaitMax)};
  }
  std::erase_if(clients_, [&](const auto& one) { return one.get() == &renewal_->old; });
  clients_.insert(clients_.begin(), std::move(renewal_->fresh)); // the first is taken first
  renewal_.reset();
  probe_.saw_tail_client_renewed();
}

/// True: there may be more at once.
bool KafkaTails::serve(Tail& tail) {
  const std::lock_guard lock(tail.delivering);
  if (tail.over) return false;
  if (tail.client == nullptr) {
    start(tail);
    return false;
  }
  const auto unconsumed = tail.unconsumed_bytes.load();
  if (unconsumed >= settings_.tail_bytes_max) return false;
  if (!refill(tail)) return false;
  auto entries = slice(tail, std::min(kSliceBytes, settings_.tail_bytes_max - unconsumed));
  if (!entries.empty()) {
    tail.sink.on_entries(std::move(entries));
    if (tail.over) return false;
    std::int64_t begin = 0, end = 0; // as the last fetch told
    const auto place = TopicPlan::place_of(tail.stream);
    if (tail.taken.empty() &&
        rd_kafka_get_watermark_offsets(tail.client->client.get(), plan_.name(place.topic).c_str(),
                                       place.partition, &begin, &end) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        end >= 0 && tail.next >= static_cast<std::uint64_t>(end)) {
      say_caught_up(tail);
    }
    return true;
  }
  if (tail.taken.empty()) return true; // notes only
  const KafkaMessage message = std::move(tail.taken.front());
  tail.taken.pop_front();
  treat(tail, message->err);
  return !tail.over;
}

void KafkaTails::run() {
  take_role("kafkaTails", Share::kAnswers);
  std::unique_lock lock(mutex_);
  while (true) {
    work_ = false;
    const auto tails = tails_;
    const auto ended = std::exchange(ended_, {});
    const auto over = over_;
    const auto told = std::exchange(ends_, {});
    if (closing_ && ended.empty()) break;
    lock.unlock();
    for (const auto& tail : ended) stop(*tail);
    bool progress = false;
    for (const auto& tail : tails) {
      const auto end = told.find(tail->stream.partition.value);
      if (tail->stream.topic == records::Topic::kEvents && end != told.end() && !tail->awaited)
        tail->awaited = end->second;
      if (over) {
        const std::lock_guard delivering(tail->delivering);
        if (!tail->over) finish(*tail, *over);
      } else {
        progress |= serve(*tail);
        look_at_end(*tail);
        if (stuck(*tail) && !renewal_) begin_renewal(*tail->client);
      }
    }
    if (renewal_) carry_on(tails);
    lock.lock();
    if (!progress) woken_.wait_for(lock, kLook, [this] { return work_ || closing_; });
  }
}

} // namespace kindred::adapters
