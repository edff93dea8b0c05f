#include "engine/decisions/reasons.hpp"

#include <algorithm>

namespace kindred::decisions {
namespace {

using stats::FastModel;

std::string_view device_words(records::DeviceClass device) {
  switch (device) {
  case records::DeviceClass::kDesktop: return "desktops";
  case records::DeviceClass::kPhone: return "phones";
  case records::DeviceClass::kTablet: return "tablets";
  case records::DeviceClass::kTv: return "television sets";
  case records::DeviceClass::kWatch: return "watches";
  default: return "such devices";
  }
}

std::string plural(std::int64_t count, std::string_view unit) {
  std::string text = std::to_string(count) + ' ';
  text += unit;
  if (count != 1) text += 's';
  return text;
}

} // namespace

std::string span_in_words(Duration span) {
  if (span < kMinute) return "moments";
  if (span < kHour) return plural(span.us / kMinute.us, "minute");
  if (span < kDay) return plural(span.us / kHour.us, "hour");
  return plural(span.us / kDay.us, "day");
}

std::string_view name_of(const catalog::Entry& entry) {
  return entry.item.title.empty() ? entry.item.item : entry.item.title;
}

std::vector<std::string> Words::reasons(const catalog::Entry& entry,
                                        const std::array<float, kSourceCount>& each, bool explored) const {
  std::vector<std::string> words;
  if (explored) words.emplace_back("put here by chance, to learn how it is received");
  std::array<std::size_t, kSourceCount> order{};
  for (std::size_t i = 0; i < kSourceCount; ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return each[a] > each[b]; });
  for (std::size_t i = 0; i < kReasonsMax && each[order[i]] > 0; ++i) {
    words.push_back(sentence(static_cast<Source>(order[i]), entry));
  }
  if (words.empty()) words.emplace_back("nothing is known about it yet");
  return words;
}

std::string Words::sentence(Source source, const catalog::Entry& entry) const {
  switch (source) {
  case Source::kTrending1h: return "much used in the last hour";
  case Source::kTrending1d: return "much used in the last day";
  case Source::kTrending7d: return "much used in the last week";
  case Source::kTrendingCountry: return "much used in " + context_.country;
  case Source::kTrendingDevice: return "much used on " + std::string(device_words(context_.device));
  case Source::kNewest:
    return "new: published " + span_in_words(question_.as_of - entry.item.published) + " ago";
  case Source::kTrendingSegment: return "much used by users like this one";
  case Source::kSuccessors:
  case Source::kCoOccurrence: return neighbour(source, entry);
  case Source::kAffinity: return affinity(entry);
  case Source::kBuyAgain: {
    for (const Bought& bought : evidence_.bought) {
      if (bought.ordinal == entry.ordinal) return "bought " + plural(bought.purchases, "time") + " before";
    }
    return "bought before";
  }
  case Source::kItemItem: return item_item(entry);
  }
  return {};
}

std::string Words::affinity(const catalog::Entry& entry) const {
  const auto& numbers = question_.catalog.columns().numbers[entry.ordinal];
  std::size_t best = 0; // of the attributes in the columns, the one that adds most
  for (std::size_t i = 1; i < numbers.size(); ++i)
    if (evidence_.attributes.lift(numbers[i]) > evidence_.attributes.lift(numbers[best])) best = i;
  float sum = 0;
  for (const std::uint32_t number : numbers) sum += evidence_.attributes.lift(number);
  if (sum < 0) return "unlike what was used lately"; // which a weight below 0 makes a reason for it
  const std::uint32_t count = evidence_.attributes.count(numbers[best]);
  if (count == 0) return "like what was used lately";
  const catalog::Attribute& attribute = entry.attributes[best];
  return plural(count, "item") + " used lately with " + attribute.name + ' ' + attribute.value;
}

// Names the earlier item that spoke loudest for this one.
std::string Words::neighbour(Source source, const catalog::Entry& entry) const {
  const FastModel& fast = *question_.fast;
  const bool successor = source == Source::kSuccessors;
  const std::vector<ItemId>& items = successor ? evidence_.session : evidence_.recent;
  const catalog::Entry* best = nullptr;
  float most = 0, decay = 1;
  const std::uint32_t to = fast.slot_of(entry.id);
  for (const ItemId item : items) {
    const std::uint32_t from = fast.slot_of(item);
    if (from != FastModel::kNoSlot) {
      const stats::NeighbourRow& row = successor ? fast.successors(from) : fast.co_occurring(from);
      const float normalizer = successor ? static_cast<float>(fast.successor_total(from) + 1) : 1.0f;
      const float weight = decay * static_cast<float>(row.count_of(to)) / normalizer;
      const catalog::Entry* named = question_.catalog.find(item);
      if (named != nullptr && weight > most) {
        most = weight;
        best = named;
      }
    }
    decay *= successor ? kSuccessorDecay : kCoOccurrenceDecay;
  }
  std::string words = successor ? "often comes next after " : "used by those who used ";
  words += best == nullptr ? std::string_view{"what was used lately"} : name_of(*best);
  return words;
}

// Names the used item that spoke loudest for this one.
std::string Words::item_item(const catalog::Entry& entry) const {
  const learners::ItemNeighbours& model = *question_.item_item;
  const std::uint32_t to = model.slot_of(entry.id);
  const catalog::Entry* best = nullptr;
  std::int32_t most = 0;
  for (std::size_t k = 0; k < evidence_.seeds.size(); ++k) {
    const std::uint32_t from = model.slot_of(evidence_.seeds[k]);
    if (from == learners::ItemNeighbours::kNoSlot) continue;
    const auto row = model.of(from);
    const auto found = std::lower_bound(row.begin(), row.end(), to,
                                        [](const auto& one, std::uint32_t slot) { return one.slot < slot; });
    if (found == row.end() || found->slot != to) continue;
    const std::int32_t part = learners::ItemNeighbours::kShares[k] * found->weight;
    const catalog::Entry* named = question_.catalog.find(evidence_.seeds[k]);
    if (named == nullptr || part <= most) continue;
    most = part;
    best = named;
  }
  std::string words = "goes with ";
  words += best == nullptr ? std::string_view{"what was used lately"} : name_of(*best);
  return words;
}

} // namespace kindred::decisions
