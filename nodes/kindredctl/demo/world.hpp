#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nodes/kindredctl/demo/dice.hpp"
#include "nodes/kindredctl/demo/world_parameters.hpp"

namespace kindred::demo {

// The world the shoppers live in: who exists, when they come, what they would like. It shares no code and no functional
// form with the engine: tastes and traits are latent vectors that no ranker sees.

constexpr std::size_t kTraits = 8; ///< dimensions of taste
using Traits = std::array<double, kTraits>;

using UserIndex = std::uint32_t;
using ItemIndex = std::uint32_t; ///< order of publication, so that a greater index is a newer item
using Step = std::uint32_t;

struct Item {
  std::string id; ///< category and number, as "lamps-0042"
  std::uint32_t category = 0;
  std::uint32_t brand = 0;
  double price = 0.0;
  Step published = 0;
  Step retired = 0; ///< first step at which it is gone; may lie behind the end of the world
  // what only the world knows
  Traits traits{};
  double quality = 0.0;        ///< standard normal
  double attention = 1.0;      ///< Zipf-Mandelbrot weight of its quality's rank
  double fashion_period = 1.0; ///< steps
  double fashion_phase = 0.0;  ///< radians
};

struct User {
  std::string id;
  std::uint32_t country = 0;
  bool mobile = false;
  Step arrives = 0;
  Step leaves = 0; ///< no session begins at or after it
  // what only the world knows
  std::uint32_t favourite =
      0; ///< category that weighs most in the taste: the group that the shopper truly is of
  Traits taste{};
  double log_budget = 0.0;
  double visits_per_day = 0.0; ///< compressed
  bool once = false;           ///< never comes back after the first session
};

/// One view: the shopper either asks a list or finds a page himself.
struct Slot {
  UserIndex user = 0;
  bool organic = false;
  std::uint32_t offset_ms = 0; ///< when within the step
  Step session = 0;            ///< when the session began, which names it
};

/// What holds at one step for everybody: which items live, how fashionable they are, how much attention they draw.
/// Immutable; made by World::at; refers to nothing.
struct Moment {
  Step step = 0;
  std::vector<ItemIndex> live;         ///< ascending
  std::vector<double> common;          ///< by item index: the part of utility that is the same for all
  std::vector<double> attention_until; ///< running sum over `live`, for drawing by attention
};

/// What one shopper has had to do with one item, in one arm's copy.
struct Past {
  std::uint32_t viewed = 0;
  std::uint32_t shown = 0;
  std::uint32_t bought = 0;
};

/// Users, items and the schedule of views: a pure function of (seed, parameters), the same for every arm.
/// Immutable after construction: any thread. Construction about 20 ms, memory a few MB.
class World {
public:
  World(std::uint64_t seed, const WorldParameters& parameters);

  const WorldParameters& parameters() const { return parameters_; }
  const Dice& dice() const { return dice_; }
  std::span<const Item> items() const { return items_; }
  std::span<const User> users() const { return users_; }
  Step steps() const { return parameters_.days * parameters_.steps_per_day; }

  /// The views of a step, by user; at most one of each user. Empty at night.
  std::span<const Slot> slots(Step step) const { return slots_[step]; }

  /// Cost: a sine per live item.
  Moment at(Step step) const;

  /// Microseconds UTC at which the step begins.
  std::int64_t time_us(Step step) const;

  /// What the shopper would get out of the item now, without luck:
  /// common + taste_weight * sqrt(kTraits) * <taste, traits> - price_weight * (log price - log budget)^2 - fatigue.
  /// In the control world every user has it alike.
  double utility(UserIndex user, ItemIndex item, const Moment& moment, const Past& past) const;

private:
  void make_directions();
  void make_items();
  void make_users();
  void make_slots();
  void schedule(UserIndex user);
  Item make_item(ItemIndex index, Step published) const;
  User make_user(UserIndex index) const;
  Step arrival_step(UserIndex index) const;
  double style_wave(std::size_t trait, Step step) const;

  WorldParameters parameters_;
  Dice dice_;
  std::vector<Traits> category_directions_, brand_directions_, country_directions_;
  std::vector<Item> items_;
  std::vector<User> users_;
  std::vector<std::vector<Slot>> slots_; ///< by step
};

/// "lamps", "kitchen", ...: what a category is called. Any index; names repeat with a number past the twelfth.
std::string category_name(std::uint32_t category);
std::string brand_name(std::uint32_t brand);
std::string country_name(std::uint32_t country); ///< ISO 3166 two letters

} // namespace kindred::demo
