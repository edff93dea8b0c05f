#include <algorithm>
#include <deque>

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/simulation/importer.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/refold.hpp"
#include "tests/simulation/remodel.hpp"
#include "tests/simulation/setter.hpp"
#include "tests/simulation/shopper.hpp"

namespace kindred::simulation {

namespace {

constexpr std::size_t kTraceMax = 40;
constexpr int kFinishSteps = 60'000; // far more than any run needs: past it something never comes to rest
constexpr Duration kStepMax{4 * kMillisecond.us};
constexpr Duration kPublishedLateMax{3 * kSecond.us};
constexpr std::uint32_t kSetters = 2;
constexpr int kMovesPerTurn =
    4; ///< of messages, logs and stores: a node does more than its clients ask of it

bool has_manifest(BytesView entry) {
  const auto decoded = schemas::decode_entry(entry);
  if (!decoded.ok()) return false;
  const auto& records = decoded.value().records;
  return std::any_of(records.begin(), records.end(), [](const records::Record& record) {
    return record.header.type == records::RecordType::kManifest;
  });
}

/// One run: node, shoppers, an importer and operators, faults, and at the end the laws.
class Run {
public:
  explicit Run(const Plan& plan) : plan_(plan), random_(plan.seed * 0x9e3779b97f4a7c15ULL + 1) {
    for (int n = 0; n < plan.shoppers; ++n)
      shoppers_.emplace_back(static_cast<std::uint32_t>(n), plan.seed, ledger_);
    importer_.emplace(static_cast<std::uint32_t>(plan.shoppers), plan.seed, ledger_);
    for (std::uint32_t n = 0; n < kSetters; ++n)
      setters_.emplace_back(static_cast<std::uint32_t>(plan.shoppers) + 1 + n, plan.seed);
    start_node();
  }

  Report finish() {
    for (int step = 0; step < plan_.steps && report_.wrong.empty(); ++step) one_step(true);
    heal();
    settle();
    if (report_.wrong.empty()) check_end();
    report_.trace.assign(trace_.begin(), trace_.end());
    return std::move(report_);
  }

private:
  void trace(std::string what) {
    trace_.push_back(std::to_string(clock_.steady_us() / 1000) + " ms  " + std::move(what));
    if (trace_.size() > kTraceMax) trace_.pop_front();
  }

  void wrong(std::string what) {
    trace("BROKEN " + what);
    report_.wrong.push_back(std::move(what));
  }

  void start_node() {
    node_ = std::make_unique<Node>(plan_, disks_, clock_, random_,
                                   [this](ports::Link::Outgoing out) { answers_.push_back(std::move(out)); });
    node_->log().judge_with([this](const records::Stream& stream, BytesView entry) {
      publishes_ |= stream.topic == records::Topic::kModels && has_manifest(entry);
      return fate();
    });
  }

  support::MemoryLog::Fate fate() {
    using Fate = support::MemoryLog::Fate;
    Fate fate;
    if (!faults_) return fate;
    const auto chance = random_.below(100);
    if (chance < 3)
      fate.kind = Fate::Kind::kRefused;
    else if (chance < 6)
      fate.kind = Fate::Kind::kUnknownTaken;
    else if (chance < 9)
      fate.kind = Fate::Kind::kUnknownLost;
    else if (chance < 11)
      fate.copies = 2;
    if (random_.below(50) == 0) fate.gap = random_.below(3);
    return fate;
  }

  void one_step(bool new_requests) {
    clock_.pass(Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(kStepMax.us)))});
    if (faults_) break_something();
    const auto turn = random_.below(10);
    if (turn < 3)
      shop(new_requests);
    else if (turn < 4)
      node_->pulse();
    else if (turn < 6)
      answer_one();
    else
      for (int move = 0; move < kMovesPerTurn && node_->step(); ++move) {
      }
  }

  void shop(bool new_requests) {
    const auto n = random_.below(shoppers_.size() + 1 + setters_.size());
    const auto ask = [&](auto& client) {
      if (!new_requests) client.only_finish();
      if (auto out = client.next(clock_.now(), clock_.steady_us()))
        node_->request({static_cast<std::uint32_t>(n), out->request_id}, std::move(out->bytes));
    };
    if (n < shoppers_.size()) return ask(shoppers_[n]);
    n == shoppers_.size() ? ask(*importer_) : ask(setters_[n - shoppers_.size() - 1]);
  }

  void answer_one() {
    if (answers_.empty()) return;
    // Answers of different clients overtake each other.
    const auto n = random_.below(answers_.size());
    const auto out = std::move(answers_[n]);
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(n));
    if (faults_ && random_.below(20) == 0) return trace("an answer is lost");
    const auto answer = schemas::decode_answer(out.bytes);
    if (!answer.ok()) return wrong("an answer cannot be read: " + answer.error().what);
    ++report_.answers;
    for (auto& what : take(out.to.link, answer.value())) wrong(std::move(what));
  }

  std::vector<std::string> take(std::uint32_t link, const api::Answer& answer) {
    if (link < shoppers_.size()) return shoppers_[link].take(answer);
    return link == shoppers_.size() ? importer_->take(answer)
                                    : setters_[link - shoppers_.size() - 1].take(answer);
  }

  void break_something() {
    if (std::exchange(publishes_, false) && random_.below(3) == 0) return die_publishing();
    const auto chance = random_.below(10'000);
    if (chance < 5) return crash();
    if (chance < 17) {
      const auto actor = random_.below(node_->actors());
      trace("actor " + std::to_string(actor) + " dies");
      ++report_.deaths;
      node_->kill(actor);
    } else if (chance < 40) {
      node_->pause(random_.below(node_->actors()),
                   clock_.steady_us() + static_cast<std::int64_t>(random_.below(kSecond.us)));
    } else if (chance < 60) {
      const records::Stream lagging{random_.below(3) == 0 ? records::Topic::kModels : records::Topic::kEvents,
                                    {static_cast<std::uint16_t>(random_.below(plan_.partitions))}};
      const records::Stream models{records::Topic::kModels, {}};
      node_->lag(lagging.topic == records::Topic::kModels ? models : lagging,
                 clock_.steady_us() +
                     static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(kSecond.us))));
    } else if (chance < 66) {
      const auto seconds = static_cast<std::int64_t>(random_.below(240)) - 120;
      trace("the clock jumps by " + std::to_string(seconds) + " s");
      clock_.jump(kSecond * seconds);
    } else if (chance < 74) {
      log_fails_ = !log_fails_;
      trace(log_fails_ ? "the disk is full" : "the disk has room");
      node_->log().fail(log_fails_ ? std::optional(ports::LogError::kDiskFull) : std::nullopt);
    } else if (chance < 300) {
      node_->revive();
    }
  }

  /// Its manifest is in the log and seen late: its successor knows nothing of it and publishes beside it.
  void die_publishing() {
    trace("the model actor dies while it publishes");
    ++report_.deaths;
    node_->kill(node_->model_actor());
    node_->lag({records::Topic::kModels, {}},
               clock_.steady_us() + static_cast<std::int64_t>(random_.below(kPublishedLateMax.us)));
  }

  void crash() {
    ++report_.crashes;
    trace("the node crashes");
    node_.reset();
    answers_.clear();
    log_fails_ = false;
    if (random_.below(3) == 0) {
      const auto lost = disks_.store->lose_last(random_.below(6));
      trace("the power goes: " + std::to_string(lost) + " unsynced batches of state are lost");
    }
    clock_.pass(
        Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * kSecond.us)))});
    start_node();
  }

  void heal() {
    faults_ = false;
    if (random_.below(2) == 0) crash();
    node_->log().fail(std::nullopt);
    node_->revive();
    rounds_at_heal_ = node_->rounds_solved();
    trace("all is well from here on");
  }

  bool at_rest() {
    if (node_->rounds_solved() == rounds_at_heal_) return false; // one round at least without a fault
    if (!node_->all_alive() || !answers_.empty() || !ledger_.unacked().empty()) return false;
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      const auto bounds = node_->log().bounds({records::Topic::kEvents, {p}});
      if (!bounds.ok() || node_->shard(p)->partition_state().applied_end() < bounds.value().end) return false;
      if (!node_->shard(p)->deltas().settled() || !node_->shard(p)->outbox().idle()) return false;
      if (!has_adopted(p)) return false;
    }
    return importer_->idle() &&
           std::all_of(setters_.begin(), setters_.end(), [](const Setter& s) { return s.idle(); }) &&
           std::all_of(shoppers_.begin(), shoppers_.end(), [](const Shopper& s) { return s.idle(); });
  }

  /// How long a cart waits by the last setting that the library's log has.
  Duration cart_abandoned_after() const {
    Duration last = records::Tenant{}.cart_abandoned_after;
    for (const auto& [offset, bytes] : disks_.log->tapes[{records::Topic::kLibrary, {}}].entries) {
      const auto entry = schemas::decode_entry(bytes);
      if (!entry.ok()) continue;
      for (const auto& record : entry.value().records)
        if (const auto* tenant = std::get_if<records::Tenant>(&record.body))
          last = tenant->cart_abandoned_after;
    }
    return last;
  }

  /// Whether the partition has what was set last, and what the models it serves with made champion.
  bool has_adopted(std::uint16_t partition) {
    const auto inputs = node_->shard(partition)->partition_state().tenant_inputs(kDefaultTenant);
    if (inputs.cart_abandoned_after != cart_abandoned_after()) return false;
    const auto models = node_->models();
    return models && std::all_of(models->solved->begin(), models->solved->end(), [&](const auto& line) {
             const auto known = profiles::adopted_generation(inputs, line.first.second);
             return !known || !line.second->champion || line.second->champion->generation == *known;
           });
  }

  /// Until every event is acknowledged, every delta folded, every setting and model adopted.
  void settle() {
    int rest = 0;
    for (int step = 0; step < kFinishSteps && report_.wrong.empty(); ++step) {
      one_step(false);
      if (step % 64 == 0) node_->revive();
      rest = at_rest() ? rest + 1 : 0;
      if (rest > 200) return;
      if (step % 1'000 == 0) {
        for (const auto& why : node_->stopped()) wrong("stopped: " + why);
      }
    }
    if (report_.wrong.empty())
      wrong("liveness: it does not come to rest, " + std::to_string(ledger_.unacked().size()) +
            " events are not acknowledged" + debts(node_->models()));
  }

  void check_end() {
    for (const auto& why : node_->stopped()) wrong("stopped: " + why);
    const Refold truth = refold(*disks_.log, plan_.partitions);
    if (!truth.failure.empty()) return wrong("refold: " + truth.failure);
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      auto* shard = node_->shard(p);
      if (shard == nullptr) return wrong("a shard is gone");
      if (shard->partition_state().digest() != truth.digests[p])
        wrong("fold: partition " + std::to_string(p) + " differs from its log");
    }
    check_users(truth);
    check_links(truth);
    check_settings();
    check_erasures(truth);
    check_models(truth);
    const Remodel solved = remodel(*disks_.log, plan_.partitions, node_->models());
    if (!solved.failure.empty()) wrong("rounds: " + solved.failure);
    report_.models = solved.manifests;
    report_.refused = solved.refused;
    report_.late_adopts = truth.late_adopts;
    for (const auto& user : ledger_.plain_users()) report_.events += ledger_.acked_of(user);
    const auto models = node_->models();
    report_.deltas = models ? models->deltas : 0;
  }

  void check_users(const Refold& truth) {
    for (const auto& user : ledger_.plain_users()) {
      const auto known = truth.events.find(user);
      const std::uint64_t folded = known == truth.events.end() ? 0 : known->second;
      if (folded != ledger_.sent_of(user)) {
        wrong("durability, once: " + user + " has " + std::to_string(folded) + " events, " +
              std::to_string(ledger_.sent_of(user)) + " were acknowledged");
      }
    }
  }

  void check_settings() {
    const Duration last = cart_abandoned_after();
    if (std::none_of(setters_.begin(), setters_.end(),
                     [&](const Setter& s) { return s.cart_abandoned_after() == last; }))
      wrong("durability: the setting that stands is not the last that an operator was told of");
  }

  /// Everybody that ids were linked to has what was sent for all of them.
  void check_links(const Refold& truth) {
    std::map<std::string, std::uint64_t> sent;
    for (const auto& user : ledger_.linked_users()) {
      std::string who = user;
      for (std::size_t hops = 0; truth.aliases.contains(who); ++hops) {
        if (hops > truth.aliases.size()) return wrong("links: those of " + user + " go round");
        who = truth.aliases.at(who);
      }
      sent[who] += ledger_.sent_of(user);
    }
    report_.links = truth.aliases.size();
    for (const auto& [user, count] : sent) {
      const auto known = truth.events.find(user);
      const std::uint64_t folded = known == truth.events.end() ? 0 : known->second;
      if (folded != count)
        wrong("links: " + user + " and who is he have " + std::to_string(folded) + " events, " +
              std::to_string(count) + " were acknowledged");
    }
  }

  void check_erasures(const Refold& truth) {
    for (const auto& event : ledger_.all_erased()) {
      if (truth.remembered.contains(event_record_id(kDefaultTenant, event.user, event.message_id)))
        wrong("erasure: " + event.message_id + " of " + event.user + " was erased and is back");
    }
  }

  /// What each partition owes the fast models, in words.
  std::string debts(const fast_models::SnapshotPtr& snapshot) {
    std::string words;
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      auto* shard = node_->shard(p);
      words += "; partition " + std::to_string(p) + ": models have " +
               (snapshot ? std::to_string(snapshot->last_to[p]) : "nothing") + ", shard knows " +
               std::to_string(shard->deltas().last_to()) + ", folded " +
               std::to_string(shard->partition_state().applied_end()) +
               (shard->deltas().settled() ? ", settled" : ", owes") +
               (has_adopted(p) ? "" : ", has not adopted what was set or solved last");
    }
    return words;
  }

  void check_models(const Refold& truth) {
    const auto snapshot = node_->models();
    const stats::FastModel none;
    const stats::FastModel* live = snapshot ? snapshot->model(kDefaultTenant) : nullptr;
    if (live == nullptr) live = &none;
    if (live->canonical(kDefaultTenant) != truth.model.canonical(kDefaultTenant)) {
      wrong("fast models: the sums differ from one pass over the log" + debts(snapshot));
    }
    for (const auto& [item, marks] : ledger_.plain_marks()) {
      const auto slot = live->slot_of(item_id(item));
      const std::int64_t counted = slot == stats::FastModel::kNoSlot ? 0 : live->count_of(0, slot);
      if (counted != marks) {
        wrong("consent, once: " + item + " counts " + std::to_string(counted) + " marks, " +
              std::to_string(marks) + " were made with consent for training");
      }
    }
  }

  const Plan plan_;
  Random random_;
  SimulatedClock clock_;
  Disks disks_;
  Ledger ledger_;
  std::deque<Shopper> shoppers_;
  std::optional<Importer> importer_; ///< its link's number is the one after theirs
  std::deque<Setter> setters_;       ///< and theirs the next
  std::vector<ports::Link::Outgoing> answers_;
  std::unique_ptr<Node> node_;
  bool faults_ = true;
  bool log_fails_ = false;
  bool publishes_ = false; ///< a manifest was handed to the log just now
  std::uint64_t rounds_at_heal_ = 0;
  std::deque<std::string> trace_;
  Report report_;
};

} // namespace

Report run(const Plan& plan) { return Run(plan).finish(); }

} // namespace kindred::simulation
