#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/library.hpp"

namespace kindred::catalog {

// Library records as tests write them.

inline records::Record record_of(records::Body body, Instant stamp = {1'000},
                                 TenantId tenant = kDefaultTenant) {
  records::Record record;
  record.header.tenant = tenant;
  record.header.stamp = stamp;
  record.body = std::move(body);
  return record;
}

inline records::Item item_of(std::string id, std::int64_t published_us = 0) {
  records::Item item;
  item.item = std::move(id);
  item.published = {published_us};
  return item;
}

inline records::Item automatic_item(std::string id, std::int64_t published_us) {
  records::Item item = item_of(std::move(id), published_us);
  item.automatic = true;
  return item;
}

inline records::Property text_of(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}

inline records::Tenant tenant_of(std::uint32_t id, std::string name) {
  records::Tenant tenant;
  tenant.id = id;
  tenant.name = std::move(name);
  return tenant;
}

inline records::Placement placement_of(std::string name, std::uint16_t count = 10) {
  records::Placement placement;
  placement.placement = std::move(name);
  placement.count_default = count;
  return placement;
}

} // namespace kindred::catalog
