#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kindred::demo {

/// Everything that shapes the shoppers' world. Written down before any ranker existed; a change needs a reason that is
/// not a ranker's result (README.md of this folder has the measurements behind the figures marked "measured").
///
/// Value type. "Day" is a simulated day; rates and lifetimes of users are those of the real sets, run kCompression
/// times faster, so that two weeks show what real visitors do in seven months.
struct WorldParameters {
  // ---- time
  std::uint32_t days = 14;
  std::uint32_t steps_per_day = 96;              ///< a step is a quarter of an hour
  std::int64_t start_us = 1'767'571'200'000'000; ///< 2026-01-05T00:00:00Z, a Monday
  double compression = 16.0;

  // ---- users: half are there at the start, the others arrive all the time
  std::uint32_t users_at_start = 2000;
  std::uint32_t users_arriving = 2000;
  double once_share = 0.25;    ///< measured: deskdrop .138 gone within an hour, retail .344 with one basket
  double lifetime_shape = 1.7; ///< measured: Weibull shape, deskdrop 1.67, retail 1.71
  double lifetime_scale_days =
      220.0; ///< measured: Weibull scale, deskdrop 215, retail 225; divided by compression
  double visits_per_day_median = 0.047; ///< measured: deskdrop, exp(-3.055); multiplied by compression
  double visits_log_sd = 1.0;           ///< measured: deskdrop, .995
  double session_log_mean = 0.7;        ///< measured: deskdrop events in a session are floor(exp(N(.7, .8)))
  double session_log_sd = 0.8;
  std::uint32_t session_slots_max = 40;
  /// Share of a day's visits by hour times 24: measured, mean of deskdrop (UTC-3) and retail baskets.
  std::array<double, 24> hour_weights = {0.09, 0.05, 0.02, 0.03, 0.01, 0.03, 0.07, 0.59,
                                         1.73, 2.26, 2.62, 2.41, 2.71, 2.65, 2.38, 2.23,
                                         1.54, 0.95, 0.48, 0.35, 0.24, 0.22, 0.20, 0.17};
  double organic_share = 0.5; ///< of all views: the shopper finds a page himself, no list is asked for

  // ---- items: new ones all the time, old ones leave
  std::uint32_t items_at_start = 500;
  std::uint32_t items_per_day = 25;
  double shelf_median_days =
      15.8; ///< measured: deskdrop, span of an item's events; not compressed (a shop, no news)
  double shelf_log_sd = 2.06; ///< measured: deskdrop
  double shelf_least_days = 1.0;
  double zipf_exponent =
      0.7; ///< attention is (rank share + shift)^-s; with choice on top, organic views then fall like
  double zipf_shift = 0.065;    ///<   those of the sets (README.md: top 3, 10, 33 % of items)
  double price_log_mean = 0.63; ///< measured: retail, median price of an item, log-normal(.63, 1.07)
  double price_log_sd = 1.07;

  // ---- traits and tastes
  std::uint32_t categories = 12;
  std::uint32_t brands = 30;
  std::uint32_t countries = 5;
  double trait_category = 0.75; ///< how much of an item's traits comes from its category, its brand, itself
  double trait_brand = 0.35;
  double trait_own = 0.55;
  double taste_first = 0.7; ///< favourite category, second favourite, the country's, the user's own
  double taste_second = 0.45;
  double taste_country = 0.3;
  double taste_own = 0.6;

  // ---- utility
  double taste_weight = 1.2;
  double price_weight = 0.5;  ///< times the squared distance of log price from log budget
  double budget_log_sd = 0.4; ///< measured: retail, between customers' mean log prices
  double quality_weight = 0.5;
  double fashion_amplitude = 0.6; ///< of an item's own slow wave
  double fashion_period_least_days = 4.0;
  double fashion_period_most_days = 16.0;
  double style_amplitude = 0.25; ///< of the waves that move whole styles up and down
  double novelty_boost = 0.8;
  double novelty_fade_days = 2.0;
  double fatigue_weight =
      0.8; ///< times log(1 + views + shown_counts * times shown + bought_counts * purchases)
  double fatigue_shown = 0.15;
  double fatigue_bought = 3.0;

  // ---- choice
  std::uint32_t list_length = 10;
  double position_weight = 0.7; ///< times log(1 + position)
  double nothing_utility = 5.0;
  std::uint32_t considered = 30; ///< pages a shopper weighs before an organic view, drawn by attention
  double purchase_offset = -2.7; ///< P(buy after a view) = 1 - exp(-exp(offset + slope * utility))
  double purchase_slope = 0.35;

  /// The control world: no term depends on the user. Taste and fatigue are off, every budget is the mean one.
  bool control = false;
};

} // namespace kindred::demo
