#include "engine/profiles/footprint.hpp"

#include "engine/profiles/personalization.hpp"

namespace kindred::profiles {
namespace {

std::size_t of(const std::string& text) { return text.capacity() < sizeof text ? 0 : text.capacity() + 1; }

template <class List>
std::size_t room(const List& list) {
  return list.capacity() * sizeof(typename List::value_type);
}

std::size_t of(const std::vector<records::Property>& properties) {
  std::size_t bytes = room(properties);
  for (const records::Property& property : properties) bytes += bytes_of(property) - kTraitBytes;
  return bytes;
}

std::size_t of(const records::Context& context) {
  return of(context.operating_system) + of(context.browser) + of(context.channel) + of(context.locale) +
         of(context.country) + of(context.region) + of(context.extra);
}

std::size_t of(const PersonalizationLane& lane) {
  std::size_t bytes = room(lane.history) + room(lane.items) + room(lane.counters) + room(lane.cart) +
                      room(lane.paths) + room(lane.tastes) + of(lane.traits) + of(lane.last_page) +
                      of(lane.last_context);
  for (const PathStep& path : lane.paths) bytes += of(path.step);
  for (const Taste& taste : lane.tastes) bytes += of(taste.category);
  if (lane.default_context) bytes += of(*lane.default_context);
  return bytes;
}

std::size_t of(const Choices& choices) {
  std::size_t bytes = room(choices.open) + room(choices.examples);
  for (const OpenChoice& choice : choices.open)
    bytes += of(choice.placement) + of(choice.request_id) + of(choice.candidates);
  for (const Example& example : choices.examples) bytes += of(example.placement) + of(example.alternatives);
  return bytes;
}

std::size_t of(const MeasurementLane& lane) {
  std::size_t bytes = room(lane.decisions);
  for (const DecisionMemory& memory : lane.decisions)
    bytes += of(memory.placement) + of(memory.request_id) + room(memory.shown);
  return bytes;
}

} // namespace

std::size_t footprint(const Profile& profile) {
  std::size_t bytes =
      of(profile.key.user) + of(profile.assignment_key) + room(profile.linked) + room(profile.withdrawals);
  for (const std::string& id : profile.linked) bytes += of(id);
  return bytes + of(profile.personalization) + room(profile.training.marks) + of(profile.training.choices) +
         of(profile.measurement);
}

} // namespace kindred::profiles
