#include "engine/stats/rfm_sums.hpp"

#include <cmath>

namespace kindred::stats {

namespace {
constexpr std::uint8_t kVersion = 1;
}

bool RfmSums::add(const Buyer& buyer) {
  if (buyer.orders == 0 || std::isnan(buyer.spent)) return false;
  last_days.count(key_of(buyer.last_day));
  (void)orders.add(buyer.orders);
  (void)spent.add(buyer.spent);
  return true;
}

void RfmSums::subtract(const Buyer& buyer) {
  last_days.count(key_of(buyer.last_day), -1);
  orders.subtract(buyer.orders);
  spent.subtract(buyer.spent);
}

void RfmSums::add(const RfmSums& other) {
  last_days.add(other.last_days);
  orders.add(other.orders);
  spent.add(other.spent);
}

void RfmSums::subtract(const RfmSums& other) {
  last_days.subtract(other.last_days);
  orders.subtract(other.orders);
  spent.subtract(other.spent);
}

Bytes RfmSums::canonical() const {
  ByteWriter out;
  out.u8(kVersion);
  out.text(last_days.canonical());
  out.text(orders.canonical());
  out.text(spent.canonical());
  return out.take();
}

std::optional<RfmSums> RfmSums::from(BytesView bytes) {
  ByteReader in(bytes);
  const bool known = in.u8() == kVersion;
  auto last_days = Counts::from_canonical(in.text());
  auto orders = LogHistogram::from(in.text());
  auto spent = LogHistogram::from(in.text());
  if (!known || !in.ok() || !in.at_end() || !last_days.ok() || !orders || !spent) return std::nullopt;
  if (last_days.value().total() != orders->count() || orders->count() != spent->count()) return std::nullopt;
  return RfmSums{last_days.take(), std::move(*orders), std::move(*spent)};
}

} // namespace kindred::stats
