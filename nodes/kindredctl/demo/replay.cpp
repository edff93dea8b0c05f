#include "nodes/kindredctl/demo/replay.hpp"

#include <algorithm>

namespace kindred::demo {

namespace {

constexpr const char* kPlacement = "replay";
constexpr std::size_t kMeterEvery = 256; ///< events between two looks at the meter

/// The passage of one file through the server. Reads the file a second time, so that only the plan is in memory.
class Replay {
public:
  Replay(const ReplayOptions& options, const ReplayPlan& plan, Conversation& conversation,
         ReplayReport& report)
      : options_(options), plan_(plan), conversation_(conversation), report_(report) {}

  std::optional<Failure> run(const Meter& meter) {
    if (auto failure = prepare()) return failure;
    auto file = ctl::LineSource::open(options_.file);
    if (!file.ok()) return unreadable(options_.file, file.error());
    ctl::LineSource::Line line;
    while (file.value().next(line)) {
      auto parsed = parse_replay_line(line.text);
      if (!parsed.ok()) continue; // the plan has counted it
      if (auto* item = std::get_if<records::Item>(&parsed.value()))
        items_.push_back(api::PutItem{std::move(*item)});
      else if (auto failure = on(std::get<api::Track>(parsed.value())))
        return failure;
      if (meter && at_ % kMeterEvery == 0) meter(double(at_) / double(plan_.events.size()));
    }
    if (file.value().failed()) return unreadable(options_.file, ctl::LineError::kCorrupt);
    if (auto failure = tell_items()) return failure;
    return flush();
  }

private:
  std::optional<Failure> prepare() {
    records::Placement placement;
    placement.placement = kPlacement;
    placement.filter = options_.filter;
    placement.count_default = options_.count;
    auto answer = conversation_.ask_for<api::Accepted>({api::SetPlacement{placement}});
    return answer.ok() ? std::nullopt : std::optional(answer.error());
  }

  std::optional<Failure> on(api::Track& track) {
    if (at_ == plan_.events.size())
      return Failure{FailureCode::kBadInput, options_.file + " grew while it was read; replay it again"};
    const PlannedEvent& event = plan_.events[at_];
    names_.resize(plan_.items);
    if (event.target)
      if (auto failure = test(track, event)) return failure;
    if (event.item != kNoItem) names_[event.item] = track.event.item;
    if (!items_.empty())
      if (auto failure = tell_items()) return failure;
    ++at_;
    ++report_.tracks;
    waiting_.push_back(std::move(track));
    return waiting_.size() < kEnvelopeQueries - 1 ? std::nullopt : flush();
  }

  /// The list for the target at `at_`, asked behind all earlier tracks, in one envelope with those that still wait.
  std::optional<Failure> test(const api::Track& track, const PlannedEvent& event) {
    api::Decide decide;
    decide.user_id = track.event.user_id;
    decide.placement = kPlacement;
    decide.count = options_.count;
    decide.context = track.event.context;
    if (report_.events_clock) decide.time = track.event.event_time;
    decide.request_id = "replay-" + std::to_string(at_);
    waiting_.push_back(std::move(decide));
    auto bodies = send();
    if (!bodies.ok()) return bodies.error();
    const auto* decision = std::get_if<api::Decision>(&bodies.value().back());
    if (decision == nullptr) return refusal(bodies.value().back());
    ++report_.decides;
    score(*decision, track.event.item, event);
    return std::nullopt;
  }

  void score(const api::Decision& decision, const std::string& item, const PlannedEvent& event) {
    const bool late = event.basket >= plan_.late_from();
    Tally* tallies[] = {&report_.kindred.all, late ? &report_.kindred.late : nullptr};
    if (options_.task == ReplayTask::kNewItem) {
      const auto found = std::find_if(decision.items.begin(), decision.items.end(),
                                      [&](const api::DecidedItem& shown) { return shown.item == item; });
      const bool hit = found != decision.items.end();
      for (Tally* tally : tallies)
        if (tally != nullptr)
          tally->add(hit ? static_cast<std::size_t>(found - decision.items.begin()) + 1 : 0);
      return;
    }
    const std::vector<std::uint32_t> basket = basket_at(plan_, at_);
    std::vector<std::uint32_t> list;
    for (const api::DecidedItem& shown : decision.items) {
      const auto wanted = std::find_if(basket.begin(), basket.end(),
                                       [&](std::uint32_t index) { return names_[index] == shown.item; });
      list.push_back(wanted == basket.end() ? kNoItem : *wanted);
    }
    for (Tally* tally : tallies)
      if (tally != nullptr) tally->add(list, basket);
  }

  /// Before the event behind the item lines, so that its record may carry what the catalog knows of the item.
  std::optional<Failure> tell_items() {
    if (items_.empty()) return std::nullopt;
    if (auto failure = flush()) return failure;
    report_.items_told += items_.size();
    waiting_.swap(items_);
    return flush();
  }

  std::optional<Failure> flush() {
    if (waiting_.empty()) return std::nullopt;
    auto bodies = send();
    return bodies.ok() ? std::nullopt : std::optional(bodies.error());
  }

  Result<std::vector<api::AnswerBody>, Failure> send() {
    auto bodies = conversation_.ask(std::move(waiting_));
    waiting_.clear();
    if (!bodies.ok()) return bodies;
    for (const api::AnswerBody& body : bodies.value())
      if (const auto* error = std::get_if<api::Error>(&body)) refused(*error);
    return bodies;
  }

  void refused(const api::Error& error) {
    ++report_.rejected;
    if (report_.first_rejected.size() < kRejectedShown)
      report_.first_rejected.push_back("the server refused what stands before event " +
                                       std::to_string(at_ + 1) + ": " + error.message);
  }

  static Failure refusal(const api::AnswerBody& body) {
    const auto* error = std::get_if<api::Error>(&body);
    if (error == nullptr)
      return {FailureCode::kBadAnswer, "a decide was answered by something else; report this as a bug"};
    return {FailureCode::kRefused, "decide was refused: " + error->message};
  }

  const ReplayOptions& options_;
  const ReplayPlan& plan_;
  Conversation& conversation_;
  ReplayReport& report_;
  std::size_t at_ = 0;              ///< event of the plan
  std::vector<api::Query> waiting_; ///< tracks that the next envelope takes along
  std::vector<api::Query> items_;   ///< told before the next event
  std::vector<std::string> names_;  ///< of items met, by the plan's number
};

} // namespace

Result<ReplayReport, Failure> replay(const ReplayOptions& options, Conversation& conversation,
                                     const Meter& meter) {
  auto status = conversation.ask_for<api::Status>({api::GetStatus{}});
  if (!status.ok()) return status.error();
  auto plan = plan_of(options.file, options.task, options.filter);
  if (!plan.ok()) return plan.error();
  ReplayReport report;
  report.task = options.task;
  report.file = options.file;
  report.users = plan.value().users;
  report.items = plan.value().items;
  report.baskets = plan.value().baskets;
  report.rejected = plan.value().rejected;
  report.first_rejected = plan.value().first_rejected;
  report.events_clock = status.value().front().clock == "events";
  report.kindred.name = "Kindred";
  Replay run(options, plan.value(), conversation, report);
  if (auto failure = run.run(meter)) return *failure;
  for (double hours : kReplayHalfLivesHours)
    report.popularity.push_back(replay_popularity(plan.value(), hours, options.popularity_counts));
  return report;
}

} // namespace kindred::demo
