#include <algorithm>
#include <deque>

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/importer.hpp"
#include "tests/simulation/laws.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/setter.hpp"
#include "tests/simulation/shopper.hpp"
#include "tests/simulation/world.hpp"

namespace kindred::simulation {

namespace {

constexpr std::size_t kTraceMax = 40;
constexpr int kFinishSteps = 60'000; // far more than any run needs: past it something never comes to rest
constexpr int kRestSteps = 200;
constexpr Duration kStepMax{4 * kMillisecond.us};
constexpr Duration kClusterStepMax{8 * kMillisecond.us}; // leases take seconds
constexpr std::uint32_t kSetters = 2;
constexpr int kMovesPerTurn =
    4; ///< of messages, logs and stores, a node: it does more than its clients ask of it

/// One run: nodes, shoppers, an importer and operators, faults, and at the end the laws.
class Run {
public:
  explicit Run(const Plan& plan)
      : plan_(plan), random_(plan.seed * 0x9e3779b97f4a7c15ULL + 1),
        faults_(plan_, clock_, random_, report_,
                {[this](std::string what) { trace(std::move(what)); },
                 [this](std::size_t node) {
                   std::erase_if(answers_, [&](const auto& one) { return one.node == node; });
                 }}) {
    Shopper::Shown shown;
    if (plan.nodes > 1) shown = [this](const std::string& user) { return shown_of(user); };
    for (int n = 0; n < plan.shoppers; ++n)
      shoppers_.emplace_back(static_cast<std::uint32_t>(n), plan.seed, ledger_, shown);
    importer_.emplace(static_cast<std::uint32_t>(plan.shoppers), plan.seed, ledger_);
    for (std::uint32_t n = 0; n < kSetters; ++n)
      setters_.emplace_back(static_cast<std::uint32_t>(plan.shoppers) + 1 + n, plan.seed);
    asked_.resize(shoppers_.size() + 1 + setters_.size());
    world_.emplace(
        plan_, clock_, random_,
        [this](std::size_t node, ports::Link::Outgoing out) {
          answers_.push_back({node, std::move(out)});
        },
        [this](const records::Stream& stream, BytesView entry) { return faults_.fate(stream, entry); });
  }

  Report finish() {
    for (int step = 0; step < plan_.steps && report_.wrong.empty(); ++step) one_step(true);
    faults_.heal(*world_);
    rounds_at_heal_ = rounds_solved();
    settle();
    if (report_.wrong.empty())
      for (auto& what : broken_laws(*world_, plan_, ledger_, setters_, report_)) wrong(std::move(what));
    if (world_->is_cluster()) report_.torn = world_->network().torn();
    for (Node* node : world_->up()) faults_.count(*node);
    report_.trace.assign(trace_.begin(), trace_.end());
    return std::move(report_);
  }

private:
  struct Answered {
    std::size_t node = 0;
    ports::Link::Outgoing out;
  };
  /// Where a client asked last.
  struct Asked {
    std::size_t node = 0;
    std::uint64_t request = 0;
  };

  void trace(std::string what) {
    trace_.push_back(std::to_string(clock_.steady_us() / 1000) + " ms  " + std::move(what));
    if (trace_.size() > kTraceMax) trace_.pop_front();
  }

  void wrong(std::string what) {
    trace("BROKEN " + what);
    report_.wrong.push_back(std::move(what));
  }

  void one_step(bool new_requests) {
    const Duration most = world_->is_cluster() ? kClusterStepMax : kStepMax;
    clock_.pass(Duration{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.us)))});
    faults_.step(*world_);
    const auto turn = random_.below(10);
    const int moves = kMovesPerTurn * plan_.nodes;
    if (turn < 3)
      shop(new_requests);
    else if (turn < 4)
      world_->pulse();
    else if (turn < 6)
      answer_one();
    else
      for (int move = 0; move < moves && world_->step(); ++move) {
      }
  }

  // ---- clients ----

  void shop(bool new_requests) {
    const auto n = random_.below(asked_.size());
    const auto ask = [&](auto& client) {
      if (!new_requests) client.only_finish();
      if (auto out = client.next(clock_.now(), clock_.steady_us())) {
        choose_node(asked_[n], out->request_id);
        if (Node* node = world_->node(asked_[n].node))
          node->request({static_cast<std::uint32_t>(n), out->request_id}, std::move(out->bytes));
      }
    };
    if (n < shoppers_.size()) return ask(shoppers_[n]);
    n == shoppers_.size() ? ask(*importer_) : ask(setters_[n - shoppers_.size() - 1]);
  }

  /// Another one where there was no answer, and now and then.
  void choose_node(Asked& asked, std::uint64_t request) {
    if (!world_->is_cluster()) return;
    const bool again = std::exchange(asked.request, request) == request;
    if (again || random_.below(10) == 0) asked.node = random_.below(world_->size());
  }

  /// What of a user's events everybody has to show who does not say that he is behind.
  std::uint64_t shown_of(const std::string& user) {
    const auto partition = partition_of(slot_of(kDefaultTenant, user), plan_.partitions);
    return ledger_.acked_below(user, world_->answers_from(partition.value));
  }

  void answer_one() {
    if (answers_.empty()) return;
    // Answers of different clients overtake each other.
    const auto n = random_.below(answers_.size());
    const auto out = std::move(answers_[n].out);
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(n));
    if (faults_.active() && random_.below(20) == 0) return trace("an answer is lost");
    const auto answer = schemas::decode_answer(out.bytes);
    if (!answer.ok()) return wrong("an answer cannot be read: " + answer.error().what);
    ++report_.answers;
    report_.behind += answer.value().staleness_ms > 0 ? 1 : 0;
    for (auto& what : take(out.to.link, answer.value())) wrong(std::move(what));
  }

  std::vector<std::string> take(std::uint32_t link, const api::Answer& answer) {
    if (link < shoppers_.size()) return shoppers_[link].take(answer);
    return link == shoppers_.size() ? importer_->take(answer)
                                    : setters_[link - shoppers_.size() - 1].take(answer);
  }

  // ---- rest ----

  std::uint64_t rounds_solved() {
    std::uint64_t solved = 0;
    for (Node* node : world_->up()) solved += node->rounds_solved();
    return solved;
  }

  bool at_rest() {
    if (rounds_solved() == rounds_at_heal_) return false; // one round at least without a fault
    if (!answers_.empty() || !ledger_.unacked().empty()) return false;
    const auto up = world_->up();
    return std::all_of(up.begin(), up.end(), [&](Node* node) { return is_at_rest(*node); }) &&
           importer_->idle() &&
           std::all_of(setters_.begin(), setters_.end(), [](const Setter& s) { return s.idle(); }) &&
           std::all_of(shoppers_.begin(), shoppers_.end(), [](const Shopper& s) { return s.idle(); });
  }

  /// It has folded all there is, and owes nobody anything.
  bool is_at_rest(Node& node) {
    if (!node.is_settled()) return false;
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      auto* shard = node.shard(p);
      if (shard == nullptr) continue;
      const auto bounds = world_->log().bounds({records::Topic::kEvents, {p}});
      if (!bounds.ok() || shard->partition_state().applied_end() < bounds.value().end) return false;
      if (!shard->deltas().settled() || !shard->outbox().idle()) return false;
      if (!has_adopted(node, p, cart_abandoned_after(world_->log_disk()))) return false;
    }
    // Deltas of partitions that it does not hold.
    const auto models = node.models();
    const auto up = world_->up();
    return models && std::all_of(up.begin(), up.end(), [&](Node* other) {
             return other->models() && other->models()->last_to == models->last_to;
           });
  }

  /// Until every event is acknowledged, every delta folded, every setting and model adopted.
  void settle() {
    int rest = 0;
    for (int step = 0; step < kFinishSteps && report_.wrong.empty(); ++step) {
      one_step(false);
      if (step % 64 == 0)
        for (Node* node : world_->up()) node->revive();
      rest = at_rest() ? rest + 1 : 0;
      if (rest > kRestSteps) return;
      if (step % 1'000 != 0) continue;
      for (Node* node : world_->up())
        for (const auto& why : node->stopped()) wrong("stopped: " + node->name() + ": " + why);
    }
    if (report_.wrong.empty())
      wrong("liveness: it does not come to rest, " + std::to_string(ledger_.unacked().size()) +
            " events are not acknowledged" + unrest() + debts(*world_, plan_));
  }

  std::string unrest() {
    std::string words = rounds_solved() == rounds_at_heal_ ? "; no round was solved" : "";
    for (Node* node : world_->up())
      words += node->is_settled()   ? ""
               : !node->all_alive() ? "; an actor of " + node->name() + " is not made"
                                    : "; " + node->name() + " does not hold what the map says";
    const auto busy =
        std::count_if(shoppers_.begin(), shoppers_.end(), [](const Shopper& s) { return !s.idle(); });
    return words + "; " + std::to_string(busy) + " shoppers wait";
  }

  const Plan plan_;
  Random random_;
  SimulatedClock clock_;
  Report report_;
  Faults faults_;
  Ledger ledger_;
  std::deque<Shopper> shoppers_;
  std::optional<Importer> importer_; ///< its link's number is the one after theirs
  std::deque<Setter> setters_;       ///< and theirs the next
  std::vector<Asked> asked_;         ///< by number of the link
  std::vector<Answered> answers_;
  std::optional<World> world_;
  std::uint64_t rounds_at_heal_ = 0;
  std::deque<std::string> trace_;
};

} // namespace

Report run(const Plan& plan) { return Run(plan).finish(); }

} // namespace kindred::simulation
