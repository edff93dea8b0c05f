#pragma once

#include "engine/catalog/library.hpp"
#include "engine/records/record.hpp"
#include "schemas/api.hpp"

namespace kindred::actors::replay {

/// A decision's record as the API tells it: item names from the catalog, scores and propensities as recorded.
api::Decision decision_in_words(const records::Decided& decided, const kindred::catalog::Catalog& catalog);

/// (learner, generation) that the record names; the ranker is "prior" where nothing learnt weighed its sources, the item-item
/// model is left out where none was asked.
std::vector<std::pair<std::string, std::string>> generations_of(const records::Decided& decided);

/// Why it cannot be made again though its record is there: the models log does not reach back to its models (kModelGone).
api::Error model_gone(const records::Decided& decided);

} // namespace kindred::actors::replay
