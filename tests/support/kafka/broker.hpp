#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace kindred::support {

/// One Kafka broker as a process of its own on free loopback ports, with its data in a temporary directory.
///
/// The jars come from Maven once per build directory ($KINDRED_BUILD_DIR/kafka), by tests/support/kafka/pom.xml. The first
/// broker of a build directory leaves an archive of its classes there, with which later ones start in a second or two.
/// Ends only the process it started; that one also ends with the thread that started it. One thread.
class KafkaBroker {
public:
  /// Why no broker can be started here: no Java, no Maven, or Maven could not get the jars. Empty: one can.
  /// Gets the jars if they are not there, which takes minutes the first time. Asked once per process.
  static const std::string& missing();

  /// Starts and waits until it listens. Requires: missing() is empty. Throws if it ends or does not come up.
  KafkaBroker();
  ~KafkaBroker();
  KafkaBroker(const KafkaBroker&) = delete;
  KafkaBroker& operator=(const KafkaBroker&) = delete;

  const std::string& bootstrap() const { return bootstrap_; }
  /// Its door over TLS for kUser with kPassword, by PLAIN or SCRAM-SHA-512.
  const std::string& guarded() const { return guarded_; }
  /// The PEM file of its certificate.
  std::string certificate() const;
  static constexpr const char* kUser = "kindred";
  static constexpr const char* kPassword = "not-a-secret";

  void freeze(); ///< SIGSTOP; when it returns no thread of the broker runs
  void thaw();   ///< SIGCONT
  void kill();   ///< SIGKILL, and waits for its end
  void start();  ///< on the same ports and data, after kill()
  bool running() const { return pid_ > 0; }
  /// Lets a moment go by: for looking at a condition that nobody signals. False: the broker ended.
  bool look_again() const;

private:
  void make_certificate();
  void write_settings();
  void end();
  std::optional<int> wait_exit(std::chrono::milliseconds at_most);

  const TempDir directory_;
  std::string bootstrap_, guarded_, controller_;
  pid_t pid_ = -1;
  int handle_ = -1; ///< becomes readable when the process ends
  bool frozen_ = false;
};

} // namespace kindred::support
