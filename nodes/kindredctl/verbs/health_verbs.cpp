// Verbs about the server itself: status, doctor.
#include <sys/statvfs.h>

#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"

namespace kindred::ctl {

namespace {

void say_status(const api::Status& status) {
  fmt::print("{}  version {}  clock {}  {}\n", status.node, status.version, status.clock,
             status.ready ? "ready" : "NOT READY");
  for (const std::string& reason : status.not_ready_because) fmt::print("  because: {}\n", reason);
  fmt::print("{} items; folds up to version {}\n", status.items, status.fold_newest);
  for (const auto& partition : status.partitions) {
    fmt::print("partition {:>3}  {:<8} at {:>10}  {:>8} users  version {}\n", partition.id, partition.role,
               partition.offset, partition.users, partition.fold_version);
  }
}

struct Check {
  std::string name;
  bool ok = false;
  std::string words;
};

constexpr double kDiskFreeMin = 0.05;

void check_disk(const std::string& directory, std::vector<Check>& checks) {
  struct statvfs about {};
  if (statvfs(directory.c_str(), &about) != 0) {
    checks.push_back({"disk", false, directory + " cannot be looked at: is the path right?"});
    return;
  }
  const double share = static_cast<double>(about.f_bavail) / static_cast<double>(about.f_blocks);
  checks.push_back({"disk", share >= kDiskFreeMin,
                    fmt::format("{:.0f} % of {} is free{}", 100 * share, directory,
                                share < kDiskFreeMin ? ": make room, or intake will be refused" : "")});
}

void check_server(Session& session, std::vector<Check>& checks) {
  const auto before = std::chrono::steady_clock::now();
  auto body = session.client().ask(api::GetStatus{});
  const double ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
  if (!body.ok()) {
    checks.push_back({"answers", false, body.error().message});
    session.fail(kUnavailable);
    return;
  }
  checks.push_back({"answers", true, fmt::format("{} answered in {:.1f} ms", session.options.endpoint, ms)});
  if (const auto* error = std::get_if<api::Error>(&body.value())) {
    checks.push_back({"ready", false, error->message});
    session.fail(exit_code_of(error->code));
    return;
  }
  const auto* status = std::get_if<api::Status>(&body.value());
  if (status == nullptr) return;
  checks.push_back({"ready", status->ready,
                    status->ready
                        ? fmt::format("{} partitions, {} items", status->partitions.size(), status->items)
                        : fmt::format("{}", fmt::join(status->not_ready_because, "; "))});
}

void say_checks(Session& session, const std::vector<Check>& checks) {
  json::Json document;
  for (const Check& check : checks) {
    document["checks"].push_back({{"name", check.name}, {"ok", check.ok}, {"words", check.words}});
    if (!session.json) fmt::print("{:<5} {:<10} {}\n", check.ok ? "ok" : "BAD", check.name, check.words);
    if (!check.ok) session.fail(kDegraded);
  }
  document["ok"] = session.exit_code() == kOk;
  if (session.json) session.print(document);
}

} // namespace

void add_status(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("status", "What the server is and how far each partition has come.");
  verb->footer("Exit code 6 if it is not ready.\nExample:\n  kindredctl --json status");
  verb->callback([&session] {
    api::Request request;
    request.queries.emplace_back(api::GetStatus{});
    const auto answer = session.answer_of(std::move(request));
    if (!answer) return;
    const api::AnswerBody& body = answer->bodies.front();
    if (const auto* error = std::get_if<api::Error>(&body)) return session.say_error(*error);
    const auto* status = std::get_if<api::Status>(&body);
    if (status == nullptr) return;
    if (session.json)
      session.print(json::to_json(*status));
    else
      say_status(*status);
    if (!status->ready) session.fail(kDegraded);
  });
}

void add_doctor(CLI::App& app, Session& session) {
  auto directory = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("doctor", "Look for what is wrong, and say what to do.");
  verb->add_option("--data-dir", *directory,
                   "a server's data directory on this machine, to look at its disk");
  verb->footer(
      "Exit code 0: all is well; 5: no answer; 6: something is wrong.\nExample:\n  kindredctl doctor");
  verb->callback([&session, directory] {
    std::vector<Check> checks;
    if (!directory->empty()) check_disk(*directory, checks);
    check_server(session, checks);
    say_checks(session, checks);
  });
}

} // namespace kindred::ctl
