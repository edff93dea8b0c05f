#include "engine/rounds/item_item_solver.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/learners/factorization/item_neighbours.hpp"
#include "engine/stats/gram_rows.hpp"

namespace kindred::rounds {

using learners::ItemNeighbours;
using learners::LinearAutoencoder;
using Kind = ItemItemPass::Kind;

namespace {

std::string name() { return std::string(kItemItem); }

KnownModels known_of(const std::map<std::string, KnownModels>& known) {
  const auto found = known.find(name());
  return found == known.end() ? KnownModels{} : found->second;
}

/// How much of ‖X‖² is explained by expecting of everybody each item's share of users. Rows have weight 1.
double told_by_shares(const stats::Gram& gram) {
  double all = 0, told = 0;
  for (std::size_t i = 0; i < gram.items(); ++i) {
    const double users = gram.at(i, i);
    all += users;
    told += users * users / static_cast<double>(gram.users());
  }
  return all > 0 ? told / all : 0;
}

} // namespace

std::size_t items_within(std::size_t bytes) {
  constexpr double kBytesOfPair = 2 + 4 + .5; // int32 triangle, float32 square, packed triangle
  const auto items = static_cast<std::size_t>(std::sqrt(static_cast<double>(bytes) / kBytesOfPair));
  return std::min(items, stats::Gram::kItemsMax);
}

ItemItemSolver::ItemItemSolver(const std::map<std::string, KnownModels>& known, const Limits& limits,
                               std::unique_ptr<Sums> base)
    : known_(known_of(known)), limits_(limits), base_(static_cast<ItemItemSums*>(base.release())),
      by_changes_(base_ != nullptr),
      gate_({limits.verdict_users, kItemItemMargin, "of the new items found per user"}) {
  pass_.changes = by_changes_;
  if (base_) users_ = base_->users();
}

std::vector<std::pair<std::string, std::string>> ItemItemSolver::settings() const {
  return {{"l2", std::to_string(static_cast<int>(kItemItemL2))},
          {"itemsMax", std::to_string(limits_.items)},
          {"neighbours", std::to_string(kItemItemNeighbours)},
          {"rowsMin", std::to_string(limits_.rows_min)},
          {"verdictUsers", std::to_string(limits_.verdict_users)}};
}

bool ItemItemSolver::is_answer(const ItemItemStatistic& statistic) const {
  if (statistic.kind != pass_.kind || statistic.changes != pass_.changes ||
      statistic.differences.size() != pass_.comparisons.size())
    return false;
  if (pass_.kind != Kind::kCount) return statistic.counts.empty() && statistic.users == 0;
  return (pass_.changes || statistic.users >= 0) &&
         std::all_of(statistic.counts.begin(), statistic.counts.end(), [&](const auto& one) {
           return part_of(one.first) == pass_.part && (pass_.changes ? one.second != 0 : one.second > 0);
         });
}

Result<bool, RoundError> ItemItemSolver::absorb(std::span<const Bytes> statistics) {
  std::vector<ItemItemStatistic> read;
  for (const Bytes& bytes : statistics) {
    auto one = ItemItemStatistic::from(bytes);
    if (!one || !is_answer(*one)) return RoundError::kForeignStatistic;
    read.push_back(std::move(*one));
  }
  if (read.empty()) return RoundError::kForeignStatistic;
  partitions_ = read.size();
  switch (pass_.kind) {
  case Kind::kCount: return take_counts(read);
  case Kind::kRows: return by_changes_ ? take_changes(read) : take_rows(read);
  case Kind::kCompare: return judge(read);
  }
  return RoundError::kForeignStatistic;
}

Result<bool, RoundError> ItemItemSolver::take_counts(const std::vector<ItemItemStatistic>& statistics) {
  Counts told, counts;
  if (base_) {
    const auto kept = base_->counts_of(pass_.part);
    told.assign(kept.begin(), kept.end());
  }
  for (const auto& one : statistics) {
    users_ += one.users;
    told.insert(told.end(), one.counts.begin(), one.counts.end());
  }
  if (users_ > stats::Gram::kUsersMax) return RoundError::kTooManyUsers;
  std::sort(told.begin(), told.end());
  for (const auto& one : told) {
    if (!counts.empty() && counts.back().first == one.first)
      counts.back().second += one.second;
    else
      counts.push_back(one);
  }
  std::erase_if(counts, [](const auto& one) { return one.second == 0; });
  if (users_ < 0 || std::any_of(counts.begin(), counts.end(), [](const auto& one) { return one.second < 0; }))
    return RoundError::kNotByChanges; // these are not changes of what was kept
  keep_counts(counts);
  best_.insert(best_.end(), counts.begin(), counts.end());
  const auto more_users = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  if (best_.size() > limits_.items) {
    std::nth_element(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(limits_.items), best_.end(),
                     more_users);
    best_.resize(limits_.items);
  }
  std::sort(best_.begin(), best_.end());
  if (++pass_.part < kItemItemParts) return false;
  return choose_items();
}

/// The parts before have no item of this one, and smaller ids.
void ItemItemSolver::keep_counts(const Counts& of_part) {
  if (!counts_ || counts_->size() + of_part.size() > ItemItemSums::kItemsMax)
    counts_.reset();
  else
    counts_->insert(counts_->end(), of_part.begin(), of_part.end());
}

/// True: there is nothing to solve.
Result<bool, RoundError> ItemItemSolver::choose_items() {
  for (const auto& [item, users] : best_) items_.push_back(item);
  best_ = {};
  if (users_ < limits_.rows_min || items_.size() < 2) {
    outcome_ = std::to_string(users_) + " users used " + std::to_string(items_.size()) + " items, " +
               std::to_string(limits_.rows_min) + " users and 2 items are needed" +
               (known_.champion ? ": the champion stays" : "");
    return true;
  }
  if (by_changes_) return ask_changes() ? Result<bool, RoundError>(false) : RoundError::kNotByChanges;
  gram_.emplace(items_.size());
  ask_rows(0);
  return false;
}

/// False: what was kept does not suffice.
bool ItemItemSolver::ask_changes() {
  auto items = counts_ ? base_->with(items_, *counts_) : std::nullopt;
  if (!items) return false;
  asked_ = std::move(*items);
  pass_ = {};
  pass_.kind = Kind::kRows;
  pass_.changes = true;
  pass_.items = asked_;
  pass_.rows = static_cast<std::uint32_t>(asked_.size());
  return true;
}

Result<bool, RoundError> ItemItemSolver::take_changes(const std::vector<ItemItemStatistic>& statistics) {
  gram_ = base_->gram_of(asked_);
  base_.reset();
  if (!gram_) return RoundError::kNotByChanges;
  for (const auto& one : statistics) {
    const auto changes = stats::GramChanges::from(one.rows);
    if (!changes || changes->items() != asked_.size()) return RoundError::kForeignStatistic;
    if (!gram_->add(*changes).ok()) return RoundError::kTooManyUsers;
  }
  if (asked_ != items_) gram_ = gram_->of(places_among(items_, asked_));
  // Both were kept up on their own ways: an item is with itself as often as it has users.
  std::size_t at = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    while ((*counts_)[at].first < items_[i]) ++at;
    if (gram_->at(i, i) != (*counts_)[at].second) return RoundError::kNotByChanges;
  }
  return solve();
}

void ItemItemSolver::ask_rows(std::size_t first) {
  const std::size_t bytes =
      std::clamp(kItemItemPassBytes / partitions_, kItemItemBlockBytesMin, kItemItemBlockBytesMax);
  pass_ = {};
  pass_.kind = Kind::kRows;
  pass_.items = items_;
  pass_.first = static_cast<std::uint32_t>(first);
  pass_.rows = static_cast<std::uint32_t>(stats::GramRows::rows_within(items_.size(), first, bytes));
}

Result<bool, RoundError> ItemItemSolver::take_rows(const std::vector<ItemItemStatistic>& statistics) {
  for (const auto& one : statistics) {
    if (!stats::GramRows::is_block(one.rows, items_.size(), pass_.first, pass_.rows))
      return RoundError::kForeignStatistic;
    const auto added = gram_->add_block(one.rows);
    if (!added.ok())
      return added.error() == stats::Gram::Refusal::kTooManyUsers ? RoundError::kTooManyUsers
                                                                  : RoundError::kForeignStatistic;
  }
  const std::size_t next = std::size_t{pass_.first} + pass_.rows;
  if (next == items_.size()) return solve();
  ask_rows(next);
  return false;
}

Result<bool, RoundError> ItemItemSolver::solve() {
  const auto solved = LinearAutoencoder::solve(*gram_, {kItemItemL2, kItemItemNeighbours});
  if (!solved.ok()) return RoundError::kUnsolvable;
  const LinearAutoencoder& model = solved.value();
  const bool finite = std::all_of(model.neighbours.begin(), model.neighbours.end(),
                                  [](const auto& one) { return std::isfinite(one.weight); });
  if (!finite || !std::isfinite(model.explained)) return RoundError::kUnsolvable;
  told_by_shares_ = told_by_shares(*gram_);
  if (counts_) sums_ = std::make_unique<ItemItemSums>(users_, std::move(*counts_), items_, *gram_);
  counts_.reset();
  gram_.reset();
  explained_ = model.explained;
  kept_ = model.kept;
  const auto published = ItemNeighbours::of(items_, model);
  neighbours_ = published.neighbours();
  parameters_ = published.canonical();
  if (!known_.champion) {
    judge_first();
    return true;
  }
  ask_comparison();
  return false;
}

Offer ItemItemSolver::fresh() const {
  Offer offer;
  offer.learner = kItemItem;
  offer.parameters = parameters_;
  offer.metrics = {{"users", metric_of(static_cast<double>(users_))},
                   {"items", metric_of(static_cast<double>(items_.size()))},
                   {"neighbours", metric_of(static_cast<double>(neighbours_))},
                   {"kept", metric_of(kept_)},
                   {"explained", metric_of(explained_)}};
  return offer;
}

void ItemItemSolver::judge_first() {
  const std::string words = "explains " + in_words(explained_) +
                            " of what users use, their shares of each item " + in_words(told_by_shares_);
  if (!(explained_ - told_by_shares_ > limits_.explained_min) || neighbours_ == 0)
    return gate_.say(name(), words + ": not better than nothing");
  Offer first = fresh();
  first.metrics.emplace_back("gain", metric_of(explained_ - told_by_shares_));
  first.reason = "the first: " + words;
  gate_.accept_first(std::move(first));
}

void ItemItemSolver::ask_comparison() {
  pass_ = {};
  pass_.kind = Kind::kCompare;
  pass_.changes = by_changes_;
  pass_.models = {parameters_, known_.champion->parameters};
  pass_.comparisons = {{0, 1, known_.champion->trained_at}};
  if (!known_.challenger) return;
  verdict_ = pass_.comparisons.size();
  pass_.models.push_back(known_.challenger->parameters);
  // The champion is the younger one after the newest won at once.
  pass_.comparisons.push_back({2, 1, std::max(known_.challenger->trained_at, known_.champion->trained_at)});
}

Result<bool, RoundError> ItemItemSolver::judge(const std::vector<ItemItemStatistic>& statistics) {
  std::vector<stats::Moments> differences(pass_.comparisons.size());
  for (const auto& one : statistics)
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i].add(one.differences[i]);
  const stats::Moments& gain = differences[0];
  Offer newest = fresh();
  newest.metrics.emplace_back("gain", metric_of(gain.count == 0 ? 0 : gain.mean()));
  gate_.judge(std::move(newest), known_, gain,
              verdict_ ? std::optional(differences[*verdict_]) : std::nullopt);
  pass_ = {};
  return true;
}

} // namespace kindred::rounds
