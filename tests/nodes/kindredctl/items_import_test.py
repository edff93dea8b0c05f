#!/usr/bin/env python3
"""`kindredctl items import` of catalogs as they come, good and broken, against a built server."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "nodes" / "kindred"))
import server as support  # noqa: E402

TOOL = os.path.join(os.environ.get("KINDRED_BIN_DIR", str(ROOT / "build/bin")), "kindredctl")
OK, FAILED, USAGE, REFUSED, UNAVAILABLE = 0, 1, 2, 4, 5
BOM = b"\xef\xbb\xbf"


class ItemsImport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="kindred-items-"))
        cls.endpoint = f"tcp://127.0.0.1:{support.free_port()}"
        cls.server = support.Server(str(cls.dir / "data"), "--listen", cls.endpoint)
        cls.server.wait_ready()

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        shutil.rmtree(cls.dir, ignore_errors=True)

    def run_tool(self, *words, stdin=b"", endpoint=None):
        command = [TOOL, "--endpoint", endpoint or self.endpoint, *map(str, words)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=60)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def ask(self, *words, stdin=b"", code=OK):
        ended, out, err = self.run_tool("--json", *words, stdin=stdin)
        self.assertEqual(ended, code, f"{words}: {out}{err}")
        return json.loads(out)

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content)
        return path

    def load(self, name, content, *flags, code=OK):
        return self.ask("items", "import", self.file(name, content), *flags, code=code)

    def item(self, name):
        return self.ask("items", "show", name)["items"][0]

    def catalog(self):
        """Every item, as the server has it, and its digest of what it has taken."""
        items, after = [], ""
        while True:
            page = self.ask("items", "list", "--limit", "1000", *(["--after", after] if after else []))
            items += page["items"]
            after = page["next"]
            if not after:
                return items

    def counts(self, told):
        return told["accepted"], told["rejected"], told["duplicates"]

    def test_a_csv_as_a_spreadsheet_writes_it(self):
        told = self.load("sheet.csv", BOM + b'item,title,price,currency,available,published,category,watts,tags\r\n'
                         b'sheet-1,"Lamp, ""big""",19.90,EUR,TRUE,2026-01-02,7,40,"x|y"\r\n'
                         b'sheet-2,"two\r\nlines",,,FALSE,1700000000000,,,\r\n', "--list", "tags")
        self.assertEqual(self.counts(told), (2, 0, 0))
        self.assertEqual((told["format"], told["dryRun"], told["errors"]), ("csv", False, []))
        self.assertTrue(told["positions"])
        self.assertEqual(self.item("sheet-1"), {
            "item": "sheet-1", "title": 'Lamp, "big"', "published": "2026-01-02T00:00:00Z",
            "price": {"amount": 19.9, "currency": "EUR"}, "available": True, "removed": False, "automatic": False,
            "attributes": {"category": "7", "watts": 40, "tags": ["x", "y"]}})
        second = self.item("sheet-2")
        self.assertEqual((second["title"], second["available"], second["published"]),
                         ("two\nlines", False, "2023-11-14T22:13:20Z"))

    def test_what_a_list_prints_is_imported_as_it_is(self):
        self.load("printed.csv", b"item,title,price,currency,colour,size\nprinted,A,2.5,EUR,red,7\n")
        line = json.dumps(self.item("printed")).encode()
        before = self.item("printed")
        self.assertEqual(self.counts(self.load("printed.ndjson", BOM + line + b"\r\n\r\n")), (1, 0, 0))
        self.assertEqual(self.item("printed"), before)

    def test_twice_changes_nothing(self):
        content = b"item,title,published,n\n" + b"".join(b"twice-%d,T,%s,%d\n" % (n % 700, b"2026-01-01" if n < 700 else b"", n)
                                                         for n in range(2500))
        first = self.load("twice.csv", content)
        self.assertEqual(self.counts(first), (2500, 0, 1800))
        catalog = self.catalog()
        self.assertEqual(self.item("twice-0")["attributes"]["n"], 2100, "the last row stands")
        self.assertEqual(self.counts(self.load("twice.csv", content)), (2500, 0, 1800))
        self.assertEqual(self.catalog(), catalog)

    def broken_half(self, prefix, rows):
        """A file of good rows and of every way to be bad, one after another; the ids of the good ones."""
        bad = [b'%s,"stray quote,1,EUR', b'%s,19" wide,1,EUR', b"%s,title,cheap,EUR", b"%s,too few", b"%s,a,b,c,1,EUR",
               b"%s,\xff\xfe,1,EUR", b",no id %s,1,EUR", b"%s,title,1,EURO", b"%s," + b"x" * 5000 + b",1,EUR",
               b"%s," + b"y" * 70000 + b",1,EUR"]
        lines, ids = [b"item,title,price,currency"], []
        for n in range(rows):
            name = b"%s-%d" % (prefix, n)
            lines.append(bad[n % len(bad)] % name)
            lines.append(b'%s-good,"Good, %d",1,EUR' % (name, n))
            ids.append(name.decode() + "-good")
        return b"\r\n".join(lines) + b"\r\n", ids

    def test_of_a_file_broken_by_half_the_good_half_is_taken(self):
        content, ids = self.broken_half(b"half", 500)
        rejects = self.dir / "half.rejects.csv"
        told = self.load("half.csv", content, "--rejects", rejects, code=REFUSED)
        self.assertEqual(self.counts(told), (500, 500, 0))
        self.assertEqual([error["line"] for error in told["errors"]], list(range(2, 1002, 2)))
        kinds = [(error["code"], error.get("column", "")) for error in told["errors"][:10]]
        self.assertEqual(kinds, [("malformed", ""), ("malformed", ""), ("invalidPrice", "price"), ("malformed", ""),
                                 ("malformed", ""), ("invalidText", "title"), ("missingField", "item"),
                                 ("invalidValue", "currency"), ("tooLarge", "title"), ("tooLarge", "")])
        have = {item["item"] for item in self.catalog() if item["item"].startswith("half")}
        self.assertEqual(have, set(ids))
        written = rejects.read_bytes().split(b"\n")
        self.assertEqual(written[0], b"item,title,price,currency,error")
        self.assertEqual(written[3], b"half-2,title,cheap,EUR,\"line 6, price: invalidPrice: 'price' is no amount: send a finite "
                                     b'number like 12.99, below 9e14"')
        self.assertEqual(len(written), 502)

    def test_rejects_are_mended_and_imported(self):
        rejects, again = self.dir / "mend.rejects.csv", self.dir / "mend.again.csv"
        content = b'item,title,price\nmend-1,"open,1\nmend-2,fine,1\nmend-3,x,cheap\nmend-4\n'
        self.load("mend.csv", content, "--rejects", rejects, code=REFUSED)
        told = self.ask("items", "import", rejects, "--rejects", again, code=REFUSED)
        self.assertEqual(self.counts(told), (0, 3, 0), "nothing was mended yet")
        self.assertEqual(again.read_bytes().count(b"line "), 3, "each has one error, not two")
        text = again.read_bytes().replace(b'"open', b'"open"').replace(b"cheap", b"3").replace(b"mend-4,", b"mend-4,,,")
        told = self.load("mended.csv", text, "--rejects", rejects)
        self.assertEqual(self.counts(told), (3, 0, 0))
        self.assertEqual(rejects.read_bytes(), b"")
        self.assertEqual((self.item("mend-1")["title"], self.item("mend-3")["price"]["amount"]), ("open", 3.0))
        self.assertEqual(self.item("mend-4")["attributes"], {})

    def test_rejects_of_ndjson_are_mended_and_imported(self):
        rejects = self.dir / "lines.rejects.ndjson"
        bad = [b'{"item":"line-1","price":"cheap"}', b"{broken", b'{"item":"line-3","titel":"x"}', b'{"item":"\xff"}', b"[1]",
               b'{"item":"line-6","title":"' + b"x" * 70000 + b'"}']
        content = b"\n".join(line + b'\n{"item":"line-ok-%d"}' % n for n, line in enumerate(bad))
        told = self.load("lines.ndjson", content, "--rejects", rejects, code=REFUSED)
        self.assertEqual(self.counts(told), (6, 6, 0))
        self.assertEqual([error["line"] for error in told["errors"]], [1, 3, 5, 7, 9, 11])
        self.assertEqual([error.get("column") for error in told["errors"]], ["price", None, "titel", None, None, None])
        written = rejects.read_bytes().splitlines()
        self.assertEqual(written[1::2], bad, "byte for byte")
        self.assertEqual([json.loads(line)["error"] for line in written[0::2]], told["errors"])
        text = rejects.read_bytes().replace(b'"cheap"', b"7").replace(b"titel", b"title")
        self.assertEqual(self.counts(self.load("lines.mended.ndjson", text, code=REFUSED)), (2, 4, 0))
        self.assertEqual(self.item("line-1")["price"]["amount"], 7.0)

    def test_standard_input_and_packed_files(self):
        self.assertEqual(self.counts(self.ask("items", "import", "-", stdin=BOM + b"item,title\r\npipe-1,x\r\n")), (1, 0, 0))
        told = self.ask("items", "import", "-", "--format", "ndjson", stdin=b'{"item":"pipe-2"}\n')
        self.assertEqual((self.counts(told), told["format"]), ((1, 0, 0), "ndjson"))
        self.assertEqual(self.ask("items", "import", "-", stdin=b'{"item":"pipe-3"}')["format"], "ndjson")
        self.assertEqual(self.counts(self.load("packed.csv.gz", gzip.compress(b"item\npipe-4\n"))), (1, 0, 0))
        for name in ("pipe-1", "pipe-2", "pipe-3", "pipe-4"):
            self.item(name)

    def test_a_packed_file_that_is_cut_off_says_so(self):
        path = self.file("cut.csv.gz", gzip.compress(b"item,title\n" + b"".join(b"cut-%d,%d\n" % (n, n * n) for n in range(9999)))[:-40])
        ended, _, err = self.run_tool("items", "import", path)
        self.assertEqual(ended, FAILED)
        self.assertIn("cut off", err)

    def test_files_of_nothing(self):
        for name, content in (("empty.csv", b""), ("header.csv", BOM + b"item,title\r\n"), ("empty.ndjson", b""), ("blank.ndjson", b"\n\n")):
            self.assertEqual(self.counts(self.load(name, content)), (0, 0, 0), name)
        self.assertEqual(self.counts(self.ask("items", "import", "-")), (0, 0, 0))

    def test_a_dry_run_sends_nothing(self):
        path = self.file("dry.csv", b"item,price\ndry-1,1\ndry-1,2\ndry-2,x\n")
        nobody = f"tcp://127.0.0.1:{support.free_port()}"
        ended, out, _ = self.run_tool("--json", "items", "import", path, "--dry-run", endpoint=nobody)
        self.assertEqual(ended, REFUSED)
        told = json.loads(out)
        self.assertEqual((self.counts(told), told["dryRun"], told["positions"]), ((2, 1, 1), True, []))
        self.ask("items", "import", path, "--dry-run", code=REFUSED)
        self.assertNotIn("dry-1", [item["item"] for item in self.catalog()])

    def test_items_are_taken_out_by_a_row(self):
        self.load("out.csv", b"item,title\nout,x\n")
        self.load("out.csv", b"item,removed\nout,true\n")
        self.assertTrue(self.item("out")["removed"])

    def test_in_words(self):
        path = self.file("words.csv", b"item,price\nwords-1,1\nwords-1,2\nwords-2,x\n")
        ended, out, err = self.run_tool("items", "import", path)
        self.assertEqual(ended, REFUSED)
        self.assertIn("accepted 2, rejected 1", out)
        self.assertIn("the last row of an item stands", out)
        self.assertIn("line 4, price: invalidPrice", err)
        self.assertNotIn("\r", err, "no progress where nobody looks")

    def test_how_it_ends_when_it_cannot(self):
        path = self.file("cannot.csv", b"item,title\ncannot,x\n")
        self.assertEqual(self.run_tool("items", "import", self.dir / "nowhere.csv")[0], USAGE)
        self.assertEqual(self.run_tool("items", "import", path, "--format", "xml")[0], USAGE)
        self.assertEqual(self.run_tool("items", "import", path, "--rejects", path)[0], USAGE)
        self.assertEqual(path.read_bytes(), b"item,title\ncannot,x\n", "it is not its own reject file")
        self.assertEqual(self.run_tool("items", "import", path, "--rejects", self.dir / "nowhere" / "r")[0], USAGE)
        self.assertEqual(self.run_tool("items", "import", path, "--list", "=|")[0], USAGE)
        self.assertEqual(self.run_tool("items", "import", "-", "--text", "n", stdin=b'{"item":"a"}')[0], USAGE)
        for header in (b"id,title\n", b"item;title\n", b"item,item\n", b"item,\xff\n", b"item,\n"):
            told = self.load("header.csv", header + b"a,b\n", code=REFUSED)
            self.assertIn("error", told)

    def test_it_says_where_it_stopped(self):
        nobody = f"tcp://127.0.0.1:{support.free_port()}"
        path = self.file("stopped.csv", b"item,price\nstopped-1,x\nstopped-2,1\n")
        ended, out, err = self.run_tool("--json", "--deadline-ms", "30", "items", "import", path, endpoint=nobody)
        self.assertEqual(ended, UNAVAILABLE)
        self.assertEqual(json.loads(out)["stoppedAtLine"], 3)
        self.assertIn("again", err)


if __name__ == "__main__":
    sys.exit(unittest.main())
