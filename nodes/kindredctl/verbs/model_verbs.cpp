#include <chrono>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/time_text.hpp"

namespace kindred::ctl {

namespace {

constexpr std::chrono::milliseconds kLookEvery{200};

void say_model(const api::ModelInfo& model) {
  fmt::print("{:<16} {:<34} {:<10} {}\n", model.name, model.version, model.state,
             json::time_text(model.trained_at));
  if (!model.reason.empty()) fmt::print("  {}\n", model.reason);
  for (const api::Counter& metric : model.metrics) fmt::print("  {:<24} {:g}\n", metric.name, metric.value);
  for (const api::Counter& parameter : model.parameters)
    fmt::print("  {:<34} {:g}\n", parameter.name, parameter.value);
}

void say_models(const api::AnswerBody& body) {
  if (const auto* answer = std::get_if<api::Models>(&body))
    for (const api::ModelInfo& model : answer->models) say_model(model);
}

/// The models of that name once the round has come to its end; none: they could not be asked for, which was said.
std::optional<api::Answer> wait_for(Session& session, const std::string& name, std::uint64_t round) {
  Progress progress;
  while (true) {
    api::Request request;
    request.queries.emplace_back(api::ShowModel{name});
    auto answer = session.answer_of(std::move(request));
    if (!answer) return answer;
    const auto* models = std::get_if<api::Models>(&answer->bodies.front());
    if (models == nullptr) return answer;
    for (const api::ModelInfo& model : models->models)
      if (model.round >= round) return answer;
    progress.show(-1, "round " + std::to_string(round) + " of " + name);
    std::this_thread::sleep_for(kLookEvery);
  }
}

void train(Session& session, const std::string& name, bool wait) {
  if (!wait) {
    session.ask(api::TrainModel{name}, [&](const api::AnswerBody& body) {
      if (const auto* round = std::get_if<api::Round>(&body))
        fmt::print("round {} of {}\n", round->number, name);
    });
    return;
  }
  api::Request request;
  request.queries.emplace_back(api::TrainModel{name});
  const auto asked = session.answer_of(std::move(request));
  if (!asked) return;
  const auto* round = std::get_if<api::Round>(&asked->bodies.front());
  if (round == nullptr) return;
  const auto answer = wait_for(session, name, round->number);
  if (!answer) return;
  if (session.json)
    session.print(json::to_json(answer->bodies.front(), answer->positions));
  else
    say_models(answer->bodies.front());
}

} // namespace

void add_models(CLI::App& app, Session& session) {
  CLI::App* models = app.add_subcommand("models", "What the server has learnt, and which of it serves.");
  models->require_subcommand(1);
  models->footer("Examples:\n  kindredctl models list\n  kindredctl models train ranker --wait\n"
                 "  kindredctl models train itemItem --wait\n"
                 "  kindredctl models show ranker\n  kindredctl models rollback ranker");
  CLI::App* list = models->add_subcommand("list", "name, version, state, when, metrics");
  list->callback([&session] { session.ask(api::ListModels{}, say_models); });

  auto name = std::make_shared<std::string>("ranker");
  CLI::App* show =
      models->add_subcommand("show", "One model: champion, challenger, former champions, with weights.");
  show->add_option("name", *name, "ranker, ranker/PLACEMENT, itemItem, segments, rfm")->capture_default_str();
  show->callback([&session, name] { session.ask(api::ShowModel{*name}, say_models); });

  auto wait = std::make_shared<bool>(false);
  CLI::App* train_verb = models->add_subcommand("train", "A round now, whatever the cadence.");
  train_verb->add_option("name", *name, "the learner: ranker, itemItem, segments, rfm")
      ->capture_default_str();
  train_verb->add_flag("--wait", *wait, "until it has come to its end, and show what it brought");
  train_verb->callback([&session, name, wait] { train(session, *name, *wait); });

  auto change = std::make_shared<api::ChangeModel>();
  const auto add_change = [&](const char* verb, const char* help, api::ModelChange what) {
    CLI::App* one = models->add_subcommand(verb, help);
    one->add_option("name", change->name, "ranker, ranker/PLACEMENT, itemItem, segments, rfm")->required();
    one->add_option("--version", change->version, "of the model; not told: the only one, or the newest");
    one->add_option("--author", change->author, "who asks for it, for the record");
    one->callback([&session, change, what] {
      change->change = what;
      session.ask(*change, [&](const api::AnswerBody& body) {
        if (std::holds_alternative<api::Accepted>(body))
          fmt::print("done: kindredctl models show {}\n", change->name);
      });
    });
  };
  add_change("promote", "The challenger serves from now on.", api::ModelChange::kPromote);
  add_change("rollback", "A former champion serves again.", api::ModelChange::kRollback);
}

} // namespace kindred::ctl
