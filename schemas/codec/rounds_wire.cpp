#include "schemas/codec/bounds.hpp"
#include "schemas/codec/records_wire.hpp"

// What rounds leave in the logs: cuts in every partition, chunks and manifests in the models log.

namespace kindred::wire {

using schemas::kNameBytesMax;
using schemas::kTextBytesMax;

using NamedFixed = std::pair<std::string, Fixed>;

void write(Cut::Builder to, const records::Cut& value) {
  put(to, &Cut::Builder::setLearner, value.learner);
  to.setRound(value.round);
}

void read(Reading& reading, Cut::Reader from, records::Cut& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.round = from.getRound();
}

void write(CutDone::Builder to, const records::CutDone& value) {
  put(to, &CutDone::Builder::setLearner, value.learner);
  to.setRound(value.round);
  to.setAccepted(value.accepted);
}

void read(Reading& reading, CutDone::Reader from, records::CutDone& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.round = from.getRound();
  value.accepted = from.getAccepted();
}

void write(Chunk::Builder to, const records::Chunk& value) {
  put(to, &Chunk::Builder::setLearner, value.learner);
  to.setModelHigh(value.model.high);
  to.setModelLow(value.model.low);
  to.setIndex(value.index);
  to.setCount(value.count);
  to.setBytes(capnp::Data::Reader(reinterpret_cast<const kj::byte*>(value.bytes.data()), value.bytes.size()));
}

void read(Reading& reading, Chunk::Reader from, records::Chunk& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.model = {from.getModelHigh(), from.getModelLow()};
  value.index = from.getIndex();
  value.count = from.getCount();
  reading.bytes(value.bytes, from.getBytes(), records::kChunkBytesMax, "model bytes");
}

void write(Metric::Builder to, const NamedFixed& value) {
  put(to, &Metric::Builder::setName, value.first);
  to.setValue(value.second.raw);
}

void read(Reading& reading, Metric::Reader from, NamedFixed& value) {
  reading.text(value.first, from.getName(), kNameBytesMax, "metric name");
  value.second = reading.fixed(from.getValue(), "metric");
}

void write(Manifest::Builder to, const records::Manifest& value) {
  using To = Manifest::Builder;
  put(to, &To::setLearner, value.learner);
  to.setGeneration(value.generation);
  to.setExpects(value.expects);
  to.setModelHigh(value.model.high);
  to.setModelLow(value.model.low);
  to.setRole(static_cast<ModelRole>(value.role));
  put(to, &To::setReason, value.reason);
  put(to, &To::setAuthor, value.author);
  to.setTrainedAt(value.trained_at.us);
  if (!value.cuts.empty()) {
    auto cuts = to.initCuts(static_cast<unsigned>(value.cuts.size()));
    for (unsigned i = 0; i < value.cuts.size(); ++i) cuts.set(i, value.cuts[i]);
  }
  put_all(to, &To::initSettings, value.settings);
  put_all(to, &To::initMetrics, value.metrics);
}

void read(Reading& reading, Manifest::Reader from, records::Manifest& value) {
  reading.text(value.learner, from.getLearner(), kNameBytesMax, "learner");
  value.generation = from.getGeneration();
  value.expects = from.getExpects();
  value.model = {from.getModelHigh(), from.getModelLow()};
  value.role =
      reading.number(static_cast<std::uint16_t>(from.getRole()), records::ModelRole::kChallenger, "role");
  reading.text(value.reason, from.getReason(), kTextBytesMax, "reason");
  reading.text(value.author, from.getAuthor(), kExternalIdBytesMax, "author");
  value.trained_at = {from.getTrainedAt()};
  for (const auto cut : from.getCuts()) value.cuts.push_back(cut);
  take_all(reading, from.getSettings(), value.settings, schemas::kSettingsMax, "settings");
  take_all(reading, from.getMetrics(), value.metrics, schemas::kSettingsMax, "metrics");
}

} // namespace kindred::wire
