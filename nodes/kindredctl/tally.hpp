#pragma once

#include <cstdint>
#include <vector>

#include "engine/records/position.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::ctl {

/// What became of the lines of an input. Value type.
struct Tally {
  static constexpr std::size_t kErrorsKept = 1'000;

  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::vector<json::TrackError> errors; ///< the first kErrorsKept
  records::Positions positions;
  bool unreachable = false; ///< of some lines it is not known what became of them

  void note(std::uint32_t line, api::Error error) {
    ++rejected;
    if (errors.size() < kErrorsKept) errors.push_back({line, std::move(error)});
  }
};

} // namespace kindred::ctl
