#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "clients/cpp/client.hpp"
#include "clients/cpp/hedging.hpp"
#include "clients/cpp/node_connection.hpp"
#include "clients/cpp/routes.hpp"

namespace kindred::client {

using Steady = std::chrono::steady_clock;

/// A call on its way: the request in bytes, and who is asked in what order.
struct Call {
  Bytes bytes;
  std::size_t queries = 0;
  bool hedged = false; ///< reads only: asking twice changes nothing
  std::vector<Routes::Number> order;
  OnAnswer on_answer;
  Steady::time_point deadline;
};

/// Calls under way and the nodes they are at. All of it runs on the client's I/O thread.
///
/// A call is at one node. It goes to the next one of its order when the connection breaks, when nothing came for try_ms,
/// when the node says that it cannot (not ready, stopping, no log), and when the node is silent: it answered nothing for
/// kSilentAfter, not even a question of ours. A read that takes longer than most is asked of a second node as well.
class Exchange {
public:
  struct Counters {
    std::atomic<std::uint64_t> resends{0}, moved{0}, hedges{0}, hedges_won{0};
  };
  /// `routes` are shared with callers, guarded by `mutex`.
  Exchange(const Options& options, const std::vector<std::string>& endpoints, Routes& routes,
           std::mutex& mutex, std::atomic<std::uint64_t>& next_id, Counters& counters);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// An endpoint that cannot be understood; empty: none.
  const std::string& bad_endpoint() const { return bad_endpoint_; }

  /// Waits until something may be done, or `wake` is readable; then does it.
  void turn(int wake);
  void begin(std::uint64_t id, Call call);
  /// Every call ends with this.
  void fail_all(const Problem& problem);

  /// Seen in answers, and how a call ended.
  std::function<void(const records::Positions&)> on_positions;
  std::function<void()> on_finished;

private:
  using Number = Routes::Number;
  using Time = Steady::time_point;
  struct UnderWay : Call {
    std::size_t turn = 0; ///< in the order: where it is, or goes next
    std::optional<Number> at, second;
    Time asked;
    Time next_try;
    std::size_t refusals = 0;           ///< since everybody was waited for
    std::optional<api::Answer> refusal; ///< the newest one that another try might have mended
  };
  struct Node {
    std::unique_ptr<NodeConnection> connection;
    Time connecting;           ///< since
    std::optional<Time> asked; ///< something since then; heard after it: since it was heard
    std::optional<Time> pinged;
    bool silent = false;
  };
  using Calls = std::unordered_map<std::uint64_t, UnderWay>;

  void connect(Number number, const std::string& endpoint);
  void look_at(Number number, Node& node);
  void ask_waiting();
  void leave(Number number);

  bool send(Number number, const Bytes& bytes);
  void ask(std::uint64_t id, UnderWay& call);
  std::optional<std::size_t> usable(const UnderWay& call, std::optional<Number> except) const;
  void ask_next(std::uint64_t id, UnderWay& call);
  void hedge();

  void receive(Number number);
  void take(Number from, api::Answer answer);
  bool goes_on(Number from, Calls::iterator found, api::Answer& answer);
  void take_own(const api::Answer& answer);
  void finish(Calls::iterator found, Outcome outcome);

  void look_at_time(Time now);
  void look_at_silence(Time now);
  void ask_for_map(Number number, Time now);
  void learn(const api::Cluster& cluster);
  Problem no_answer() const;

  const Options& options_;
  Routes& routes_;
  std::mutex& mutex_;
  std::atomic<std::uint64_t>& next_id_;
  Counters& counters_;
  std::string bad_endpoint_;
  void* context_ = nullptr;
  std::map<Number, Node> nodes_;
  Calls calls_;
  std::deque<std::pair<Time, std::uint64_t>>
      hedges_; ///< when to ask a second node, by time as far as the delay is steady
  Hedging hedging_;
  std::map<std::uint64_t, Time> own_; ///< our own questions, and until when they count
  Time next_look_{}, next_map_{};
  bool used_ = false; ///< since the map was asked for last
  bool more_ = false; ///< messages may be waiting
};

} // namespace kindred::client
