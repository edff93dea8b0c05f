#include "schemas/json/time_text.hpp"

#include <algorithm>

namespace kindred::json {
namespace {

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar, by counting eras of 400 years from 1 March.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int days_in(std::int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

/// Eats digits and signs from the front of a text; `ok` turns false at the first thing that is not as asked.
struct Cursor {
  std::string_view rest;
  bool ok = true;

  int digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (rest.empty() || rest[0] < '0' || rest[0] > '9') return ok = false, 0;
      value = value * 10 + (rest[0] - '0');
      rest.remove_prefix(1);
    }
    return value;
  }
  bool eat(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok = eat(c) && ok; }
};

std::int64_t fraction_us(Cursor& cursor) {
  if (!cursor.eat('.')) return 0;
  std::int64_t us = 0;
  int seen = 0;
  while (!cursor.rest.empty() && cursor.rest[0] >= '0' && cursor.rest[0] <= '9') {
    if (seen++ < 6) us = us * 10 + (cursor.rest[0] - '0');
    cursor.rest.remove_prefix(1);
  }
  if (seen == 0) cursor.ok = false;
  for (; seen < 6; ++seen) us *= 10;
  return us;
}

/// What to subtract to come to UTC.
Duration zone_offset(Cursor& cursor) {
  if (cursor.rest.empty() || cursor.eat('Z') || cursor.eat('z')) return {};
  const bool east = cursor.eat('+');
  if (!east && !cursor.eat('-')) return cursor.ok = false, Duration{};
  const int hours = cursor.digits(2);
  cursor.eat(':');
  const int minutes = cursor.digits(2);
  if (hours > 23 || minutes > 59) cursor.ok = false;
  return kMinute * ((hours * 60 + minutes) * (east ? 1 : -1));
}

std::string digits(std::int64_t number, std::size_t count) {
  const std::string text = std::to_string(number);
  return std::string(count - std::min(count, text.size()), '0') + text;
}

} // namespace

std::optional<Instant> parse_time(std::string_view text) {
  Cursor cursor{text};
  const int year = cursor.digits(4);
  cursor.expect('-');
  const int month = cursor.digits(2);
  cursor.expect('-');
  const int day = cursor.digits(2);
  if (!cursor.ok || month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return std::nullopt;
  Instant time{days_from_civil(year, month, day) * kDay.us};
  if (cursor.rest.empty()) return time;

  if (!cursor.eat('T') && !cursor.eat('t') && !cursor.eat(' ')) return std::nullopt;
  const int hour = cursor.digits(2);
  cursor.expect(':');
  const int minute = cursor.digits(2);
  const int second = cursor.eat(':') ? cursor.digits(2) : 0;
  const std::int64_t us = fraction_us(cursor);
  const Duration offset = zone_offset(cursor);
  if (!cursor.ok || !cursor.rest.empty() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return time + kHour * hour + kMinute * minute + kSecond * second + Duration{us} - offset;
}

std::string time_text(Instant time) {
  static const std::int64_t kFirst = days_from_civil(0, 1, 1) * kDay.us;
  static const std::int64_t kLast = days_from_civil(10000, 1, 1) * kDay.us - 1;
  const Instant kept{std::clamp(time.us, kFirst, kLast)};
  const std::int64_t day = day_of(kept);
  const std::int64_t of_day = kept.us - day * kDay.us;
  // The inverse of days_from_civil: the year first by estimate, then by comparison.
  std::int64_t year = 1970 + day / 366;
  while (days_from_civil(year + 1, 1, 1) <= day) ++year;
  while (days_from_civil(year, 1, 1) > day) --year;
  int month = 12;
  while (days_from_civil(year, month, 1) > day) --month;
  const std::int64_t day_of_month = day - days_from_civil(year, month, 1) + 1;
  const auto part = [&](Duration unit, int modulus) { return of_day / unit.us % modulus; };
  std::string text = digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day_of_month, 2) + "T" +
                     digits(part(kHour, 24), 2) + ":" + digits(part(kMinute, 60), 2) + ":" +
                     digits(part(kSecond, 60), 2);
  if (of_day % kSecond.us != 0) text += "." + digits(of_day % kSecond.us, 6);
  return text + "Z";
}

} // namespace kindred::json
