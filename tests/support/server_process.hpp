#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "clients/cpp/client.hpp"

namespace kindred::support {

/// A folder below /tmp that goes with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

/// The built `kindred serve` as a process of its own on free loopback ports.
/// Ends only the process it started, with SIGKILL if the test has not ended it before. One thread.
class ServerProcess {
public:
  struct Settings {
    std::filesystem::path data_dir;
    std::uint16_t partitions = 4;
    std::string clock = "wall";
    std::vector<std::string> more;   ///< further arguments of `serve`
    std::vector<std::string> before; ///< a command that runs the server, such as strace with its flags
    std::string program = "kindred"; ///< below $KINDRED_BIN_DIR
    std::string endpoint = {};       ///< empty: a free one
  };

  /// Starts it; does not wait. Throws where there is no binary ($KINDRED_BIN_DIR/kindred).
  explicit ServerProcess(Settings settings);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Waits until status says ready; false if the process ended or the time is over.
  bool wait_ready(std::chrono::milliseconds at_most = std::chrono::seconds(20));
  /// SIGKILL, and waits for its end.
  void kill();
  /// SIGTERM, and waits for its end; the exit code, none if it had to be killed.
  std::optional<int> stop(std::chrono::milliseconds at_most = std::chrono::seconds(20));
  /// The exit code if it ended by itself.
  std::optional<int> wait_exit(std::chrono::milliseconds at_most);

  const std::string& endpoint() const { return endpoint_; }
  const std::string& notify() const { return notify_; }
  const std::string& http() const { return http_; } ///< HOST:PORT
  pid_t pid() const { return pid_; }
  /// What it wrote to standard error so far.
  std::string log() const;
  client::Options client_options() const;

private:
  void start(const Settings& settings);

  std::string endpoint_, notify_, http_;
  std::filesystem::path log_path_;
  pid_t pid_ = -1;
  int pid_handle_ = -1; ///< becomes readable when the process ends
  std::optional<int> exit_code_;
};

/// A loopback port that nobody uses now, below those that the kernel gives to outgoing connections (from 32768 on): else a
/// client of another test may have it before the server does. Each is given once in a process. Not thread-safe.
std::uint16_t free_port();

} // namespace kindred::support
