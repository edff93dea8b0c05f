#include "engine/profiles/writer_table.hpp"

namespace kindred::profiles {

WriterTable::Verdict WriterTable::judge(const records::Authorship& author) const {
  const auto found = writers_.find(author.writer);
  if (found == writers_.end() || author.epoch != found->second.epoch) return Verdict::kNew;
  const Writer& writer = found->second;
  if (author.sequence <= writer.last)
    return writer.missing.contains(author.sequence) ? Verdict::kNew : Verdict::kRepeat;
  const std::uint64_t jumped = author.sequence - writer.last - 1;
  return jumped > kMissingMax - writer.missing.size() ? Verdict::kGap : Verdict::kNew;
}

std::size_t WriterTable::take(const records::Authorship& author) {
  const auto [found, added] = writers_.try_emplace(author.writer, Writer{author.epoch, author.sequence, {}});
  Writer& writer = found->second;
  if (added || author.epoch < writer.epoch) return 0;
  if (author.epoch > writer.epoch) {
    writer = {author.epoch, author.sequence, {}};
    return 0;
  }
  if (writer.missing.erase(author.sequence) != 0) return 0;
  const std::uint64_t expected = writer.last + 1;
  for (std::uint64_t jumped = expected; jumped < author.sequence; ++jumped) writer.missing.insert(jumped);
  writer.last = author.sequence;
  return author.sequence - expected;
}

std::optional<records::Authorship> WriterTable::last_of(WriterId writer) const {
  const auto found = writers_.find(writer);
  if (found == writers_.end()) return std::nullopt;
  return records::Authorship{writer, found->second.epoch, found->second.last};
}

void WriterTable::write(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(writers_.size()));
  for (const auto& [id, writer] : writers_) {
    out.u64(id.value);
    out.u64(writer.epoch);
    out.u64(writer.last);
    out.u32(static_cast<std::uint32_t>(writer.missing.size()));
    for (const std::uint64_t sequence : writer.missing) out.u64(sequence);
  }
}

// Writers and what they miss ascend, and nothing is missing behind the last: so that no table has two forms.
bool WriterTable::read(ByteReader& in) {
  writers_.clear();
  for (std::uint32_t n = in.count(28); n > 0 && in.ok(); --n) {
    const WriterId id{in.u64()};
    if (!writers_.empty() && id <= writers_.rbegin()->first) return false;
    Writer& writer = writers_[id];
    writer.epoch = in.u64();
    writer.last = in.u64();
    const std::uint32_t missing = in.count(8);
    if (missing > kMissingMax) return false;
    for (std::uint32_t i = 0; i < missing; ++i) {
      const std::uint64_t sequence = in.u64();
      if (sequence >= writer.last) return false;
      if (!writer.missing.empty() && sequence <= *writer.missing.rbegin()) return false;
      writer.missing.insert(sequence);
    }
  }
  return in.ok();
}

} // namespace kindred::profiles
