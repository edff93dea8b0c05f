#include "tests/simulation/log_way.hpp"

#include <utility>

namespace kindred::simulation {

using ports::LogError;

class LogWay::Handle final : public ports::Subscription {
public:
  Handle(LogWay& way, std::uint64_t number, std::unique_ptr<ports::Subscription> inner)
      : way_(way), number_(number), inner_(std::move(inner)) {
    way_.subscriptions_.insert(number_);
  }
  ~Handle() override { way_.subscriptions_.erase(number_); }
  void consumed(std::size_t bytes) override { inner_->consumed(bytes); }

private:
  LogWay& way_;
  const std::uint64_t number_;
  const std::unique_ptr<ports::Subscription> inner_;
};

LogWay::LogWay(support::MemoryLog& log, const ports::Clock& clock, Random& random)
    : log_(log), clock_(clock), random_(random) {}

LogWay::~LogWay() = default;

bool LogWay::lost() const { return is_cut() && clock_.steady_us() - cut_us_ >= kNoticedAfter.us; }

void LogWay::produce(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) {
  if (lost()) return on_verdict({ports::Verdict::Kind::kRefused, 0, LogError::kIo});
  if (is_cut())
    waiting_.push_back({stream, std::move(entry), std::move(on_verdict), clock_.steady_us()});
  else
    hand_over(stream, std::move(entry), std::move(on_verdict));
}

void LogWay::hand_over(const records::Stream& stream, Bytes entry, OnVerdict on_verdict) {
  log_.produce(stream, std::move(entry),
               [from = std::weak_ptr(way_), on_verdict = std::move(on_verdict)](ports::Verdict verdict) {
                 const auto way = from.lock();
                 if (!way) return; // its node is dead
                 if (way->cut)
                   way->late.push_back({verdict, on_verdict});
                 else
                   on_verdict(verdict);
               });
}

std::unique_ptr<ports::Subscription> LogWay::tail(const records::Stream& stream, std::uint64_t from,
                                                  ports::TailSink sink) {
  auto inner = log_.tail(stream, from, std::move(sink));
  return std::make_unique<Handle>(*this, log_.newest_subscription(), std::move(inner));
}

Result<ports::Log::Bounds, LogError> LogWay::bounds(const records::Stream& stream) {
  return is_cut() ? Result<Bounds, LogError>(LogError::kIo) : log_.bounds(stream);
}

Result<std::vector<ports::LogEntry>, LogError> LogWay::read(const records::Stream& stream, std::uint64_t from,
                                                            std::size_t bytes_max) {
  if (is_cut()) return LogError::kIo;
  return log_.read(stream, from, bytes_max);
}

Result<Done, LogError> LogWay::trim(const records::Stream& stream, std::uint64_t before) {
  return is_cut() ? Result<Done, LogError>(LogError::kIo) : log_.trim(stream, before);
}

Result<std::uint64_t, LogError> LogWay::next_epoch() {
  return is_cut() ? Result<std::uint64_t, LogError>(LogError::kIo) : log_.next_epoch();
}

Result<Done, LogError> LogWay::health() const {
  return lost() ? Result<Done, LogError>(LogError::kIo) : log_.health();
}

void LogWay::moves(std::vector<Move>& ways) {
  const auto give_up = [&](auto& queue) {
    const auto on_verdict = std::move(queue.front().on_verdict);
    queue.pop_front();
    on_verdict({ports::Verdict::Kind::kUnknown, 0, LogError::kIo});
  };
  if (!is_cut() || clock_.steady_us() - cut_us_ < kNoVerdictAfter.us) return;
  if (!way_->late.empty()) ways.push_back([this, give_up] { give_up(way_->late); });
  if (!waiting_.empty()) ways.push_back([this, give_up] { give_up(waiting_); });
}

void LogWay::cut() {
  if (is_cut()) return;
  way_->cut = true;
  cut_us_ = clock_.steady_us();
}

void LogWay::heal() {
  if (!is_cut()) return;
  way_->cut = false;
  for (auto& late : std::exchange(way_->late, {})) {
    const bool lost = random_.below(2) == 0;
    late.on_verdict(lost ? ports::Verdict{ports::Verdict::Kind::kUnknown, 0, LogError::kIo} : late.verdict);
  }
  for (auto& waiting : std::exchange(waiting_, {}))
    hand_over(waiting.stream, std::move(waiting.entry), std::move(waiting.on_verdict));
}

} // namespace kindred::simulation
