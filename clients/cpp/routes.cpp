#include "clients/cpp/routes.hpp"

#include <algorithm>
#include <optional>

#include "engine/base/hash.hpp"

namespace kindred::client {

std::vector<std::string> endpoints_in(std::string_view list) {
  std::vector<std::string> endpoints;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (!one.empty()) endpoints.emplace_back(one);
  }
  return endpoints;
}

Routes::Routes(const std::vector<std::string>& named)
    : named_(named), last_(static_cast<Number>(named.size())) {}

Routes::Changes Routes::learn(const api::Cluster& cluster) {
  Changes changes;
  tenant_ = cluster.tenant;
  std::map<std::string, Number> now;
  std::vector<std::optional<Number>> numbers; // by member
  for (const auto& member : cluster.members) {
    auto& number = numbers.emplace_back();
    if (member.clients.empty()) continue;
    const auto own = std::find(named_.begin(), named_.end(), member.clients);
    if (own != named_.end()) {
      number = static_cast<Number>(own - named_.begin());
    } else if (const auto twice = now.find(member.clients); twice != now.end()) {
      number = twice->second;
    } else if (const auto known = learnt_.find(member.clients); known != learnt_.end()) {
      number = known->second;
    } else if (named_.size() + now.size() < kNodesMax) {
      number = last_++;
      changes.added.emplace_back(*number, member.clients);
    }
    if (number && own == named_.end()) now.emplace(member.clients, *number);
  }
  for (const auto& [endpoint, number] : learnt_)
    if (!now.contains(endpoint)) changes.gone.push_back(number);
  learnt_ = std::move(now);

  replicas_.assign(cluster.map.size(), {});
  for (std::size_t p = 0; p < cluster.map.size(); ++p)
    for (const auto member : cluster.map[p])
      if (member < numbers.size() && numbers[member]) replicas_[p].push_back(*numbers[member]);
  return changes;
}

std::vector<Routes::Number> Routes::all() const {
  std::vector<Number> all;
  for (Number n = 0; n < named_.size(); ++n) all.push_back(n);
  for (const auto& [endpoint, number] : learnt_) all.push_back(number);
  return all;
}

std::vector<Routes::Number> Routes::order(const api::Request& request) const {
  std::vector<Number> order;
  const auto add = [&order](Number number) {
    if (std::find(order.begin(), order.end(), number) == order.end()) order.push_back(number);
  };
  if (!replicas_.empty()) {
    std::map<Number, std::size_t> users;
    const std::vector<Number>* first = nullptr;
    for (const auto& query : request.queries) {
      const std::string_view user = api::user_of(query);
      if (user.empty()) continue;
      const auto partition =
          partition_of(slot_of(tenant_, user), static_cast<std::uint16_t>(replicas_.size()));
      const auto& replicas = replicas_[partition.value];
      if (replicas.empty()) continue;
      if (first == nullptr) first = &replicas;
      ++users[replicas.front()];
    }
    const auto most = std::max_element(users.begin(), users.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != users.end()) add(most->first);
    if (first != nullptr)
      for (const Number replica : *first) add(replica);
  }
  for (const Number number : all()) add(number);
  return order;
}

} // namespace kindred::client
