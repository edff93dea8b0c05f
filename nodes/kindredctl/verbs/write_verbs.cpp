// Verbs that write about users: track, import, consent, erase.
#include <unistd.h>

#include <functional>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/content_name.hpp"
#include "nodes/kindredctl/event_batches.hpp"
#include "nodes/kindredctl/import_batches.hpp"
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

struct ImportFlags {
  std::string file;
  std::string producer;
  std::uint64_t epoch = 1;
};

/// `more` is added to the JSON document.
void say_tally(Session& session, const Tally& tally, const json::Json& more = json::Json::object()) {
  if (session.json) {
    json::Json document = json::track_json(tally.accepted, tally.errors, tally.positions);
    document["rejected"] = tally.rejected; // more than the errors that were kept
    document.update(more);
    session.print(document);
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

/// Reads NDJSON to the end, or until `go_on` says no.
template <class Batches>
void send_lines(Session& session, LineSource& lines, Batches& batches, const std::function<bool()>& go_on) {
  Progress progress;
  LineSource::Line line;
  while (go_on() && lines.next(line)) {
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
    batches.add(number, track.take(), line.text.size() + kTrackOverhead);
    progress.show(lines.progress(), fmt::format("{} read, {} answered", line.number, batches.answered()));
  }
  if (!lines.failed()) return;
  session.fail(kFailed);
  fmt::print(stderr, "kindredctl: the input is broken or cut off after line {}: what was read is sent\n",
             line.number);
}

std::optional<LineSource> open_lines(Session& session, const std::string& file) {
  auto lines = LineSource::open(file);
  if (lines.ok()) return lines.take();
  session.say_usage("cannot open " + file + ": is the path right, and may you read it?");
  return std::nullopt;
}

void run_lines(Session& session, const std::string& file) {
  auto lines = open_lines(session, file);
  if (!lines) return;
  EventBatches batches(session.client());
  send_lines(session, *lines, batches, [] { return true; });
  batches.finish();
  say_tally(session, batches.tally());
}

/// The name that the lines are counted under: as told, else by the file's content.
std::optional<std::string> producer_of(Session& session, const ImportFlags& flags) {
  if (!flags.producer.empty()) return flags.producer;
  if (flags.file == "-") {
    session.say_usage("standard input can be read once only, so its content cannot name it: give --producer");
    return std::nullopt;
  }
  auto lines = open_lines(session, flags.file);
  if (!lines) return std::nullopt;
  auto content = content_name(*lines);
  if (content.ok()) return content.take().name;
  session.fail(kFailed);
  fmt::print(stderr,
             "kindredctl: {} is broken or cut off, nothing was sent: repair it, or give --producer to import "
             "what can be read\n",
             flags.file);
  return std::nullopt;
}

void run_import(Session& session, const ImportFlags& flags) {
  const auto producer = producer_of(session, flags);
  if (!producer) return;
  auto lines = open_lines(session, flags.file);
  if (!lines) return;
  ImportBatches batches(session.client(), *producer, flags.epoch);
  send_lines(session, *lines, batches, [&batches] { return !batches.stopped(); });
  batches.finish();
  json::Json more;
  more["producer"] = *producer;
  more["epoch"] = flags.epoch;
  if (const auto& stop = batches.stopped()) {
    more["stoppedAtLine"] = stop->line;
    session.fail(stop->code);
    fmt::print(stderr,
               "kindredctl: stopped at line {}: {}\n  Run the same command again: it goes on there, what was "
               "taken counts once.\n",
               stop->line, stop->why);
  }
  say_tally(session, batches.tally(), more);
  if (batches.tally().rejected > 0 && !session.json)
    fmt::print(stderr,
               "Put refused lines, once they are right, into a file of their own: of this one they are "
               "passed over.\n");
}

void run_track(Session& session, const TrackFlags& flags) {
  if (flags.user.empty() && flags.type.empty()) {
    if (flags.file == "-" && isatty(STDIN_FILENO) == 1) {
      return session.say_usage("give --user and --event, or NDJSON on standard input");
    }
    return run_lines(session, flags.file);
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
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* verb = app.add_subcommand(
      "import", "Load history: NDJSON events, plain, .gz or .zst; times are not clamped. Each "
                "line counts once, however often and whenever the import is run.");
  verb->add_option("file", flags->file, "the file; - for standard input (give --producer)")->required();
  verb->add_option(
          "--producer", flags->producer,
          "whose lines these are: line N of a producer is taken once, for ever. Left out, the file's "
          "content names it: the same file counts once whatever it is called or how it is packed, a "
          "changed one counts anew. Give a name to a file that grows, and only its new lines count")
      ->check([](const std::string& name) {
        return name.empty() || name.size() > kExternalIdBytesMax ? "a name has 1 to 256 bytes"
                                                                 : std::string();
      });
  verb->add_option("--epoch", flags->epoch, "a higher one counts all lines of the producer anew")
      ->capture_default_str();
  verb->footer(
      "Lines are sent in order, and the import stops where one cannot be delivered: run it again, it goes\n"
      "on there. Lines that are refused (exit code 4) are passed over: put them, corrected, into a file of\n"
      "their own. Events with a messageId also count once within 7 days whatever file they come in.\n"
      "Examples:\n  kindredctl import last-year.ndjson.zst\n"
      "  kindredctl import orders.ndjson --producer shop-orders\n"
      "  zcat part-*.gz | kindredctl import - --producer parts-of-may");
  verb->callback([&session, flags] { run_import(session, *flags); });
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
