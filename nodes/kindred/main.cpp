#include <csignal>
#include <iostream>
#include <unistd.h>

#include "nodes/adapters/threads/thread_role.hpp"
#include "nodes/kindred/command_line.hpp"
#include "nodes/kindred/json_log.hpp"
#include "nodes/kindred/node.hpp"

namespace {

using namespace kindred::node;

void end_at_once(int) { _exit(kFailed); }

/// The signals that end a server, taken by `wait_for_end` alone. Call before any thread begins: they inherit it.
sigset_t hold_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  return ending;
}

int wait_for_end(const sigset_t& ending) {
  int signal = 0;
  while (sigwait(&ending, &signal) != 0) {
  }
  struct sigaction second {};
  second.sa_handler = end_at_once; // whoever signals twice does not want to wait
  sigaction(SIGTERM, &second, nullptr);
  sigaction(SIGINT, &second, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  return signal;
}

int serve(const Config& config) {
  const sigset_t ending = hold_signals();
  start_log(config.log_level);
  if (!kindred::adapters::run_in_batches()) {
    log(LogLevel::kWarn, "notInBatches",
        "the kernel refuses SCHED_BATCH: all works, but requests cost about a third more; allow "
        "sched_setscheduler "
        "to this process (seccomp profile of the container)");
  }
  log(LogLevel::kInfo, "starting", "the server starts",
      {{"version", kVersion}, {"dataDir", config.data_dir.string()}, {"pid", std::to_string(getpid())}});
  auto started = Node::start(config);
  if (!started.ok()) {
    log(LogLevel::kError, "notStarted", started.error().what,
        {{"exitCode", std::to_string(started.error().code)}});
    return started.error().code;
  }
  const std::unique_ptr<Node> node = started.take();
  log(LogLevel::kInfo, "listening", "requests are taken; /readyz says when they are answered",
      {{"listen", node->listening_at()}, {"notify", node->notifying_at()}, {"http", node->http_at()}});
  const int signal = wait_for_end(ending);
  log(LogLevel::kInfo, "draining", "new requests are refused, those under way are finished",
      {{"signal", std::to_string(signal)}});
  const bool answered = node->drain(std::chrono::milliseconds(config.drain_ms));
  log(answered ? LogLevel::kInfo : LogLevel::kWarn, "drained",
      answered ? "all requests were answered" : "the time was over before all requests were answered");
  return kOk;
}

} // namespace

int main(int argc, char** argv) {
  const auto asked = read_command_line(argc, argv, std::cout, std::cerr);
  if (const auto* code = std::get_if<ExitCode>(&asked)) return *code;
  return serve(std::get<Config>(asked));
}
