#pragma once

#include <string>
#include <vector>

#include "nodes/kindredctl/demo/exchange.hpp"
#include "nodes/kindredctl/demo/run.hpp"
#include "nodes/kindredctl/demo/statistics.hpp"

namespace kindred::demo {

// What the demo found, in figures and in words. Pure: the same results give the same text, byte for byte. Times, which
// never are the same, are a text of their own.

/// One arm's line.
struct ArmLine {
  std::string name;
  Estimate clicked;
  Estimate bought;
  Estimate share;            ///< of the possible gain in clicks
  std::vector<double> daily; ///< click rate by simulated day
};

/// How the server parted the shoppers, beside the groups that they truly are of.
struct GroupsFound {
  std::size_t segments = 0; ///< clustered ones; 0: no round has parted anybody yet
  std::size_t users = 0;    ///< who are in one
  double agreement = 0;     ///< adjusted Rand index over them, against their favourite category
  std::string unknown;      ///< why the server was not to be asked; empty otherwise
};

struct Report {
  std::uint64_t seed = 1;
  bool control = false;
  bool events_clock = true;
  std::size_t users = 0;        ///< of the world
  std::size_t users_asking = 0; ///< who asked for at least one list: the clusters
  std::size_t items = 0;
  std::uint32_t days = 0;
  std::uint64_t lists = 0;
  ArmLine kindred, popularity, chance, oracle;
  std::size_t half_lives = 0; ///< that ran beside each other
  std::uint64_t outside = 0;  ///< of Kindred's: items outside the filter
  std::uint64_t short_lists = 0;
  std::uint64_t events = 0; ///< that Kindred learnt from
  GroupsFound groups;
  std::vector<std::string> decision; ///< one decision explained, in lines; empty: none was clicked
};

/// `popularity` are the half-lives' results; the one with the highest click rate is taken (the first among equals).
/// Requires: results of the same world, popularity not empty.
Report make_report(const World& world, const ArmResult& kindred, const std::vector<ArmResult>& popularity,
                   const ArmResult& chance, const ArmResult& oracle);

/// `segments` by user, empty: he is in none.
GroupsFound groups_found(const World& world, const std::vector<std::string>& segments);

/// The whole report but times. Ends with a newline.
std::string words(const Report& report);

/// What differs from run to run, in a marked block. Ends with a newline.
std::string words(const Times& times);

/// Report and times as one JSON object: {seed, control, users, lists, arms[{name, clicked{value, low, high}, bought,
/// share, daily[]}], wins, groups{segments, users, agreement}, decision[], times{...}}. Ends with a newline.
std::string json_of(const Report& report, const Times& times);

/// Whether the report claims that Kindred beats decayed popularity in clicks.
bool wins(const Report& report);

} // namespace kindred::demo
