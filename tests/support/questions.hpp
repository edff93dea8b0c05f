#pragma once

#include <string>

#include "clients/cpp/client.hpp"

namespace kindred::support {

// The questions that tests of the running server ask again and again.

/// A view of `item` (none if empty) by `user`; `message_id` makes it one and the same when sent again.
api::Track view(const std::string& user, const std::string& item, const std::string& message_id = {});

api::Request request_of(std::vector<api::Query> queries);

/// Asks and expects an answer of kind T; throws with the refusal's words otherwise.
template <class T>
T expect(client::Client& client, api::Query query);

/// How many events of the user were folded.
std::uint64_t events_of(client::Client& client, const std::string& user);

} // namespace kindred::support
