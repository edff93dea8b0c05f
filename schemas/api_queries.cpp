#include "schemas/api_queries.hpp"

#include "engine/base/overload.hpp"

namespace kindred::api {

namespace {

template <class... Kinds>
bool is_one_of(const Query& query) {
  return (std::holds_alternative<Kinds>(query) || ...);
}

} // namespace

bool is_write(const Query& query) {
  static_assert(std::variant_size_v<Query> == 26, "say of the new query whether it appends");
  return is_one_of<Track, UpdateProfile, SetConsent, EraseUser, Expose, GiveReward, PutItem, SetPlacement,
                   SetTenant, LinkUsers, ActivateFold>(query);
}

std::string_view user_of(const Query& query) {
  return std::visit(Overload{[](const Track& q) -> std::string_view { return q.event.user_id; },
                             [](const UpdateProfile& q) -> std::string_view { return q.update.user_id; },
                             [](const SetConsent& q) -> std::string_view { return q.consent.user_id; },
                             [](const EraseUser& q) -> std::string_view { return q.erase.user_id; },
                             [](const LinkUsers& q) -> std::string_view { return q.link.user_id; },
                             [](const Expose& q) -> std::string_view { return q.exposed.user_id; },
                             [](const GiveReward& q) -> std::string_view { return q.reward.user_id; },
                             [](const Decide& q) -> std::string_view { return q.user_id; },
                             [](const GetProfile& q) -> std::string_view { return q.user_id; },
                             [](const auto&) -> std::string_view { return {}; }},
                    query);
}

} // namespace kindred::api
