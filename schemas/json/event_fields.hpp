#pragma once

#include "engine/records/event.hpp"
#include "schemas/json/value.hpp"

namespace kindred::json {

// The parts of an event and of a decide that several readers of this folder share.

/// `context` of an event or a decide. Keys it does not know are kept in Context::extra.
records::Context read_context(Object context, Complaint& complaint);

/// Keeps a value with its type: whole numbers, other numbers as fixed point (or as text, where they do not fit), text,
/// lists as lists of text; an object becomes one property per leaf, named "outer.inner". Past `most`: kTooLarge.
void keep_property(std::vector<records::Property>& into, std::string_view name, Element value,
                   std::size_t most, Complaint& complaint);

/// An array of purpose names.
records::Purposes read_purposes(Element value, Complaint& complaint);
/// Name of one of the four purposes everybody has; zero bits where it is another.
records::Purposes purpose_of(std::string_view name);

DecisionId read_decision_id(Element value, std::string_view name, Complaint& complaint);

} // namespace kindred::json
