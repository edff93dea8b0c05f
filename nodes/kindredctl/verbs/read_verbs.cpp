// Verbs that ask one question: decide, profile, explain, replay, models, rejects.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/context_flags.hpp"
#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/time_text.hpp"

namespace kindred::ctl {

namespace {

void say_items(const std::vector<api::DecidedItem>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    const api::DecidedItem& item = items[i];
    fmt::print("{:>3}. {}  score {:.3f}  {}{}\n", i + 1, item.item, item.score, item.source,
               item.explored ? fmt::format("  (explored, p {:.4f})", item.propensity) : "");
    for (const std::string& reason : item.reasons) fmt::print("       {}\n", reason);
  }
}

void say_decision(const api::Decision& decision) {
  fmt::print("decision {} for {} at {}\n", to_hex(decision.decision), decision.user_id, decision.placement);
  if (decision.fallback != "none") fmt::print("fallback: {}\n", decision.fallback);
  say_items(decision.items);
}

void say_profile(const api::Profile& profile) {
  fmt::print("{}: {} events, {} sessions\n", profile.user_id, profile.events, profile.sessions);
  if (!profile.linked_ids.empty()) fmt::print("  also {}\n", fmt::join(profile.linked_ids, ", "));
  for (const api::HistoryItem& event : profile.history) {
    fmt::print("  {}  {:<16} {}\n", json::time_text(event.time), event.event, event.item);
  }
  for (const api::Counter& counter : profile.counters)
    fmt::print("  {:<24} {:.3f}\n", counter.name, counter.value);
  if (!profile.cart.empty()) fmt::print("  cart: {}\n", fmt::join(profile.cart, ", "));
  for (const api::PastDecision& decision : profile.decisions) {
    std::vector<std::string_view> items;
    for (const api::DecidedSlot& slot : decision.slots) items.emplace_back(slot.item);
    fmt::print("  {}  decision {} at {}: {}\n", json::time_text(decision.time), to_hex(decision.decision),
               decision.placement, fmt::join(items, ", "));
  }
}

bool parse_decision_id(Session& session, const std::string& text, DecisionId& id) {
  if (from_hex(text, id)) return true;
  session.say_usage("'" + text + "' is no decision id: 32 hex digits, as decide printed them");
  return false;
}

} // namespace

void add_decide(CLI::App& app, Session& session) {
  struct Flags {
    api::Decide decide;
    std::string time;
    ContextFlags context;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand("decide", "Ask what a user should see next.");
  verb->add_option("--user,-u", flags->decide.user_id, "who is asked for")->required();
  verb->add_option("--placement,-p", flags->decide.placement, "the slot it is asked for")
      ->capture_default_str();
  verb->add_option("--count,-n", flags->decide.count, "how many items; 0: the placement's own");
  verb->add_option("--exclude", flags->decide.exclude, "items to leave out");
  verb->add_option("--request-id", flags->decide.request_id,
                   "the same for hedged copies; seed of exploration");
  verb->add_option("--time", flags->time, "as of this time (only a server with --clock events takes it)");
  verb->add_flag("--durable", flags->decide.durable, "answer only once the decision's record is durable");
  verb->add_flag("--assume-shown", flags->decide.assume_shown,
                 "count the answer as seen without an exposure");
  flags->context.add_to(*verb);
  verb->footer(
      "Examples:\n  kindredctl decide --user ada\n  kindredctl decide --user ada -p home -n 5 --country DE");
  verb->callback([&session, flags] {
    if (!flags->context.apply(session, flags->decide.context)) return;
    if (!flags->time.empty()) {
      flags->decide.time = json::parse_time(flags->time);
      if (!flags->decide.time)
        return session.say_usage("'" + flags->time + "' is no time: 2026-11-23T12:00:00Z");
    }
    session.ask(flags->decide, [](const api::AnswerBody& body) {
      if (const auto* decision = std::get_if<api::Decision>(&body)) say_decision(*decision);
    });
  });
}

void add_profile_link(CLI::App& profile, Session& session) {
  auto query = std::make_shared<api::LinkUsers>();
  CLI::App* verb = profile.add_subcommand("link", "Say that two ids are one user.");
  verb->add_option("id", query->link.user_id,
                   "what is known of this id goes to the other, and what comes for it")
      ->required();
  verb->add_option("to", query->link.to, "the id that the user has from now on")->required();
  verb->footer(
      "Both ids may be asked from then on. The stricter of both consents holds; erasing one erases both.\n"
      "Example:\n  kindredctl profile link visitor-7 ada");
  verb->callback([&session, query] {
    session.ask(*query, [query](const api::AnswerBody&) {
      fmt::print("{} is {} now\n", query->link.user_id, query->link.to);
    });
  });
}

void add_profile(CLI::App& app, Session& session) {
  auto query = std::make_shared<api::GetProfile>();
  CLI::App* verb = app.add_subcommand("profile", "Show a user's live profile, or link two ids of one user.");
  CLI::Option* user = verb->add_option("user", query->user_id, "the user");
  verb->add_option("--counter", query->counters, "only these counters, such as view.1d");
  verb->add_option("--history", query->history_max, "how many recent events")->capture_default_str();
  verb->add_option("--decisions", query->decisions_max, "how many of the newest decisions for them");
  verb->add_flag("--brief", query->brief, "only counters");
  verb->footer("Examples:\n  kindredctl profile ada\n  kindredctl profile ada --decisions 5\n"
               "  kindredctl --json profile ada --counter view.1d --brief\n"
               "  kindredctl profile link visitor-7 ada\n"
               "A user named 'link': kindredctl profile -- link");
  add_profile_link(*verb, session);
  verb->callback([&session, query, verb, user] {
    if (!verb->get_subcommands().empty()) return;
    if (user->count() == 0) return session.say_usage("say whose profile: kindredctl profile ada");
    session.ask(*query, [](const api::AnswerBody& body) {
      if (const auto* profile = std::get_if<api::Profile>(&body)) say_profile(*profile);
    });
  });
}

void add_explain(CLI::App& app, Session& session) {
  auto text = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("explain", "Say in words why a decision was what it was.");
  verb->add_option("decision", *text, "a decision's id")->required();
  verb->footer("Example:\n  kindredctl explain 00000000000000000000000000000001");
  verb->callback([&session, text] {
    api::Explain query;
    if (!parse_decision_id(session, *text, query.decision)) return;
    session.ask(query, [](const api::AnswerBody& body) {
      const auto* explanation = std::get_if<api::Explanation>(&body);
      if (explanation == nullptr) return;
      for (const std::string& line : explanation->lines) fmt::print("{}\n", line);
      say_items(explanation->items);
    });
  });
}

void add_replay(CLI::App& app, Session& session) {
  auto text = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("replay", "Decide again from the log, and compare with what was answered then.");
  verb->add_option("decision", *text, "a decision's id")->required();
  verb->footer("Exit code 0 only if both are identical, 7 if they differ or another engine decided,\n"
               "3 if it cannot be decided again: not logged, expired, its user erased, or its models\n"
               "gone from the log (explain still answers then).\n"
               "Example:\n  kindredctl replay 00000000000000000000000000000001");
  verb->callback([&session, text] {
    api::Replay query;
    if (!parse_decision_id(session, *text, query.decision)) return;
    api::Request request;
    request.queries.emplace_back(query);
    const auto answer = session.answer_of(std::move(request));
    if (!answer) return;
    if (const auto* error = std::get_if<api::Error>(&answer->bodies.front()))
      return session.say_error(*error);
    const auto* replayed = std::get_if<api::Replayed>(&answer->bodies.front());
    if (replayed == nullptr) return;
    if (session.json)
      session.print(json::to_json(answer->bodies.front(), answer->positions));
    else if (replayed->identical)
      fmt::print("identical\n");
    else
      fmt::print("DIFFERENT: this breaks the law of replay; keep the data directory and report it\n");
    if (!replayed->identical) {
      session.fail(kConflict);
      if (!session.json) say_decision(replayed->then), say_decision(replayed->now);
    } else if (!session.json) {
      say_decision(replayed->now);
    }
  });
}

void add_rejects(CLI::App& app, Session& session) {
  auto query = std::make_shared<api::ListRejects>();
  CLI::App* verb = app.add_subcommand("rejects", "The last inputs that were refused, newest first.");
  verb->add_option("--limit,-n", query->limit, "how many at most")->capture_default_str();
  verb->footer("Example:\n  kindredctl rejects -n 10");
  verb->callback([&session, query] {
    session.ask(*query, [](const api::AnswerBody& body) {
      const auto* answer = std::get_if<api::Rejects>(&body);
      if (answer == nullptr) return;
      for (const api::Reject& reject : answer->rejects) {
        fmt::print("{}  user '{}' message '{}': {}: {}\n", json::time_text(reject.time), reject.user_id,
                   reject.message_id, api::name_of(reject.error.code), reject.error.message);
      }
    });
  });
}

} // namespace kindred::ctl
