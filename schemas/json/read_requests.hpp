#pragma once

#include <string_view>

#include "engine/base/result.hpp"
#include "schemas/api.hpp"

namespace kindred::json {

/// What POST /v1/decide says: a decide and the positions it must have seen.
struct DecideRequest {
  api::Decide decide;
  records::Positions positions;
};

/// {userId, placement, count, context, exclude[], durable, assumeShown, requestId, time, position | positions}.
/// Unknown fields are refused by name, so that a misspelt one is not silently without effect. Any thread.
Result<DecideRequest, api::Error> parse_decide(std::string_view body);

/// What POST /v1/traits says: {userId, traits{name: value}, purposes[]}. A value of null removes the trait. Unknown fields
/// are refused by name. Any thread.
Result<api::UpdateProfile, api::Error> parse_traits(std::string_view body);

/// What POST /v1/links says: {userId, to}: whoever has the one id is the user who has the other. Unknown fields are refused by
/// name. Any thread.
Result<api::LinkUsers, api::Error> parse_link(std::string_view body);

} // namespace kindred::json
