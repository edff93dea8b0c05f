#include "tests/support/server_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

namespace kindred::support {

namespace {
using Clock = std::chrono::steady_clock;
constexpr int kLookMs = 5; // between two looks at a condition, unless the process ends before

std::filesystem::path binary(const std::string& program) {
  const char* folder = std::getenv("KINDRED_BIN_DIR");
  const auto path = std::filesystem::path(folder != nullptr ? folder : "build/bin") / program;
  if (!std::filesystem::exists(path)) throw std::runtime_error("no server at " + path.string());
  return path;
}
} // namespace

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/kindred-test-XXXXXX";
  if (mkdtemp(name) == nullptr) throw std::runtime_error("no folder below /tmp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint16_t free_port() {
  constexpr int kFirst = 20'000, kPorts = 12'000, kTries = 100;
  static std::mt19937 chance{std::random_device{}()};
  static std::set<int> given; // whoever has one may not have bound it yet
  for (int left = kTries; left > 0; --left) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int port = kFirst + static_cast<int>(chance() % kPorts);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool is_free =
        given.insert(port).second && bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(socket);
    if (is_free) return ntohs(address.sin_port);
  }
  throw std::runtime_error("no free loopback port");
}

ServerProcess::ServerProcess(Settings settings) {
  const auto local = [] { return "127.0.0.1:" + std::to_string(free_port()); };
  endpoint_ = settings.endpoint.empty() ? "tcp://" + local() : settings.endpoint;
  notify_ = "tcp://" + local();
  http_ = local();
  log_path_ = settings.data_dir.string() + ".log";
  start(settings);
}

void ServerProcess::start(const Settings& settings) {
  std::vector<std::string> words = settings.before;
  for (const std::string& word :
       {binary(settings.program).string(), std::string("serve"), std::string("--data-dir"),
        settings.data_dir.string(), std::string("--listen"), endpoint_, std::string("--notify"), notify_,
        std::string("--http"), http_, std::string("--partitions"), std::to_string(settings.partitions),
        std::string("--clock"), settings.clock}) {
    words.push_back(word);
  }
  words.insert(words.end(), settings.more.begin(), settings.more.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  pid_handle_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

ServerProcess::~ServerProcess() {
  kill();
  if (pid_handle_ >= 0) close(pid_handle_);
}

std::optional<int> ServerProcess::wait_exit(std::chrono::milliseconds at_most) {
  if (exit_code_) return exit_code_;
  pollfd handle{pid_handle_, POLLIN, 0};
  if (poll(&handle, 1, static_cast<int>(at_most.count())) <= 0) return std::nullopt;
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_code_;
}

bool ServerProcess::wait_ready(std::chrono::milliseconds at_most) {
  const auto end = Clock::now() + at_most;
  client::Client client(client_options());
  while (Clock::now() < end) {
    const auto body = client.ask(api::GetStatus{});
    if (body.ok()) {
      const auto* status = std::get_if<api::Status>(&body.value());
      if (status != nullptr && status->ready) return true;
    }
    if (wait_exit(std::chrono::milliseconds(kLookMs))) return false;
  }
  return false;
}

void ServerProcess::kill() {
  if (exit_code_) return;
  ::kill(pid_, SIGKILL);
  wait_exit(std::chrono::hours(1));
}

std::optional<int> ServerProcess::stop(std::chrono::milliseconds at_most) {
  if (exit_code_) return exit_code_;
  ::kill(pid_, SIGTERM);
  const auto code = wait_exit(at_most);
  if (!code) kill();
  return code;
}

std::string ServerProcess::log() const {
  std::ifstream file(log_path_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

client::Options ServerProcess::client_options() const {
  client::Options options;
  options.endpoint = endpoint_;
  options.deadline_ms = 2'000;
  options.try_ms = 500;
  return options;
}

} // namespace kindred::support
