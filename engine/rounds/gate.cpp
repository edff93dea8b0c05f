#include "engine/rounds/gate.hpp"

#include <algorithm>
#include <cmath>

namespace kindred::rounds {

namespace {

constexpr double kNinetyFive = 1.959964;

/// Mean over users, and half of its 95 % interval.
struct Interval {
  double mean = 0, half = 0;
  explicit Interval(const stats::Moments& moments) {
    if (moments.count == 0) return;
    mean = moments.mean();
    half = kNinetyFive * std::sqrt(moments.variance() / static_cast<double>(moments.count));
  }
};

} // namespace

std::string in_words(double value) {
  const auto thousandths = std::llround(value * 1000);
  const auto size = thousandths < 0 ? -thousandths : thousandths;
  std::string digits = std::to_string(size % 1000);
  digits.insert(0, 3 - digits.size(), '0');
  return (thousandths < 0 ? "-" : "") + std::to_string(size / 1000) + "." + digits;
}

Fixed metric_of(double value) {
  const auto exact = Fixed::from(std::clamp(value, -Fixed::kMax, Fixed::kMax));
  return exact.ok() ? exact.value() : Fixed{};
}

std::string Gate::in_words(const stats::Moments& difference) const {
  const Interval interval(difference);
  return rounds::in_words(interval.mean) + " ± " + rounds::in_words(interval.half) + " " +
         std::string(rules_.unit) + " over " + std::to_string(difference.count) + " users";
}

void Gate::say(const std::string& model, const std::string& what) {
  outcome_ += (outcome_.empty() ? "" : "; ") + model + ": " + what;
}

void Gate::accept_first(Offer fresh) {
  say(fresh.learner, "champion, " + fresh.reason);
  offers_.push_back(std::move(fresh));
}

void Gate::rule(const std::string& model, const KnownModels& known, const stats::Moments& verdict) {
  const Interval by(verdict);
  const std::string words = in_words(verdict);
  if (by.mean + by.half < 0 || by.mean < -rules_.margin)
    return say(model, "the challenger was worse, " + words + ": not promoted");
  Offer promoted{model, records::ModelRole::kChampion, known.challenger->parameters, true, {}, {}};
  promoted.reason =
      (by.mean - by.half > 0 ? "better than the champion: " : "not worse than the champion: ") + words;
  promoted.metrics = {{"users", metric_of(static_cast<double>(verdict.count))}, {"gain", metric_of(by.mean)}};
  say(model, "the challenger is champion, " + promoted.reason);
  offers_.push_back(std::move(promoted));
}

void Gate::judge(Offer fresh, const KnownModels& known, const stats::Moments& gain,
                 const std::optional<stats::Moments>& verdict) {
  const std::string model = fresh.learner;
  if (gain.count == 0) return say(model, "nothing was taken since the last round");
  const bool judged = verdict && verdict->count >= rules_.verdict_users;
  if (verdict && !judged && gain.count >= rules_.verdict_users)
    return say(model, "the challenger waits for its verdict: " + std::to_string(verdict->count) + " users, " +
                          std::to_string(rules_.verdict_users) + " are needed");
  if (judged) rule(model, known, *verdict);
  if (judged || gain.count >= rules_.verdict_users) {
    fresh.role = records::ModelRole::kChallenger;
    fresh.reason = "waits until it is compared with the champion on what neither has seen";
  } else if (Interval(gain).mean < -rules_.margin) {
    fresh.role = records::ModelRole::kChallenger;
    fresh.reason = "worse than the champion: " + in_words(gain);
  } else {
    fresh.reason =
        "the newest wins: too few users for a verdict, and " + in_words(gain) + " beside the champion";
  }
  say(model, (fresh.role == records::ModelRole::kChampion ? "champion, " : "challenger, ") + fresh.reason);
  offers_.push_back(std::move(fresh));
}

} // namespace kindred::rounds
