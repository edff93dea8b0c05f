#!/usr/bin/env python3
"""bench/quality: the converters keep their protocols' order and counts, the table marks what is under its floor."""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench/quality"
sys.path.insert(0, str(BENCH))
import solvers  # noqa: E402
import table  # noqa: E402


def converted(script, folder, name, columns, rows):
    """The lines that the converter makes of a small CSV, and what it prints."""
    with tempfile.TemporaryDirectory() as directory:
        place = pathlib.Path(directory) / "data" / folder
        place.mkdir(parents=True)
        with open(place / name, "w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(columns)
            writer.writerows(rows)
        subprocess.run(["zstd", "-q", "--rm", place / name], check=True)
        out = pathlib.Path(directory) / "out.ndjson"
        run = subprocess.run([sys.executable, BENCH / script, out], check=True, stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "KINDRED_SHARED": directory})
        return [json.loads(line) for line in out.read_text().splitlines()], run.stdout


@unittest.skipUnless(shutil.which("zstd"), "the program zstd is not installed (2026-11-23)")
class Converters(unittest.TestCase):
    def deskdrop(self):
        columns = "timestamp,eventType,contentId,personId,sessionId,userAgent,userRegion,userCountry".split(",")
        return converted("deskdrop_to_ndjson.py", "deskdrop-events", "users_interactions.csv", columns, [
            [20, "LIKE", "i1", "u2", "s2", "", "", ""],
            [10, "VIEW", "i1", "u1", "s1", "Mozilla/5.0 (iPhone)", "SP", "BR"],
            [10, "VIEW", "i2", "u1", "s1", "Mozilla/5.0 (X11)", "SP", "BR"],
            [30, "VIEW", "i1", "u1", "s1", "", "", ""]])

    def test_deskdrop_is_ordered_by_time_and_then_by_row(self):
        lines, said = self.deskdrop()
        events = [line for line in lines if line["type"] == "track"]
        self.assertEqual([(e["userId"], e["properties"]["item"], e["event"]) for e in events],
                         [("u1", "i1", "view"), ("u1", "i2", "view"), ("u2", "i1", "like"), ("u1", "i1", "view")])
        self.assertEqual([e["sequence"] for e in events], [0, 1, 2, 3])
        self.assertEqual(events[0]["timestamp"], 10_000)
        self.assertEqual(events[0]["context"]["device"]["type"], "phone")
        self.assertEqual(said, "deskdrop: 4 events, 3 targets, 2 items\n")

    def test_deskdrop_tells_an_item_before_its_first_event_with_its_publisher(self):
        lines, _ = self.deskdrop()
        self.assertEqual([line["type"] for line in lines], ["item", "track", "item", "track", "track", "track"])
        self.assertEqual(lines[0], {"type": "item", "item": "i1", "published": "1970-01-01T00:00:10Z",
                                    "attributes": {"publisher": "u1"}})

    def test_retail_keeps_baskets_together_and_drops_what_is_no_purchase(self):
        columns = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country".split(",")
        lines, said = converted(
            "retail_to_ndjson.py", "online-retail-2010", "online_retail_2010-12_2011-12.csv", columns, [
                ["2", "A", "a", 1, "2010-12-01 09:00:00", 1.5, "7.0", "UK"],
                ["1", "B", "b", 1, "2010-12-01 08:00:00", 2.5, "7.0", "UK"],
                ["2", "C", "c", 1, "2010-12-01 09:01:00", 1.5, "7.0", "UK"],
                ["2", "A", "a", 3, "2010-12-01 09:01:00", 1.5, "7.0", "UK"],   # again in the basket
                ["3", "A", "a", 1, "2010-12-01 09:02:00", 1.5, "", "UK"],      # nobody's
                ["C4", "A", "a", 1, "2010-12-01 09:02:00", 1.5, "7.0", "UK"],  # cancelled
                ["5", "A", "a", -1, "2010-12-01 09:02:00", 1.5, "7.0", "UK"]])  # returned
        events = [line for line in lines if line["type"] == "track"]
        self.assertEqual([(e["properties"]["orderId"], e["properties"]["item"]) for e in events],
                         [("1", "B"), ("2", "A"), ("2", "C")])
        self.assertEqual(events[1]["timestamp"], events[2]["timestamp"])  # a basket has one time, the least
        self.assertEqual(said, "retail: 3 events, 3 targets of task A, 2 baskets, 1 targets of task B, 3 items\n")


class Table(unittest.TestCase):
    def figures(self, hr10):
        tally = {"hr10": hr10, "hr1": .1, "mrr10": .5, "recall20": .2}
        return {"name": f"row {hr10}", "all": tally, "last": tally}

    def test_a_row_under_its_floor_is_marked(self):
        found = {"tracks": 5, "decides": 3, "rejected": 0, "rows": [self.figures(.25), self.figures(.1), self.figures(.2)]}
        text = table.of("retail-new-item", found, 1.0)
        self.assertIn("below", text)
        self.assertIn("   0.2500      0.2000     0.3059     -0.0559   0.817   0.280  below", text)

    def test_a_row_above_its_floor_is_not(self):
        found = {"tracks": 5, "decides": 3, "rejected": 0, "rows": [self.figures(.31), self.figures(.1)]}
        self.assertNotIn("below", table.of("retail-new-item", found, 1.0))


class Solvers(unittest.TestCase):
    def test_columns_are_standardized_each_on_its_own(self):
        self.assertEqual(solvers.standardized([[1, 10], [3, 30], [5, 50]])[1], (0, 0))
        low, middle, high = (row[0] for row in solvers.standardized([[1, 7], [3, 8], [5, 9]]))
        self.assertAlmostEqual(high, -low)
        self.assertAlmostEqual(high * high + middle * middle + low * low, 3)

    def test_a_figure_under_its_floor_is_marked(self):
        text = solvers.table_of("cells-s1", {"points": 9, "ari": .98, "ari_after_steps": .99})
        first, second = text.splitlines()[-2:]
        self.assertIn("below", first)
        self.assertNotIn("below", second)
        self.assertIn("points 9", text)


class Run(unittest.TestCase):
    def test_the_list_names_protocols_and_solvers(self):
        run = subprocess.run([sys.executable, BENCH / "run", "--list"], stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn("deskdrop\n", run.stdout)
        self.assertIn("cells-s1\n", run.stdout)

    def test_an_unknown_protocol_is_a_mistake_of_the_caller(self):
        run = subprocess.run([sys.executable, BENCH / "run", "nonsense"], stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.returncode, 2)
        self.assertIn("deskdrop", run.stderr)

    def test_without_the_sets_it_is_skipped_with_the_reason(self):
        run = subprocess.run([sys.executable, BENCH / "run", "deskdrop"], stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.PIPE, env={**os.environ, "KINDRED_SHARED": "/nowhere"})
        self.assertEqual(run.returncode, 0)
        self.assertIn("skipped", run.stdout)
        self.assertIn("/nowhere", run.stderr)


if __name__ == "__main__":
    unittest.main()
