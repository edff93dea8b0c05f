#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "schemas/api.hpp"
#include "tests/simulation/ledger.hpp"

namespace kindred::simulation {

/// A client service with one request under way at a time: makes requests from the seed, sends a lost one again with the
/// same ids, carries positions, and holds every answer against the ledger. In a cluster it carries none now and then: what it
/// is answered then, without that it is behind, every node that may be asked has.
/// Owned by one run.
class Shopper {
public:
  /// How many events of a plain user every answer has to show by now; null: nobody but who carries positions is told that.
  using Shown = std::function<std::uint64_t(const std::string& user)>;
  Shopper(std::uint32_t number, std::uint64_t seed, Ledger& ledger, Shown shown);

  struct Outgoing {
    std::uint64_t request_id = 0;
    Bytes bytes;
  };
  /// Something to send now: a new request, or the same again because no answer came for kPatience. None: it waits.
  std::optional<Outgoing> next(Instant now, std::int64_t steady_us);
  /// No new requests but for what was never acknowledged.
  void only_finish() { finishing_ = true; }
  bool idle() const { return !under_way_; }

  /// An answer arrived. Returns what is wrong with it, in words.
  std::vector<std::string> take(const api::Answer& answer);

  static constexpr Duration kPatience{2 * kSecond.us};
  /// Refusals that faults explain; any other is a finding.
  static bool explained_by_faults(api::ErrorCode code);

private:
  struct UnderWay {
    api::Request request;
    Bytes bytes;
    std::int64_t sent_us = 0;
    bool careless = false; ///< carries no positions
    std::map<std::string, std::uint64_t>
        acked_before; ///< plain or linked user -> of all his ids, acknowledged to this client when it asked;
                      ///< where it is careless, what every answer has to show
    std::map<std::string, std::vector<std::string>>
        erased; ///< leaving user -> what of his was acknowledged by then
  };
  api::Request make(Instant now);
  api::Query make_query(Instant now);
  api::Track make_track(Instant now);
  void buy_perhaps(records::Event& event);
  api::Track again(const std::string& message_id) const;
  api::Request make_finishing();
  api::Request make_careless();
  std::string some_user();
  void check_profile(const api::GetProfile& query, const api::AnswerBody& body,
                     std::vector<std::string>& wrong) const;
  void check_decision(const api::Decide& query, const api::AnswerBody& body,
                      std::vector<std::string>& wrong) const;
  void take_track(const api::Track& query, const api::AnswerBody& body, const records::Positions& positions);
  void take_link(const api::LinkUsers& query, const api::AnswerBody& body);
  const std::string& one_of(const std::string& user) const;
  std::map<std::string, std::uint64_t> acked_of_all_ids() const;

  const std::uint32_t number_;
  Random random_;
  Ledger& ledger_;
  const Shown shown_;
  std::optional<UnderWay> under_way_;
  records::Positions positions_;
  std::map<std::string, std::uint64_t> acked_to_me_; ///< plain user -> events
  std::map<std::string, std::string>
      same_as_;                              ///< linked for this client: an id, and another of the same user
  std::map<std::string, api::Track> tracks_; ///< by message id: as sent first
  std::vector<std::string> sent_ids_;
  std::string ask_next_;                  ///< in a request of its own; empty: nobody
  std::string last_leaving_ = "leaving0"; ///< met last: who goes next
  std::uint64_t next_request_ = 1;
  std::uint64_t next_message_ = 1;
  bool finishing_ = false;
};

} // namespace kindred::simulation
