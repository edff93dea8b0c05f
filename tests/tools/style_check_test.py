"""tools/style_check.py: that each rule can fail, and that the ratchet only turns one way."""

import json
import sys
import unittest

from trees import TreeTest

HEADER = "#pragma once\n\n/// A door: open or not. Value type.\nstruct Door {\n  bool open = false;\n};\n"


def function_of(lines, name="long_walk"):
    return f"int {name}(int at) {{\n" + "  ++at;\n" * (lines - 3) + "  return at;\n}\n"


class StyleCheck(TreeTest):
    tool = "style_check.py"

    def source(self, text, path="engine/base/door.cpp"):
        self.write(path, text)
        self.write("tests/" + path.replace(".cpp", "_test.cpp").replace(".hpp", "_test.cpp"), "int tested;\n")

    def ratchet(self, **sizes):
        entries = {key.replace("__", "/"): {"lines": lines, "reason": "grew in the dark"} for key, lines in sizes.items()}
        self.write("tools/ratchet.json", json.dumps({"sizes": entries}))

    def test_a_tree_in_the_house_style_is_clean(self):
        self.write("engine/base/door.hpp", HEADER)
        self.source(function_of(60))
        self.assert_clean()

    def test_headers_of_301_lines(self):
        self.write("engine/base/door.hpp", HEADER + "//\n" * (300 - HEADER.count("\n")))
        self.assert_clean()
        self.write("engine/base/door.hpp", HEADER + "//\n" * (301 - HEADER.count("\n")))
        self.assert_found("this header has 301 lines, the limit is 300")

    def test_sources_of_501_lines(self):
        self.source("//\n" * 500)
        self.assert_clean()
        self.source("//\n" * 501)
        self.assert_found("this source has 501 lines")

    def test_functions_of_61_lines(self):
        self.source(function_of(61))
        self.assert_found("door.cpp:1: function long_walk has 61 lines")

    def test_functions_are_found_wherever_they_stand(self):
        inside = function_of(61)
        for text, name in (
            ("namespace kindred {\nnamespace {\n" + inside + "}\n}\n", "long_walk"),
            ("class Door {\n public:\n" + inside + "};\n", "long_walk"),
            ("Door::Door(int at) : at_{at}, open_(true) {\n" + "  step();\n" * 60 + "}\n", "Door::Door"),
            ("template <class T>\nauto walk(T at) -> int {\n" + "  step();\n" * 60 + "}\n", "walk"),
            ("const char* kText = \"} {\";\nint walk() {\n  if (x) {\n" + "  step('}');\n" * 60 + "  }\n}\n", "walk"),
            ("TEST(Door, Opens) {\n" + "  step(); // }\n" * 60 + "}\n", "Door.Opens"),
            ("int a() {\n  return 1;\n}\n#define X {\nint walk() {\n" + "  step([] { return 2; });\n" * 60 + "}\n", "walk"),
        ):
            self.source(text)
            self.assert_found(f"function {name} has ")

    def test_lambdas_and_initializers_are_not_functions_of_their_own(self):
        self.source("constexpr int kTable[] = {\n" + "  1,\n" * 70 + "};\nstruct Row {\n" + "  int a = f(1);\n" * 70 + "};\n")
        self.assert_clean()

    def test_the_ratchet_holds_a_size_and_refuses_growth(self):
        self.ratchet(**{"engine__base__door.cpp:long_walk": 61})
        self.source(function_of(61))
        self.assert_clean()
        self.source(function_of(62))
        self.assert_found("grew to 62 lines; tools/ratchet.json holds it at 61")

    def test_the_ratchet_keeps_nothing_that_is_no_longer_needed(self):
        self.ratchet(**{"engine__base__door.cpp:long_walk": 61})
        self.source(function_of(20))
        self.assert_found("keeps the limit now")

    def test_tighten_lowers_and_never_raises(self):
        self.ratchet(**{"engine__base__door.cpp:long_walk": 90, "engine__base__gone.cpp": 600})
        self.source(function_of(70))
        self.assert_clean("--tighten")
        sizes = json.loads((self.root / "tools/ratchet.json").read_text())["sizes"]
        self.assertEqual({key: entry["lines"] for key, entry in sizes.items()}, {"engine/base/door.cpp:long_walk": 70})

    def test_a_ratchet_entry_needs_a_reason(self):
        self.write("tools/ratchet.json", json.dumps({"sizes": {"engine/base/door.cpp": {"lines": 501}}}))
        self.source("//\n" * 501)
        self.assert_found("has no reason")

    def test_code_without_a_test(self):
        self.write("engine/base/door.cpp", "int a;\n")
        self.assert_found("write tests/engine/base/door_test.cpp")

    def test_a_header_with_code_needs_one_too_and_a_contract_does_not(self):
        self.write("actors/catalog/contract.hpp", HEADER)
        self.assert_clean()
        self.write("engine/base/walk.hpp", "#pragma once\n/// Walks.\n" + function_of(8))
        self.assert_found("write tests/engine/base/walk_test.cpp")

    def test_a_reason_stands_in_for_a_test_until_there_is_one(self):
        self.write("nodes/kindred/main.cpp", "int a;\n")
        self.write("tools/untested.txt", "nodes/kindred/main.cpp wires the parts, started by every test of the server\n")
        self.assert_clean()
        self.write("tests/nodes/kindred/main_test.cpp", "int tested;\n")
        self.assert_found("nodes/kindred/main.cpp has a test now, or is gone")

    def test_a_reason_that_names_another_test_names_one_that_is_there(self):
        self.write("nodes/kindred/main.cpp", "int a;\n")
        self.write("tools/untested.txt", "nodes/kindred/main.cpp run by tests/nodes/serve_test.py as a whole\n")
        self.assert_found("tests/nodes/serve_test.py is not in the tree")
        self.write("tests/nodes/serve_test.py", "")
        self.assert_clean()

    def test_a_reason_is_a_sentence(self):
        self.write("nodes/kindred/main.cpp", "int a;\n")
        self.write("tools/untested.txt", "nodes/kindred/main.cpp later\n")
        self.assert_found("a reason is a sentence")

    def test_names(self):
        for path, text in (("engine/base/Door.hpp", "'Door' is not snake_case"), ("engine/base/door_utils.hpp", "says nothing"),
                           ("engine/common/door.hpp", "says nothing"), ("engine/base/manager.hpp", "says nothing")):
            self.write(path, HEADER)
            self.assert_found(text)
            (self.root / path).unlink()

    def test_headers_begin_with_their_contract(self):
        for text, finding in (
            ("// first\n" + HEADER, "begins with #pragma once"),
            (HEADER.replace("/// A door: open or not. Value type.\n", ""), "the contract comes first"),
            ("#pragma once\nint walk(int at);\n", "the contract comes first"),
            (HEADER + "class Gate {\n  int a;\n};\n", "class Gate has no comment above it"),
            (HEADER + "using namespace std;\n", "no using namespace"),
        ):
            self.write("engine/base/door.hpp", text)
            self.assert_found(finding)

    def test_forward_declarations_come_before_the_contract(self):
        self.write("engine/base/door.hpp", HEADER.replace("/// A door", "class Gate;\n\n/// A door"))
        self.assert_clean()

    def test_tests_wait_and_are_not_switched_off(self):
        for line, finding in (
            ("std::this_thread::sleep_for(1ms);", "never sleeps"),
            ("usleep(10);", "never sleeps"),
            ("::sleep(1);", "never sleeps"),
            ("TEST(Door, DISABLED_Opens) {}", "switched off"),
            ("GTEST_SKIP();", "says why and since when"),
            ('GTEST_SKIP() << "no disk";', "says why and since when"),
            ('GTEST_SKIP() << "(2026-11-23)";', "says why and since when"),
        ):
            self.write("tests/engine/base/door_test.cpp", f"void f() {{ {line} }}\n" if "TEST(" not in line else line + "\n")
            self.assert_found(finding)
        self.write("tests/engine/base/door_test.cpp", "// never sleep_for(1)\nvoid f() { GTEST_SKIP() << \"no disk (2026-11-23)\"; }\n")
        self.assert_clean()

    def test_scripts_that_skip_say_why_and_since_when(self):
        skip = "self.skip" + "Test"
        self.write("tests/dev/door_test.py", f'{skip}("no disk")\n')
        self.assert_found("says why and since when")
        self.write("tests/dev/door_test.py", "@unittest." + 'skipUnless(disk(),\n    "no disk")\n')
        self.assert_found("says why and since when")
        self.write("tests/dev/door_test.py", f'{skip}("no disk (2026-11-23)")\n' + "@unittest." + 'skipIf(x,\n    "no (2026-11-23)")\n')
        self.assert_clean()

    def test_engine_asks_no_clock(self):
        self.source("auto now() { return std::chrono::system_clock::now(); }\n")
        self.assert_found("engine/ knows no clock")

    def test_requests_are_bounded(self):
        self.source("void f() { self->request(to, caf::infinite, x); }\n", "actors/gateway/shell.cpp")
        self.assert_found("a request needs a bound")

    def test_unfinished_work_and_paths_of_a_machine(self):
        self.source("// TO" + "DO: the rest\nint a;\n")
        self.assert_found("finish it")
        self.source("int a;\n")
        self.write("docs/guide.md", "see /" + "home/me/notes\n")
        self.assert_found("a path of one machine")


if __name__ == "__main__":
    sys.exit(unittest.main())
