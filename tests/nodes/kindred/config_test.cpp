#include "nodes/kindred/config.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.hpp"

namespace kindred::node {
namespace {

std::string refusal(std::string_view toml) {
  const auto read = read_config(toml, "kindred.toml");
  return read.ok() ? "" : read.error().message;
}

TEST(Config, EmptyFileLeavesTheDefaults) {
  const auto read = read_config("", "kindred.toml");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().listen, "tcp://127.0.0.1:7400");
  EXPECT_EQ(read.value().http, "127.0.0.1:7480");
  EXPECT_FALSE(read.value().partitions);
  EXPECT_FALSE(read.value().clock);
}

TEST(Config, EveryKeyIsTaken) {
  const auto read =
      read_config("data_dir = 'd'\nlisten = 'tcp://0.0.0.0:1'\nnotify = 'ipc:///run/k'\nhttp = ''\n"
                  "partitions = 1024\nclock = 'events'\nnode = 7\nlog_level = 'warn'\nthreads = 3\n"
                  "users_memory_mib = 1000\nitem_item_memory_mib = 70\nranker_cadence_minutes = "
                  "7\nitem_item_cadence_minutes = "
                  "0\ndrain_ms = 100\nfree_mib_min = 1\n",
                  "kindred.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Config& config = read.value();
  EXPECT_EQ(config.data_dir, "d");
  EXPECT_EQ(config.listen, "tcp://0.0.0.0:1");
  EXPECT_EQ(config.notify, "ipc:///run/k");
  EXPECT_EQ(config.http, "");
  EXPECT_EQ(config.partitions, 1024);
  EXPECT_EQ(config.clock, ClockKind::kEvents);
  EXPECT_EQ(config.node, 7);
  EXPECT_EQ(config.log_level, "warn");
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.users_memory_mib, 1000u);
  EXPECT_EQ(config.item_item_memory_mib, 70u);
  EXPECT_EQ(config.ranker_cadence_minutes, 7u);
  EXPECT_EQ(config.item_item_cadence_minutes, 0u);
  EXPECT_EQ(config.drain_ms, 100u);
  EXPECT_EQ(config.free_mib_min, 1u);
}

TEST(Config, TheTableKafkaNamesTheBrokers) {
  EXPECT_EQ(read_config("", "k").value().kafka.bootstrap, "") << "embedded, unless told";
  const auto read =
      read_config("node = 2\n[kafka]\nbootstrap = 'a:1,b:2'\nprefix = 'shop.'\nreplication = 1\n"
                  "min_in_sync = 1\nmake_topics = false\nsecurity = 'SASL_SSL'\n"
                  "sasl_mechanism = 'PLAIN'\nuser = 'u'\npassword_file = 'p'\nca_file = 'c'\n"
                  "certificate_file = 'd'\nkey_file = 'e'\n",
                  "kindred.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const auto& kafka = read.value().kafka;
  EXPECT_EQ(read.value().node, 2);
  EXPECT_EQ(kafka.bootstrap, "a:1,b:2");
  EXPECT_EQ(kafka.prefix, "shop.");
  EXPECT_EQ(kafka.replication, 1);
  EXPECT_EQ(kafka.min_in_sync, 1);
  EXPECT_FALSE(kafka.make_topics);
  EXPECT_EQ(kafka.security, "SASL_SSL");
  EXPECT_EQ(kafka.sasl_mechanism, "PLAIN");
  EXPECT_EQ(kafka.user, "u");
  EXPECT_EQ(kafka.password_file, "p");
  EXPECT_EQ(kafka.ca_file, "c");
  EXPECT_EQ(kafka.certificate_file, "d");
  EXPECT_EQ(kafka.key_file, "e");
  EXPECT_EQ(refusal("[kafka]\nbootstrp = 'a:1'\n"),
            "kindred.toml:2: there is no key 'bootstrp': did you mean 'bootstrap'?");
  EXPECT_EQ(refusal("[kafka]\nreplication = 0\n"),
            "kindred.toml:2: 'replication' must be a whole number from 1 to 32");
}

const std::string kKey(40, '0'), kOtherKey(40, '1');

std::string cluster(const std::string& more) {
  return "[kafka]\nbootstrap = 'a:1'\n[cluster]\nname = 'a'\nid = 'shop'\nsecret_key_file = 'k'\n" + more;
}
std::string peer(const std::string& name, const std::string& key) {
  return "{name = '" + name + "', endpoint = 'tcp://h:1', public_key = '" + key + "'}";
}

TEST(Config, TheTableClusterNamesTheNodeAndItsPeers) {
  EXPECT_EQ(read_config("", "k").value().cluster.name, "") << "in none, unless told";
  const auto read =
      read_config(cluster("zone = 'east'\nweight = 150\nreplicas = 3\nlisten = 'tcp://0.0.0.0:7'\npeers = [" +
                          peer("a", kKey) + ", " + peer("b", kOtherKey) + "]\n"),
                  "kindred.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  const ClusterConfig& told = read.value().cluster;
  EXPECT_EQ(told.name, "a");
  EXPECT_EQ(told.id, "shop");
  EXPECT_EQ(told.zone, "east");
  EXPECT_EQ(told.weight, 150);
  EXPECT_EQ(told.replicas, 3);
  EXPECT_EQ(told.listen, "tcp://0.0.0.0:7");
  EXPECT_EQ(told.secret_key_file, "k");
  ASSERT_EQ(told.peers.size(), 2u);
  EXPECT_EQ(told.peers[1].name, "b");
  EXPECT_EQ(told.peers[1].endpoint, "tcp://h:1");
  EXPECT_EQ(told.peers[1].public_key, kOtherKey);
}

TEST(Config, AClusterThatIsNotWholeIsRefused) {
  EXPECT_EQ(refusal("[cluster]\nname = 'a'\n"), "kindred.toml: [cluster] needs name, id and secret_key_file");
  EXPECT_EQ(refusal("[cluster]\n"), "kindred.toml: [cluster] needs name, id and secret_key_file");
  EXPECT_NE(refusal("[cluster]\nname = 'a'\nid = 'shop'\nsecret_key_file = 'k'\n").find("[kafka]"),
            std::string::npos);
  EXPECT_NE(refusal(cluster("nam = 'x'\n")).find("did you mean 'name'?"), std::string::npos);
  for (const std::string& bad : std::initializer_list<std::string>{
           std::string("weight = 0"), std::string("replicas = 9"), std::string("zone = 'a b'"),
           std::string("peers = 'b'"), "peers = [" + peer("b", "short") + "]",
           "peers = [" + peer("b c", kKey) + "]",
           "peers = [" + peer("b", kKey) + ", " + peer("b", kOtherKey) + "]",
           "peers = [" + peer("b", kKey) + ", " + peer("c", kKey) + "]",
           "peers = [{name = 'b', endpoint = 'tcp://h:1'}]",
           "peers = [{name = 'b', endpoint = 'tcp://h:1', public_key = '" + kKey + "', port = 1}]"})
    EXPECT_NE(refusal(cluster(bad + "\n")), "") << bad;
}

TEST(Config, AnUnknownKeyNamesItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(refusal("node = 1\nlisen = 'tcp://127.0.0.1:1'\n"),
            "kindred.toml:2: there is no key 'lisen': did you mean 'listen'?");
}

TEST(Config, AnUnknownKeyNearNothingListsWhatIsKnown) {
  const std::string text = refusal("colour = 'red'\n");
  EXPECT_NE(text.find("no key 'colour': known keys are data_dir, listen"), std::string::npos) << text;
}

TEST(Config, ValuesOfAWrongTypeOrOutOfRangeSayWhatIsWanted) {
  EXPECT_EQ(refusal("partitions = 0"), "kindred.toml:1: 'partitions' must be a whole number from 1 to 1024");
  EXPECT_EQ(refusal("partitions = '16'"),
            "kindred.toml:1: 'partitions' must be a whole number from 1 to 1024");
  EXPECT_NE(refusal("partitions = 1025"), "");
  EXPECT_NE(refusal("clock = 'sun'"), "");
  EXPECT_NE(refusal("node = 65536"), "");
  EXPECT_NE(refusal("drain_ms = 99"), "");
  EXPECT_NE(refusal("threads = -1"), "");
  EXPECT_NE(refusal("log_level = 'loud'"), "");
  EXPECT_NE(refusal("data_dir = ''"), "");
}

TEST(Config, EndpointsNeedAHostAndAPort) {
  for (const char* bad :
       {"listen = '127.0.0.1:7400'", "listen = 'tcp://127.0.0.1'", "listen = 'tcp://127.0.0.1:x'",
        "listen = 'tcp://127.0.0.1:65536'", "listen = 'ipc://'", "http = '7480'", "http = ':7480'"})
    EXPECT_NE(refusal(bad), "") << bad;
}

TEST(Config, TextThatIsNoTomlNamesItsLine) {
  EXPECT_EQ(refusal("node = 1\nnode node\n").substr(0, 36), "kindred.toml:2: this is not TOML (Er");
}

TEST(Config, AFileThatIsNotThereIsSaid) {
  const support::TempDir dir;
  const auto read = read_config_file(dir.path() / "gone.toml");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("gone.toml: check the path"), std::string::npos);
}

TEST(Config, AnEmptyFileSaysNothing) {
  const support::TempDir dir;
  std::ofstream(dir.path() / "empty.toml").close();
  const auto read = read_config_file(dir.path() / "empty.toml");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().listen, Config{}.listen);
  EXPECT_FALSE(read_config_file(dir.path()).ok()) << "a directory is no file";
}

TEST(Config, AFileIsRead) {
  const support::TempDir dir;
  std::ofstream(dir.path() / "a.toml") << "node = 9\n";
  const auto read = read_config_file(dir.path() / "a.toml");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().node, 9);
}

TEST(Config, FlagsWinOverTheFile) {
  Flags flags;
  flags.listen = "tcp://127.0.0.1:9";
  flags.partitions = "4";
  flags.clock = "events";
  const auto read = with_flags(read_config("listen = 'tcp://127.0.0.1:1'\nnode = 3", "f").value(), flags);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().listen, "tcp://127.0.0.1:9");
  EXPECT_EQ(read.value().partitions, 4);
  EXPECT_EQ(read.value().clock, ClockKind::kEvents);
  EXPECT_EQ(read.value().node, 3);
}

TEST(Config, AFlagThatCannotBeIsNamedAsItWasWritten) {
  Flags flags;
  flags.partitions = "many";
  EXPECT_EQ(with_flags({}, flags).error().message,
            "--partitions is 'many', but must be a whole number from 1 to 1024");
  flags = {};
  flags.http = "nowhere";
  EXPECT_NE(with_flags({}, flags).error().message.find("--http is 'nowhere'"), std::string::npos);
}

TEST(Config, NearestKnowsWhenNothingIsNear) {
  EXPECT_EQ(nearest("clok", {"clock", "node"}), "clock");
  EXPECT_EQ(nearest("xyz", {"clock", "node"}), "");
  EXPECT_EQ(nearest("", {"clock", "node"}), "");
}

} // namespace
} // namespace kindred::node
