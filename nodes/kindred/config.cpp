#include "nodes/kindred/config.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>

#include <toml++/toml.h>

#include "engine/learners/segmentation/segmentation.hpp"
#include "engine/profiles/features.hpp"
#include "engine/records/cluster.hpp"
#include "nodes/adapters/zmq/curve_keys.hpp"

namespace kindred::node {

namespace {

struct Key {
  std::string_view name;
  std::string_view wants; ///< for messages
  /// False where the value is not what it wants.
  std::function<bool(const toml::node&, Config&)> take;
};

bool is_port(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() && port <= 65535;
}

bool is_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && is_port(text.substr(colon + 1));
}

bool is_endpoint(std::string_view text) {
  constexpr std::string_view kTcp = "tcp://", kIpc = "ipc://";
  if (text.substr(0, kTcp.size()) == kTcp) return is_host_port(text.substr(kTcp.size()));
  return text.substr(0, kIpc.size()) == kIpc && text.size() > kIpc.size();
}

auto text_key(std::string Config::*member, bool (*fits)(std::string_view)) {
  return [=](const toml::node& value, Config& config) {
    const auto text = value.value_exact<std::string>();
    if (!text || !fits(*text)) return false;
    config.*member = *text;
    return true;
  };
}

template <class Int>
auto number_key(Int Config::*member, std::int64_t least, std::int64_t most) {
  return [=](const toml::node& value, Config& config) {
    const auto number = value.value_exact<std::int64_t>();
    if (!number || *number < least || *number > most) return false;
    config.*member = static_cast<typename std::decay_t<decltype(config.*member)>>(*number);
    return true;
  };
}

bool take_partitions(const toml::node& value, Config& config) {
  const auto number = value.value_exact<std::int64_t>();
  if (!number || *number < 1 || *number > kPartitionsMax) return false;
  config.partitions = static_cast<std::uint16_t>(*number);
  return true;
}

bool take_clock(const toml::node& value, Config& config) {
  const auto text = value.value_exact<std::string>();
  if (!text || (*text != "wall" && *text != "events")) return false;
  config.clock = *text == "wall" ? ClockKind::kWall : ClockKind::kEvents;
  return true;
}

bool take_segment_features(const toml::node& value, Config& config) {
  const auto* list = value.as_array();
  if (list == nullptr || list->size() > learners::Segmentation::kAxesMax) return false;
  std::vector<std::string> features;
  for (const auto& one : *list) {
    const auto name = one.value_exact<std::string>();
    if (!name || !profiles::is_feature(*name)) return false;
    features.push_back(*name);
  }
  config.segment_features = std::move(features);
  return true;
}

bool take_data_dir(const toml::node& value, Config& config) {
  const auto text = value.value_exact<std::string>();
  if (!text || text->empty()) return false;
  config.data_dir = *text;
  return true;
}

const std::vector<Key>& node_keys() {
  static const std::vector<Key> all{
      {"data_dir", "the text of a path", take_data_dir},
      {"listen", "an endpoint like \"tcp://127.0.0.1:7400\"", text_key(&Config::listen, is_endpoint)},
      {"notify", "an endpoint like \"tcp://127.0.0.1:7401\"", text_key(&Config::notify, is_endpoint)},
      {"http", "HOST:PORT like \"127.0.0.1:7480\", or \"\" for no HTTP",
       text_key(&Config::http, [](std::string_view text) { return text.empty() || is_host_port(text); })},
      {"partitions", "a whole number from 1 to 1024", take_partitions},
      {"clock", "\"wall\" or \"events\"", take_clock},
      {"node", "a whole number from 1 to 65535", number_key(&Config::node, 1, 65535)},
      {"log_level", "\"debug\", \"info\", \"warn\" or \"error\"",
       text_key(&Config::log_level,
                [](std::string_view text) {
                  return text == "debug" || text == "info" || text == "warn" || text == "error";
                })},
      {"threads", "a whole number from 0 (one per core) to 256", number_key(&Config::threads, 0, 256)},
      {"users_memory_mib", "mebibytes from 16 to 1000000",
       number_key(&Config::users_memory_mib, 16, 1'000'000)},
      {"item_item_memory_mib", "mebibytes from 1 to 1000",
       number_key(&Config::item_item_memory_mib, 1, 1'000)},
      {"ranker_cadence_minutes", "minutes from 0 (rounds only when asked for) to 525600",
       number_key(&Config::ranker_cadence_minutes, 0, 525'600)},
      {"item_item_cadence_minutes", "minutes from 0 (rounds only when asked for) to 525600",
       number_key(&Config::item_item_cadence_minutes, 0, 525'600)},
      {"segments_cadence_minutes", "minutes from 0 (rounds only when asked for) to 525600",
       number_key(&Config::segments_cadence_minutes, 0, 525'600)},
      {"segments", "a whole number from 0 (chosen) to 64", number_key(&Config::segments, 0, 64)},
      {"segment_features",
       "a list of at most 8 features like [\"trait:age\", \"category:lamps\", \"events\"]",
       take_segment_features},
      {"drain_ms", "milliseconds from 100 to 600000", number_key(&Config::drain_ms, 100, 600'000)},
      {"log_kept_seconds", "seconds from 0 (all is kept) to 1000000000",
       number_key(&Config::log_kept_seconds, 0, 1'000'000'000)},
      {"free_mib_min", "mebibytes from 1 to 1000000", number_key(&Config::free_mib_min, 1, 1'000'000)},
  };
  return all;
}

using adapters::KafkaSettings;

auto kafka_text(std::string KafkaSettings::*member) {
  return [=](const toml::node& value, Config& config) {
    const auto text = value.value_exact<std::string>();
    if (!text || text->empty()) return false;
    config.kafka.*member = *text;
    return true;
  };
}

auto kafka_number(int KafkaSettings::*member) {
  return [=](const toml::node& value, Config& config) {
    const auto number = value.value_exact<std::int64_t>();
    if (!number || *number < 1 || *number > 32) return false;
    config.kafka.*member = static_cast<int>(*number);
    return true;
  };
}

bool take_make_topics(const toml::node& value, Config& config) {
  const auto told = value.value_exact<bool>();
  if (told) config.kafka.make_topics = *told;
  return told.has_value();
}

/// Of the table [kafka]. What contradicts itself there the log refuses when it is opened.
const std::vector<Key>& kafka_keys() {
  static const std::vector<Key> all{
      {"bootstrap", "HOST:PORT of a broker, or several with commas between them",
       kafka_text(&KafkaSettings::bootstrap)},
      {"prefix", "a text that the topics' names begin with", kafka_text(&KafkaSettings::prefix)},
      {"replication", "a whole number from 1 to 32", kafka_number(&KafkaSettings::replication)},
      {"min_in_sync", "a whole number from 1 to 32", kafka_number(&KafkaSettings::min_in_sync)},
      {"make_topics", "true or false", take_make_topics},
      {"security", "\"PLAINTEXT\", \"SSL\", \"SASL_PLAINTEXT\" or \"SASL_SSL\"",
       kafka_text(&KafkaSettings::security)},
      {"sasl_mechanism", "\"SCRAM-SHA-256\", \"SCRAM-SHA-512\" or \"PLAIN\"",
       kafka_text(&KafkaSettings::sasl_mechanism)},
      {"user", "a text", kafka_text(&KafkaSettings::user)},
      {"password_file", "the path of a file whose first line is the password",
       kafka_text(&KafkaSettings::password_file)},
      {"ca_file", "the path of a PEM file", kafka_text(&KafkaSettings::ca_file)},
      {"certificate_file", "the path of a PEM file", kafka_text(&KafkaSettings::certificate_file)},
      {"key_file", "the path of a PEM file", kafka_text(&KafkaSettings::key_file)},
  };
  return all;
}

bool is_name(std::string_view text) {
  constexpr std::size_t kNameMax = 64;
  return !text.empty() && text.size() <= kNameMax && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

auto cluster_text(std::string ClusterConfig::*member, bool (*fits)(std::string_view)) {
  return [=](const toml::node& value, Config& config) {
    const auto text = value.value_exact<std::string>();
    if (!text || !fits(*text)) return false;
    config.cluster.*member = *text;
    return true;
  };
}

template <class Int>
auto cluster_number(Int ClusterConfig::*member, std::int64_t most) {
  return [=](const toml::node& value, Config& config) {
    const auto number = value.value_exact<std::int64_t>();
    if (!number || *number < 1 || *number > most) return false;
    config.cluster.*member = static_cast<Int>(*number);
    return true;
  };
}

bool take_secret_key_file(const toml::node& value, Config& config) {
  const auto text = value.value_exact<std::string>();
  if (!text || text->empty()) return false;
  config.cluster.secret_key_file = *text;
  return true;
}

/// Of a peer's table: exactly these three, so that none is left out by a slip.
bool take_peer(const toml::table& table, adapters::PinnedPeer& peer) {
  peer.name = table["name"].value_or(std::string());
  peer.endpoint = table["endpoint"].value_or(std::string());
  peer.public_key = table["public_key"].value_or(std::string());
  return table.size() == 3 && is_name(peer.name) && is_endpoint(peer.endpoint) &&
         adapters::is_curve_key(peer.public_key);
}

bool take_peers(const toml::node& value, Config& config) {
  const auto* list = value.as_array();
  if (list == nullptr || list->size() > ports::kPeersMax + 1) return false;
  std::vector<adapters::PinnedPeer> peers;
  for (const auto& one : *list) {
    const auto* table = one.as_table();
    adapters::PinnedPeer peer;
    if (table == nullptr || !take_peer(*table, peer)) return false;
    for (const auto& other : peers)
      if (other.name == peer.name || other.public_key == peer.public_key) return false;
    peers.push_back(std::move(peer));
  }
  config.cluster.peers = std::move(peers);
  return true;
}

/// Of the table [cluster].
const std::vector<Key>& cluster_keys() {
  static const std::vector<Key> all{
      {"name", "a name of letters, digits, '-', '_' and '.', at most 64",
       cluster_text(&ClusterConfig::name, is_name)},
      {"id", "a name of letters, digits, '-', '_' and '.', at most 64",
       cluster_text(&ClusterConfig::id, is_name)},
      {"zone", "a name of letters, digits, '-', '_' and '.', at most 64",
       cluster_text(&ClusterConfig::zone, is_name)},
      {"weight", "a whole number from 1 to 10000",
       cluster_number(&ClusterConfig::weight, records::kWeightMax)},
      {"replicas", "a whole number from 1 to 8",
       cluster_number(&ClusterConfig::replicas, records::kReplicasMax)},
      {"listen", "an endpoint like \"tcp://10.0.0.1:7402\"",
       cluster_text(&ClusterConfig::listen, is_endpoint)},
      {"advertise", "an endpoint like \"tcp://10.0.0.1:7400\"",
       cluster_text(&ClusterConfig::advertise, is_endpoint)},
      {"secret_key_file", "the path of a file made by 'kindred keys'", take_secret_key_file},
      {"peers",
       "a list of at most 64 tables {name = \"b\", endpoint = \"tcp://10.0.0.2:7402\", public_key = \"40 "
       "characters\"}, "
       "names and keys each once",
       take_peers},
  };
  return all;
}

const std::vector<Key>* keys_of_table(std::string_view name) {
  if (name == "kafka") return &kafka_keys();
  return name == "cluster" ? &cluster_keys() : nullptr;
}

/// What is missing where there is a table [cluster]; nothing where all is there, or there is none.
std::optional<ConfigError> missing_of_cluster(const Config& config, bool told, const std::string& file) {
  if (!told) return std::nullopt;
  const ClusterConfig& cluster = config.cluster;
  if (cluster.name.empty() || cluster.id.empty() || cluster.secret_key_file.empty())
    return ConfigError{file + ": [cluster] needs name, id and secret_key_file"};
  if (config.kafka.bootstrap.empty())
    return ConfigError{file + ": [cluster] needs a log that nodes share: add a table [kafka] with bootstrap"};
  return std::nullopt;
}

ConfigError unknown_key(std::string_view key, const std::vector<Key>& keys, const std::string& where) {
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& one : keys) {
    known.push_back(one.name);
    list += (list.empty() ? "" : ", ") + std::string(one.name);
  }
  const std::string near = nearest(key, known);
  const std::string hint = near.empty() ? "known keys are " + list : "did you mean '" + near + "'?";
  return {where + ": there is no key '" + std::string(key) + "': " + hint};
}

const Key* find_key(std::string_view name, const std::vector<Key>& keys) {
  for (const auto& key : keys)
    if (key.name == name) return &key;
  return nullptr;
}

/// What is wrong with it; none: all of it was taken.
std::optional<ConfigError> take_table(const toml::table& table, const std::vector<Key>& keys,
                                      std::string_view name, Config& config) {
  for (const auto& [key, value] : table) {
    const std::string where = std::string(name) + ":" + std::to_string(value.source().begin.line);
    const auto* inner = &keys == &node_keys() ? value.as_table() : nullptr; // tables stand at the top only
    const auto* inner_keys = inner != nullptr ? keys_of_table(key.str()) : nullptr;
    if (inner_keys != nullptr) {
      if (auto error = take_table(*inner, *inner_keys, name, config)) return error;
      continue;
    }
    const Key* known = find_key(key.str(), keys);
    if (!known) return unknown_key(key.str(), keys, where);
    if (!known->take(value, config))
      return ConfigError{where + ": '" + std::string(key.str()) + "' must be " + std::string(known->wants)};
  }
  return std::nullopt;
}

/// A flag's text as the TOML value that the key of that name would have.
std::optional<ConfigError> take_flag(std::string_view name, const std::string& text, bool number,
                                     Config& config) {
  if (text.empty()) return std::nullopt;
  const Key* key = find_key(name, node_keys());
  bool taken = false;
  if (number) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    taken = failed == std::errc() && end == text.data() + text.size() &&
            key->take(toml::value<std::int64_t>(value), config);
  } else {
    taken = key->take(toml::value<std::string>(text), config);
  }
  if (taken) return std::nullopt;
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return ConfigError{flag + " is '" + text + "', but must be " + std::string(key->wants)};
}

std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t change = corner + (left[i - 1] == right[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

} // namespace

std::string_view name_of(ClockKind clock) { return clock == ClockKind::kWall ? "wall" : "events"; }

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kNear = 3;
  std::string best;
  std::size_t best_distance = kNear + 1;
  for (const auto& one : known) {
    const std::size_t edits = distance(word, one);
    if (edits >= best_distance || edits * 2 >= one.size()) continue;
    best_distance = edits;
    best = one;
  }
  return best;
}

Result<Config, ConfigError> read_config(std::string_view text, std::string_view name, Config config) {
  toml::table table;
  try {
    table = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return ConfigError{std::string(name) + ":" + std::to_string(error.source().begin.line) +
                       ": this is not TOML (" + std::string(error.description()) + "): correct the line"};
  }
  if (auto error = take_table(table, node_keys(), name, config)) return std::move(*error);
  if (auto error = missing_of_cluster(config, table.contains("cluster"), std::string(name)))
    return std::move(*error);
  return config;
}

Result<Config, ConfigError> read_config_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  const bool empty =
      file.good() && file.peek() == std::ifstream::traits_type::eof(); // says nothing: that is allowed
  if (file.bad() || !(empty || (file && text << file.rdbuf())))
    return ConfigError{"cannot read the configuration file " + path.string() +
                       ": check the path and its permissions"};
  return read_config(text.str(), path.string());
}

Result<Config, ConfigError> with_flags(Config config, const Flags& flags) {
  struct One {
    std::string_view name;
    const std::string& text;
    bool number = false;
  };
  for (const One& one :
       {One{"data_dir", flags.data_dir}, One{"listen", flags.listen}, One{"notify", flags.notify},
        One{"http", flags.http}, One{"partitions", flags.partitions, true}, One{"clock", flags.clock}})
    if (auto error = take_flag(one.name, one.text, one.number, config)) return std::move(*error);
  return config;
}

} // namespace kindred::node
