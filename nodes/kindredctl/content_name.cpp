#include "nodes/kindredctl/content_name.hpp"

#include "engine/base/bytes.hpp"
#include "engine/base/hash.hpp"

namespace kindred::ctl {

Result<ContentName, LineError> content_name(LineSource& lines) {
  Id128 chain;
  ContentName content;
  LineSource::Line line;
  while (lines.next(line)) {
    content.lines = line.number;
    ByteWriter covered;
    covered.id128(chain);
    covered.raw(line.text);
    chain = hash128(covered.view());
  }
  if (lines.failed()) return LineError::kCorrupt;
  content.name = "content:" + to_hex(chain);
  return content;
}

} // namespace kindred::ctl
