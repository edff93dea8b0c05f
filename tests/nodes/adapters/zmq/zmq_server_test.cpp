#include "nodes/adapters/zmq/zmq_server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <zmq.h>

#include "nodes/adapters/zmq/sockets.hpp"
#include "schemas/codec/api_codec.hpp"

namespace kindred::adapters {
namespace {

constexpr int kPatienceMs = 20'000;

/// A client's socket, frame by frame.
class Peer {
public:
  Peer(const std::string& endpoint, int type, const std::string& id = "") {
    socket_ = zmq_socket(context_, type);
    const int patience = kPatienceMs, none = 0;
    zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &patience, sizeof patience);
    zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
    if (!id.empty()) zmq_setsockopt(socket_, ZMQ_ROUTING_ID, id.data(), id.size());
    if (type == ZMQ_SUB) zmq_setsockopt(socket_, ZMQ_SUBSCRIBE, "", 0);
    EXPECT_EQ(zmq_connect(socket_, endpoint.c_str()), 0);
  }
  ~Peer() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  void send(const Bytes& frame, int flags = 0) { zmq_send(socket_, frame.data(), frame.size(), flags); }
  std::optional<Bytes> receive() {
    zmq_msg_t message;
    zmq_msg_init(&message);
    std::optional<Bytes> got;
    if (zmq_msg_recv(&message, socket_, 0) >= 0) {
      got = Bytes(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    }
    zmq_msg_close(&message);
    return got;
  }

private:
  void* context_ = zmq_ctx_new();
  void* socket_ = nullptr;
};

struct ZmqServerTest : testing::Test {
  std::unique_ptr<ZmqServer> open(std::size_t requests_max = 1000, std::size_t bytes_max = 64 << 20) {
    ZmqServer::Settings settings;
    settings.listen = "tcp://127.0.0.1:0";
    settings.notify = "tcp://127.0.0.1:0";
    settings.link = 7;
    settings.requests_max = requests_max;
    settings.request_bytes_max = bytes_max;
    auto server = ZmqServer::open(settings);
    if (!server.ok()) ADD_FAILURE() << server.error().what;
    return server.take();
  }
  /// Answers every request with "re:" and its bytes, on the socket's own thread.
  static ZmqServer::OnBatch echo(ZmqServer& server) {
    return [&server](std::vector<ZmqServer::Incoming> batch) {
      std::vector<ports::Link::Outgoing> answers;
      for (auto& incoming : batch) answers.push_back({incoming.to, "re:" + incoming.bytes});
      server.reply(std::move(answers));
    };
  }
  /// Keeps requests for the test to answer.
  ZmqServer::OnBatch keep() {
    return [this](std::vector<ZmqServer::Incoming> batch) {
      const std::lock_guard lock(mutex);
      for (auto& incoming : batch) kept.push_back(std::move(incoming));
      changed.notify_all();
    };
  }
  std::vector<ZmqServer::Incoming> wait_kept(std::size_t count) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(
        changed.wait_for(lock, std::chrono::milliseconds(kPatienceMs), [&] { return kept.size() >= count; }));
    return kept;
  }
  static api::Error error_in(const std::optional<Bytes>& answer, std::uint64_t request_id) {
    if (!answer) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    const auto decoded = schemas::decode_answer(*answer);
    if (!decoded.ok() || decoded.value().bodies.size() != 1) {
      ADD_FAILURE() << "not an answer of ours";
      return {};
    }
    EXPECT_EQ(decoded.value().request_id, request_id);
    return std::get<api::Error>(decoded.value().bodies.front());
  }
  static Bytes request(std::uint64_t id) {
    api::Request request;
    request.request_id = id;
    request.queries.emplace_back(api::GetStatus{});
    return schemas::encode_request(request);
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ZmqServer::Incoming> kept;
};

TEST_F(ZmqServerTest, AnswersDealersAndReqSocketsToTheRightPeer) {
  const auto server = open();
  server->start(echo(*server));
  Peer dealer(server->listening_at(), ZMQ_DEALER), other(server->listening_at(), ZMQ_DEALER);
  Peer req(server->listening_at(), ZMQ_REQ);
  dealer.send("a");
  other.send(Bytes(100'000, 'b'));
  req.send("c");
  EXPECT_EQ(dealer.receive(), "re:a");
  EXPECT_EQ(other.receive(), "re:" + Bytes(100'000, 'b'));
  EXPECT_EQ(req.receive(), "re:c");
  for (int i = 0; i < 2000; ++i) dealer.send(std::to_string(i));
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(dealer.receive(), "re:" + std::to_string(i));
  EXPECT_EQ(server->probe().received, 2003u);
}

TEST_F(ZmqServerTest, AnswersMayComeFromOtherThreadsInAnyOrder) {
  const auto server = open();
  server->start(keep());
  Peer peer(server->listening_at(), ZMQ_DEALER);
  for (const char* text : {"1", "2", "3"}) peer.send(text);
  const auto requests = wait_kept(3);
  EXPECT_EQ(requests[0].to.link, 7u);
  EXPECT_GT(requests[0].received_us, 0);
  std::thread([&] { server->reply({{requests[2].to, "three"}}); }).join();
  EXPECT_EQ(peer.receive(), "three");
  server->reply({{requests[0].to, "one"}, {requests[0].to, "again"}, {requests[1].to, "two"}});
  EXPECT_EQ(peer.receive(), "one");
  EXPECT_EQ(peer.receive(), "two") << "a second answer to one request vanishes";
  EXPECT_EQ(server->probe().answers_late, 1u);
}

TEST_F(ZmqServerTest, RefusesBeforeDecodingWhatIsTooMuch) {
  const auto server = open(/*requests_max=*/2);
  server->start(keep());
  Peer peer(server->listening_at(), ZMQ_DEALER);
  for (std::uint64_t id = 1; id <= 3; ++id) peer.send(request(id));
  const auto error = error_in(peer.receive(), 3);
  EXPECT_EQ(error.code, api::ErrorCode::kOverloaded);
  EXPECT_GT(error.retry_after_ms, 0u);
  peer.send("no message of ours");
  EXPECT_EQ(error_in(peer.receive(), 0).code, api::ErrorCode::kOverloaded);
  server->reply({{wait_kept(2)[0].to, "done"}});
  EXPECT_EQ(peer.receive(), "done");
  peer.send(request(4));
  EXPECT_EQ(wait_kept(3)[2].bytes, request(4)) << "there is room again";
}

TEST_F(ZmqServerTest, RefusesBytesPastTheBoundsOfOneAndOfAll) {
  const auto server = open(100, /*bytes_max=*/1'500'000);
  server->start(keep());
  Peer peer(server->listening_at(), ZMQ_DEALER);
  peer.send(Bytes(api::kRequestBytesMax + 1, 'x'));
  EXPECT_EQ(error_in(peer.receive(), 0).code, api::ErrorCode::kTooLarge);
  peer.send(Bytes(api::kRequestBytesMax, 'x'));
  peer.send(Bytes(api::kRequestBytesMax, 'x'));
  EXPECT_EQ(error_in(peer.receive(), 0).code, api::ErrorCode::kOverloaded);
  EXPECT_EQ(wait_kept(1).size(), 1u);
}

TEST_F(ZmqServerTest, DropsWhatIsNoRequestAndGoesOn) {
  const auto server = open();
  server->start(echo(*server));
  Peer peer(server->listening_at(), ZMQ_DEALER);
  peer.send("one", ZMQ_SNDMORE);
  peer.send("two", ZMQ_SNDMORE);
  peer.send("three");
  peer.send("", ZMQ_SNDMORE);
  peer.send("", ZMQ_SNDMORE);
  peer.send("behind two empty frames");
  peer.send("");
  EXPECT_EQ(peer.receive(), "re:") << "an empty request is one: the gateway calls it malformed";
  peer.send("good");
  EXPECT_EQ(peer.receive(), "re:good");
  EXPECT_EQ(server->probe().misframed, 2u);
}

TEST_F(ZmqServerTest, APeerThatWentAwayLosesItsAnswerAndNobodyElseDoes) {
  const auto server = open();
  server->start(keep());
  {
    Peer gone(server->listening_at(), ZMQ_DEALER, "gone");
    gone.send("x");
    wait_kept(1);
  }
  // Its place is free once another peer may take its name, which ZeroMQ allows only then.
  Peer peer(server->listening_at(), ZMQ_DEALER);
  peer.send("y");
  const auto requests = wait_kept(2);
  server->reply({{requests[0].to, "to nobody"}, {requests[1].to, "yes"}});
  EXPECT_EQ(peer.receive(), "yes");
  // Counted behind the sending: the peer may have it before.
  const auto counted = [&] { return server->probe().answered + server->probe().answers_lost; };
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (counted() < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(counted(), 2u);
}

TEST_F(ZmqServerTest, DrainingRefusesTheNewAndAnswersTheOld) {
  const auto server = open();
  server->start(keep());
  Peer peer(server->listening_at(), ZMQ_DEALER);
  peer.send(request(1));
  const auto requests = wait_kept(1);
  server->drain();
  peer.send(request(2));
  EXPECT_EQ(error_in(peer.receive(), 2).code, api::ErrorCode::kDraining);
  std::thread stopper([&] { server->stop(std::chrono::milliseconds(kPatienceMs)); });
  server->reply({{requests[0].to, "answered"}});
  stopper.join();
  EXPECT_EQ(peer.receive(), "answered");
  EXPECT_EQ(kept.size(), 1u);
}

TEST_F(ZmqServerTest, StoppingDoesNotWaitLongerThanItsPatience) {
  const auto server = open();
  server->start(keep());
  Peer peer(server->listening_at(), ZMQ_DEALER);
  peer.send(request(1));
  const auto requests = wait_kept(1);
  server->stop(std::chrono::milliseconds(1));
  server->reply({{requests[0].to, "too late"}});
  server->stop(std::chrono::milliseconds(1));
}

TEST_F(ZmqServerTest, PublishesToWhoSubscribed) {
  const auto server = open();
  server->start(echo(*server));
  Peer subscriber(server->notifying_at(), ZMQ_SUB);
  // A subscription takes effect some time after connecting: published until it arrives.
  std::atomic<bool> arrived{false};
  std::thread publisher([&] {
    while (!arrived) {
      server->publish("tenant/erased", "payload");
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(subscriber.receive(), "tenant/erased");
  EXPECT_EQ(subscriber.receive(), "payload");
  arrived = true;
  publisher.join();
}

std::optional<LinkError> why_not(const std::string& listen, const std::string& notify) {
  ZmqServer::Settings settings;
  settings.listen = listen;
  settings.notify = notify;
  const auto server = ZmqServer::open(settings);
  if (server.ok()) return std::nullopt;
  EXPECT_NE(server.error().what.find("tcp://"), std::string::npos) << server.error().what;
  return server.error().code;
}

TEST_F(ZmqServerTest, SaysWhyItCannotListen) {
  const auto server = open();
  EXPECT_EQ(why_not(server->listening_at(), ""), LinkError::kPortInUse);
  EXPECT_EQ(why_not("tcp://127.0.0.1:0", server->notifying_at()), LinkError::kPortInUse);
  EXPECT_EQ(why_not("tcp://127.0.0.1:99999", ""), LinkError::kBadEndpoint);
  EXPECT_EQ(why_not("tcp://127.0.0.1", ""), LinkError::kBadEndpoint);
  EXPECT_EQ(why_not("inproc://x", ""), LinkError::kBadEndpoint);
  EXPECT_EQ(why_not("tcp://203.0.113.7:7400", ""), LinkError::kBadEndpoint)
      << "an address for documentation: not ours";
}

TEST_F(ZmqServerTest, MayEndWithoutEverHavingStarted) {
  const auto server = open();
  server->reply({{{7, 1}, "to nobody"}});
  server->publish("a", "b");
}

} // namespace
} // namespace kindred::adapters
