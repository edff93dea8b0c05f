"""tools/cluster/layout.py and kafka_metadata.py: ports, configurations and a broker's answer, as values."""

import pathlib
import struct
import sys
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import kafka_metadata
import layout


def plan(nodes=3, brokers=3):
    made = layout.planned(nodes, brokers, 16, 256, layout.Ports())
    for node in made["nodes"]:
        node["publicKey"] = f"key-of-{node['name']}"
    return made


class Layout(unittest.TestCase):
    def test_every_port_is_another_one_below_those_of_outgoing_connections(self):
        made = plan(9, 9)
        ports = [member[key] for member in [*made["brokers"], *made["nodes"]]
                 for key in ("port", "controller", "listen", "notify", "http", "link") if key in member]
        self.assertEqual(len(ports), 2 * 9 + 4 * 9)
        self.assertEqual(len(set(ports)), len(ports))
        self.assertTrue(all(20_000 <= port < 32_000 for port in ports))

    def test_a_broker_gets_every_setting_of_the_template(self):
        made = plan()
        text = layout.broker_settings(made, made["brokers"][1], "/somewhere/data")
        settings = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
        self.assertNotIn("@", "".join(value for key, value in settings.items() if key != "controller.quorum.voters"))
        self.assertEqual(settings["node.id"], "2")
        self.assertEqual(settings["controller.quorum.voters"].count("@"), 3)
        self.assertEqual(settings["log.dirs"], "/somewhere/data")
        self.assertEqual((settings["default.replication.factor"], settings["min.insync.replicas"]), ("3", "2"))
        self.assertEqual(settings["unclean.leader.election.enable"], "false")

    def test_members_have_addresses_of_their_own_where_told(self):
        made = layout.planned(2, 2, 16, 256, layout.Ports(), lambda place: f"10.9.8.{place}")
        for node in made["nodes"]:
            node["publicKey"] = "key"
        self.assertEqual([member["host"] for member in [*made["brokers"], *made["nodes"]]], [f"10.9.8.{n}" for n in range(4)])
        settings = layout.broker_settings(made, made["brokers"][1], "/data")
        self.assertIn(f"listeners=PLAINTEXT://10.9.8.1:{made['brokers'][1]['port']},CONTROLLER://10.9.8.1:", settings)
        self.assertIn("controller.quorum.voters=1@10.9.8.0:", settings)
        told = tomllib.loads(layout.node_settings(made, made["nodes"][0], pathlib.Path("d")))
        self.assertEqual(told["http"], f"10.9.8.2:{made['nodes'][0]['http']}")
        self.assertEqual(told["cluster"]["peers"][1]["endpoint"], f"tcp://10.9.8.3:{made['nodes'][1]['link']}")
        self.assertTrue(told["kafka"]["bootstrap"].startswith("10.9.8.0:"))
        self.assertNotIn("127.0.0.1", str(told) + "".join(line for line in settings.splitlines() if line[:1] != "#"))

    def test_a_spare_is_known_to_all_and_has_what_it_needs(self):
        made = layout.planned(2, 1, 16, 256, layout.Ports(), lambda place: f"10.9.8.{place}", spares=1)
        self.assertEqual([[node["name"] for node in made[kind]] for kind in ("nodes", "spares")], [["a", "b"], ["c"]])
        spare = made["spares"][0]
        self.assertEqual((spare["number"], spare["host"]), (3, "10.9.8.3"))
        for node in [*made["nodes"], spare]:
            node["publicKey"] = "key"
            told = tomllib.loads(layout.node_settings(made, node, pathlib.Path("d")))
            self.assertEqual([peer["name"] for peer in told["cluster"]["peers"]], ["a", "b", "c"])

    def test_one_broker_asks_for_no_more_replicas_than_there_are(self):
        made = plan(brokers=1)
        self.assertEqual((layout.replication(made), layout.min_in_sync(made)), (1, 1))

    def test_an_unknown_name_in_the_template_is_a_mistake(self):
        made = plan()
        with self.assertRaises(KeyError):
            layout.broker_settings(made, made["brokers"][0], "d", "a=@nonsense@\n")
        self.assertIn("# a=@nonsense@", layout.broker_settings(made, made["brokers"][0], "d", "# a=@nonsense@\n"))

    def test_a_node_knows_all_peers_and_brokers(self):
        made = plan()
        told = tomllib.loads(layout.node_settings(made, made["nodes"][1], pathlib.Path('/a "strange" folder')))
        self.assertEqual(told["node"], 2)
        self.assertEqual(told["data_dir"], '/a "strange" folder/data')
        self.assertEqual(told["kafka"]["bootstrap"].count(","), 2)
        self.assertEqual((told["kafka"]["replication"], told["kafka"]["min_in_sync"]), (3, 2))
        self.assertEqual([peer["name"] for peer in told["cluster"]["peers"]], ["a", "b", "c"])
        self.assertEqual(told["cluster"]["peers"][0]["public_key"], "key-of-a")
        self.assertEqual(len({tomllib.loads(layout.node_settings(made, node, pathlib.Path("d")))["cluster"]["zone"]
                              for node in made["nodes"]}), 3)


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def partition(number, leader, replicas, in_sync):
    def ids(values):
        return struct.pack(f">i{len(values)}i", len(values), *values)
    return struct.pack(">hii", 0, number, leader) + ids(replicas) + ids(in_sync)


def answer(brokers, topics):
    data = struct.pack(">ii", 1, len(brokers))
    for identity, port in brokers.items():
        data += struct.pack(">i", identity) + text("127.0.0.1") + struct.pack(">ih", port, -1)
    data += struct.pack(">ii", 2, len(topics))
    for name, parts in topics.items():
        data += struct.pack(">h", 0) + text(name) + struct.pack(">bi", 0, len(parts)) + b"".join(parts)
    return data


class Metadata(unittest.TestCase):
    def test_an_answer_is_read(self):
        read = kafka_metadata.parse(answer({1: 9001, 2: 9002}, {"kindred.events": [partition(0, 2, [1, 2], [2, 1]),
                                                                                  partition(1, -1, [2, 1], [])]}))
        self.assertEqual(read["brokers"], {1: ("127.0.0.1", 9001), 2: ("127.0.0.1", 9002)})
        self.assertEqual(read["controller"], 2)
        self.assertEqual(read["topics"]["kindred.events"][0], {"leader": 2, "replicas": [1, 2], "inSync": [2, 1]})
        self.assertEqual(read["topics"]["kindred.events"][1]["leader"], -1)

    def test_a_request_says_how_long_it_is(self):
        sent = kafka_metadata.request(7)
        self.assertEqual(struct.unpack(">i", sent[:4])[0], len(sent) - 4)

    def test_settled_is_all_brokers_there_and_all_replicas_in_sync(self):
        def settled(brokers, parts, asked=2):
            read = kafka_metadata.parse(answer({n: 9000 + n for n in range(brokers)}, {"kindred.events": parts, "other": [
                partition(0, -1, [1], [])]}))
            return kafka_metadata.settled(read, asked, "kindred.")
        self.assertTrue(settled(2, [partition(0, 1, [1, 0], [0, 1])]))
        self.assertFalse(settled(1, [partition(0, 1, [1, 0], [0, 1])]))
        self.assertFalse(settled(2, [partition(0, 1, [1, 0], [1])]))
        self.assertFalse(settled(2, [partition(0, -1, [1, 0], [0, 1])]))
        self.assertFalse(kafka_metadata.settled(None, 2, "kindred."))

    def test_nobody_there_is_none(self):
        self.assertIsNone(kafka_metadata.ask((layout.HOST, layout.Ports().take())))


if __name__ == "__main__":
    sys.exit(unittest.main())
