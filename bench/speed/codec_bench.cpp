// What the codecs cost: the messages that a busy gateway sees all the time. Google Benchmark's own table:
//   ninja -C build/release codec_bench && build/release/bin/codec_bench
// Aims on two cores of 2.x GHz: one track event of some 200 bytes ≤ 1 µs each way, a request with one query decoded ≤ 0.7 µs,
// a small answer encoded ≤ 0.5 µs.

#include <benchmark/benchmark.h>

#include "engine/base/hash.hpp"
#include "schemas/codec/api_codec.hpp"
#include "schemas/codec/entry_codec.hpp"

namespace kindred::schemas {
namespace {

records::Event viewed() {
  records::Event event;
  event.user_id = "user-1234567";
  event.message_id = "0f9d3c1e-7b2a-4c55-9a51-6f2a1be07d11";
  event.type = records::EventType::kView;
  event.event_time = {1'700'000'000'123'456};
  event.item = "item-0004711";
  event.session_id = "session-991";
  event.context.device = records::DeviceClass::kPhone;
  event.context.country = "DE";
  event.item_facts.category = "shoes";
  event.item_facts.publisher = "north";
  return event;
}

records::Record record_of(records::Event event) {
  records::Record record;
  record.header.id = event_record_id(kDefaultTenant, event.user_id, event.message_id);
  record.header.stamp = event.event_time;
  record.header.slot = slot_of(kDefaultTenant, event.user_id);
  record.body = std::move(event);
  return record;
}

api::Request request_of(api::Query query) {
  api::Request request;
  request.request_id = 77;
  request.remaining_ms = 1000;
  request.queries.push_back(std::move(query));
  return request;
}

api::Query profile_query() { return api::GetProfile{"user-1234567", {"views"}, true, 0}; }

api::Query decide_query() {
  api::Decide decide;
  decide.user_id = "user-1234567";
  decide.count = 10;
  decide.request_id = "r-000000001";
  decide.context.device = records::DeviceClass::kPhone;
  decide.context.country = "DE";
  return decide;
}

records::Position position() { return {9, {records::Topic::kEvents, {3}}, 4711, 12, {{5}, 6, 7}}; }

api::Answer profile_answer() {
  api::Answer answer;
  answer.request_id = 77;
  answer.positions = {position()};
  auto& profile = answer.bodies.emplace_back().emplace<api::Profile>();
  profile.user_id = "user-1234567";
  profile.events = 17;
  profile.counters = {{"views", 17}};
  return answer;
}

api::Answer decision_answer() {
  api::Answer answer;
  answer.request_id = 77;
  auto& decision = answer.bodies.emplace_back().emplace<api::Decision>();
  decision.decision = {1, 2};
  decision.user_id = "user-1234567";
  decision.placement = "default";
  decision.fallback = "none";
  for (int i = 0; i < 10; ++i)
    decision.items.push_back(
        {"item-000471" + std::to_string(i), 0.5, "trending", {"many viewed it today"}, 1, false});
  return answer;
}

api::Answer acknowledgements(std::size_t count) {
  api::Answer answer;
  answer.positions = {position()};
  for (std::uint32_t i = 0; i < count; ++i) answer.bodies.emplace_back(api::Accepted{0, i, false});
  return answer;
}

void sizes(benchmark::State& state, std::size_t bytes) {
  state.counters["bytes"] = static_cast<double>(bytes);
}

void encode_event(benchmark::State& state) {
  const records::Record record = record_of(viewed());
  for (auto _ : state) benchmark::DoNotOptimize(encode_record(record));
  sizes(state, encode_record(record).size());
}
BENCHMARK(encode_event);

void decode_event(benchmark::State& state) {
  const Bytes bytes = encode_record(record_of(viewed()));
  for (auto _ : state) benchmark::DoNotOptimize(decode_record(bytes));
}
BENCHMARK(decode_event);

void decode_entry_of_256(benchmark::State& state) {
  records::Entry entry;
  entry.records.assign(256, record_of(viewed()));
  const Bytes bytes = encode_entry(entry);
  for (auto _ : state) benchmark::DoNotOptimize(decode_entry(bytes));
  sizes(state, bytes.size());
  state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(decode_entry_of_256);

void encode_a_request(benchmark::State& state, const api::Query& query) {
  const api::Request request = request_of(query);
  for (auto _ : state) benchmark::DoNotOptimize(encode_request(request));
  sizes(state, encode_request(request).size());
}
BENCHMARK_CAPTURE(encode_a_request, profile, profile_query());
BENCHMARK_CAPTURE(encode_a_request, decide, decide_query());
BENCHMARK_CAPTURE(encode_a_request, track, api::Query(api::Track{viewed()}));

void decode_a_request(benchmark::State& state, const api::Query& query, std::size_t shift) {
  const Bytes shifted = Bytes(shift, ' ') + encode_request(request_of(query));
  const BytesView bytes = BytesView(shifted).substr(shift);
  for (auto _ : state) benchmark::DoNotOptimize(decode_request(bytes));
}
BENCHMARK_CAPTURE(decode_a_request, profile, profile_query(), 0);
BENCHMARK_CAPTURE(decode_a_request, profile_unaligned, profile_query(), 1);
BENCHMARK_CAPTURE(decode_a_request, decide, decide_query(), 0);
BENCHMARK_CAPTURE(decode_a_request, track, api::Query(api::Track{viewed()}), 0);

void peek_a_request(benchmark::State& state) {
  const Bytes bytes = encode_request(request_of(profile_query()));
  Bytes scratch;
  for (auto _ : state) benchmark::DoNotOptimize(peek_request(bytes, scratch));
}
BENCHMARK(peek_a_request);

void decode_256_tracks(benchmark::State& state) {
  api::Request request;
  request.queries.assign(256, api::Track{viewed()});
  const Bytes bytes = encode_request(request);
  for (auto _ : state) benchmark::DoNotOptimize(decode_request(bytes));
  state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(decode_256_tracks);

void encode_an_answer(benchmark::State& state, const api::Answer& answer) {
  for (auto _ : state) benchmark::DoNotOptimize(encode_answer(answer));
  sizes(state, encode_answer(answer).size());
}
BENCHMARK_CAPTURE(encode_an_answer, profile, profile_answer());
BENCHMARK_CAPTURE(encode_an_answer, decision_of_10, decision_answer());
BENCHMARK_CAPTURE(encode_an_answer, acknowledgements_256, acknowledgements(256));

void decode_an_answer(benchmark::State& state, const api::Answer& answer) {
  const Bytes bytes = encode_answer(answer);
  for (auto _ : state) benchmark::DoNotOptimize(decode_answer(bytes));
}
BENCHMARK_CAPTURE(decode_an_answer, profile, profile_answer());
BENCHMARK_CAPTURE(decode_an_answer, decision_of_10, decision_answer());
BENCHMARK_CAPTURE(decode_an_answer, acknowledgements_256, acknowledgements(256));

} // namespace
} // namespace kindred::schemas

BENCHMARK_MAIN();
