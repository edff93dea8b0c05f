#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rounds/learner.hpp"
#include "engine/stats/moments.hpp"

namespace kindred::rounds {

/// The gate between a solved model and serving, by progressive validation: champion and challenger are compared per user on
/// what is younger than both, which neither has learnt from; over users the mean difference and its 95 % interval.
///
/// With a verdict of Rules::verdict_users: better, or not worse by the margin → promoted; worse → it stays behind, with the
/// reason. With fewer: the newest wins if not worse by the margin on what is younger than the champion; where so many users
/// are in that comparison, it is challenger instead, and while one waits for its verdict, nothing is offered that would
/// take its place. What a first model must show is its learner's own.
/// Value; owned by a solver: collects what is offered of one round, and says why.
class Gate {
public:
  struct Rules {
    std::int64_t verdict_users = 400;
    double margin = 0;     ///< by which the mean may be worse
    std::string_view unit; ///< of a difference: "nats per user"
  };
  explicit Gate(Rules rules) : rules_(rules) {}

  /// `fresh` is offered where it may be, with role and reason. `gain`: by how much it is better than the champion on what
  /// is younger than that; `verdict`: the known challenger, on what is younger than both. Requires: there is a champion.
  void judge(Offer fresh, const KnownModels& known, const stats::Moments& gain,
             const std::optional<stats::Moments>& verdict);
  /// The first of its name, which serves.
  void accept_first(Offer fresh);
  void say(const std::string& model, const std::string& what); ///< into the outcome
  std::string
  in_words(const stats::Moments& difference) const; ///< "0.250 ± 0.049 nats per user over 400 users"

  const std::vector<Offer>& offers() const { return offers_; }
  const std::string& outcome() const { return outcome_; }

private:
  /// The known challenger by its verdict.
  void rule(const std::string& model, const KnownModels& known, const stats::Moments& verdict);

  const Rules rules_;
  std::vector<Offer> offers_;
  std::string outcome_;
};

/// With three decimals, and as a metric (clamped to what Fixed holds).
std::string in_words(double value);
Fixed metric_of(double value);

} // namespace kindred::rounds
