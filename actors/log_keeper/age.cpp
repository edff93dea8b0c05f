#include "actors/log_keeper/age.hpp"

#include <algorithm>

#include "schemas/codec/entry_codec.hpp"

namespace kindred::actors::log_keeper {

namespace {

bool is_before(BytesView entry, Instant than) {
  const auto records = schemas::view_records(entry);
  return records.ok() && std::all_of(records.value().begin(), records.value().end(),
                                     [than](const auto& record) { return record.header.stamp < than; });
}

} // namespace

Result<std::uint64_t, ports::LogError> first_not_before(ports::Log& log, const records::Stream& stream,
                                                        Instant than, std::uint64_t below) {
  const auto bounds = log.bounds(stream);
  if (!bounds.ok()) return bounds.error();
  std::uint64_t first = bounds.value().begin;
  std::uint64_t end = std::max(first, std::min(below, bounds.value().end));
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    const auto entries = log.read(stream, middle, 1);
    if (!entries.ok()) return entries.error();
    if (entries.value().empty() || entries.value().front().offset >= end) {
      end = middle; // offsets have gaps
    } else if (is_before(entries.value().front().bytes, than)) {
      first = entries.value().front().offset + 1;
    } else {
      end = middle;
    }
  }
  return first;
}

} // namespace kindred::actors::log_keeper
