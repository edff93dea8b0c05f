#include "actors/fast_models/solved_fold.hpp"

#include <algorithm>

#include "engine/base/hash.hpp"
#include "engine/rounds/item_item_pass.hpp"
#include "engine/rounds/learner.hpp"
#include "engine/rounds/ranker_pass.hpp"

namespace kindred::actors::fast_models {

namespace {

constexpr std::uint32_t kChunksMax = records::kModelBytesMax / records::kChunkBytesMax;

SolvedModelPtr model_of(const std::string& name, Bytes parameters, Instant trained_at,
                        std::vector<std::uint64_t> cuts,
                        std::vector<std::pair<std::string, std::string>> settings) {
  if (!rounds::are_parameters(name, parameters)) return nullptr;
  auto model = std::make_shared<SolvedModel>();
  model->version = hash128(parameters);
  if (rounds::learner_of(name) == rounds::kRanker) model->ranker = learners::Ranker::from(parameters);
  if (rounds::learner_of(name) == rounds::kItemItem)
    model->item_item = learners::ItemNeighbours::from(parameters);
  model->parameters = std::move(parameters);
  model->trained_at = trained_at;
  model->cuts = std::move(cuts);
  model->settings = std::move(settings);
  return model;
}

/// The line after its manifest was taken.
Line placed(const Line& before, SolvedModelPtr model, const records::Manifest& manifest, Instant stamp) {
  Line line = before;
  line.generation = manifest.generation;
  Placed one{std::move(model), manifest.generation, manifest.reason, manifest.author, stamp,
             manifest.metrics};
  const auto is_same = [&](const Placed& other) { return other.model->version == one.model->version; };
  if (line.challenger && is_same(*line.challenger)) line.challenger.reset();
  if (manifest.role == records::ModelRole::kChallenger) {
    line.challenger = std::move(one);
    return line;
  }
  std::erase_if(line.retired, is_same);
  if (line.champion && !is_same(*line.champion)) line.retired.push_front(std::move(*line.champion));
  if (line.retired.size() > kRetiredMax) line.retired.pop_back();
  line.champion = std::move(one);
  return line;
}

void write(ByteWriter& out, const Placed& placed) {
  out.text(placed.model->parameters);
  out.instant(placed.model->trained_at);
  out.u32(static_cast<std::uint32_t>(placed.model->cuts.size()));
  for (const auto cut : placed.model->cuts) out.u64(cut);
  out.u32(static_cast<std::uint32_t>(placed.model->settings.size()));
  for (const auto& [name, value] : placed.model->settings) {
    out.text(name);
    out.text(value);
  }
  out.u64(placed.generation);
  out.text(placed.reason);
  out.text(placed.author);
  out.instant(placed.stamp);
  out.u32(static_cast<std::uint32_t>(placed.metrics.size()));
  for (const auto& [name, value] : placed.metrics) {
    out.text(name);
    out.i64(value.raw);
  }
}

bool read(ByteReader& in, const std::string& name, Placed& placed) {
  Bytes parameters(in.text());
  const Instant trained_at = in.instant();
  std::vector<std::uint64_t> cuts;
  for (std::uint32_t left = in.count(8); left > 0; --left) cuts.push_back(in.u64());
  std::vector<std::pair<std::string, std::string>> settings;
  for (std::uint32_t left = in.count(8); left > 0; --left) {
    std::string setting(in.text());
    settings.emplace_back(std::move(setting), std::string(in.text()));
  }
  placed.model = model_of(name, std::move(parameters), trained_at, std::move(cuts), std::move(settings));
  placed.generation = in.u64();
  placed.reason = in.text();
  placed.author = in.text();
  placed.stamp = in.instant();
  for (std::uint32_t left = in.count(12); left > 0; --left) {
    std::string metric(in.text());
    placed.metrics.emplace_back(std::move(metric), Fixed{in.i64()});
  }
  return in.ok() && placed.model != nullptr;
}

} // namespace

SolvedFold::Folded SolvedFold::fold(const records::Record& record) {
  const TenantId tenant = record.header.tenant;
  if (const auto* chunk = std::get_if<records::Chunk>(&record.body))
    return take({tenant, chunk->learner}, *chunk);
  if (const auto* manifest = std::get_if<records::Manifest>(&record.body))
    return take({tenant, manifest->learner}, *manifest, record.header.stamp);
  return {};
}

/// The longest untouched go until one more chunk of that model fits the bounds.
void SolvedFold::make_room(const AssemblyKey& name, std::size_t bytes) {
  assemblies_[name].touched = ++touches_; // it is the last to go
  const auto fits = [&] {
    std::size_t all = bytes;
    for (const auto& [key, assembly] : assemblies_) all += assembly.bytes;
    return assemblies_.size() <= kAssembliesMax && all <= kAssemblyBytesMax;
  };
  while (assemblies_.size() > 1 && !fits())
    assemblies_.erase(
        std::min_element(assemblies_.begin(), assemblies_.end(),
                         [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; }));
}

SolvedFold::Folded SolvedFold::take(const LineKey& key, const records::Chunk& chunk) {
  if (rounds::learner_of(key.second).empty()) return {SolvedRefusal::kForeignLearner};
  if (chunk.count == 0 || chunk.count > kChunksMax || chunk.index >= chunk.count ||
      chunk.bytes.size() > records::kChunkBytesMax)
    return {SolvedRefusal::kMalformed};
  const AssemblyKey name{key, chunk.model};
  make_room(name, chunk.bytes.size());
  Assembly& assembly = assemblies_[name];
  if (assembly.count != chunk.count) assembly = {chunk.count, {}, 0, touches_}; // another way to cut it: anew
  Bytes& bytes = assembly.chunks[chunk.index]; // the last one counts: a damaged one keeps no good one out
  assembly.bytes = assembly.bytes - bytes.size() + chunk.bytes.size();
  bytes = chunk.bytes;
  return {};
}

SolvedModelPtr SolvedFold::find(const LineKey& key, const Line& line, const records::Manifest& manifest,
                                SolvedRefusal& refusal) const {
  const auto has = [&](const std::optional<Placed>& placed) {
    return placed && placed->model->version == manifest.model;
  };
  if (has(line.champion)) return line.champion->model;
  if (has(line.challenger)) return line.challenger->model;
  for (const Placed& placed : line.retired)
    if (placed.model->version == manifest.model) return placed.model;
  refusal = SolvedRefusal::kUnknownModel;
  const auto found = assemblies_.find({key, manifest.model});
  if (found == assemblies_.end() || found->second.chunks.size() != found->second.count) return nullptr;
  Bytes parameters;
  parameters.reserve(found->second.bytes);
  for (const auto& [index, bytes] : found->second.chunks) parameters += bytes;
  if (hash128(parameters) != manifest.model) return nullptr;
  auto model =
      model_of(key.second, std::move(parameters), manifest.trained_at, manifest.cuts, manifest.settings);
  if (model == nullptr) refusal = SolvedRefusal::kMalformed;
  return model;
}

SolvedFold::Folded SolvedFold::take(const LineKey& key, const records::Manifest& manifest, Instant stamp) {
  if (rounds::learner_of(key.second).empty()) return {SolvedRefusal::kForeignLearner};
  const auto known = lines_->find(key);
  const Line before = known == lines_->end() ? Line{} : *known->second;
  if (manifest.expects != before.generation || manifest.generation != manifest.expects + 1)
    return {SolvedRefusal::kWrongGeneration};
  SolvedRefusal refusal = SolvedRefusal::kNone;
  SolvedModelPtr model = find(key, before, manifest, refusal);
  if (model == nullptr) return {refusal};
  auto lines = std::make_shared<Lines>(*lines_);
  (*lines)[key] = std::make_shared<const Line>(placed(before, std::move(model), manifest, stamp));
  lines_ = std::move(lines);
  std::erase_if(assemblies_, [&](const auto& one) { return one.first == AssemblyKey{key, manifest.model}; });
  return {SolvedRefusal::kNone, true};
}

void SolvedFold::write(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(lines_->size()));
  for (const auto& [key, line] : *lines_) {
    out.u32(key.first.value);
    out.text(key.second);
    out.u64(line->generation);
    out.u8(static_cast<std::uint8_t>((line->champion ? 1 : 0) | (line->challenger ? 2 : 0)));
    if (line->champion) fast_models::write(out, *line->champion);
    if (line->challenger) fast_models::write(out, *line->challenger);
    out.u32(static_cast<std::uint32_t>(line->retired.size()));
    for (const Placed& placed : line->retired) fast_models::write(out, placed);
  }
  out.u32(static_cast<std::uint32_t>(assemblies_.size()));
  for (const auto& [key, assembly] : assemblies_) {
    out.u32(key.first.first.value);
    out.text(key.first.second);
    out.id128(key.second);
    out.u32(assembly.count);
    out.u64(assembly.touched);
    out.u32(static_cast<std::uint32_t>(assembly.chunks.size()));
    for (const auto& [index, bytes] : assembly.chunks) {
      out.u32(index);
      out.text(bytes);
    }
  }
}

bool SolvedFold::read(ByteReader& in) {
  auto lines = std::make_shared<Lines>();
  for (std::uint32_t left = in.count(21); left > 0; --left) {
    const TenantId tenant{in.u32()};
    const std::string name(in.text());
    Line line;
    line.generation = in.u64();
    const std::uint8_t has = in.u8();
    if (has > 3) return false;
    if ((has & 1) != 0 && !fast_models::read(in, name, line.champion.emplace())) return false;
    if ((has & 2) != 0 && !fast_models::read(in, name, line.challenger.emplace())) return false;
    const std::uint32_t retired = in.count(40);
    if (retired > kRetiredMax) return false;
    for (std::uint32_t i = 0; i < retired; ++i)
      if (!fast_models::read(in, name, line.retired.emplace_back())) return false;
    (*lines)[{tenant, name}] = std::make_shared<const Line>(std::move(line));
  }
  for (std::uint32_t left = in.count(40); left > 0; --left) {
    const TenantId tenant{in.u32()};
    std::string name(in.text());
    Assembly& assembly = assemblies_[{{tenant, std::move(name)}, in.id128()}];
    assembly.count = in.u32();
    assembly.touched = in.u64();
    touches_ = std::max(touches_, assembly.touched);
    for (std::uint32_t chunks = in.count(8); chunks > 0; --chunks) {
      const std::uint32_t index = in.u32();
      const Bytes& bytes = assembly.chunks[index] = Bytes(in.text());
      assembly.bytes += bytes.size();
    }
  }
  if (!in.ok()) return false;
  lines_ = std::move(lines);
  return true;
}

} // namespace kindred::actors::fast_models
