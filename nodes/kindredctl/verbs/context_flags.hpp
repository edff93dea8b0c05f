#pragma once

#include <string>
#include <vector>

#include "nodes/kindredctl/session.hpp"

namespace CLI {
class App;
}

namespace kindred::ctl {

/// The flags that describe a context: --device, --country, --region, --channel, --locale, --context KEY=VALUE.
struct ContextFlags {
  std::string device, country, region, channel, locale;
  std::vector<std::string> extra;

  void add_to(CLI::App& verb);
  /// False, with the mistake said, where a flag cannot be understood.
  bool apply(Session& session, records::Context& context) const;
};

} // namespace kindred::ctl
