#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/catalog/contract.hpp"
#include "actors/fast_models/contract.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::gateway {

// What an answer has beside its bodies, whoever of a node gives it. Pure.

/// To a request that is refused as a whole.
api::Answer refused(std::uint64_t request_id, api::Error error);

/// What decides: (learner, generation) of the fast models, whose generation is their place in the models log, and the library's
/// end. Either may be null: not there yet.
std::vector<std::pair<std::string, std::string>> generations_of(const fast_models::Snapshot* models,
                                                                const catalog::Snapshot* library);

} // namespace kindred::actors::gateway
