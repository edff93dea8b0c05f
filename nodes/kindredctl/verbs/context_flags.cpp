#include "nodes/kindredctl/verbs/context_flags.hpp"

#include <map>

#include <CLI/CLI.hpp>

namespace kindred::ctl {

namespace {
using records::DeviceClass;
const std::map<std::string, DeviceClass> kDevices{
    {"desktop", DeviceClass::kDesktop}, {"phone", DeviceClass::kPhone}, {"tablet", DeviceClass::kTablet},
    {"tv", DeviceClass::kTv},           {"watch", DeviceClass::kWatch}, {"other", DeviceClass::kOther}};
} // namespace

void ContextFlags::add_to(CLI::App& verb) {
  verb.add_option("--device", device, "desktop, phone, tablet, tv, watch or other");
  verb.add_option("--country", country, "such as DE");
  verb.add_option("--region", region, "as your events tell it");
  verb.add_option("--channel", channel, "such as web or app");
  verb.add_option("--locale", locale, "such as de-DE");
  verb.add_option("--context", extra, "KEY=VALUE of your own");
}

bool ContextFlags::apply(Session& session, records::Context& context) const {
  if (!device.empty()) {
    const auto known = kDevices.find(device);
    if (known == kDevices.end()) {
      session.say_usage("--device " + device + ": desktop, phone, tablet, tv, watch or other");
      return false;
    }
    context.device = known->second;
  }
  context.country = country;
  context.region = region;
  context.channel = channel;
  context.locale = locale;
  for (const std::string& pair : extra) {
    const auto split = pair.find('=');
    if (split == std::string::npos || split == 0) {
      session.say_usage("--context " + pair + ": give KEY=VALUE");
      return false;
    }
    context.extra.push_back({pair.substr(0, split), pair.substr(split + 1)});
  }
  return true;
}

} // namespace kindred::ctl
