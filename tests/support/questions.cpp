#include "tests/support/questions.hpp"

#include <stdexcept>

namespace kindred::support {

api::Track view(const std::string& user, const std::string& item, const std::string& message_id) {
  api::Track track;
  track.event.user_id = user;
  track.event.item = item;
  track.event.type = records::EventType::kView;
  track.event.message_id = message_id;
  return track;
}

api::Request request_of(std::vector<api::Query> queries) {
  api::Request request;
  request.queries = std::move(queries);
  return request;
}

template <class T>
T expect(client::Client& client, api::Query query) {
  auto body = client.ask(std::move(query));
  if (!body.ok()) throw std::runtime_error(body.error().message);
  if (const auto* error = std::get_if<api::Error>(&body.value())) {
    throw std::runtime_error(std::string(api::name_of(error->code)) + ": " + error->message);
  }
  if (!std::holds_alternative<T>(body.value())) throw std::runtime_error("an answer of another kind");
  return std::get<T>(body.value());
}

template api::Cluster expect<api::Cluster>(client::Client&, api::Query);
template api::Accepted expect<api::Accepted>(client::Client&, api::Query);
template api::Decision expect<api::Decision>(client::Client&, api::Query);
template api::Profile expect<api::Profile>(client::Client&, api::Query);
template api::Items expect<api::Items>(client::Client&, api::Query);
template api::Models expect<api::Models>(client::Client&, api::Query);
template api::Explanation expect<api::Explanation>(client::Client&, api::Query);
template api::Replayed expect<api::Replayed>(client::Client&, api::Query);
template api::Status expect<api::Status>(client::Client&, api::Query);
template api::Rejects expect<api::Rejects>(client::Client&, api::Query);

std::uint64_t events_of(client::Client& client, const std::string& user) {
  api::GetProfile query;
  query.user_id = user;
  query.history_max = 1;
  auto body = client.ask(query);
  if (!body.ok()) throw std::runtime_error(body.error().message);
  if (const auto* error = std::get_if<api::Error>(&body.value())) {
    if (error->code == api::ErrorCode::kNotFound) return 0;
    throw std::runtime_error(error->message);
  }
  return std::get<api::Profile>(body.value()).events;
}

} // namespace kindred::support
