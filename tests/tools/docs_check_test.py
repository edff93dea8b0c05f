"""tools/docs_check.py: links, named paths, maps at the doors and the table of decisions."""

import sys
import unittest

from trees import TreeTest


class DocsCheck(TreeTest):
    tool = "docs_check.py"

    def test_what_is_named_and_there_is_clean(self):
        self.write("engine/README.md", "[map](base/fold.md) `engine/base/fold.md` `base/x` `engine/<room>/a.hpp` `nodes/adapters/X/`")
        self.write("engine/base/fold.md", "back to [the door](../README.md#top), [elsewhere](https://example.org/a)")
        self.assert_clean()

    def test_a_link_that_leads_nowhere(self):
        self.write("README.md", "a\n[map](ARCHITECTURE.md)\n")
        self.assert_found("README.md:2: the link to ARCHITECTURE.md leads nowhere")

    def test_a_named_file_that_is_gone(self):
        self.write("README.md", "see `engine/base/fold.hpp`")
        self.assert_found("engine/base/fold.hpp is not in the tree")

    def test_what_stands_in_a_code_block_is_an_example(self):
        self.write("README.md", "```\n[a](b.md) `engine/base/fold.hpp`\n```\n")
        self.assert_clean()

    def test_a_room_without_a_map(self):
        self.write("engine/base/fold.hpp", "#pragma once\n")
        self.assert_found("engine/README.md:1: a top room has a map")

    def test_a_decision_that_is_not_in_the_table(self):
        self.write("docs/decisions/0001_a.md", "# 0001")
        self.write("docs/decisions/README.md", "| [0002](0001_a.md) |")
        self.assert_clean()
        self.write("docs/decisions/0002_b.md", "# 0002")
        self.assert_found("0002_b.md:1: is not in the table")


if __name__ == "__main__":
    sys.exit(unittest.main())
