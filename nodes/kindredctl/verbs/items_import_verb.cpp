// The verb that loads a catalog: items import.
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/catalog_import.hpp"
#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/position_text.hpp"

namespace kindred::ctl {

namespace {

constexpr std::size_t kErrorsShown = 20;
constexpr const char* kPartedBy = "|";

struct ItemsImportFlags {
  std::string file, rejects, format;
  std::vector<std::string> text, list;
  bool dry_run = false;
};

std::optional<CatalogFormat> told_format(const ItemsImportFlags& flags) {
  if (flags.format.empty()) return format_of(flags.file);
  return flags.format == "csv" ? CatalogFormat::kCsv : CatalogFormat::kNdjson;
}

std::optional<CsvTyping> typing_of(Session& session, const ItemsImportFlags& flags) {
  CsvTyping typing{flags.text, {}};
  for (const std::string& told : flags.list) {
    const auto split = std::min(told.find('='), told.size());
    const std::string parted_by = split == told.size() ? kPartedBy : told.substr(split + 1);
    if (split == 0 || parted_by.empty()) {
      session.say_usage("--list " + told + ": give COLUMN or COLUMN=SEPARATOR");
      return std::nullopt;
    }
    typing.list[told.substr(0, split)] = parted_by;
  }
  return typing;
}

std::optional<CatalogRows> open_rows(Session& session, const ItemsImportFlags& flags) {
  const auto typing = typing_of(session, flags);
  if (!typing) return std::nullopt;
  auto lines = LineSource::open(flags.file);
  if (!lines.ok()) {
    session.say_usage("cannot open " + flags.file + ": is the path right, and may you read it?");
    return std::nullopt;
  }
  auto rows = CatalogRows::open(LinesAhead(lines.take()), told_format(flags), *typing);
  if (!rows.ok()) {
    session.say_error(rows.error().error);
    return std::nullopt;
  }
  if (rows.value().format() == CatalogFormat::kNdjson && !(flags.text.empty() && flags.list.empty())) {
    session.say_usage("--text and --list are for CSV: NDJSON says itself what its values are");
    return std::nullopt;
  }
  return rows.take();
}

/// False: it is named, and cannot be.
bool make_rejects(Session& session, const ItemsImportFlags& flags, const CatalogRows& rows,
                  std::optional<RejectFile>& rejects) {
  if (flags.rejects.empty()) return true;
  if (same_file(flags.file, flags.rejects)) {
    session.say_usage("--rejects " + flags.rejects +
                      " is the file that is imported, and would be emptied: name another");
    return false;
  }
  rejects = RejectFile::create(flags.rejects, rows.format(), rows.header());
  if (!rejects)
    session.say_usage("--rejects " + flags.rejects +
                      " cannot be written: is there such a directory, and may "
                      "you write there?");
  return rejects.has_value();
}

json::Json document_of(const ItemsImportFlags& flags, const CatalogRows& rows, const CatalogImport& import) {
  const CatalogTally& tally = import.tally();
  json::Json errors = json::Json::array(), positions = json::Json::array();
  for (const RowError& error : tally.errors) errors.push_back(to_json(error));
  for (const auto& position : tally.positions) positions.push_back(json::position_text({position}));
  json::Json document{{"accepted", tally.accepted},       {"rejected", tally.rejected},
                      {"duplicates", tally.duplicates},   {"errors", std::move(errors)},
                      {"format", name_of(rows.format())}, {"dryRun", flags.dry_run},
                      {"positions", std::move(positions)}};
  if (const auto stop = import.stopped()) document["stoppedAtLine"] = stop->line;
  return document;
}

void say_words(const ItemsImportFlags& flags, const CatalogTally& tally) {
  for (std::size_t i = 0; i < tally.errors.size() && i < kErrorsShown; ++i)
    fmt::print(stderr, "{}\n", words_of(tally.errors[i]));
  if (tally.rejected > kErrorsShown) fmt::print(stderr, "... and {} more\n", tally.rejected - kErrorsShown);
  fmt::print("{}accepted {}, rejected {}\n", flags.dry_run ? "nothing sent: " : "", tally.accepted,
             tally.rejected);
  if (tally.duplicates > 0)
    fmt::print("{} of the accepted tell an item again: the last row of an item stands\n", tally.duplicates);
  if (tally.rejected > 0 && flags.rejects.empty())
    fmt::print(stderr, "With --rejects FILE they are kept with their errors, to be mended and imported.\n");
  else if (tally.rejected > 0)
    fmt::print(stderr, "The rejected ones are in {}: mend them there, then import it.\n", flags.rejects);
}

void say_end(Session& session, const ItemsImportFlags& flags, const CatalogRows& rows,
             const CatalogImport& import) {
  if (rows.failed()) {
    session.fail(kFailed);
    fmt::print(stderr, "kindredctl: the input is broken or cut off: what was read is {}\n",
               flags.dry_run ? "checked" : "sent");
  }
  if (const auto stop = import.stopped()) {
    session.fail(stop->code);
    fmt::print(stderr,
               "kindredctl: stopped at line {}: {}\n  Run the same command again: what was taken stays as it "
               "is.\n",
               stop->line, stop->why);
  }
  if (session.json)
    session.print(document_of(flags, rows, import));
  else
    say_words(flags, import.tally());
  if (import.tally().rejected > 0) session.fail(kRefused);
}

void run_items_import(Session& session, const ItemsImportFlags& flags) {
  auto rows = open_rows(session, flags);
  if (!rows) return;
  std::optional<RejectFile> rejects;
  if (!make_rejects(session, flags, *rows, rejects)) return;
  CatalogImport import(flags.dry_run ? nullptr : &session.client(), rejects ? &*rejects : nullptr);
  {
    Progress progress;
    CatalogRow row;
    while (!import.stopped() && rows->next(row)) {
      const std::uint32_t line = row.line;
      import.add(std::move(row));
      progress.show(rows->progress(), fmt::format("line {}: accepted {}, rejected {}", line,
                                                  import.tally().accepted, import.tally().rejected));
    }
    import.finish();
  }
  say_end(session, flags, *rows, import);
  if (!rejects || rejects->close()) return;
  session.fail(kFailed);
  fmt::print(stderr, "kindredctl: {} could not be written to its end: is there room on the disk?\n",
             flags.rejects);
}

} // namespace

void add_items_import(CLI::App& items, Session& session) {
  auto flags = std::make_shared<ItemsImportFlags>();
  CLI::App* verb = items.add_subcommand(
      "import", "Load a catalog: CSV or NDJSON, plain, .gz or .zst. Importing a file again changes nothing.");
  verb->add_option("file", flags->file, "the file; - for standard input")->required();
  verb->add_option("--format", flags->format,
                   "csv or ndjson; left out, the file's name or first line says it")
      ->check(CLI::IsMember({"csv", "ndjson"}));
  verb->add_option("--rejects", flags->rejects,
                   "rows that are refused, each with its error; made anew. Mend it, and import it");
  verb->add_flag("--dry-run", flags->dry_run, "check every row, send nothing; needs no server");
  verb->add_option("--text", flags->text, "a column of a CSV that is text even where it looks like a number")
      ->allow_extra_args(false);
  verb->add_option("--list", flags->list,
                   "COLUMN or COLUMN=SEPARATOR (else |) of a CSV whose cells hold several texts")
      ->allow_extra_args(false);
  verb->footer(
      "A CSV has a header: item, and any of title, price, currency, available, published, removed; every "
      "other\n"
      "column is an attribute. NDJSON has the names that `items show --json` prints, an item a line. A row\n"
      "replaces the item; of several rows of an item the last one stands. A bad row is refused with its "
      "line\n"
      "and column, all others are taken (exit code 4).\n"
      "Examples:\n  kindredctl items import catalog.csv --list tags --rejects rejects.csv\n"
      "  kindredctl items import catalog.ndjson.zst --dry-run\n"
      "  zcat part-*.gz | kindredctl items import - --format ndjson");
  verb->callback([&session, flags] { run_items_import(session, *flags); });
}

} // namespace kindred::ctl
