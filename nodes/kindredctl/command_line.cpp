#include "nodes/kindredctl/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"

namespace kindred::ctl {

namespace {
constexpr auto kFooter =
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 refused, 5 unavailable, 6 degraded, 7 conflict.\n"
    "Examples:\n"
    "  kindredctl status\n"
    "  kindredctl track --user ada --event view --item lamp\n"
    "  kindredctl decide --user ada\n"
    "  kindredctl --json profile ada";
}

int run(int argc, const char* const* argv) {
  Session session;
  session.options.endpoint = "tcp://127.0.0.1:7400";
  CLI::App app("Operates a Kindred server.", "kindredctl");
  app.add_option("--endpoint", session.options.endpoint,
                 "the server's ZeroMQ endpoint; several: separated by commas")
      ->envname("KINDRED_ENDPOINT")
      ->capture_default_str();
  app.add_option("--tenant", session.options.tenant, "the tenant; empty: default");
  app.add_option("--deadline-ms", session.options.deadline_ms, "of each request, all tries together")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--position", session.after, "answer only from states that have seen this");
  app.add_flag("--json", session.json, "print JSON instead of words");
  app.require_subcommand(1);
  app.footer(kFooter);
  for (const auto add : {add_status, add_doctor, add_cluster, add_track, add_import, add_decide, add_profile,
                         add_items, add_placements, add_models, add_segments, add_explain, add_replay,
                         add_consent, add_erase, add_rejects, add_demo}) {
    add(app, session);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake) == 0 ? kOk : kUsage;
  }
  return session.exit_code();
}

} // namespace kindred::ctl
