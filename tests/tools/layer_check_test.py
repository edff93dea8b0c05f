"""tools/layer_check.py: what each room may include, and that each row can fail."""

import sys
import unittest

from trees import TreeTest


class LayerCheck(TreeTest):
    tool = "layer_check.py"

    def include(self, path, *headers):
        self.write(path, "".join(f"#include {header}\n" for header in headers))

    def refused(self, path, header):
        self.include(path, header)
        done = self.check()
        self.assertEqual(done.returncode, 1, f"{path} could include {header}")
        self.assertIn(f"{path}:1: ", done.stdout)
        (self.root / path).unlink()

    def test_a_tree_that_keeps_the_layers_is_clean(self):
        self.include("engine/base/hash.cpp", "<cstdint>", "<xxhash.h>", '"engine/base/ids.hpp"')
        self.include("engine/base/ids.hpp", "<compare>")
        self.include("engine/profiles/fold.cpp", '"engine/base/ids.hpp"', "<Eigen/Dense>", "<vector>")
        self.include("schemas/codec/entry.cpp", '"schemas/records.capnp.h"', '"engine/base/ids.hpp"', "<kj/array.h>")
        self.include("actors/gateway/peek.cpp", '"schemas/api.capnp.h"', "<capnp/serialize.h>")
        self.include("actors/gateway/shell.cpp", "<caf/all.hpp>", "<mutex>")
        self.include("nodes/adapters/zmq/loop.cpp", "<zmq.hpp>", "<sys/eventfd.h>")
        self.include("tests/actors/gateway/shell_test.cpp", "<gtest/gtest.h>", '"schemas/api.capnp.h"')
        self.assert_clean()

    def test_engine_knows_nothing_above_it(self):
        for header in ('"schemas/codec/entry_codec.hpp"', '"actors/ports/log.hpp"', '"nodes/kindred/main.hpp"', '"tests/support/x.hpp"',
                       '"schemas/records.capnp.h"'):
            self.refused("engine/profiles/fold.cpp", header)

    def test_engine_has_no_actor_socket_file_thread_clock_or_chance(self):
        for header in ("<caf/all.hpp>", "<zmq.hpp>", "<fstream>", "<thread>", "<mutex>", "<atomic>", "<chrono>", "<random>",
                       "<unistd.h>", "<sys/socket.h>", "<capnp/message.h>", "<rocksdb/db.h>"):
            self.refused("engine/stats/moments.hpp", header)

    def test_engine_is_built_upwards(self):
        self.include("engine/profiles/profile.hpp", "<vector>")
        self.include("engine/stats/counts.hpp", "<vector>")
        for low, high in (("base", "stats/counts"), ("records", "profiles/profile"), ("stats", "profiles/profile")):
            self.refused(f"engine/{low}/thing.hpp", f'"engine/{high}.hpp"')

    def test_only_base_reaches_for_xxhash(self):
        self.refused("engine/profiles/digest.cpp", "<xxhash.h>")

    def test_codecs_stay_below_actors(self):
        self.refused("schemas/codec/entry.cpp", '"actors/ports/log.hpp"')
        self.refused("schemas/codec/entry.cpp", "<caf/all.hpp>")

    def test_generated_code_is_for_codecs_and_the_peek(self):
        for path in ("actors/gateway/state.cpp", "actors/user_shard/shell.cpp", "nodes/kindred/main.cpp",
                     "nodes/adapters/zmq/loop.cpp", "clients/cpp/client.cpp"):
            self.refused(path, '"schemas/api.capnp.h"')

    def test_actors_reach_libraries_through_ports(self):
        for header in ("<rocksdb/db.h>", "<zmq.hpp>", "<boost/beast.hpp>", "<prometheus/registry.h>", "<unistd.h>"):
            self.refused("actors/user_shard/shell.cpp", header)
        self.refused("actors/ports/log.hpp", "<caf/all.hpp>")
        self.refused("actors/user_shard/state.cpp", '"nodes/adapters/rocksdb/log.hpp"')

    def test_an_adapter_owns_one_library(self):
        self.refused("nodes/adapters/rocksdb/log.cpp", "<zmq.hpp>")
        self.refused("nodes/adapters/zmq/loop.cpp", "<rocksdb/db.h>")
        self.refused("nodes/adapters/prometheus/export.cpp", "<boost/beast.hpp>")
        self.refused("nodes/kindred/main.cpp", "<rocksdb/db.h>")
        self.include("nodes/adapters/zmq/loop.hpp", "<vector>")
        self.refused("nodes/adapters/http/server.cpp", '"nodes/adapters/zmq/loop.hpp"')

    def test_the_operators_tool_speaks_through_the_client(self):
        self.include("actors/gateway/state.hpp", "<vector>")
        self.refused("nodes/kindredctl/main.cpp", '"actors/gateway/state.hpp"')
        self.refused("nodes/kindredctl/main.cpp", "<zmq.hpp>")

    def test_the_demos_world_shares_no_code_with_the_engine(self):
        self.include("engine/base/random.hpp", "<cstdint>")
        self.refused("nodes/kindredctl/demo/world.cpp", '"engine/base/random.hpp"')

    def test_the_client_does_not_know_the_servers_rooms(self):
        self.include("engine/profiles/profile.hpp", "<vector>")
        self.include("actors/ports/log.hpp", "<vector>")
        self.refused("clients/cpp/client.cpp", '"engine/profiles/profile.hpp"')
        self.refused("clients/cpp/client.cpp", '"actors/ports/log.hpp"')

    def test_the_simulator_runs_without_processes_and_adapters(self):
        self.include("nodes/adapters/rocksdb/log.hpp", "<vector>")
        self.refused("tests/simulation/run.cpp", '"nodes/adapters/rocksdb/log.hpp"')
        self.refused("tests/simulation/run.cpp", "<caf/all.hpp>")

    def test_an_unknown_library_or_room_is_a_finding(self):
        self.refused("nodes/kindred/main.cpp", "<some_new_library/api.h>")
        self.refused("nodes/unheard_of/main.cpp", "<vector>")

    def test_includes_are_full_paths_that_exist(self):
        self.refused("engine/base/hash.cpp", '"ids.hpp"')
        self.refused("engine/base/hash.cpp", '"engine/base/gone.hpp"')


if __name__ == "__main__":
    sys.exit(unittest.main())
