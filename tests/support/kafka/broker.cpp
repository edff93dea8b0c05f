#include "tests/support/kafka/broker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "tests/support/server_process.hpp"

namespace kindred::support {

namespace {
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr milliseconds kLook{5};
constexpr std::chrono::seconds kUp{90}; // a busy machine; a free one takes 1 to 6 s
constexpr std::chrono::minutes kDownload{8};

std::filesystem::path folder() {
  const char* build = std::getenv("KINDRED_BUILD_DIR");
  return std::filesystem::path(build != nullptr ? build : "build/dev") / "kafka";
}
std::filesystem::path jars() { return folder() / "libs"; }
std::filesystem::path archive() { return folder() / "broker.jsa"; }

/// Runs a program with nothing to read, and what it says in a file.
pid_t run(std::vector<std::string> words, const std::filesystem::path& says) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDONLY);
  const int output = open(says.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

int handle_of(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

bool readable(int handle, milliseconds at_most) {
  pollfd waited{handle, POLLIN, 0};
  return poll(&waited, 1, static_cast<int>(at_most.count())) > 0;
}

/// The exit code; -1 if it had to be killed.
int finish(pid_t pid, milliseconds at_most) {
  const int handle = handle_of(pid);
  const bool ended = readable(handle, at_most);
  if (!ended) ::kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  close(handle);
  return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string last_lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

std::string get_jars() {
  std::error_code ignored;
  std::filesystem::create_directories(folder(), ignored);
  const auto log = folder() / "programs.log";
  if (finish(run({"java", "-version"}, log), std::chrono::seconds(60)) != 0)
    return "there is no Java (Debian: openjdk-17-jre-headless)";
  if (std::filesystem::exists(jars())) return "";
  if (finish(run({"mvn", "-v"}, log), std::chrono::seconds(60)) != 0)
    return "there is no Maven (Debian: maven)";
  const auto fresh = folder() / ("libs." + std::to_string(getpid())); // two programs may be at it
  for (const bool offline : {true, false}) {
    std::vector<std::string> words{"mvn",
                                   "-B",
                                   "-q",
                                   "-f",
                                   "tests/support/kafka/pom.xml",
                                   "dependency:copy-dependencies",
                                   "-DincludeScope=runtime",
                                   "-DoutputDirectory=" + std::filesystem::absolute(fresh).string()};
    if (offline) words.emplace_back("-o");
    if (finish(run(words, folder() / "maven.log"), kDownload) != 0) continue;
    std::filesystem::rename(fresh, jars(), ignored);
    return std::filesystem::exists(jars()) ? "" : "the jars cannot be put below " + folder().string();
  }
  std::filesystem::remove_all(fresh, ignored);
  return "Maven could not get the broker's jars; " + (folder() / "maven.log").string() + " says why";
}

bool listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool there = connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return there;
}
} // namespace

const std::string& KafkaBroker::missing() {
  static const std::string why = get_jars();
  return why;
}

KafkaBroker::KafkaBroker()
    : bootstrap_("127.0.0.1:" + std::to_string(free_port())),
      guarded_("127.0.0.1:" + std::to_string(free_port())),
      controller_("127.0.0.1:" + std::to_string(free_port())) {
  write_settings();
  start();
}

KafkaBroker::~KafkaBroker() { end(); }

/// A key of the broker's own, and the certificate by which clients know it.
void KafkaBroker::make_certificate() {
  const auto keys = (directory_.path() / "keys.p12").string(),
             log = (directory_.path() / "broker.log").string();
  const std::vector<std::string> store{"-keystore",  keys,      "-storetype", "PKCS12",
                                       "-storepass", kPassword, "-alias",     "broker"};
  std::vector<std::string> make{"keytool", "-genkeypair", "-keyalg", "EC",
                                "-dname",  "CN=broker",   "-ext",    "san=ip:127.0.0.1"};
  std::vector<std::string> show{"keytool", "-exportcert", "-rfc", "-file", certificate()};
  for (auto* words : {&make, &show}) {
    words->insert(words->end(), store.begin(), store.end());
    if (finish(run(*words, log), kUp) != 0) throw std::runtime_error("no certificate: " + last_lines_of(log));
  }
}

std::string KafkaBroker::certificate() const { return (directory_.path() / "broker.pem").string(); }

/// One node that is broker and controller, and a second door with TLS that asks for user and password.
void KafkaBroker::write_settings() {
  make_certificate();
  const auto keys = directory_.path() / "keys.p12";
  const auto data = directory_.path() / "data";
  const auto file = directory_.path() / "server.properties";
  std::ofstream(file)
      << "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@" << controller_
      << "\nlisteners=PLAINTEXT://" << bootstrap_ << ",SASL://" << guarded_ << ",CONTROLLER://" << controller_
      << "\nadvertised.listeners=PLAINTEXT://" << bootstrap_ << ",SASL://" << guarded_
      << "\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_SSL,CONTROLLER:PLAINTEXT"
         "\nssl.keystore.type=PKCS12\nssl.keystore.password="
      << kPassword << "\nssl.keystore.location=" << keys.string()
      << "\nsasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512"
         "\nlistener.name.sasl.scram-sha-512.sasl.jaas.config="
         "org.apache.kafka.common.security.scram.ScramLoginModule required;"
         "\nlistener.name.sasl.plain.sasl.jaas.config="
         "org.apache.kafka.common.security.plain.PlainLoginModule required user_"
      << kUser << "=\"" << kPassword
      << "\";"
         "\ncontroller.listener.names=CONTROLLER\nlog.dirs="
      << data.string()
      << "\noffsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1"
         "\ntransaction.state.log.min.isr=1\nshare.coordinator.state.topic.replication.factor=1"
         "\nshare.coordinator.state.topic.min.isr=1\nmin.insync.replicas=1\nauto.create.topics.enable=false"
         "\nnum.network.threads=2\nnum.io.threads=2\nbackground.threads=2\nlog.index.size.max.bytes=65536\n";
  const auto log = directory_.path() / "broker.log";
  const auto format =
      run({"java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", jars().string() + "/*",
           "kafka.tools.StorageTool", "format", "-t", "a2luZHJlZC10ZXN0LWxvZw", "-c", file.string(),
           "--add-scram", std::string("SCRAM-SHA-512=[name=") + kUser + ",password=" + kPassword + "]"},
          log);
  if (finish(format, kUp) != 0)
    throw std::runtime_error("the broker's disk is not formatted: " + last_lines_of(log));
}

void KafkaBroker::start() {
  const std::string classes =
      std::filesystem::exists(archive())
          ? "-XX:SharedArchiveFile=" + archive().string()
          : "-XX:ArchiveClassesAtExit=" + archive().string() + "." + std::to_string(getpid());
  pid_ =
      run({"java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", classes, "-cp",
           jars().string() + "/*", "kafka.Kafka", (directory_.path() / "server.properties").string()},
          directory_.path() / "broker.log");
  handle_ = handle_of(pid_);
  frozen_ = false;
  const auto port = static_cast<std::uint16_t>(std::stoi(bootstrap_.substr(bootstrap_.find(':') + 1)));
  const auto until = Clock::now() + kUp;
  while (!listens(port)) {
    if (Clock::now() < until && look_again()) continue;
    throw std::runtime_error("the broker does not come up: " +
                             last_lines_of(directory_.path() / "broker.log"));
  }
}

bool KafkaBroker::look_again() const { return !readable(handle_, kLook); }

std::optional<int> KafkaBroker::wait_exit(milliseconds at_most) {
  if (!readable(handle_, at_most)) return std::nullopt;
  int status = 0;
  waitpid(pid_, &status, 0);
  close(handle_);
  pid_ = handle_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void KafkaBroker::freeze() {
  if (frozen_) return;
  ::kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
  frozen_ = true;
}

void KafkaBroker::thaw() {
  if (!frozen_) return;
  ::kill(pid_, SIGCONT);
  frozen_ = false;
}

void KafkaBroker::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait_exit(std::chrono::hours(1));
}

/// In peace where it has its classes still to write down.
void KafkaBroker::end() {
  if (pid_ < 0) return;
  thaw();
  const auto written = archive().string() + "." + std::to_string(getpid());
  if (!std::filesystem::exists(archive())) {
    ::kill(pid_, SIGTERM);
    wait_exit(std::chrono::seconds(60));
    std::error_code ignored;
    std::filesystem::rename(written, archive(), ignored);
  }
  kill();
}

} // namespace kindred::support
