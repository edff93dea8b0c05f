// Verbs that write about users: track, import, consent, erase.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/event_batches.hpp"
#include "nodes/kindredctl/line_source.hpp"
#include "nodes/kindredctl/verbs/context_flags.hpp"
#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/read_event.hpp"

namespace kindred::ctl {

namespace {

constexpr std::size_t kErrorsShown = 20;
constexpr std::size_t kTrackOverhead = 128; // bytes an event has beyond its text, about

struct TrackFlags {
  std::string file = "-";
  std::string user, type, item, message_id, time, currency;
  double value = 0;
  ContextFlags context;
  CLI::Option* value_option = nullptr;
};

/// The flags as the NDJSON they stand for, so that there is one way from text to an event.
std::string line_of(const TrackFlags& flags) {
  json::Json line;
  line["type"] = "track";
  line["event"] = flags.type;
  line["userId"] = flags.user;
  if (!flags.message_id.empty()) line["messageId"] = flags.message_id;
  if (!flags.time.empty()) line["timestamp"] = flags.time;
  if (!flags.item.empty()) line["properties"]["item"] = flags.item;
  if (flags.value_option->count() > 0) line["properties"]["value"] = flags.value;
  if (!flags.currency.empty()) line["properties"]["currency"] = flags.currency;
  return json::dump(line);
}

void say_tally(Session& session, const EventBatches::Tally& tally) {
  if (session.json) {
    session.print(json::track_json(tally.accepted, tally.errors, tally.positions));
  } else {
    for (std::size_t i = 0; i < tally.errors.size() && i < kErrorsShown; ++i) {
      const auto& [line, error] = tally.errors[i];
      fmt::print(stderr, "line {}: {}: {}\n", line, api::name_of(error.code), error.message);
    }
    if (tally.rejected > kErrorsShown) fmt::print(stderr, "... and {} more\n", tally.rejected - kErrorsShown);
    fmt::print("accepted {}, rejected {}\n", tally.accepted, tally.rejected);
  }
  if (tally.unreachable)
    session.fail(kUnavailable);
  else if (tally.rejected > 0)
    session.fail(kRefused);
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

/// Reads NDJSON to the end; false where the file itself cannot be read.
bool send_lines(Session& session, LineSource& lines, std::uint8_t record_flags, EventBatches& batches) {
  Progress progress;
  LineSource::Line line;
  while (lines.next(line)) {
    if (blank(line.text)) continue;
    const auto number = static_cast<std::uint32_t>(line.number);
    if (line.too_long || line.text.size() > json::kEventLineBytesMax) {
      batches.reject(
          number,
          {api::ErrorCode::kTooLarge,
           fmt::format("the line has more than {} bytes: an event is smaller", json::kEventLineBytesMax), 0});
      continue;
    }
    auto track = json::parse_event(line.text);
    if (!track.ok()) {
      batches.reject(number, track.error());
      continue;
    }
    track.value().flags |= record_flags;
    batches.add(number, track.take(), line.text.size() + kTrackOverhead);
    progress.show(lines.progress(), fmt::format("{} read, {} answered", line.number, batches.answered()));
  }
  if (!lines.failed()) return true;
  session.fail(kFailed);
  fmt::print(stderr, "kindredctl: the input is broken or cut off after line {}: what was read is sent\n",
             line.number);
  return false;
}

void run_lines(Session& session, const std::string& file, std::uint8_t record_flags) {
  auto lines = LineSource::open(file);
  if (!lines.ok()) {
    session.say_usage("cannot open " + file + ": is the path right, and may you read it?");
    return;
  }
  EventBatches batches(session.client());
  send_lines(session, lines.value(), record_flags, batches);
  batches.finish();
  say_tally(session, batches.tally());
}

void run_track(Session& session, const TrackFlags& flags) {
  if (flags.user.empty() && flags.type.empty()) {
    if (flags.file == "-" && isatty(STDIN_FILENO) == 1) {
      return session.say_usage("give --user and --event, or NDJSON on standard input");
    }
    return run_lines(session, flags.file, 0);
  }
  auto track = json::parse_event(line_of(flags));
  if (!track.ok()) return session.say_error(track.error());
  if (!flags.context.apply(session, track.value().event.context)) return;
  EventBatches batches(session.client());
  batches.add(1, track.take(), kTrackOverhead);
  batches.finish();
  say_tally(session, batches.tally());
}

records::Purposes parse_purposes(Session& session, const std::vector<std::string>& names) {
  records::Purposes all{};
  for (const std::string& name : names) {
    if (name == "personalization")
      all = all | records::kPersonalization;
    else if (name == "measurement")
      all = all | records::kMeasurement;
    else if (name == "training")
      all = all | records::kTraining;
    else if (name == "messaging")
      all = all | records::kMessaging;
    else if (name == "all")
      all = records::kAllPurposes;
    else
      session.say_usage("'" + name +
                        "' is no purpose: personalization, measurement, training, messaging or all");
  }
  return all;
}

} // namespace

void add_track(CLI::App& app, Session& session) {
  auto flags = std::make_shared<TrackFlags>();
  CLI::App* verb =
      app.add_subcommand("track", "Tell what a user did: one event from flags, or NDJSON on standard input.");
  verb->add_option("--user,-u", flags->user, "the user");
  verb->add_option("--event,-e", flags->type, "view, click, addToCart, purchase, ... or a name of your own");
  verb->add_option("--item,-i", flags->item, "the item");
  flags->value_option = verb->add_option("--value", flags->value, "amount of money");
  verb->add_option("--currency", flags->currency, "such as EUR");
  verb->add_option("--message-id", flags->message_id, "sent twice with one id counts once; made if left out");
  verb->add_option("--time", flags->time, "when it happened; now if left out");
  verb->add_option("--file,-f", flags->file, "NDJSON to read instead of standard input");
  flags->context.add_to(*verb);
  verb->footer("Exit code 4 if any event was refused; the good ones are kept.\n"
               "Examples:\n  kindredctl track --user ada --event view --item lamp\n  kindredctl track < "
               "events.ndjson");
  verb->callback([&session, flags] { run_track(session, *flags); });
}

void add_import(CLI::App& app, Session& session) {
  auto file = std::make_shared<std::string>();
  CLI::App* verb =
      app.add_subcommand("import", "Load history: NDJSON events, plain, .gz or .zst; times are not clamped.");
  verb->add_option("file", *file, "the file; - for standard input")->required();
  verb->footer("Give every event a messageId, so that running it again changes nothing.\n"
               "Example:\n  kindredctl import last-year.ndjson.zst");
  verb->callback([&session, file] { run_lines(session, *file, records::flags::kImport); });
}

void add_consent(CLI::App& app, Session& session) {
  struct Flags {
    std::string user, reason;
    std::vector<std::string> grant, withdraw;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand("consent", "Grant or withdraw purposes for a user.");
  verb->add_option("user", flags->user, "the user")->required();
  verb->add_option("--grant", flags->grant, "personalization, measurement, training, messaging, all");
  verb->add_option("--withdraw", flags->withdraw, "the same names; data of that purpose is removed");
  verb->add_option("--reason", flags->reason, "kept with the record");
  verb->footer("Example:\n  kindredctl consent ada --withdraw training");
  verb->callback([&session, flags] {
    api::SetConsent query;
    query.consent.user_id = flags->user;
    query.consent.reason = flags->reason;
    query.consent.granted = parse_purposes(session, flags->grant);
    query.consent.withdrawn = parse_purposes(session, flags->withdraw);
    if (session.exit_code() != kOk) return;
    session.ask(query, [&](const api::AnswerBody&) { fmt::print("recorded\n"); });
  });
}

void add_erase(CLI::App& app, Session& session) {
  struct Flags {
    records::Erase erase;
    bool yes = false;
  };
  auto flags = std::make_shared<Flags>();
  CLI::App* verb =
      app.add_subcommand("erase", "Forget a user: profile, history, and what models learnt from him.");
  verb->add_option("user", flags->erase.user_id, "the user")->required();
  verb->add_option("--reason", flags->erase.reason, "kept with the record");
  verb->add_flag("--yes", flags->yes, "really do it");
  verb->footer("Example:\n  kindredctl erase ada --yes");
  verb->callback([&session, flags] {
    if (!flags->yes) return session.say_usage("this cannot be undone: add --yes");
    session.ask(api::EraseUser{flags->erase}, [&](const api::AnswerBody&) {
      fmt::print("{} is erased at this position; fast models follow within a second\n", flags->erase.user_id);
    });
  });
}

} // namespace kindred::ctl
