#include "clients/cpp/positions.hpp"

#include <algorithm>
#include <tuple>

namespace kindred::client {

namespace {

auto rank(const records::Position& p) { return std::tuple(p.author.epoch, p.author.sequence, p.index); }

void merge_one(records::Positions& into, const records::Position& next) {
  std::erase_if(into, [&](const records::Position& old) {
    return old.stream == next.stream && old.incarnation != next.incarnation;
  });
  const auto known = std::find_if(into.begin(), into.end(), [&](const records::Position& old) {
    return old.stream == next.stream && old.author.writer == next.author.writer;
  });
  if (known == into.end()) {
    if (into.size() == records::kPositionsMax) into.erase(into.begin());
    into.push_back(next);
  } else if (rank(*known) < rank(next)) {
    *known = next;
  }
}

} // namespace

void merge(records::Positions& into, const records::Positions& more) {
  for (const records::Position& next : more) merge_one(into, next);
}

} // namespace kindred::client
