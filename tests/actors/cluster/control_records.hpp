#pragma once

#include <string>
#include <vector>

#include "engine/records/record.hpp"

namespace kindred::actors::cluster {

/// What nodes say in the control log, for tests: `t` is the stamp in milliseconds.
inline records::Record said(records::RecordType type, records::Body body, std::int64_t t) {
  records::Record record;
  record.header.type = type;
  record.header.stamp = {t * 1000};
  record.body = std::move(body);
  return record;
}
inline records::Join join_of(std::string node, std::uint64_t life = 1) {
  records::Join join;
  join.node = std::move(node);
  join.life = life;
  join.cluster = "shop";
  join.partitions = 8;
  return join;
}
inline records::Record joins(std::string node, std::int64_t t, std::uint64_t life = 1) {
  return said(records::RecordType::kJoin, join_of(std::move(node), life), t);
}
inline records::Record lives(std::string node, std::int64_t t, std::int64_t lease_ms = 5000,
                             std::uint64_t life = 1) {
  return said(records::RecordType::kAlive, records::Alive{std::move(node), life, {lease_ms * 1000}}, t);
}
inline records::Record drains(std::string node, bool draining, std::int64_t t) {
  return said(records::RecordType::kDrain, records::Drain{std::move(node), draining, "ada", 0}, t);
}
inline records::Record weighs(std::string node, std::uint16_t weight, std::int64_t t) {
  return said(records::RecordType::kDrain, records::Drain{std::move(node), false, "ada", weight}, t);
}
inline records::Record catches_up(std::string node, std::vector<std::uint16_t> partitions, std::int64_t t,
                                  std::uint64_t life = 1) {
  return said(records::RecordType::kCaughtUp, records::CaughtUp{std::move(node), life, std::move(partitions)},
              t);
}

} // namespace kindred::actors::cluster
