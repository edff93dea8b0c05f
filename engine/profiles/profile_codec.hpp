#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/profiles/profile.hpp"

namespace kindred::profiles {

enum class CodecError : std::uint8_t {
  kMalformed = 1,    ///< not what `canonical` writes: damaged, or not a profile
  kNewerVersion = 2, ///< written by a newer build
};

/// The one byte form of a profile: little-endian, fixed order, no padding, a version in front. Equal profiles have equal
/// bytes; it is what is stored, hashed into the digest, and copied. The key is not in it: it is the key it lies under.
Bytes canonical(const Profile& profile);
void write_canonical(const Profile& profile, ByteWriter& out); ///< the same, appended

/// Written by a newer build, as its first byte says.
bool is_newer_profile(BytesView bytes);

/// An alias lies where a profile would; the two forms differ in their first byte.
Bytes canonical(const Alias& alias);
bool is_alias(BytesView bytes);
std::optional<Alias> alias_from_canonical(BytesView bytes); ///< none: not what `canonical` writes

/// The inverse. Refuses every other byte form: trailing bytes, counts over their bound, lists out of their order.
Result<Profile, CodecError> profile_from_canonical(const UserKey& key, BytesView bytes);

} // namespace kindred::profiles
