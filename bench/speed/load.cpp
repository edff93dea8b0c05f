#include "bench/speed/load.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <rocksdb/db.h>
#include <zmq.h>

#include "tests/support/server_process.hpp"

namespace kindred::bench {

namespace {
using Steady = std::chrono::steady_clock;
constexpr auto kNap = std::chrono::microseconds(50);
constexpr auto kLost = std::chrono::seconds(10); // no answer for so long ends a run

double us_since(Steady::time_point start) {
  return std::chrono::duration<double, std::micro>(Steady::now() - start).count();
}
} // namespace

Load::Load(const std::string& endpoint) {
  context_ = zmq_ctx_new();
  socket_ = zmq_socket(context_, ZMQ_DEALER);
  const int none = 0, queue = 100'000;
  zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
  zmq_setsockopt(socket_, ZMQ_SNDHWM, &queue, sizeof queue);
  zmq_setsockopt(socket_, ZMQ_RCVHWM, &queue, sizeof queue);
  if (zmq_connect(socket_, endpoint.c_str()) != 0) throw std::runtime_error("cannot connect to " + endpoint);
}

Load::~Load() {
  zmq_close(socket_);
  zmq_ctx_term(context_);
}

void Load::send(const Bytes& bytes) {
  if (zmq_send(socket_, bytes.data(), bytes.size(), 0) < 0) throw std::runtime_error("cannot send");
}

bool Load::receive(std::chrono::milliseconds at_most, Bytes& answer) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  int got = zmq_msg_recv(&message, socket_, ZMQ_DONTWAIT);
  if (got < 0) {
    zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, at_most.count()) > 0) got = zmq_msg_recv(&message, socket_, 0);
  }
  if (got >= 0) answer.assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
  zmq_msg_close(&message);
  return got >= 0;
}

Load::Result Load::closed(const Next& next, int depth, double seconds, const Check& check) {
  Result result;
  std::deque<Steady::time_point>
      sent; // answers of one connection come back nearly in order: good for a median
  std::uint64_t n = 0;
  Bytes answer;
  for (; n < static_cast<std::uint64_t>(depth); ++n) {
    sent.push_back(Steady::now());
    send(next(n));
  }
  const auto start = Steady::now();
  const auto end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  while (Steady::now() < end) {
    if (!receive(kLost, answer)) throw std::runtime_error("no answer");
    if (check && result.answers % 1'024 == 0) check(answer);
    ++result.answers;
    result.latencies_us.push_back(us_since(sent.front()));
    sent.pop_front();
    sent.push_back(Steady::now());
    send(next(n++));
  }
  result.per_second = static_cast<double>(result.answers) / (us_since(start) / 1e6);
  while (!sent.empty() && receive(kLost, answer)) sent.pop_front();
  return result;
}

Load::Result Load::open(const Next& next, double rate, double seconds, double warm_up) {
  Result result;
  const auto before = static_cast<std::uint64_t>(rate * warm_up);
  const auto total = before + static_cast<std::uint64_t>(rate * seconds);
  const auto start = Steady::now();
  const auto due = [&](std::uint64_t n) {
    return start + std::chrono::duration_cast<Steady::duration>(
                       std::chrono::duration<double>(static_cast<double>(n) / rate));
  };
  std::uint64_t sent = 0;
  Bytes answer;
  while (result.answers < total) {
    while (sent < total && due(sent) <= Steady::now()) {
      send(next(sent));
      ++sent;
    }
    // Between two requests it sleeps: a client that spins would take a core from the server it measures.
    const bool idle = sent < total && due(sent) - Steady::now() > kNap;
    if (receive(std::chrono::milliseconds(sent < total ? 0 : 10'000), answer)) {
      const double took_us = us_since(due(result.answers));
      if (result.answers >= before) result.latencies_us.push_back(took_us);
      ++result.answers;
    } else if (sent == total) {
      throw std::runtime_error("answers are missing");
    } else if (idle) {
      std::this_thread::sleep_for(kNap);
    }
  }
  result.per_second = static_cast<double>(total) / (us_since(start) / 1e6);
  return result;
}

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1,
                         static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

double median(std::vector<double> values) { return quantile(values, 0.5); }

double cpu_seconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skip;
  for (int i = 0; i < 11; ++i) fields >> skip;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

EchoProcess::EchoProcess() : endpoint_("tcp://127.0.0.1:" + std::to_string(support::free_port())) {
  pid_ = fork();
  if (pid_ != 0) return;
  void* context = zmq_ctx_new();
  void* socket = zmq_socket(context, ZMQ_ROUTER);
  const int queue = 100'000;
  zmq_setsockopt(socket, ZMQ_SNDHWM, &queue, sizeof queue);
  zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof queue);
  if (zmq_bind(socket, endpoint_.c_str()) != 0) _exit(1);
  for (;;) { // until it is killed
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, socket, 0) < 0) _exit(1);
    const int more = zmq_msg_more(&part);
    zmq_msg_send(&part, socket, more != 0 ? ZMQ_SNDMORE : 0);
  }
}

EchoProcess::~EchoProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

double bare_rocksdb_events_per_second(const std::string& folder, int batch, int bytes, double seconds) {
  std::filesystem::create_directories(folder);
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::Open(options, folder + "/bare", &opened).ok())
    throw std::runtime_error("cannot open RocksDB");
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions durable;
  durable.sync = true;
  const std::string value(static_cast<std::size_t>(bytes), 'v');
  std::uint64_t written = 0;
  const auto start = Steady::now();
  while (us_since(start) < seconds * 1e6) {
    rocksdb::WriteBatch writes;
    for (int i = 0; i < batch; ++i) {
      const std::uint64_t key = __builtin_bswap64(written++);
      writes.Put({reinterpret_cast<const char*>(&key), sizeof key}, value);
    }
    if (!db->Write(durable, &writes).ok()) throw std::runtime_error("RocksDB refused a write");
  }
  return static_cast<double>(written) / (us_since(start) / 1e6);
}

} // namespace kindred::bench
