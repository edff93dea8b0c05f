#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/kindredctl/demo/exchange.hpp"

namespace kindred::demo {

/// A server in a few lines: keeps items and what users used, and decides the newest items that the user never used.
class FakeExchange : public Exchange {
public:
  std::vector<api::Request> requests; ///< all, in order
  std::string clock = "events";
  std::optional<Failure> fails_next;      ///< answered instead of the next envelope
  std::optional<api::Error> refuses_next; ///< answered instead of the next query
  int refuse_tracks = 0;                  ///< so many tracks are refused
  bool parts_users = true;                ///< into segments

  Result<api::Answer, Failure> ask(api::Request request) override {
    requests.push_back(request);
    if (fails_next) return *std::exchange(fails_next, std::nullopt);
    api::Answer answer;
    for (const api::Query& query : request.queries) {
      if (refuses_next)
        answer.bodies.push_back(*std::exchange(refuses_next, std::nullopt));
      else
        answer.bodies.push_back(std::visit([&](const auto& q) { return on(q); }, query));
    }
    records::Position position;
    position.author.sequence = ++sequence_;
    answer.positions = {position};
    return answer;
  }

  template <class Query>
  std::vector<Query> all() const {
    std::vector<Query> found;
    for (const api::Request& request : requests)
      for (const api::Query& query : request.queries)
        if (const auto* one = std::get_if<Query>(&query)) found.push_back(*one);
    return found;
  }

private:
  api::AnswerBody on(const api::PutItem& put) {
    if (put.item.removed)
      std::erase(items_, put.item.item);
    else
      items_.push_back(put.item.item);
    return api::Accepted{};
  }
  api::AnswerBody on(const api::Track& track) {
    if (refuse_tracks > 0 && refuse_tracks-- > 0)
      return api::Error{api::ErrorCode::kTooOldInput, "too old", 0};
    used_[track.event.user_id].insert(track.event.item);
    return api::Accepted{};
  }
  api::AnswerBody on(const api::Decide& decide) {
    api::Decision decision;
    decision.decision = {1, ++decisions_};
    decision.user_id = decide.user_id;
    const std::set<std::string>& used = used_[decide.user_id];
    for (auto item = items_.rbegin(); item != items_.rend() && decision.items.size() < decide.count; ++item)
      if (!used.contains(*item)) decision.items.push_back({*item, 1.0, "newest", {}, 1.0, false});
    return decision;
  }
  api::AnswerBody on(const api::Explain&) {
    api::Explanation explanation;
    explanation.lines = {"because it is new"};
    return explanation;
  }
  api::AnswerBody on(const api::GetStatus&) {
    api::Status status;
    status.clock = clock;
    return status;
  }
  /// Everybody who used something is in a segment by his name's last letter.
  api::AnswerBody on(const api::ListSegments&) {
    api::Segments all;
    for (const char* id : {"clustered-1", "clustered-2", "rfm-new"})
      all.segments.push_back({id, "", std::string(id).substr(0, std::string(id).find('-')), 0, {}, {}, {}});
    if (!parts_users) all.segments.clear();
    return all;
  }
  api::AnswerBody on(const api::GetProfile& get) {
    if (!used_.contains(get.user_id)) return api::Error{api::ErrorCode::kNotFound, "unknown", 0};
    api::Profile profile;
    profile.segments = {{"rfm-new", {}, ""}};
    profile.segments.push_back({get.user_id.back() % 2 == 0 ? "clustered-1" : "clustered-2", {}, ""});
    return profile;
  }
  template <class Other>
  api::AnswerBody on(const Other&) {
    return api::Accepted{};
  }

  std::vector<std::string> items_;
  std::map<std::string, std::set<std::string>> used_;
  std::uint64_t sequence_ = 0, decisions_ = 0;
};

} // namespace kindred::demo
