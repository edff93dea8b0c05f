#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.hpp"

namespace kindred::node {

/// Why a key file is not written or not taken: what failed, why, what to do.
struct KeyFailure {
  std::string what;
};

/// Makes a pair of CURVE keys: the secret one goes into a new file that only its owner may read, the public one is
/// returned. A file that is there is never written over.
Result<std::string, KeyFailure> make_key_file(const std::filesystem::path& path);
/// The secret key of such a file: its first line. A file that others than its owner may read is refused.
Result<std::string, KeyFailure> read_key_file(const std::filesystem::path& path);

} // namespace kindred::node
