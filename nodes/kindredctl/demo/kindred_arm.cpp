#include "nodes/kindredctl/demo/kindred_arm.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace kindred::demo {

namespace {

constexpr const char* kPlacement = "demo";
constexpr std::uint8_t kCents = 2;
constexpr ItemIndex kUnknownItem =
    ~ItemIndex{0}; ///< an item that no catalog record named: counted as outside

Money euros(double price) { return {std::llround(price * 100.0), kCents, {'E', 'U', 'R'}}; }

} // namespace

KindredArm::KindredArm(const World& world, Conversation& conversation, Settings settings)
    : world_(world), conversation_(conversation), settings_(settings) {
  for (ItemIndex i = 0; i < world.items().size(); ++i) {
    index_of_.emplace(world.items()[i].id, i);
    if (world.items()[i].retired < world.steps()) retirements_.emplace_back(world.items()[i].retired, i);
  }
  std::sort(retirements_.begin(), retirements_.end());
}

std::optional<Failure> KindredArm::prepare() {
  records::Placement placement;
  placement.placement = kPlacement;
  placement.filter = records::Filter::kNeverSeen;
  placement.count_default = static_cast<std::uint16_t>(world_.parameters().list_length);
  auto answer = conversation_.ask_for<api::Accepted>({api::SetPlacement{placement}});
  return answer.ok() ? std::nullopt : std::optional(answer.error());
}

api::Query KindredArm::item_query(ItemIndex index, bool removed) const {
  const Item& item = world_.items()[index];
  records::Item record;
  record.item = item.id;
  record.removed = removed;
  record.published = instant(world_.time_us(item.published));
  record.title = item.id;
  record.price = euros(item.price);
  record.attributes = {{"category", category_name(item.category)}, {"brand", brand_name(item.brand)}};
  return api::PutItem{record};
}

std::optional<Failure> KindredArm::tell_catalog(Step step) {
  std::vector<api::Query> queries;
  while (published_ < world_.items().size() && world_.items()[published_].published <= step)
    queries.push_back(item_query(static_cast<ItemIndex>(published_++), false));
  while (retired_ < retirements_.size() && retirements_[retired_].first <= step)
    queries.push_back(item_query(retirements_[retired_++].second, true));
  if (queries.empty()) return std::nullopt;
  auto answer = conversation_.ask_for<api::Accepted>(std::move(queries));
  return answer.ok() ? std::nullopt : std::optional(answer.error());
}

records::Context KindredArm::context_of(UserIndex user) const {
  records::Context context;
  const User& who = world_.users()[user];
  context.device = who.mobile ? records::DeviceClass::kPhone : records::DeviceClass::kDesktop;
  context.country = country_name(who.country);
  return context;
}

api::Decide KindredArm::decide_query(UserIndex user, Step step, const std::string& request_id) const {
  api::Decide decide;
  decide.user_id = world_.users()[user].id;
  decide.placement = kPlacement;
  decide.count = static_cast<std::uint16_t>(world_.parameters().list_length);
  decide.context = context_of(user);
  if (settings_.events_clock) decide.time = Instant{world_.time_us(step)};
  decide.request_id = "demo-" + std::to_string(settings_.seed) + "-" + request_id;
  return decide;
}

List KindredArm::items_of(const api::Decision& decision) const {
  List list;
  for (const api::DecidedItem& item : decision.items) {
    const auto found = index_of_.find(item.item);
    list.push_back(found == index_of_.end() ? kUnknownItem : found->second);
  }
  return list;
}

std::optional<Failure> KindredArm::recommend(std::span<const Visit> visits, const Moment& moment,
                                             const Shoppers&, std::vector<List>& lists) {
  if (auto failure = tell_catalog(moment.step)) return failure;
  std::vector<api::Query> queries;
  for (const Visit& visit : visits)
    queries.push_back(decide_query(visit.user, moment.step,
                                   std::to_string(moment.step) + "-" + world_.users()[visit.user].id));
  auto answer = conversation_.ask_for<api::Decision>(std::move(queries));
  if (!answer.ok()) return answer.error();
  visits_.assign(visits.begin(), visits.end());
  decisions_ = answer.take();
  lists.clear();
  for (const api::Decision& decision : decisions_) lists.push_back(items_of(decision));
  return std::nullopt;
}

api::Query KindredArm::track_query(const ShopEvent& event, Step step) const {
  const Item& item = world_.items()[event.item];
  api::Track track;
  track.flags = records::flags::kSynthetic;
  records::Event& record = track.event;
  record.user_id = world_.users()[event.user].id;
  const bool bought = event.kind == ShopEvent::Kind::kPurchase;
  record.type = bought                                  ? records::EventType::kPurchase
                : event.kind == ShopEvent::Kind::kClick ? records::EventType::kClick
                                                        : records::EventType::kView;
  record.message_id = "demo-" + std::to_string(settings_.seed) + "-" + std::to_string(step) + "-" +
                      record.user_id + (bought ? "-buy" : "-see");
  record.event_time = instant(event.time_us);
  record.item = item.id;
  if (bought) record.value = euros(item.price);
  record.source = records::Source::kWeb;
  record.session_id = record.user_id + "-" + std::to_string(event.session);
  record.context = context_of(event.user);
  if (event.list) record.decision = decisions_[*event.list].decision;
  return track;
}

api::Query KindredArm::exposure_query(const ShopEvent& event) const {
  api::Expose expose;
  expose.exposed.user_id = world_.users()[event.user].id;
  expose.exposed.decision = decisions_[*event.list].decision;
  expose.exposed.shown_at = instant(event.time_us);
  expose.exposed.context = context_of(event.user);
  return expose;
}

std::optional<Failure> KindredArm::learn(std::span<const ShopEvent> events, const Moment& moment) {
  std::vector<api::Query> queries;
  for (const ShopEvent& event : events) {
    if (event.kind == ShopEvent::Kind::kShown) {
      queries.push_back(exposure_query(event));
      continue;
    }
    queries.push_back(track_query(event, moment.step));
    if (event.kind == ShopEvent::Kind::kClick)
      last_clicked_ = Clicked{decisions_[*event.list], event.user, event.item, moment.step};
  }
  auto answer = conversation_.ask_for<api::Accepted>(std::move(queries));
  return answer.ok() ? std::nullopt : std::optional(answer.error());
}

Result<std::vector<std::string>, Failure> KindredArm::explain_last_clicked() {
  if (!last_clicked_) return std::vector<std::string>{};
  auto answer = conversation_.ask_for<api::Explanation>({api::Explain{last_clicked_->decision.decision}});
  if (!answer.ok()) return answer.error();
  return answer.value().front().lines;
}

Result<std::vector<std::string>, Failure> KindredArm::segments() {
  auto listed = conversation_.ask_for<api::Segments>({api::ListSegments{}});
  if (!listed.ok()) return listed.error();
  std::set<std::string> clustered;
  for (const api::SegmentInfo& segment : listed.value().front().segments)
    if (segment.kind == "clustered") clustered.insert(segment.id);
  std::vector<std::string> found(world_.users().size());
  if (clustered.empty()) return found;
  std::vector<api::Query> queries;
  for (const User& user : world_.users()) {
    api::GetProfile get;
    get.user_id = user.id;
    queries.push_back(std::move(get));
  }
  auto bodies = conversation_.ask(std::move(queries));
  if (!bodies.ok()) return bodies.error();
  for (UserIndex user = 0; user < found.size(); ++user) {
    const api::AnswerBody& body = bodies.value()[user];
    const auto* error = std::get_if<api::Error>(&body);
    if (error != nullptr && error->code == api::ErrorCode::kNotFound) continue; // he never came
    const auto* profile = std::get_if<api::Profile>(&body);
    if (profile == nullptr) return Conversation::unexpected(body);
    for (const api::Membership& in : profile->segments)
      if (clustered.contains(in.segment)) found[user] = in.segment;
  }
  return found;
}

std::optional<Failure> KindredArm::time_single_decides(std::uint32_t count) {
  const auto users = static_cast<std::uint32_t>(world_.users().size());
  for (std::uint32_t n = 0; n < count; ++n) {
    const UserIndex user = (n * 37) % users;
    auto answer = conversation_.ask_for<api::Decision>(
        {decide_query(user, world_.steps(), "single-" + std::to_string(n))});
    if (!answer.ok()) return answer.error();
  }
  return std::nullopt;
}

} // namespace kindred::demo
