"""tools/cluster: what stands in its directory and what it ends, over faked programs; and what it says where it can not."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/cluster"))
import local_cluster
import network
import processes

WHY_NOT = network.why_not()

KINDRED = """#!/bin/sh
if [ "$1" = keys ]; then echo secret >"$3"; echo "public-key-of $3"; else exec sleep 600; fi
"""


class ClusterTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="kindred-cluster-test.")
        self.addCleanup(directory.cleanup)
        self.scratch = pathlib.Path(directory.name)
        self.programs = self.scratch / "programs"
        self.programs.mkdir()
        for name in ("kindred", "kindredctl"):
            (self.programs / name).write_text(KINDRED)
            (self.programs / name).chmod(0o755)
        self.place = self.scratch / "cluster"

    def cluster(self):
        return local_cluster.LocalCluster(self.place, self.programs)

    def made(self):
        """Three nodes; for brokers, too, a process that does nothing."""
        cluster = self.cluster()
        cluster.make(3, 3, 16, 256)
        for member in cluster.members():
            member["process"] = processes.start(["sleep", "600"], cluster.log(member))
            self.addCleanup(processes.kill, member["process"])
        cluster.save()
        return cluster


class LocalCluster(ClusterTest):
    def test_a_later_command_finds_the_members_again(self):
        self.made()
        again = self.cluster()
        self.assertEqual([member["name"] for member in again.running()], ["broker-1", "broker-2", "broker-3", "a", "b", "c"])
        self.assertEqual(again.member("b")["number"], 2)
        with self.assertRaisesRegex(local_cluster.Refused, "no member 'd'; there are: broker-1"):
            again.member("d")

    def test_it_ends_its_members_and_nobody_else(self):
        self.made()
        cluster = self.cluster()
        other = processes.start(["sleep", "600"], self.scratch / "log")
        self.addCleanup(processes.kill, other)
        cluster.member("b")["process"] = {"pid": other["pid"], "started": other["started"] + 1}  # its number was given again
        members = [member["process"] for member in cluster.members() if member["name"] != "b"]
        cluster.end_all(keep=False)
        self.assertEqual({processes.state(process) for process in members}, {"ended"})
        self.assertEqual(processes.state(other), "running")

    def test_members_of_an_earlier_run_of_the_machine_are_forgotten(self):
        cluster = self.made()
        cluster.plan["boot"] = "another"
        cluster.save()
        self.assertEqual(self.cluster().running(), [])

    def test_remove_takes_what_was_made_and_leaves_what_was_not(self):
        cluster = self.made()
        (self.place / "notes").write_text("mine")
        cluster.end_all(keep=False)
        cluster.remove()
        self.assertEqual([entry.name for entry in self.place.iterdir()], ["notes"])

    def test_a_directory_with_something_else_in_it_is_not_taken(self):
        self.place.mkdir()
        (self.place / "thesis").write_text("precious")
        with self.assertRaisesRegex(local_cluster.Refused, "none of ours"):
            self.cluster().make(3, 3, 16, 256)

    def test_one_command_at_a_time(self):
        with self.cluster().alone():
            with self.assertRaisesRegex(local_cluster.Refused, "another command"):
                with self.cluster().alone():
                    pass

    def test_waiting_ends_when_a_member_that_is_needed_ended(self):
        cluster = self.made()
        cluster.log(cluster.member("a")).write_text("the disk is on fire\n")
        cluster.kill(cluster.member("a"))
        with self.assertRaisesRegex(processes.NotInTime, "a ended by itself(.|\n)*on fire"):
            cluster.wait(lambda: False, "never", 60, cluster.members())

    def test_a_killed_member_starts_anew(self):
        cluster = self.made()
        node = cluster.member("a")
        cluster.kill(node)
        cluster.begin(node)
        self.assertEqual(processes.state(self.cluster().member("a")["process"]), "running")
        processes.kill(node["process"])


    def test_a_node_that_did_not_get_up_is_started_again(self):
        cluster = self.made()
        node = cluster.member("a")
        cluster.kill(node)
        cluster.log(node).write_text('{"event":"notStarted","message":"no broker answered"}\n')
        cluster.wait(lambda: processes.state(node["process"]) == "running", "it runs", 60, cluster.members())
        self.assertEqual(cluster.restarts, ["a"])
        processes.kill(node["process"])

    def with_spare(self):
        cluster = self.cluster()
        cluster.make(2, 1, 16, 256, spares=1)
        return cluster

    def test_a_spare_runs_once_it_is_a_node_and_leaves_no_data(self):
        cluster = self.with_spare()
        self.assertEqual([member["name"] for member in cluster.members()], ["broker-1", "a", "b"])
        node = cluster.enlist()
        cluster.begin(node)
        self.addCleanup(processes.kill, node["process"])
        data = cluster.folder(node) / "data"
        data.mkdir()
        again = self.cluster()
        self.assertEqual([member["name"] for member in again.running()], ["c"])
        again.end_in_peace(again.member("c"))
        again.dismiss(again.member("c"))
        self.assertFalse(data.exists())
        self.assertTrue((cluster.folder(node) / "node.key").exists(), "it may join again")
        self.assertEqual([[node["name"] for node in self.cluster().plan[kind]] for kind in ("nodes", "spares")], [["a", "b"], ["c"]])

    def test_a_spare_that_runs_is_ended_with_the_others(self):
        cluster = self.with_spare()
        cluster.begin(cluster.plan["spares"][0])
        cluster.end_all(keep=False)
        self.assertEqual(processes.state(cluster.plan["spares"][0]["process"]), "ended")

    def test_a_node_runs_from_its_own_programs_also_at_its_next_start(self):
        others = self.scratch / "others"
        others.mkdir()
        (others / "kindred").write_text('#!/bin/sh\necho others\nexec sleep 600\n')
        (others / "kindred").chmod(0o755)
        cluster = self.with_spare()
        cluster.member("a")["programs"] = str(others)
        cluster.save()
        for _ in range(2):
            again = self.cluster()
            again.begin(again.member("a"))
            self.addCleanup(processes.kill, again.member("a")["process"])
            processes.wait_until(lambda: "others" in again.last_lines(again.member("a")), "it says so", 60)
            again.log(again.member("a")).unlink()
            self.assertLess(again.end_in_peace(again.member("a")), 10)

    def test_what_is_asked_of_a_node_says_why_not(self):
        (self.programs / "kindredctl").write_text("#!/bin/sh\necho \"$@\"\n[ $4 = drain ] || { echo no such node >&2; exit 3; }\n")
        cluster = self.with_spare()
        told = cluster.ctl(self.programs, cluster.member("a"), "cluster", "drain", "b", within_s=60)
        self.assertEqual(told.split()[2:], ["cluster", "drain", "b"])
        with self.assertRaisesRegex(processes.NotInTime, "cluster join b through a: exit code 3: no such node"):
            cluster.ctl(self.programs, cluster.member("a"), "cluster", "join", "b", within_s=60)

    def test_one_that_does_not_end_in_peace_is_a_finding(self):
        cluster = self.with_spare()
        node = cluster.member("a")
        node["process"] = processes.start(["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"], cluster.log(node))
        processes.wait_until(lambda: "deaf" in cluster.last_lines(node), "it says so", 60)
        with mock.patch.object(local_cluster, "DRAIN_WITHIN_S", 0.2), self.assertRaisesRegex(processes.NotInTime, "a did not end"):
            cluster.end_in_peace(node)
        self.assertEqual(processes.state(node["process"]), "ended")

    def test_a_small_disk_goes_with_the_cluster(self):
        cluster = self.cluster()
        cluster.make(3, 3, 16, 256)
        if not cluster.give_small_disk(cluster.member("c"), 1):
            self.skipTest("mounting a tmpfs is not allowed here (2026-11-27)")
        (disk,) = self.cluster().small_disks()
        self.assertEqual(disk, self.place / "nodes/c/data")
        with self.assertRaises(OSError):
            (disk / "filler").write_bytes(bytes(2 << 20))
        self.cluster().remove()
        self.assertFalse(self.place.exists())


@unittest.skipIf(WHY_NOT, f"no network namespaces here (2026-11-27): {WHY_NOT}")
class InNamespaces(ClusterTest):
    def made(self):
        cluster = self.cluster()
        cluster.make(1, 1, 16, 256, namespaces=True)
        self.addCleanup(cluster.network.remove)
        cluster.network.make()
        node = cluster.member("a")
        cluster.begin(node)
        self.addCleanup(processes.kill, node["process"])
        return cluster

    def space_of(self, process):
        return os.readlink(f"/proc/{process['pid']}/ns/net")

    def test_a_member_runs_in_its_own_and_is_the_process_that_was_noted(self):
        cluster = self.made()
        node = cluster.member("a")
        until = time.monotonic() + 10
        while self.space_of(node["process"]) == os.readlink("/proc/self/ns/net") and time.monotonic() < until:
            time.sleep(0.01)  # nsenter is on its way
        self.assertNotEqual(self.space_of(node["process"]), os.readlink("/proc/self/ns/net"))
        self.assertNotEqual(node["host"], "127.0.0.1")

    def test_a_later_command_ends_it_and_takes_the_network_away(self):
        spaces = self.made().network.namespace("a"), self.cluster().network.hub
        self.assertLessEqual(set(spaces), network.Network.named())
        again = self.cluster()
        again.end_all(keep=True)
        self.assertFalse(set(spaces) & network.Network.named())
        self.assertEqual(again.network.hosts["a"], again.member("a")["host"], "the next up makes the same once more")
        again.remove()
        self.assertFalse(self.place.exists())


class Commands(ClusterTest):
    def run_verb(self, *words, **environment):
        return subprocess.run([sys.executable, ROOT / "tools/cluster/run", *words, "--directory", self.place],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "KINDRED_BIN_DIR": str(self.programs), **environment})

    def only_python(self):
        folder = self.scratch / "bin"
        folder.mkdir()
        (folder / "python3").symlink_to(shutil.which("python3"))
        return {"PATH": str(folder), "KINDRED_BUILD_DIR": str(self.scratch / "build")}

    def test_without_java_it_can_not_be_done_and_nothing_is_left(self):
        done = self.run_verb("up", **self.only_python())
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("there is no Java (Debian: openjdk-17-jre-headless)", done.stderr)
        self.assertFalse((self.place / "state.json").exists())

    def test_without_maven_and_jars_neither(self):
        environment = self.only_python()
        java = self.scratch / "bin/java"
        java.write_text("#!" + shutil.which("sh") + "\nexit 0\n")
        java.chmod(0o755)
        done = self.run_verb("up", **environment)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("there is no Maven", done.stderr)

    def test_down_where_nothing_is_up_is_fine(self):
        done = self.run_verb("down")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nothing to end", done.stderr)

    def test_down_ends_and_removes(self):
        members = [member["process"] for member in self.made().members()]
        done = self.run_verb("down")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({processes.state(process) for process in members}, {"ended"})
        self.assertFalse(self.place.exists())

    def test_down_keeps_the_data_where_told(self):
        self.made()
        self.assertEqual(self.run_verb("down", "--keep").returncode, 0)
        self.assertTrue((self.place / "nodes/a/node.toml").exists())

    def test_up_over_running_members_is_refused(self):
        self.made()
        done = self.run_verb("up")
        self.assertEqual(done.returncode, 2)
        self.assertIn("running already", done.stderr)

    def test_kept_data_of_a_cluster_without_namespaces_does_not_get_them(self):
        cluster = self.made()
        cluster.plan["complete"] = True
        cluster.save()
        self.assertEqual(self.run_verb("down", "--keep").returncode, 0)
        (self.scratch / "build/kafka/libs").mkdir(parents=True)
        java = self.scratch / "bin/java"
        java.parent.mkdir()
        java.write_text("#!/bin/sh\nexit 0\n")
        java.chmod(0o755)
        done = self.run_verb("up", "--namespaces", PATH=f"{java.parent}:{os.environ['PATH']}",
                             KINDRED_BUILD_DIR=str(self.scratch / "build"))
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("keeps a cluster without namespaces", done.stderr)

    def test_status_names_everybody(self):
        self.made()
        done = self.run_verb("status")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not whole", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^c +running +pid \d+ +does not answer")

    def test_a_member_is_killed_by_name(self):
        process = self.made().member("c")["process"]
        self.assertEqual(self.run_verb("kill", "c").returncode, 0)
        self.assertEqual(processes.state(process), "ended")


if __name__ == "__main__":
    sys.exit(unittest.main())
