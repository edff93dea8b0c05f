// Many users told, erased and read over ZeroMQ, many in an envelope: what the benches with crowds of users need of a client.
//
//   usage: users_bench ENDPOINT < commands
//
// A line is a command; answers come in the order of their lines, after the end of the input:
//   tell USER NUMBER...   his traits x0, x1, ... are these
//   erase USER
//   read USER             prints USER and the clustered segment that he is in, or "-"
// Exit code 1 where anything was refused or there was no answer, with the reason on standard error.

#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "clients/cpp/client.hpp"

using namespace kindred;

namespace {

constexpr std::size_t kInEnvelope = 512;

api::Query query_of(const std::string& line) {
  std::istringstream words(line);
  std::string verb, user;
  words >> verb >> user;
  if (verb == "erase") return api::EraseUser{records::Erase{user, "", ""}};
  if (verb == "read") {
    api::GetProfile get;
    get.user_id = user;
    get.history_max = 0;
    return get;
  }
  api::UpdateProfile tell;
  tell.update.user_id = user;
  double number = 0;
  while (words >> number)
    tell.update.traits.push_back(
        {"x" + std::to_string(tell.update.traits.size()), Fixed::from(number).value()});
  return tell;
}

/// False: it was refused.
bool print(const api::AnswerBody& body) {
  if (const auto* error = std::get_if<api::Error>(&body)) {
    std::fprintf(stderr, "users_bench: refused: %s\n", error->message.c_str());
    return false;
  }
  const auto* profile = std::get_if<api::Profile>(&body);
  if (profile == nullptr) return true;
  std::string segment = "-";
  for (const api::Membership& one : profile->segments)
    if (one.segment.starts_with("clustered-")) segment = one.segment;
  std::printf("%s %s\n", profile->user_id.c_str(), segment.c_str());
  return true;
}

bool answered(client::Client& client, std::vector<api::Query> queries) {
  if (queries.empty()) return true;
  api::Request request;
  request.queries = std::move(queries);
  const std::size_t asked = request.queries.size();
  const auto outcome = client.call(std::move(request));
  if (!outcome.ok()) {
    std::fprintf(stderr, "users_bench: %s\n", outcome.error().message.c_str());
    return false;
  }
  bool all = outcome.value().bodies.size() == asked;
  if (!all)
    std::fprintf(stderr, "users_bench: %zu asked, %zu answered\n", asked, outcome.value().bodies.size());
  for (const api::AnswerBody& body : outcome.value().bodies) all = print(body) && all;
  return all;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: users_bench ENDPOINT < commands\n");
    return 2;
  }
  client::Options options;
  options.endpoint = argv[1];
  options.deadline_ms = 60'000;
  options.try_ms = 20'000;
  client::Client client(options);
  std::string line;
  std::vector<api::Query> queries;
  while (std::getline(std::cin, line)) {
    queries.push_back(query_of(line));
    if (queries.size() < kInEnvelope) continue;
    if (!answered(client, std::exchange(queries, {}))) return 1;
  }
  return answered(client, std::move(queries)) ? 0 : 1;
}
