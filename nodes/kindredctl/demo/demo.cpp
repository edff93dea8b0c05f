#include "nodes/kindredctl/demo/demo.hpp"

#include <algorithm>
#include <chrono>
#include <ostream>

#include "nodes/kindredctl/demo/baseline_arms.hpp"
#include "nodes/kindredctl/demo/kindred_arm.hpp"
#include "nodes/kindredctl/demo/report.hpp"

namespace kindred::demo {

namespace {

constexpr std::uint32_t kSingleDecides = 300; ///< asked at the end, to time single decisions

WorldParameters parameters_of(const DemoOptions& options) {
  WorldParameters parameters;
  parameters.control = options.control;
  if (options.users > 0) {
    parameters.users_at_start = options.users / 2;
    parameters.users_arriving = options.users - options.users / 2;
  }
  return parameters;
}

Result<bool, Failure> follows_events(Conversation& conversation) {
  auto status = conversation.ask_for<api::Status>({api::GetStatus{}});
  if (!status.ok()) return status.error();
  return status.value().front().clock == "events";
}

ArmResult lived_alone(const World& world, Arm& arm) {
  ArmResult result;
  [[maybe_unused]] const auto failure =
      run_arm(world, arm, result); // these arms have nobody who could fail them
  return result;
}

std::vector<ArmResult> popularity_arms(const World& world) {
  std::vector<ArmResult> results;
  for (double half_life_hours : kHalfLivesHours) {
    PopularityArm arm(world, half_life_hours);
    results.push_back(lived_alone(world, arm));
  }
  return results;
}

std::string row_of(const api::DecidedItem& item, std::size_t place, bool opened) {
  std::string row = "  " + std::to_string(place) + ". " + item.item + (opened ? " (opened)" : "");
  for (std::size_t n = 0; n < item.reasons.size(); ++n) row += (n == 0 ? ": " : "; ") + item.reasons[n];
  return row;
}

/// The last clicked decision: who asked, the list with its reasons, what was opened, and the server's explanation, cut
/// to what it says of the whole and of the item that was opened.
Result<std::vector<std::string>, Failure> decision_in_words(const World& world, KindredArm& arm) {
  std::vector<std::string> lines;
  if (!arm.last_clicked()) return lines;
  auto explained = arm.explain_last_clicked();
  if (!explained.ok()) return explained.error();
  const KindredArm::Clicked& clicked = *arm.last_clicked();
  const std::string& taken = world.items()[clicked.item].id;
  lines.push_back(world.users()[clicked.user].id + " asked on day " +
                  std::to_string(clicked.step / world.parameters().steps_per_day + 1) + ", was shown");
  std::size_t place = 0;
  for (const api::DecidedItem& item : clicked.decision.items)
    lines.push_back(row_of(item, ++place, item.item == taken));
  lines.push_back("and opened " + taken + ". `kindredctl explain " + to_hex(clicked.decision.decision) +
                  "` says more:");
  for (std::size_t n = 0; n < explained.value().size(); ++n)
    if (n == 0 || explained.value()[n].find(taken) != std::string::npos)
      lines.push_back("  " + explained.value()[n]);
  return lines;
}

using Steady = std::chrono::steady_clock;

Times times_since(Steady::time_point start, const Conversation& conversation) {
  Times times = conversation.times();
  times.total_s = std::chrono::duration<double>(Steady::now() - start).count();
  return times;
}

std::optional<Failure> simulate(const DemoOptions& options, Conversation& conversation, std::ostream& out,
                                const Meter& meter) {
  const auto start = Steady::now();
  auto clock = follows_events(conversation);
  if (!clock.ok()) return clock.error();
  const World world(options.seed, parameters_of(options));
  KindredArm arm(world, conversation, {options.seed, clock.value()});
  if (auto failure = arm.prepare()) return failure;
  ArmResult kindred;
  const auto progress = [&](Step done, Step all) {
    if (meter) meter(double(done) / all);
  };
  if (auto failure = run_arm(world, arm, kindred, progress)) return failure;
  ChanceArm chance(world);
  OracleArm oracle(world);
  Report report = make_report(world, kindred, popularity_arms(world), lived_alone(world, chance),
                              lived_alone(world, oracle));
  report.events_clock = clock.value();
  auto segments = arm.segments();
  if (segments.ok()) // the world is lived through: its figures are told in any case
    report.groups = groups_found(world, segments.value());
  else
    report.groups.unknown = segments.error().message;
  auto words_of_one = decision_in_words(world, arm);
  if (!words_of_one.ok()) return words_of_one.error();
  report.decision = words_of_one.take();
  if (!options.json) out << words(report) << std::flush;
  if (auto failure = arm.time_single_decides(kSingleDecides)) return failure;
  const Times times = times_since(start, conversation);
  out << (options.json ? json_of(report, times) : "\n" + words(times)) << std::flush;
  return std::nullopt;
}

std::optional<Failure> replay_file(const DemoOptions& options, Conversation& conversation, std::ostream& out,
                                   const Meter& meter) {
  const auto start = Steady::now();
  auto report = replay(options.replay, conversation, meter);
  if (!report.ok()) return report.error();
  if (options.json)
    out << json_of(report.value()) << std::flush;
  else
    out << words(report.value()) << "\n"
        << replay_times(report.value(), times_since(start, conversation)) << std::flush;
  return std::nullopt;
}

} // namespace

int exit_code(FailureCode code) {
  switch (code) {
  case FailureCode::kUnavailable: return 5;
  case FailureCode::kRefused: return 4;
  case FailureCode::kBadInput: return 2;
  case FailureCode::kBadAnswer: return 1;
  }
  return 1;
}

std::optional<Failure> run_demo(const DemoOptions& options, Exchange& exchange, std::ostream& out,
                                const Meter& meter) {
  Conversation conversation(exchange);
  return options.replay.file.empty() ? simulate(options, conversation, out, meter)
                                     : replay_file(options, conversation, out, meter);
}

} // namespace kindred::demo
