"""tools/schema_check.py: what may be added to a schema, and that every other change is refused."""

import sys
import unittest

from trees import TreeTest

SCHEMA = """@0xa93fc509624c72d9;
const limit @0x9db2e7cb0ba0fe50 :UInt32 = 64;
enum Colour @0xd4a9c4a1b2f0c001 { red @0; green @1; }
struct Door @0xd4a9c4a1b2f0c002 {
  width @0 :UInt32;
  colour @1 :Colour;
  name @2 :Text = "front";
  state :union { open @3 :Void; angle @4 :Float64; }
  union { wood @5 :Void; glass @6 :Text; }
  maker :group { city @7 :Text; }
}
"""


class SchemaCheck(TreeTest):
    tool = "schema_check.py"

    def setUp(self):
        super().setUp()
        self.schema(SCHEMA)
        self.assert_clean("--accept")

    def schema(self, text):
        self.write("schemas/door.capnp", text)

    def changed(self, before, after):
        self.assertIn(before, SCHEMA)
        self.schema(SCHEMA.replace(before, after))

    def refused(self, before, after, says):
        self.changed(before, after)
        self.assert_found(says, "old messages could not be read")
        self.assertEqual(self.check("--accept").returncode, 1, "an incompatible change was accepted")
        self.schema(SCHEMA)
        self.assert_clean()

    def test_the_same_again_is_clean(self):
        self.assert_clean()

    def test_comments_and_order_of_text_promise_nothing(self):
        self.changed("  width @0 :UInt32;\n  colour @1 :Colour;\n", "  colour @1 :Colour;  # painted\n  width @0 :UInt32;\n")
        self.assert_clean()

    def test_a_member_with_a_higher_number_is_new_until_it_is_accepted(self):
        self.changed("  maker :group", "  height @8 :UInt32;\n  maker :group")
        self.assert_found("1 new promises are not on file", "Door.height")
        self.assert_clean("--accept")
        self.assert_clean()
        self.schema(SCHEMA)
        self.assert_found("Door.height (@8 :UInt32", "is gone")

    def test_other_additions(self):
        for before, after in (
            ("green @1;", "green @1; blue @2;"),
            ("angle @4 :Float64;", "angle @4 :Float64; shut @8 :Void;"),
            ("const limit", "const other @0x9db2e7cb0ba0fe51 :Text = \"a\";\nconst limit"),
            ("struct Door", "struct Window @0xd4a9c4a1b2f0c003 { a @0 :Bool; }\nstruct Door"),
        ):
            self.changed(before, after)
            self.assert_found("are not on file")
            self.assertNotIn("could not be read", self.check().stdout)

    def test_removed(self):
        self.refused("  maker :group { city @7 :Text; }\n", "", "is gone")
        self.refused("green @1;", "", "is gone")
        self.refused("const limit @0x9db2e7cb0ba0fe50 :UInt32 = 64;\n", "", "is gone")

    def test_renamed(self):
        self.refused("width @0", "breadth @0", "Door.width (@0 :UInt32 at bits[0, 32)) became schemas/door.capnp:Door.breadth")
        self.refused("green @1", "lime @1", "became")

    def test_renumbered(self):
        self.refused("red @0; green @1;", "green @0; red @1;", "Colour.red was @0, is @1")

    def test_retyped(self):
        self.refused("width @0 :UInt32", "width @0 :UInt64", "Door.width was @0 :UInt32")
        self.refused("city @7 :Text", "city @7 :Data", "city was @7 :Text")

    def test_another_default_or_constant(self):
        self.refused('= "front"', '= "back"', "Door.name was")
        self.refused("UInt32 = 64", "UInt32 = 65", "limit was")

    def test_another_id(self):
        self.refused("@0xa93fc509624c72d9", "@0xa93fc509624c72d8", "file id")
        self.refused("@0xd4a9c4a1b2f0c002", "@0xd4a9c4a1b2f0c009", "struct id")

    def test_moved_out_of_its_union(self):
        self.refused("  union { wood @5 :Void; glass @6 :Text; }\n", "  wood @5 :Void;\n  glass @6 :Text;\n", "is gone")

    def test_text_that_does_not_compile(self):
        self.schema("struct {")
        self.assert_found("do not compile")

    def test_a_tree_without_schemas_promises_nothing(self):
        (self.root / "schemas/door.capnp").unlink()
        (self.root / "schemas/baseline.txt").unlink()
        self.assert_clean()


if __name__ == "__main__":
    sys.exit(unittest.main())
