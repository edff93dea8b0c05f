#include "nodes/kindredctl/demo/world.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace kindred::demo {

namespace {

constexpr std::array<const char*, 12> kCategories = {"lamps",  "kitchen", "garden", "textiles",
                                                     "toys",   "books",   "prints", "candles",
                                                     "office", "outdoor", "bath",   "games"};
constexpr std::array<const char*, 5> kCountries = {"DE", "FR", "GB", "BR", "US"};

double dot(const Traits& a, const Traits& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < kTraits; ++k) sum += a[k] * b[k];
  return sum;
}

void scale_to_unit(Traits& v) {
  const double length = std::sqrt(dot(v, v));
  for (double& x : v) x /= length;
}

void add(Traits& to, const Traits& what, double weight) {
  for (std::size_t k = 0; k < kTraits; ++k) to[k] += weight * what[k];
}

Traits random_direction(const Dice& dice, std::uint64_t who, Purpose purpose) {
  Traits v{};
  for (std::size_t k = 0; k < kTraits; ++k) v[k] = dice.normal(who, 0, purpose, k);
  scale_to_unit(v);
  return v;
}

/// The share of a normal population above `x`: the rank of a quality, from 0 (best) to 1.
double share_above(double x) { return 0.5 * std::erfc(x / std::numbers::sqrt2); }

std::uint32_t pick(double uniform, std::uint32_t count) {
  return std::min(static_cast<std::uint32_t>(uniform * count), count - 1);
}

} // namespace

std::string category_name(std::uint32_t category) {
  const std::string name = kCategories[category % kCategories.size()];
  return category < kCategories.size() ? name : name + std::to_string(category / kCategories.size());
}

std::string brand_name(std::uint32_t brand) { return "brand-" + std::to_string(brand + 1); }

std::string country_name(std::uint32_t country) { return kCountries[country % kCountries.size()]; }

World::World(std::uint64_t seed, const WorldParameters& parameters) : parameters_(parameters), dice_{seed} {
  assert(parameters.days > 0 && parameters.steps_per_day > 0 &&
         parameters.items_at_start >= parameters.list_length);
  make_directions();
  make_items();
  make_users();
  make_slots();
}

void World::make_directions() {
  for (std::uint32_t c = 0; c < parameters_.categories; ++c)
    category_directions_.push_back(random_direction(dice_, c, Purpose::kStyleDirection));
  for (std::uint32_t b = 0; b < parameters_.brands; ++b)
    brand_directions_.push_back(random_direction(dice_, b, Purpose::kBrandDirection));
  for (std::uint32_t c = 0; c < parameters_.countries; ++c)
    country_directions_.push_back(random_direction(dice_, c, Purpose::kCountryDirection));
}

Item World::make_item(ItemIndex index, Step published) const {
  const WorldParameters& p = parameters_;
  Item item;
  item.category = pick(dice_.uniform(index, 0, Purpose::kCategory), p.categories);
  item.brand = pick(dice_.uniform(index, 0, Purpose::kBrand), p.brands);
  char id[64];
  std::snprintf(id, sizeof id, "%s-%04u", category_name(item.category).c_str(), index);
  item.id = id;
  const double price = std::exp(p.price_log_mean + p.price_log_sd * dice_.normal(index, 0, Purpose::kPrice));
  item.price = std::max(0.01, std::round(price * 100.0) / 100.0);
  item.published = published;
  const double shelf_days =
      std::exp(std::log(p.shelf_median_days) + p.shelf_log_sd * dice_.normal(index, 0, Purpose::kShelfLife));
  const double shelf_steps = std::clamp(shelf_days, p.shelf_least_days, 10000.0) * p.steps_per_day;
  item.retired = published + static_cast<Step>(shelf_steps);
  add(item.traits, category_directions_[item.category], p.trait_category);
  add(item.traits, brand_directions_[item.brand], p.trait_brand);
  add(item.traits, random_direction(dice_, index, Purpose::kTrait), p.trait_own);
  scale_to_unit(item.traits);
  item.quality = dice_.normal(index, 0, Purpose::kQuality);
  item.attention = std::pow(share_above(item.quality) + p.zipf_shift, -p.zipf_exponent);
  const double spread = p.fashion_period_most_days - p.fashion_period_least_days;
  const double period_days =
      p.fashion_period_least_days + spread * dice_.uniform(index, 0, Purpose::kFashionPeriod);
  item.fashion_period = period_days * p.steps_per_day;
  item.fashion_phase = 2.0 * std::numbers::pi * dice_.uniform(index, 0, Purpose::kFashionPhase);
  return item;
}

void World::make_items() {
  const WorldParameters& p = parameters_;
  for (ItemIndex i = 0; i < p.items_at_start; ++i) items_.push_back(make_item(i, 0));
  for (std::uint32_t day = 0; day < p.days; ++day) {
    std::vector<Step> when;
    for (std::uint32_t n = 0; n < p.items_per_day; ++n)
      when.push_back(day * p.steps_per_day +
                     pick(dice_.uniform(n, day, Purpose::kPublication), p.steps_per_day));
    std::sort(when.begin(), when.end());
    for (Step step : when) items_.push_back(make_item(static_cast<ItemIndex>(items_.size()), step));
  }
}

Step World::arrival_step(UserIndex index) const {
  const WorldParameters& p = parameters_;
  const Step day = pick(dice_.uniform(index, 0, Purpose::kArrival, 0), p.days);
  double left = 24.0 * dice_.uniform(index, 0, Purpose::kArrival, 1);
  std::uint32_t hour = 0;
  while (hour < 23 && left >= p.hour_weights[hour]) left -= p.hour_weights[hour++];
  const double within = dice_.uniform(index, 0, Purpose::kArrival, 2);
  return day * p.steps_per_day + static_cast<Step>((hour + within) * p.steps_per_day / 24.0);
}

User World::make_user(UserIndex index) const {
  const WorldParameters& p = parameters_;
  User user;
  char id[32];
  std::snprintf(id, sizeof id, "shopper-%05u", index);
  user.id = id;
  user.country = pick(dice_.uniform(index, 0, Purpose::kCountry), p.countries);
  user.mobile = dice_.uniform(index, 0, Purpose::kDevice) < 0.5;
  const bool there_at_start = index < p.users_at_start;
  user.arrives = there_at_start ? 0 : arrival_step(index);
  user.once = !there_at_start && dice_.uniform(index, 0, Purpose::kOnce) < p.once_share;
  const double weibull =
      std::pow(-std::log(dice_.uniform(index, 0, Purpose::kLifetime, 0)), 1.0 / p.lifetime_shape);
  double lifetime_days = weibull * p.lifetime_scale_days / p.compression;
  if (there_at_start)
    lifetime_days *= dice_.uniform(index, 0, Purpose::kLifetime, 1); // met in the midst of it
  user.leaves = user.arrives + std::max<Step>(1, static_cast<Step>(lifetime_days * p.steps_per_day));
  user.visits_per_day = p.visits_per_day_median * p.compression *
                        std::exp(p.visits_log_sd * dice_.normal(index, 0, Purpose::kVisitRate));
  user.favourite = pick(dice_.uniform(index, 0, Purpose::kFavourite, 0), p.categories);
  const std::uint32_t second = pick(dice_.uniform(index, 0, Purpose::kFavourite, 1), p.categories);
  add(user.taste, category_directions_[user.favourite], p.taste_first);
  add(user.taste, category_directions_[second], p.taste_second);
  add(user.taste, country_directions_[user.country], p.taste_country);
  add(user.taste, random_direction(dice_, index, Purpose::kTasteNoise), p.taste_own);
  scale_to_unit(user.taste);
  user.log_budget = p.price_log_mean + p.budget_log_sd * dice_.normal(index, 0, Purpose::kBudget);
  return user;
}

void World::make_users() {
  const std::uint32_t count = parameters_.users_at_start + parameters_.users_arriving;
  for (UserIndex u = 0; u < count; ++u) users_.push_back(make_user(u));
}

/// Sessions of one user: a session begins in a free step with probability visits per day times the hour's weight, a
/// newcomer's first one when he arrives; its views take one step each.
void World::schedule(UserIndex user) {
  const WorldParameters& p = parameters_;
  const User& who = users_[user];
  const Step end = std::min(who.leaves, steps());
  Step step = who.arrives;
  bool newcomer = user >= p.users_at_start;
  while (step < end) {
    const std::uint32_t hour = (step % p.steps_per_day) * 24 / p.steps_per_day;
    const double chance = who.visits_per_day * p.hour_weights[hour] / p.steps_per_day;
    if (!newcomer && dice_.uniform(user, step, Purpose::kSessionStart) >= chance) {
      ++step;
      continue;
    }
    newcomer = false;
    const Step began = step;
    const double length =
        std::exp(p.session_log_mean + p.session_log_sd * dice_.normal(user, step, Purpose::kSessionLength));
    const auto slots = static_cast<std::uint32_t>(std::clamp(length, 1.0, double(p.session_slots_max)));
    for (std::uint32_t n = 0; n < slots && step < steps(); ++n, ++step) {
      const bool organic = dice_.uniform(user, step, Purpose::kOrganic) < p.organic_share;
      const auto offset_ms =
          static_cast<std::uint32_t>(600'000.0 * dice_.uniform(user, step, Purpose::kMoment));
      slots_[step].push_back({user, organic, offset_ms, began});
    }
    if (who.once) return;
  }
}

void World::make_slots() {
  slots_.resize(steps());
  for (UserIndex u = 0; u < users_.size(); ++u) schedule(u);
}

std::int64_t World::time_us(Step step) const {
  const std::int64_t step_us = 86'400'000'000 / parameters_.steps_per_day;
  return parameters_.start_us + step * step_us;
}

/// Two sines of unlike period per trait: slow enough to be followed, never the same week twice.
double World::style_wave(std::size_t trait, Step step) const {
  const double day = double(step) / parameters_.steps_per_day;
  double sum = 0.0;
  for (std::uint64_t part = 0; part < 2; ++part) {
    const double period = 3.0 + 6.0 * dice_.uniform(trait, part, Purpose::kStyleWave, 0);
    const double phase = dice_.uniform(trait, part, Purpose::kStyleWave, 1);
    sum += std::sin(2.0 * std::numbers::pi * (day / period + phase));
  }
  return sum;
}

Moment World::at(Step step) const {
  const WorldParameters& p = parameters_;
  Traits style{};
  for (std::size_t k = 0; k < kTraits; ++k) style[k] = p.style_amplitude * style_wave(k, step);
  Moment moment;
  moment.step = step;
  moment.common.resize(items_.size(), 0.0);
  double until = 0.0;
  for (ItemIndex i = 0; i < items_.size() && items_[i].published <= step; ++i) {
    const Item& item = items_[i];
    if (item.retired <= step) continue;
    const double wave = std::sin(2.0 * std::numbers::pi * step / item.fashion_period + item.fashion_phase);
    double fashion = p.fashion_amplitude * wave + std::sqrt(double(kTraits)) * dot(style, item.traits);
    if (item.published > 0) {
      const double age_days = double(step - item.published) / p.steps_per_day;
      fashion += p.novelty_boost * std::exp(-age_days / p.novelty_fade_days);
    }
    moment.live.push_back(i);
    moment.common[i] = p.quality_weight * item.quality + fashion;
    until += item.attention * std::exp(fashion);
    moment.attention_until.push_back(until);
  }
  return moment;
}

double World::utility(UserIndex user, ItemIndex item, const Moment& moment, const Past& past) const {
  const WorldParameters& p = parameters_;
  const Item& what = items_[item];
  const User& who = users_[user];
  const double from_budget = std::log(what.price) - (p.control ? p.price_log_mean : who.log_budget);
  const double shared = moment.common[item] - p.price_weight * from_budget * from_budget;
  if (p.control) return shared;
  const double seen = past.viewed + p.fatigue_shown * past.shown + p.fatigue_bought * past.bought;
  const double liking = p.taste_weight * std::sqrt(double(kTraits)) * dot(who.taste, what.traits);
  return shared + liking - p.fatigue_weight * std::log1p(seen);
}

} // namespace kindred::demo
