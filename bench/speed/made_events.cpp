#include "bench/speed/made_events.hpp"

#include <string>
#include <utility>

#include "engine/base/hash.hpp"

namespace kindred::bench {

records::Record made_event(std::uint64_t user, std::uint64_t item, std::uint64_t number, Instant time,
                           records::EventType type) {
  records::Event event;
  event.user_id = "user-" + std::to_string(user);
  event.message_id = std::to_string(number);
  event.type = type;
  event.event_time = time;
  event.client_sequence = number;
  event.item = "item-" + std::to_string(item);
  event.context.country = "BR";
  event.context.device = records::DeviceClass::kPhone;
  records::Record record;
  record.header.id = event_record_id(kDefaultTenant, event.user_id, event.message_id);
  record.header.stamp = event.event_time;
  record.body = std::move(event);
  return record;
}

} // namespace kindred::bench
