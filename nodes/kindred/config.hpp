#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "nodes/adapters/kafka/kafka_settings.hpp"
#include "nodes/adapters/zmq/peer_caller.hpp"

namespace kindred::node {

/// Where a node's now comes from (design §4, "time is a port"); fixed with the data directory.
enum class ClockKind : std::uint8_t { kWall = 0, kEvents = 1 };
std::string_view name_of(ClockKind clock);

/// The table [cluster]: how a node works together with others. Value type.
struct ClusterConfig {
  std::string name;                            ///< of this node, unique in the cluster; empty: in no cluster
  std::string id;                              ///< the cluster's
  std::string zone;                            ///< what may fail together; replicas are spread over zones
  std::uint16_t weight = 100;                  ///< share of the partitions, beside the others' weights
  std::uint8_t replicas = 2;                   ///< of each partition
  std::string listen = "tcp://127.0.0.1:7402"; ///< where peers come in
  std::string
      advertise; ///< where client services reach this node; empty: where it listens, unless on all addresses
  std::filesystem::path secret_key_file;
  std::vector<adapters::PinnedPeer> peers; ///< may name this node too, so that one list serves all
};

/// What a node is told at its start: by flags, else by the file, else as written here. Nothing a decision depends on
/// stands here (design §6). Value type.
struct Config {
  std::filesystem::path data_dir = "kindred-data";
  std::string listen = "tcp://127.0.0.1:7400";
  std::string notify = "tcp://127.0.0.1:7401";
  std::string http = "127.0.0.1:7480";      ///< HOST:PORT; empty: no HTTP
  std::optional<std::uint16_t> partitions;  ///< none: as the directory was made, else kPartitionsDefault
  std::optional<ClockKind> clock;           ///< none: as the directory was made, else wall
  std::uint16_t node = 1;                   ///< names this node in decision ids and writers
  std::string log_level = "info";           ///< debug, info, warn, error
  std::uint32_t threads = 0;                ///< of the actors; 0: one per core
  std::uint32_t item_item_memory_mib = 640; ///< of a round of item-item: 640 are 10,000 items, the most
  std::uint32_t users_memory_mib =
      256; ///< of all partitions' profiles; twice that while shards replay (0035)
  std::uint32_t ranker_cadence_minutes = 1440;    ///< between rounds of the ranker; 0: only when asked for
  std::uint32_t item_item_cadence_minutes = 1440; ///< the same of the item-item model
  std::uint32_t segments_cadence_minutes = 1440;  ///< of segments and RFM; 0: only when asked for
  std::uint32_t segments = 0;                     ///< clustered segments; 0: as many as part users best
  std::vector<std::string> segment_features;      ///< what users are parted by; empty: chosen
  std::uint32_t drain_ms = 10'000;                ///< at most, from SIGTERM to the end
  std::uint32_t log_kept_seconds = 0; ///< events older than that are trimmed once they are stored; 0: none
  std::uint32_t free_mib_min = 64;    ///< less room on the disk: appends are refused
  ClusterConfig cluster;              ///< the table [cluster]; without a name the node is in none
  adapters::KafkaSettings kafka; ///< the table [kafka]; without a bootstrap the log is in the data directory
};

inline constexpr std::uint16_t kPartitionsDefault = 16;
inline constexpr std::uint16_t kPartitionsMax = 1024;

/// Why the configuration is not taken: where, what, and what to do.
struct ConfigError {
  std::string message;
};

/// Reads TOML over `config`. Unknown keys are errors that name the nearest known one; so are values of a wrong type or
/// out of range. `name` is what messages call the file. Pure.
Result<Config, ConfigError> read_config(std::string_view toml, std::string_view name, Config config = {});
Result<Config, ConfigError> read_config_file(const std::filesystem::path& path);

/// What flags say, each as text, "" where not told. Checked by the same rules as the file's values.
struct Flags {
  std::string data_dir, listen, notify, http, partitions, clock;
};
Result<Config, ConfigError> with_flags(Config config, const Flags& flags);

/// The known name with the fewest edits to `word`; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string_view>& known);

} // namespace kindred::node
