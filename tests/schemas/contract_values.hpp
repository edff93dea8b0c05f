#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/records/record.hpp"
#include "schemas/api.hpp"

namespace kindred::tests {

// One value of every kind that the contracts carry, with every field told: what the fixtures of version 1 hold. Never changed;
// a field added later is left at its default here, since the fixtures do not tell it.

struct NamedRecord {
  std::string name;
  records::Record record;
};
struct NamedQuery {
  std::string name;
  api::Query query;
};
struct NamedAnswer {
  std::string name;
  api::AnswerBody body;
};

/// In the order of records::Body; `mergeOut` stands for a type that is reserved and kept as bytes.
std::vector<NamedRecord> told_records();
/// In the order of api::Query.
std::vector<NamedQuery> told_queries();
/// In the order of api::AnswerBody.
std::vector<NamedAnswer> told_answers();
/// What was added after version 1 was written, each with fixtures of its own: an event and a track of an import.
std::vector<NamedRecord> added_records();
std::vector<NamedQuery> added_queries();
std::vector<NamedAnswer> added_answers();
records::Entry told_entry();
/// Envelopes with every field told, without queries or bodies.
api::Request told_request();
api::Answer told_answer();
api::Notification told_notification();

} // namespace kindred::tests
