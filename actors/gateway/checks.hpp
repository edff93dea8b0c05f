#pragma once

#include <optional>
#include <string_view>

#include "engine/catalog/library.hpp"
#include "schemas/api.hpp"
#include "schemas/codec/codec_error.hpp"

namespace kindred::actors::gateway {

// What is refused of a query, before anything is written: one function per kind. An error says what, why, what to do.
// Pure. Text was checked for UTF-8 by the codec. What a later reader must compute with is in range when these pass.

std::optional<api::Error> check(const records::Event& event);
std::optional<api::Error> check(const records::ProfileUpdate& update);
std::optional<api::Error> check(const records::Consent& consent);
std::optional<api::Error> check(const records::Erase& erase);
std::optional<api::Error> check(const records::Link& link);
std::optional<api::Error> check(const records::Exposed& exposed);
std::optional<api::Error> check(const records::Reward& reward);
std::optional<api::Error> check(const records::Item& item);
std::optional<api::Error> check(const records::Placement& placement);
std::optional<api::Error> check(const records::Tenant& tenant);
/// `follows_events`: Decide::time is for the clock `events` only.
std::optional<api::Error> check(const api::Decide& decide, bool follows_events);
std::optional<api::Error> check(const api::GetProfile& get);

/// The tenant of a request by the name it gives; "" is `default`. None: unknown, or removed.
std::optional<TenantId> tenant_named(std::string_view name, const kindred::catalog::Library& library);

/// Bytes that were no request, or one query of it.
api::Error error_of(const schemas::CodecFailure& failure);

inline constexpr std::size_t kTextBytesMax = 4096; ///< any other single text of a query
inline constexpr std::size_t kExcludeMax = 1000;   ///< items a decide excludes
inline constexpr std::size_t kListLimitMax = 1000; ///< of ListItems, ListRejects
inline constexpr std::int64_t kTimeMax_us =
    1LL << 56; ///< 2,283 years from 1970, either way: no time beyond is meant
inline constexpr Duration kDwellMax{7 * kDay.us};

} // namespace kindred::actors::gateway
