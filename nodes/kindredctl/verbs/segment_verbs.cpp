#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/time_text.hpp"

namespace kindred::ctl {

namespace {

std::string_view or_nowhere(const std::string& segment) { return segment.empty() ? "nowhere" : segment; }

void say_segment(const api::SegmentInfo& segment) {
  fmt::print("{:<26} {:>10}  {}\n", segment.id, segment.size, segment.name);
  for (const std::string& origin : segment.came_from) fmt::print("  came from {}\n", origin);
}

void say_whole_segment(const api::SegmentInfo& segment) {
  say_segment(segment);
  for (const api::Counter& feature : segment.features)
    fmt::print("  {:<28} {:g}\n", feature.name, feature.value);
  for (const api::SegmentMove& move : segment.moves)
    fmt::print("  {}  {}: {} -> {}{}\n", json::time_text(move.time), move.user_id, or_nowhere(move.from),
               move.to, move.because.empty() ? "" : ", because of " + move.because);
}

} // namespace

void add_segments(CLI::App& app, Session& session) {
  CLI::App* segments = app.add_subcommand("segments", "Which groups users are in, and who moved why.");
  segments->require_subcommand(1);
  segments->footer("Examples:\n  kindredctl segments list\n  kindredctl segments show clustered-3\n"
                   "  kindredctl models train segments --wait");
  CLI::App* list = segments->add_subcommand("list", "id, size, name");
  list->callback([&session] {
    session.ask(api::ListSegments{}, [](const api::AnswerBody& body) {
      const auto* answer = std::get_if<api::Segments>(&body);
      if (answer == nullptr) return;
      for (const api::SegmentInfo& segment : answer->segments) say_segment(segment);
      if (answer->segments.empty())
        fmt::print("there are none yet: kindredctl models train segments --wait, models train rfm --wait\n");
    });
  });

  auto id = std::make_shared<std::string>();
  CLI::App* show =
      segments->add_subcommand("show", "One: where its middle lies, and who moved lately and why.");
  show->add_option("id", *id, "as listed")->required();
  show->callback([&session, id] {
    session.ask(api::ListSegments{*id}, [](const api::AnswerBody& body) {
      if (const auto* answer = std::get_if<api::Segments>(&body))
        for (const api::SegmentInfo& segment : answer->segments) say_whole_segment(segment);
    });
  });
}

} // namespace kindred::ctl
