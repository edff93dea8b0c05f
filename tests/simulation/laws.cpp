#include "tests/simulation/laws.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"
#include "schemas/codec/entry_codec.hpp"
#include "tests/simulation/refold.hpp"
#include "tests/simulation/remodel.hpp"

namespace kindred::simulation {

namespace {

class Laws {
public:
  Laws(World& world, const Plan& plan, const Ledger& ledger, const std::deque<Setter>& setters,
       Report& report)
      : world_(world), plan_(plan), ledger_(ledger), setters_(setters), report_(report) {}

  std::vector<std::string> judge() {
    const auto history = world_.history();
    const Refold truth = refold(history, plan_.partitions);
    if (!truth.failure.empty()) return {"refold: " + truth.failure};
    for (Node* node : world_.up()) {
      for (const auto& why : node->stopped()) wrong("stopped: " + why);
      check_folds(*node, truth);
      check_fast_models(*node, truth);
    }
    check_holders();
    check_users(truth);
    check_links(truth);
    check_settings();
    check_erasures(truth);
    check_rounds(history);
    report_.late_adopts = truth.late_adopts;
    for (const auto& [stream, tape] : world_.log_disk().tapes)
      report_.trimmed += stream.topic == records::Topic::kEvents ? tape.trimmed.size() : 0;
    for (const auto& user : ledger_.plain_users()) report_.events += ledger_.acked_of(user);
    return std::move(wrong_);
  }

private:
  void wrong(std::string what) { wrong_.push_back(std::move(what)); }

  void check_folds(Node& node, const Refold& truth) {
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      auto* shard = node.shard(p);
      if (shard != nullptr && shard->partition_state().digest() != truth.digests[p])
        wrong("fold: partition " + std::to_string(p) + " of " + node.name() + " differs from its log");
    }
  }

  void check_holders() {
    for (std::uint16_t p = 0; p < plan_.partitions; ++p) {
      const auto nodes = world_.up();
      if (std::none_of(nodes.begin(), nodes.end(), [&](Node* node) { return node->shard(p) != nullptr; }))
        wrong("nobody holds partition " + std::to_string(p));
    }
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
    const Duration last = cart_abandoned_after(world_.log_disk());
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

  void check_fast_models(Node& node, const Refold& truth) {
    const auto snapshot = node.models();
    const stats::FastModel none;
    const stats::FastModel* live = snapshot ? snapshot->model(kDefaultTenant) : nullptr;
    if (live == nullptr) live = &none;
    if (live->canonical(kDefaultTenant) != truth.model.canonical(kDefaultTenant)) {
      wrong("fast models: the sums of " + node.name() + " differ from one pass over the log" +
            debts(world_, plan_));
    }
    for (const auto& [item, marks] : ledger_.plain_marks()) {
      const auto slot = live->slot_of(item_id(item));
      const std::int64_t counted = slot == stats::FastModel::kNoSlot ? 0 : live->count_of(0, slot);
      if (counted != marks) {
        wrong("consent, once: " + item + " counts " + std::to_string(counted) + " marks, " +
              std::to_string(marks) + " were made with consent for training");
      }
    }
    report_.deltas = std::max(report_.deltas, snapshot ? snapshot->deltas : 0);
  }

  void check_rounds(const support::MemoryLogDisk& history) {
    std::vector<fast_models::SnapshotPtr> served;
    for (Node* node : world_.up()) served.push_back(node->models());
    const Remodel solved = remodel(history, plan_.partitions, std::move(served));
    if (!solved.failure.empty()) wrong("rounds: " + solved.failure);
    report_.models = solved.manifests;
    report_.refused = solved.refused;
  }

  World& world_;
  const Plan& plan_;
  const Ledger& ledger_;
  const std::deque<Setter>& setters_;
  Report& report_;
  std::vector<std::string> wrong_;
};

} // namespace

Duration cart_abandoned_after(const support::MemoryLogDisk& log) {
  Duration last = records::Tenant{}.cart_abandoned_after;
  const auto tape = log.tapes.find({records::Topic::kLibrary, {}});
  if (tape == log.tapes.end()) return last;
  profiles::WriterTable writers;
  for (const auto& [offset, bytes] : tape->second.entries) {
    const auto entry = schemas::decode_entry(bytes);
    if (!entry.ok() || !writers.first_of(entry.value().author)) continue;
    for (const auto& record : entry.value().records)
      if (const auto* tenant = std::get_if<records::Tenant>(&record.body))
        last = tenant->cart_abandoned_after;
  }
  return last;
}

bool has_adopted(Node& node, std::uint16_t partition, Duration cart_abandoned_after) {
  const auto inputs = node.shard(partition)->partition_state().tenant_inputs(kDefaultTenant);
  if (inputs.cart_abandoned_after != cart_abandoned_after) return false;
  const auto models = node.models();
  return models && std::all_of(models->solved->begin(), models->solved->end(), [&](const auto& line) {
           const auto known = profiles::adopted_generation(inputs, line.first.second);
           return !known || !line.second->champion || line.second->champion->generation == *known;
         });
}

std::string debts(World& world, const Plan& plan) {
  std::string words;
  const Duration setting = cart_abandoned_after(world.log_disk());
  for (Node* node : world.up())
    for (std::uint16_t p = 0; p < plan.partitions; ++p) {
      auto* shard = node->shard(p);
      if (shard == nullptr) continue;
      const auto snapshot = node->models();
      words += "; " + node->name() + " partition " + std::to_string(p) + ": models have " +
               (snapshot ? std::to_string(snapshot->last_to[p]) : "nothing") + ", shard knows " +
               std::to_string(shard->deltas().last_to()) + ", folded " +
               std::to_string(shard->partition_state().applied_end()) +
               (shard->deltas().settled() ? ", settled" : ", owes") +
               (has_adopted(*node, p, setting) ? "" : ", has not adopted what was set or solved last");
    }
  return words;
}

std::vector<std::string> broken_laws(World& world, const Plan& plan, const Ledger& ledger,
                                     const std::deque<Setter>& setters, Report& report) {
  return Laws(world, plan, ledger, setters, report).judge();
}

} // namespace kindred::simulation
