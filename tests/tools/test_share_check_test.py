"""tools/test_share_check.py: counts code and not comments, and fails below its floors."""

import json
import sys
import unittest

from trees import TreeTest


class TestShareCheck(TreeTest):
    tool = "test_share_check.py"

    def tree(self, engine, engine_tests, others=0, other_tests=0):
        self.write("engine/base/a.cpp", "int a;\n" * engine + "\n// not code\n/* nor\n this */\n")
        self.write("tests/engine/base/a_test.cpp", "int a;\n" * engine_tests)
        self.write("nodes/kindred/b.cpp", "int b;\n" * others)
        self.write("tests/nodes/kindred/b_test.cpp", "int b;\n" * other_tests)

    def test_at_its_floors(self):
        self.tree(engine=10, engine_tests=12, others=90, other_tests=68)
        self.assert_clean()

    def test_engine_below(self):
        self.tree(engine=100, engine_tests=119)
        self.assert_found("engine 1.19 (119 lines of test, 100 of code; floor 1.2): below its floor")

    def test_whole_below(self):
        self.tree(engine=10, engine_tests=12, others=90, other_tests=67)
        self.assert_found("whole 0.79")

    def test_comments_and_blank_lines_are_no_tests(self):
        self.tree(engine=10, engine_tests=11)
        self.write("tests/engine/base/b_test.cpp", "// a\n\n" * 100)
        self.assert_found("engine 1.10")

    def test_a_floor_in_the_ratchet_holds_until_it_is_raised(self):
        self.tree(engine=100, engine_tests=100)
        self.write("tools/ratchet.json", json.dumps({"test_share": {"engine": 1.0}}))
        self.assert_clean()
        self.tree(engine=100, engine_tests=99)
        self.assert_found("below its floor")


if __name__ == "__main__":
    sys.exit(unittest.main())
