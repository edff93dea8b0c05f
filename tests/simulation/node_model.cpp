// Node: the model actor.

#include "tests/simulation/node.hpp"

namespace kindred::simulation {

namespace {
const records::Stream kModelsStream{records::Topic::kModels, {}};
constexpr std::uint64_t kModelWriter = 5'000;
} // namespace

void Node::start_model() {
  mailboxes_[model_actor()].open();
  model::State::Settings settings;
  settings.learner = plan_.learner();
  settings.partitions = plan_.partitions;
  settings.writer = writer(kModelWriter);
  settings.cadence = kSecond;
  settings.step_deadline = kSecond * 3;
  settings.limits = limits();
  model_ = std::make_unique<model::State>(
      settings,
      model::State::Views{library_cell_, models_cell_,
                          [this](PartitionId partition) {
                            return in_cluster() ? standing_of(partition.value)
                                                : std::make_shared<const user_shard::Standing>();
                          },
                          [this] { return runs_learner(); }},
      model_probe_);
  carry_out(model_->start());
}

void Node::to_model(std::function<model::Effects(model::State&)> message) {
  mailboxes_[model_actor()].send([this, message = std::move(message)] { carry_out(message(*model_)); });
}

void Node::tell_model(user_shard::Rounds::Report report) {
  if (auto* passed = std::get_if<user_shard::Passed>(&report)) plant(*passed);
  to_model([report = std::move(report)](model::State& state) {
    return std::visit([&](const auto& one) { return state.handle(one); }, report);
  });
}

/// The first partition's statistic of a pass comes in place of the second's, where it is there already.
void Node::plant(user_shard::Passed& passed) {
  if (plan_.planted != Planted::kSumPartitionTwice) return;
  if (passed.partition.value == 0) passed_[passed.pass] = passed.statistic;
  if (const auto first = passed_.find(passed.pass); passed.partition.value == 1 && first != passed_.end())
    passed.statistic = first->second;
}

void Node::carry_out(model::Effects effects) {
  bool quits = false;
  for (auto& effect : effects) {
    if (std::holds_alternative<model::Open>(effect)) {
      model::Opened opened;
      opened.incarnation = log_->incarnation();
      const auto epoch = log_->next_epoch();
      if (epoch.ok())
        opened.epoch = epoch.value();
      else
        opened.error = epoch.error();
      carry_out(model_->handle(opened));
    } else if (auto* produced = std::get_if<model::Produce>(&effect)) {
      log_->produce(kModelsStream, std::move(produced->entry),
                    answered<ports::Verdict>(model_actor(), [this](ports::Verdict verdict) {
                      to_model(
                          [verdict](model::State& state) { return state.handle(model::Appended{verdict}); });
                    }));
    } else if (auto* sent = std::get_if<model::ToShard>(&effect)) {
      send(std::move(*sent));
    } else if (auto* stand = std::get_if<model::Stand>(&effect)) {
      model_standing_ = std::make_shared<const model::Standing>(std::move(stand->standing));
    } else if (std::holds_alternative<model::Quit>(effect)) {
      quits = true;
    }
  }
  if (quits) kill(model_actor());
}

} // namespace kindred::simulation
