// Verbs of the library: items, placements.
#include <cmath>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "nodes/kindredctl/verbs/verbs.hpp"
#include "schemas/json/time_text.hpp"

namespace kindred::ctl {

namespace {

constexpr double kMoneyScale = 10'000;

struct ItemFlags {
  records::Item item;
  std::string published, currency;
  double price = 0;
  CLI::Option* price_option = nullptr;
  bool unavailable = false;
  std::vector<std::string> attributes;
};

bool fill_money(Session& session, const ItemFlags& flags, Money& money) {
  if (flags.price_option->count() == 0) return true;
  if (!std::isfinite(flags.price) || flags.price < 0 || flags.price > 1e12) {
    session.say_usage("--price: a number of at least 0");
    return false;
  }
  money.minor = std::llround(flags.price * kMoneyScale);
  money.exponent = 4;
  if (flags.currency.size() == 3)
    std::copy(flags.currency.begin(), flags.currency.end(), money.currency.begin());
  return true;
}

bool fill_attributes(Session& session, const ItemFlags& flags, records::Item& item) {
  for (const std::string& pair : flags.attributes) {
    const auto split = pair.find('=');
    if (split == std::string::npos || split == 0) {
      session.say_usage("--attribute " + pair + ": give NAME=VALUE");
      return false;
    }
    item.attributes.push_back({pair.substr(0, split), pair.substr(split + 1)});
  }
  return true;
}

void put_item(Session& session, const ItemFlags& flags) {
  records::Item item = flags.item;
  item.available = !flags.unavailable;
  if (!flags.published.empty()) {
    const auto time = json::parse_time(flags.published);
    if (!time) return session.say_usage("--published " + flags.published + ": 2026-11-23T12:00:00Z");
    item.published = *time;
  }
  if (!fill_money(session, flags, item.price) || !fill_attributes(session, flags, item)) return;
  session.ask(api::PutItem{item},
              [&](const api::AnswerBody&) { fmt::print("{} is in the catalog\n", item.item); });
}

void say_item(const records::Item& item) {
  fmt::print("{:<24} {:<11} {}  {}\n", item.item,
             item.removed ? "removed" : (item.available ? "available" : "unavailable"),
             json::time_text(item.published), item.title);
}

void add_items_put(CLI::App& items, Session& session) {
  auto flags = std::make_shared<ItemFlags>();
  CLI::App* put = items.add_subcommand("put", "Register or change an item.");
  put->add_option("item", flags->item.item, "its id")->required();
  put->add_option("--title", flags->item.title, "in words");
  put->add_option("--published", flags->published, "since when it can be shown");
  flags->price_option = put->add_option("--price", flags->price, "amount of money");
  put->add_option("--currency", flags->currency, "such as EUR");
  put->add_flag("--unavailable", flags->unavailable, "keep it, but do not show it");
  put->add_option("--attribute,-a", flags->attributes, "NAME=VALUE, such as category=lamps; may be repeated");
  put->callback([&session, flags] { put_item(session, *flags); });
}

void say_placement(const records::Placement& placement) {
  constexpr std::array kFilters{"none", "neverSeen", "neverBought"};
  fmt::print("{}: filter {}, exploration {:.3f}, {} items", placement.placement,
             kFilters[static_cast<std::size_t>(placement.filter) % kFilters.size()],
             placement.exploration.to_double(), placement.count_default);
  if (placement.sources.empty())
    fmt::print(", default blend\n");
  else
    fmt::print("\n");
  for (const auto& source : placement.sources)
    fmt::print("  {:<24} {:.3f}\n", source.source, source.weight.to_double());
}

struct PlacementFlags {
  std::string name, filter = "none";
  double exploration = 0;
  std::uint16_t count = 10;
  std::vector<std::string> sources;
};

bool fill_sources(Session& session, const std::vector<std::string>& pairs, records::Placement& placement) {
  for (const std::string& pair : pairs) {
    const auto split = pair.find('=');
    char* end = nullptr;
    const double weight = split == std::string::npos ? 0 : std::strtod(pair.c_str() + split + 1, &end);
    const auto fixed = Fixed::from(weight);
    if (split == std::string::npos || end == pair.c_str() + split + 1 || *end != 0 || !fixed.ok()) {
      session.say_usage("--source " + pair + ": give NAME=WEIGHT");
      return false;
    }
    placement.sources.push_back({pair.substr(0, split), fixed.value()});
  }
  return true;
}

void set_placement(Session& session, const PlacementFlags& flags) {
  records::Placement placement;
  placement.placement = flags.name;
  placement.count_default = flags.count;
  if (flags.filter == "neverSeen")
    placement.filter = records::Filter::kNeverSeen;
  else if (flags.filter == "neverBought")
    placement.filter = records::Filter::kNeverBought;
  else if (flags.filter != "none")
    return session.say_usage("--filter: none, neverSeen or neverBought");
  const auto exploration = Fixed::from(flags.exploration);
  if (!exploration.ok() || flags.exploration < 0 || flags.exploration > 1) {
    return session.say_usage("--exploration: a number from 0 to 1");
  }
  placement.exploration = exploration.value();
  if (!fill_sources(session, flags.sources, placement)) return;
  session.ask(api::SetPlacement{placement}, [&](const api::AnswerBody&) { say_placement(placement); });
}

} // namespace

void add_items(CLI::App& app, Session& session) {
  CLI::App* items = app.add_subcommand("items", "The catalog.");
  items->require_subcommand(1);
  items->footer("Examples:\n  kindredctl items put lamp --title 'Desk lamp' -a category=lamps --price 19.90 "
                "--currency EUR\n"
                "  kindredctl items import catalog.csv --rejects rejects.csv\n"
                "  kindredctl items list\n  kindredctl items show lamp\n  kindredctl items remove lamp");
  add_items_put(*items, session);
  add_items_import(*items, session);

  auto list = std::make_shared<api::ListItems>();
  CLI::App* listing = items->add_subcommand("list", "Items in the order they were registered.");
  listing->add_option("--after", list->after, "go on behind this item");
  listing->add_option("--limit,-n", list->limit, "how many at most")->capture_default_str();
  CLI::App* show = items->add_subcommand("show", "One item.");
  show->add_option("item", list->item, "its id")->required();
  const auto run = [&session, list] {
    session.ask(*list, [](const api::AnswerBody& body) {
      const auto* answer = std::get_if<api::Items>(&body);
      if (answer == nullptr) return;
      for (const records::Item& item : answer->items) say_item(item);
      if (!answer->next.empty()) fmt::print("of {}; go on with --after {}\n", answer->total, answer->next);
    });
  };
  listing->callback(run);
  show->callback(run);

  auto removed = std::make_shared<records::Item>();
  CLI::App* remove = items->add_subcommand("remove", "Take an item out; its history keeps its name.");
  remove->add_option("item", removed->item, "its id")->required();
  remove->callback([&session, removed] {
    removed->removed = true;
    session.ask(api::PutItem{*removed},
                [&](const api::AnswerBody&) { fmt::print("{} is removed\n", removed->item); });
  });
}

void add_placements(CLI::App& app, Session& session) {
  CLI::App* placements =
      app.add_subcommand("placements", "Slots that decisions are asked for, and their settings.");
  placements->require_subcommand(1);
  placements->footer("Examples:\n  kindredctl placements list\n"
                     "  kindredctl placements set home --filter neverSeen --exploration 0.05");
  CLI::App* list = placements->add_subcommand("list", "All placements that were set.");
  list->callback([&session] {
    session.ask(api::ListPlacements{}, [](const api::AnswerBody& body) {
      if (const auto* answer = std::get_if<api::Placements>(&body)) {
        for (const auto& placement : answer->placements) say_placement(placement);
      }
    });
  });
  auto flags = std::make_shared<PlacementFlags>();
  CLI::App* set = placements->add_subcommand("set", "Set a placement; what is not given gets its default.");
  set->add_option("name", flags->name, "the placement")->required();
  set->add_option("--filter", flags->filter, "none, neverSeen or neverBought")->capture_default_str();
  set->add_option("--exploration", flags->exploration, "share of slots that try something, 0 to 1")
      ->capture_default_str();
  set->add_option("--count,-n", flags->count, "items where a request names no number")->capture_default_str();
  set->add_option("--source", flags->sources, "NAME=WEIGHT of a candidate source; none: the default blend");
  set->callback([&session, flags] { set_placement(session, *flags); });
}

} // namespace kindred::ctl
