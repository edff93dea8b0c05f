// build/bin/simulation [--nodes N] [--seeds N] [--first S] [--planted [NAME]]: ./dev simulate.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/simulation/plan.hpp"

namespace {

using kindred::simulation::Plan;
using kindred::simulation::Planted;

constexpr std::uint64_t kSeedsDefault = 20'000;
constexpr std::uint64_t kPlantedSeeds = 300; ///< a planted bug must be found within so many

void print_failure(const Plan& plan, const kindred::simulation::Report& report) {
  for (const auto& line : report.trace) std::printf("    %s\n", line.c_str());
  for (const auto& line : report.wrong) std::printf("  BROKEN %s\n", line.c_str());
  const bool planted = plan.planted != Planted::kNone;
  std::printf("  run it again: build/bin/simulation --nodes %u --seeds 1 --first %llu%s%s\n", plan.nodes,
              static_cast<unsigned long long>(plan.seed), planted ? " --planted " : "",
              planted ? std::string(name_of(plan.planted)).c_str() : "");
}

struct Sums {
  std::uint64_t seeds = 0, broken = 0, events = 0, crashes = 0, deaths = 0, models = 0, refused = 0, late = 0;
  std::uint64_t cuts = 0, drains = 0, forwarded = 0, fetched = 0, torn = 0, compared = 0, behind = 0,
                trimmed = 0;

  void add(const kindred::simulation::Report& report) {
    ++seeds;
    broken += report.wrong.empty() ? 0 : 1;
    events += report.events;
    crashes += report.crashes;
    deaths += report.deaths;
    models += report.models;
    refused += report.refused;
    late += report.late_adopts;
    cuts += report.cuts;
    drains += report.drains;
    forwarded += report.forwarded;
    fetched += report.fetched;
    torn += report.torn;
    compared += report.compared;
    behind += report.behind;
    trimmed += report.trimmed;
  }
  void print(bool cluster) const {
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%llu seeds: %llu broken; %llu events acknowledged, %llu crashes, %llu deaths of actors, %llu "
        "models published, %llu refused as another came first, %llu late adoptions\n",
        number(seeds), number(broken), number(events), number(crashes), number(deaths), number(models),
        number(refused), number(late));
    if (cluster)
      std::printf(
          "  %llu cuts, %llu drains, %llu parts asked of other nodes, %llu checkpoints copied, %llu of "
          "their parts torn, %llu digests compared, %llu entries trimmed, %llu answers that said they are "
          "behind\n",
          number(cuts), number(drains), number(forwarded), number(fetched), number(torn), number(compared),
          number(trimmed), number(behind));
  }
};

int search(std::uint16_t nodes, std::uint64_t first, std::uint64_t seeds) {
  Sums sums;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    plan.nodes = nodes;
    const auto report = kindred::simulation::run(plan);
    sums.add(report);
    if (!report.wrong.empty()) {
      std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
      print_failure(plan, report);
      std::fflush(stdout);
    }
    if (sums.seeds % 1'000 == 0) {
      std::printf("%llu seeds, %llu broken\n", static_cast<unsigned long long>(sums.seeds),
                  static_cast<unsigned long long>(sums.broken));
      std::fflush(stdout);
    }
  }
  sums.print(nodes > 1);
  return sums.broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int show_planted(Planted planted, std::uint64_t first, std::uint64_t seeds) {
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    Plan plan;
    plan.seed = seed;
    plan.nodes = nodes_for(planted);
    plan.planted = planted;
    const auto report = kindred::simulation::run(plan);
    if (report.wrong.empty()) continue;
    std::printf("%-24s found by seed %llu: %s\n", std::string(name_of(planted)).c_str(),
                static_cast<unsigned long long>(seed), report.wrong.front().c_str());
    std::fflush(stdout);
    return EXIT_SUCCESS;
  }
  std::printf("%-24s NOT FOUND within %llu seeds\n", std::string(name_of(planted)).c_str(),
              static_cast<unsigned long long>(seeds));
  return EXIT_FAILURE;
}

int show_all_planted() {
  int worst = EXIT_SUCCESS;
  for (const Planted planted : kindred::simulation::kAllPlanted) {
    worst |= show_planted(planted, 1, kPlantedSeeds);
  }
  return worst;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t seeds = kSeedsDefault, first = 1;
  std::uint16_t nodes = 1;
  for (int i = 1; i < argc; ++i) {
    const bool more = i + 1 < argc;
    if (std::strcmp(argv[i], "--seeds") == 0 && more) {
      seeds = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--nodes") == 0 && more) {
      nodes = static_cast<std::uint16_t>(std::strtoul(argv[++i], nullptr, 10));
    } else if (std::strcmp(argv[i], "--first") == 0 && more) {
      first = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--planted") == 0) {
      if (!more) return show_all_planted();
      const auto planted = kindred::simulation::planted_of(argv[++i]);
      if (planted) return show_planted(*planted, first, seeds);
      std::fprintf(stderr, "simulation: no planted bug is called %s\n", argv[i]);
      return 2;
    } else {
      std::fprintf(stderr, "usage: simulation [--nodes N] [--seeds N] [--first S] [--planted [NAME]]\n");
      return 2;
    }
  }
  return search(nodes, first, seeds);
}
