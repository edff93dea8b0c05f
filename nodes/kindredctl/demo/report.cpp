#include "nodes/kindredctl/demo/report.hpp"

#include <algorithm>
#include <cassert>
#include <cstdarg>
#include <cstdio>
#include <map>

namespace kindred::demo {

namespace {

[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

ArmLine line_of(const ArmResult& arm, const ArmResult& chance, const ArmResult& oracle) {
  ArmLine line;
  line.name = arm.name;
  line.clicked = rate(arm.clicks, arm.lists);
  line.bought = rate(arm.purchases, arm.lists);
  line.share = share_of_gain(arm.clicks, chance.clicks, oracle.clicks);
  for (std::size_t day = 0; day < arm.day_lists.size(); ++day)
    line.daily.push_back(arm.day_lists[day] == 0 ? 0.0 : arm.day_clicks[day] / arm.day_lists[day]);
  return line;
}

std::string percent(const Estimate& e) {
  return print("%5.2f %% [%5.2f, %5.2f]", 100 * e.value, 100 * e.low, 100 * e.high);
}

std::string table(const Report& r) {
  std::string text = print("%-30s %-24s %-24s %s\n", "arm", "lists clicked [95 %]",
                           "lists bought from [95 %]", "share of the possible gain [95 %]");
  for (const ArmLine* line : {&r.chance, &r.popularity, &r.kindred, &r.oracle})
    text += print("%-30s %-24s %-24s %.3f [%.3f, %.3f]\n", line->name.c_str(), percent(line->clicked).c_str(),
                  percent(line->bought).c_str(), line->share.value, line->share.low, line->share.high);
  return text;
}

std::string curve(const Report& r) {
  std::string text = "Learning curve: lists clicked, in %, by simulated day\n";
  text += print("%5s %9s %11s %8s %8s\n", "day", "Kindred", "popularity", "chance", "oracle");
  for (std::size_t day = 0; day < r.kindred.daily.size(); ++day)
    text += print("%5zu %9.2f %11.2f %8.2f %8.2f\n", day + 1, 100 * r.kindred.daily[day],
                  100 * r.popularity.daily[day], 100 * r.chance.daily[day], 100 * r.oracle.daily[day]);
  return text;
}

std::string verdict(const char* what, const Estimate& kindred, const Estimate& popularity) {
  const char* format =
      apart(kindred, popularity)
          ? "%s: Kindred beats decayed popularity: %s against %s; the 95 %% intervals are apart.\n"
      : apart(popularity, kindred)
          ? "%s: decayed popularity beats Kindred: %s against %s; the 95 %% intervals are apart.\n"
          : "%s: no win is claimed: %s against %s; the 95 %% intervals overlap.\n";
  char text[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  std::snprintf(text, sizeof text, format, what, percent(kindred).c_str(), percent(popularity).c_str());
#pragma GCC diagnostic pop
  return text;
}

std::string opening(const Report& r) {
  std::string text =
      print("Simulated shop: %zu shoppers (%zu asked for lists), %zu items, %u days, %llu lists; seed %llu\n",
            r.users, r.users_asking, r.items, r.days, static_cast<unsigned long long>(r.lists),
            static_cast<unsigned long long>(r.seed));
  if (r.control)
    text += "Control world: nothing depends on the user, so knowing him gains nothing; best is what "
            "everybody likes.\n";
  if (!r.events_clock)
    text += "The server's clock is `wall`: two weeks pass in a minute, so decay and fashion are out of step, "
            "and the\n"
            "report differs from run to run. `kindred serve --clock events` gives comparable figures.\n";
  text +=
      "Every arm is a copy of the same world, with the same shoppers and the same luck; the server sees "
      "only\n"
      "Kindred's. Half of all views are organic. Candidates: all live items the shopper has not opened.\n";
  return text;
}

std::string groups(const Report& r) {
  if (!r.groups.unknown.empty()) return "Segments: not compared: " + r.groups.unknown + "\n";
  if (r.groups.segments == 0) return "Segments: no round has parted the shoppers yet.\n";
  return print(
      "Segments: %zu shoppers in %zu clustered segments; adjusted Rand index against their favourite "
      "category: %.3f\n"
      "(0: as by chance, 1: the same groups). The server is never told what a shopper likes.\n",
      r.groups.users, r.groups.segments, r.groups.agreement);
}

} // namespace

GroupsFound groups_found(const World& world, const std::vector<std::string>& segments) {
  assert(segments.size() == world.users().size());
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> found, truth;
  for (UserIndex user = 0; user < segments.size(); ++user) {
    if (segments[user].empty()) continue;
    found.push_back(numbers.emplace(segments[user], numbers.size()).first->second);
    truth.push_back(world.users()[user].favourite);
  }
  return {numbers.size(), found.size(), adjusted_rand_index(found, truth), {}};
}

Report make_report(const World& world, const ArmResult& kindred, const std::vector<ArmResult>& popularity,
                   const ArmResult& chance, const ArmResult& oracle) {
  assert(!popularity.empty());
  Report r;
  r.seed = world.dice().seed;
  r.control = world.parameters().control;
  r.users = world.users().size();
  r.users_asking = static_cast<std::size_t>(
      std::count_if(kindred.lists.begin(), kindred.lists.end(), [](double lists) { return lists > 0; }));
  r.items = world.items().size();
  r.days = world.parameters().days;
  for (double lists : kindred.lists) r.lists += static_cast<std::uint64_t>(lists);
  r.kindred = line_of(kindred, chance, oracle);
  r.chance = line_of(chance, chance, oracle);
  r.oracle = line_of(oracle, chance, oracle);
  for (const ArmResult& one : popularity) {
    const ArmLine line = line_of(one, chance, oracle);
    if (r.popularity.name.empty() || line.clicked.value > r.popularity.clicked.value) r.popularity = line;
  }
  r.half_lives = popularity.size();
  r.outside = kindred.outside;
  r.short_lists = kindred.short_lists;
  r.events = kindred.events;
  return r;
}

bool wins(const Report& report) {
  return report.events_clock && apart(report.kindred.clicked, report.popularity.clicked);
}

std::string words(const Report& r) {
  std::string text = opening(r) + "\n" + table(r);
  text +=
      print("The half-life is the best of %zu, chosen with hindsight. Intervals are clustered by user.\n\n",
            r.half_lives);
  if (r.events_clock)
    text += verdict("Clicks", r.kindred.clicked, r.popularity.clicked) +
            verdict("Purchases", r.kindred.bought, r.popularity.bought);
  else
    text += "Nothing is claimed where time is out of step.\n";
  text += print(
      "Kindred learnt from %llu events; %llu of its items lay outside the filter, %llu lists were short.\n\n",
      static_cast<unsigned long long>(r.events), static_cast<unsigned long long>(r.outside),
      static_cast<unsigned long long>(r.short_lists));
  text += groups(r) + "\n" + curve(r);
  if (r.decision.empty()) return text;
  text += "\nOne decision, explained\n";
  for (const std::string& line : r.decision) text += "  " + line + "\n";
  return text;
}

std::string words(const Times& t) {
  const auto per = [](double ms, std::uint64_t n) { return n == 0 ? 0.0 : 1000.0 * ms / double(n); };
  std::string text = "---- times (they differ from run to run) ----\n";
  text += print("decision, one to an envelope: p50 %.2f ms, p99 %.2f ms (%zu asked)\n",
                quantile(t.single_ms, 0.5), quantile(t.single_ms, 0.99), t.single_ms.size());
  text += print("envelope of decisions: p50 %.2f ms, p99 %.2f ms; %.0f us a decision\n",
                quantile(t.decide_ms, 0.5), quantile(t.decide_ms, 0.99), per(t.decide_total_ms, t.decides));
  const double events_per_s = t.track_total_ms == 0.0 ? 0.0 : 1000.0 * double(t.tracks) / t.track_total_ms;
  text += print("durable events: %.0f per second (%llu tracked)\n", events_per_s,
                static_cast<unsigned long long>(t.tracks));
  text += print("whole run: %.1f s\n", t.total_s);
  return text;
}

} // namespace kindred::demo
