// Verb demo: simulated shoppers, or a file of real events, against the running server.
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "nodes/kindredctl/demo/client_exchange.hpp"
#include "nodes/kindredctl/demo/demo.hpp"
#include "nodes/kindredctl/verbs/verbs.hpp"

namespace kindred::ctl {

namespace {

using demo::DemoOptions;
using demo::PopularityCounts;
using demo::ReplayTask;
using records::Filter;

constexpr auto kExamples =
    "Simulated: a shop of 4,000 shoppers over two weeks, against decayed popularity, chance and an oracle. "
    "Start the\n"
    "server fresh and with --clock events, then the same seed prints the same report but for its times.\n"
    "Examples:\n"
    "  kindredctl demo\n"
    "  kindredctl demo --control --seed 2\n"
    "  kindredctl demo --events clicks.ndjson.zst\n"
    "  kindredctl demo --events orders.ndjson --task nextBasket --filter none --count 20";

/// An option whose value is one of a few words.
template <class Value>
CLI::Option* add_choice(CLI::App& verb, const std::string& name, Value& into,
                        const std::map<std::string, Value>& words, const std::string& about) {
  std::vector<std::string> names;
  for (const auto& [word, value] : words) names.push_back(word);
  return verb
      .add_option_function<std::string>(
          name, [words, &into](const std::string& word) { into = words.at(word); }, about)
      ->check(CLI::IsMember(names));
}

void add_replay_options(CLI::App& verb, DemoOptions& options) {
  demo::ReplayOptions& replay = options.replay;
  auto* file = verb.add_option("--events", replay.file,
                               "replay this NDJSON file (plain, .gz or .zst) test-then-train instead");
  add_choice<ReplayTask>(verb, "--task", replay.task,
                         {{"newItem", ReplayTask::kNewItem}, {"nextBasket", ReplayTask::kNextBasket}},
                         "replay: what a list is asked for (default newItem)")
      ->needs(file);
  add_choice<Filter>(
      verb, "--filter", replay.filter,
      {{"neverSeen", Filter::kNeverSeen}, {"neverBought", Filter::kNeverBought}, {"none", Filter::kNone}},
      "replay: which items the placement leaves out (default neverSeen)")
      ->needs(file);
  verb.add_option("--count", replay.count, "replay: items per list")
      ->check(CLI::Range(1, 100))
      ->capture_default_str()
      ->needs(file);
  add_choice<PopularityCounts>(
      verb, "--popularity-counts", replay.popularity_counts,
      {{"targets", PopularityCounts::kTargets}, {"all", PopularityCounts::kAll}},
      "replay: what decayed popularity counts, targets or all events (default targets)")
      ->needs(file);
}

void run(const DemoOptions& options, Session& session) {
  demo::ClientExchange exchange(session.client());
  Progress progress;
  const auto failure = demo::run_demo(options, exchange, std::cout, [&](double share) {
    progress.show(share, options.replay.file.empty() ? "shoppers at it" : "replaying");
  });
  if (!failure) return;
  std::cerr << "kindredctl: demo: " << failure->message << "\n";
  session.fail(static_cast<ExitCode>(demo::exit_code(failure->code)));
}

} // namespace

void add_demo(CLI::App& app, Session& session) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* verb =
      app.add_subcommand("demo", "Drive the server with simulated shoppers, or replay real events.");
  verb->footer(kExamples);
  verb->add_option("--seed", options->seed, "of the simulated world")->capture_default_str();
  verb->add_flag("--control", options->control, "the control world: nothing in it depends on the user");
  verb->add_option("--users", options->users, "shoppers in all (default 4,000)")
      ->check(CLI::Range(2, 100'000));
  add_replay_options(*verb, *options);
  verb->callback([options, &session] {
    options->json = session.json;
    run(*options, session);
  });
}

} // namespace kindred::ctl
