#pragma once

#include <string>
#include <vector>

#include "engine/records/event.hpp"
#include "engine/records/position.hpp"
#include "engine/records/record.hpp"
#include "schemas/codec/reading.hpp"
#include "schemas/values.capnp.h"

namespace kindred::wire {

// Shared values <-> their generated structs. `write` fills a fresh builder; `read` fills a fresh value (defaults) and notes
// what is wrong in `reading`. Absent means default both ways. Only codecs include this. The functions live in the namespace of the
// generated structs, so that lists of any of them find theirs.

using TextPair = std::pair<std::string, std::string>;
using schemas::CodecError;
using schemas::Reading;

inline capnp::Text::Reader as_text(const std::string& text) { return {text.data(), text.size()}; }

template <class Builder>
void put(Builder& to, void (Builder::*set)(capnp::Text::Reader), const std::string& text) {
  if (!text.empty()) (to.*set)(as_text(text));
}
template <class Builder>
void put(Builder& to, capnp::List<capnp::Text>::Builder (Builder::*init)(unsigned),
         const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  auto list = (to.*init)(static_cast<unsigned>(texts.size()));
  for (unsigned i = 0; i < texts.size(); ++i) list.set(i, as_text(texts[i]));
}
/// Lists of structs that have a `write`.
template <class Builder, class List, class Value>
void put_all(Builder& to, List (Builder::*init)(unsigned), const std::vector<Value>& values) {
  if (values.empty()) return;
  auto list = (to.*init)(static_cast<unsigned>(values.size()));
  for (unsigned i = 0; i < values.size(); ++i) write(list[i], values[i]);
}
/// Lists of structs that have a `read`; at most `count_max`.
template <class List, class Value>
void take_all(Reading& reading, const List& from, std::vector<Value>& to, std::size_t count_max,
              const char* field) {
  if (from.size() == 0 || !reading.count(from.size(), count_max, field)) return;
  to.reserve(from.size());
  for (const auto one : from) read(reading, one, to.emplace_back());
}

void write(Pair::Builder to, const TextPair& value);
void read(Reading& reading, Pair::Reader from, TextPair& value);
void write(Money::Builder to, const kindred::Money& value);
void read(Reading& reading, Money::Reader from, kindred::Money& value);
void write(Property::Builder to, const records::Property& value);
void read(Reading& reading, Property::Reader from, records::Property& value);
/// Whether anything is told; what is not is not written.
bool told(const records::Context& value);
inline bool told(const kindred::Money& value) { return value != kindred::Money{}; }
void write(Context::Builder to, const records::Context& value);
void read(Reading& reading, Context::Reader from, records::Context& value);
void write(Position::Builder to, const records::Position& value);
void read(Reading& reading, Position::Reader from, records::Position& value);
void write(TraceParent::Builder to, const records::TraceParent& value);
void read(Reading& reading, TraceParent::Reader from, records::TraceParent& value);

} // namespace kindred::wire
