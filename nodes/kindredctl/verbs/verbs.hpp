#pragma once

#include "nodes/kindredctl/session.hpp"

namespace CLI {
class App;
}

namespace kindred::ctl {

// One function per verb: declares its options and examples, and runs it from CLI11's callback. `session` must outlive
// `app`. What a verb prints and its exit codes are described in its --help.

void add_status(CLI::App& app, Session& session);
void add_doctor(CLI::App& app, Session& session);
void add_cluster(CLI::App& app, Session& session); ///< status, drain, join
void add_track(CLI::App& app, Session& session);   ///< one event from flags, or NDJSON on standard input
void add_import(CLI::App& app, Session& session);  ///< history from a file
void add_decide(CLI::App& app, Session& session);
void add_profile(CLI::App& app, Session& session);
void add_items(CLI::App& app, Session& session);
void add_items_import(CLI::App& items, Session& session); ///< a sub-verb of items
void add_placements(CLI::App& app, Session& session);
void add_models(CLI::App& app, Session& session);
void add_segments(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_replay(CLI::App& app, Session& session);
void add_consent(CLI::App& app, Session& session);
void add_erase(CLI::App& app, Session& session);
void add_rejects(CLI::App& app, Session& session);
void add_demo(CLI::App& app, Session& session);

} // namespace kindred::ctl
