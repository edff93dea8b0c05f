#!/usr/bin/env python3
"""bench/quality: the converters keep their protocols' order and counts, the table marks what is under its floor, the page of
results keeps what was not run, the references are set up once and missed in one line."""

import contextlib
import csv
import gzip
import io
import json
import math
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench/quality"
sys.path.insert(0, str(BENCH))
import reference_libraries  # noqa: E402
import results_page  # noqa: E402
import segments  # noqa: E402
import drifting_groups  # noqa: E402
import solvers  # noqa: E402
import stability  # noqa: E402
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

    def found(self, *hr10):
        return {"tracks": 5, "decides": 3, "rejected": 0, "rows": [self.figures(one) for one in hr10]}

    def test_a_served_row_stands_beside_what_is_stored(self):
        row = table.served("retail-new-item", self.found(.25, .1, .2))[0]
        self.assertEqual(table.cells(row), ("retail-new-item: HR@10", "0.2500", "0.3059 stored", "-0.0559", "-", "-",
                                            "≥ 0.303 below"))
        self.assertIn("HR@10 0.2000", table.served_note("retail-new-item", self.found(.25, .1, .2), 1.0))

    def test_a_row_above_its_floor_is_not_marked(self):
        for row in table.served("retail-new-item", self.found(.31, .1)):
            self.assertNotIn("below", table.cells(row)[-1])

    def test_times_are_judged_by_the_ratio_of_their_medians(self):
        row = table.Row("p", "s", (2., 9., 1.), (4., 3., 5.), kind="time", most=.5, solver_only=True)
        self.assertEqual(table.cells(row), ("p: s (solver only)", "2.00 (1.00..9.00)", "4.00 (3.00..5.00)", "-2.00",
                                            "0.50", "-", "≤ 0.5"))
        slower = table.Row("p", "s", (2.1,), (4.,), kind="time", most=.5)
        self.assertEqual(table.cells(slower)[-1], "≤ 0.5 below")

    def test_times_below_a_second_are_shown_in_milliseconds(self):
        self.assertEqual(table.cells(table.Row("p", "s", (.0123,), (4.,), kind="time"))[1:3], ("0.012", "4.000"))

    def test_memory_has_a_column_of_its_own(self):
        row = table.Row("p", "MB", (350.2,), (700.,), kind="memory")
        self.assertEqual(table.cells(row)[1:], ("350", "700", "-350", "-", "0.50", ""))

    def test_a_reference_that_was_not_run_leaves_its_columns_open(self):
        time = table.Row("p", "s", (2.,), (), kind="time", most=1.0)
        self.assertEqual(table.cells(time)[1:], ("2.00", "not run", "-", "-", "-", "≤ 1 not judged"))
        quality = table.Row("p", "recall", (.4,), (), least=.5)  # needs no reference to be below
        self.assertEqual(table.cells(quality)[1:], ("0.4000", "not run", "-", "-", "-", "≥ 0.5 below"))

    def test_a_floor_has_two_sides_where_more_is_no_better(self):
        marks = [table.cells(table.Row("p", "k", (k,), (15,), kind="k", least=13.5, most=16.5))[-1] for k in (13, 14, 16, 17)]
        self.assertEqual(marks, ["13.5 to 16.5 below", "13.5 to 16.5", "13.5 to 16.5", "13.5 to 16.5 below"])

    def test_columns_stand_under_their_names(self):
        row = table.line(table.cells(table.Row("p", "recall", (.4,), (.5,), least=.5)))
        head = table.line(table.COLUMNS)
        for name, text in (("Kindred", "0.4000"), ("reference", "0.5000"), ("difference", "-0.1000")):
            self.assertEqual(head.index(name) + len(name), row.index(text) + len(text))


class Solvers(unittest.TestCase):
    OURS = {"items": 3, "users": 2, "gram_s": 1., "solve_s": 6., "peak_mb": 300., "published_bytes": 9, "kept": .6,
            "recall20": .477, "ndcg20": .468}
    THEIRS = {"items": 3, "users": 2, "gram_s": 2., "solve_s": 8., "peak_mb": 600., "inverse_peak_mb": 400.,
              "recall20": .476, "ndcg20": .471, "blas": "some"}

    def test_columns_are_standardized_each_on_its_own(self):
        self.assertEqual(solvers.standardized([[1, 10], [3, 30], [5, 50]])[1], (0, 0))
        low, middle, high = (row[0] for row in solvers.standardized([[1, 7], [3, 8], [5, 9]]))
        self.assertAlmostEqual(high, -low)
        self.assertAlmostEqual(high * high + middle * middle + low * low, 3)

    def test_the_sides_take_turns(self):
        order = []
        ours, theirs = solvers.by_turns(lambda: order.append("K") or {"k": 1}, lambda: order.append("R") or {"k": 2})
        self.assertEqual("".join(order), "KR" * solvers.TURNS)
        self.assertEqual((ours, theirs), ([{"k": 1}] * solvers.TURNS, [{"k": 2}] * solvers.TURNS))

    def test_without_a_reference_there_is_nothing_of_it(self):
        self.assertEqual(solvers.by_turns(lambda: {"k": 1}, None)[1], [])

    def test_figures_that_differ_from_turn_to_turn_are_an_error(self):
        turns = iter([{"ari": 1, "solve_s": 1}, {"ari": 1, "solve_s": 2}, {"ari": .9, "solve_s": 1}])
        with self.assertRaisesRegex(RuntimeError, "different figures"):
            solvers.by_turns(lambda: next(turns), None)

    def test_pruning_is_judged_by_what_the_whole_model_reaches(self):
        whole = {**self.OURS, "recall20": .4785, "ndcg20": .4701}
        rows = {row.figure: table.cells(row) for row in solvers.item_item_rows("a", whole, [self.OURS], [self.THEIRS])}
        self.assertEqual(rows["recall@20"][-1], "≥ 0.475")
        self.assertEqual(rows["recall@20, pruned"][-1], "≥ 0.4765")
        self.assertEqual(rows["NDCG@20, pruned"][-1], "≥ 0.4681 below")

    def test_time_and_memory_are_judged_without_the_gram(self):
        rows = {row.figure: table.cells(row)
                for row in solvers.item_item_rows("a", self.OURS, [self.OURS], [self.THEIRS])}
        self.assertEqual(rows["s, Gram to bytes"][4:], ("0.75", "-", "≤ 1"))
        self.assertEqual(rows["s, the Gram counted too"][4:], ("0.70", "-", ""))
        self.assertEqual(rows["MiB at the peak"][4:], ("-", "0.50", "≤ 0.6"))
        self.assertEqual(rows["MiB, theirs of the inverse"][4:], ("-", "0.75", ""))

    def test_sides_that_judge_different_users_are_not_compared(self):
        with self.assertRaisesRegex(RuntimeError, "different users"):
            solvers.item_item_rows("a", self.OURS, [self.OURS], [{**self.THEIRS, "users": 3}])

    def test_both_figures_of_the_cells_have_the_floor_of_their_set(self):
        ours = {"ari": .98, "ari_after_steps": .99, "solve_s": 1., "peak_mb": 4.}
        rows = solvers.cells_rows("cells-s1", 15, [ours], [])
        self.assertEqual([table.cells(row)[-1] for row in rows[:2]], ["≥ 0.985 below", "≥ 0.985"])
        self.assertTrue(all("(solver only)" in table.cells(row)[0] for row in rows))

    def test_a_chosen_k_is_judged_by_the_true_one(self):
        ours, theirs = {"k": 46, "solve_s": 1., "peak_mb": 4.}, {"k": 40, "solve_s": 1., "peak_mb": 4.}
        row = table.cells(solvers.chosen_k_rows("chosen-k-a3", 50, [ours], [theirs])[0])
        self.assertEqual(row[1:4] + row[-1:], ("46", "40", "+6", "45 to 55"))


class AdjustedRandIndex(unittest.TestCase):
    def test_what_is_known_of_it(self):
        index = segments.adjusted_rand_index
        self.assertEqual(index(["a", "a", "b", "b"], ["1", "1", "2", "2"]), 1)
        self.assertAlmostEqual(index(["a", "a", "b", "b"], ["1", "2", "1", "2"]), -0.5)
        self.assertAlmostEqual(index(list("aaabbb"), list("112233")), 0.24242424)  # Hubert and Arabie's formula, by hand
        self.assertEqual(index(["a"] * 4, ["1"] * 4), 1)


class DriftingGroups(unittest.TestCase):
    def world(self, users=400):
        return drifting_groups.World(5, users)

    def nearest(self, world):
        return [min(math.dist(one, other) for other in world.centres.values() if other is not one)
                for one in world.centres.values()]

    def test_each_group_has_another_four_sigma_away_and_none_nearer(self):
        world = self.world()
        self.assertEqual(len(world.centres), drifting_groups.GROUPS)
        for distance in self.nearest(world):
            self.assertAlmostEqual(distance, 4)

    def test_users_lie_one_sigma_about_their_centre(self):
        world = self.world(4_000)
        off = [x - c for user in world.users for x, c in zip(world.traits(user), world.centres[user.group])]
        self.assertAlmostEqual(statistics.fmean(off), 0, 1)
        self.assertAlmostEqual(statistics.pstdev(off), 1, 1)

    def test_a_step_replaces_a_tenth_and_takes_the_others_no_further_than_events_do(self):
        world = self.world(4_000)
        before = {user.name: world.traits(user) for user in world.users}
        left = world.replace()
        self.assertEqual(len(left), 400)
        self.assertEqual(len({user.name for user in world.users} - set(before)), 400)
        self.assertFalse(set(left) & {user.name for user in world.users})
        world.go_on()
        moves = [x - y for user in world.users if user.name in before
                 for x, y in zip(world.traits(user), before[user.name])]
        # of 20 events and one more: the mean of twenty lies sqrt(.5) off, that one sqrt(10)
        self.assertAlmostEqual(statistics.pstdev(moves), math.sqrt(.5 + 10) / 21, 2)

    def test_centres_drift_by_what_they_should_and_stay_apart(self):
        world = self.world()
        for _ in range(20):
            before = dict(world.centres)
            world.drift()
            for group, centre in world.centres.items():
                self.assertAlmostEqual(math.dist(before[group], centre), .3)
            self.assertGreater(min(self.nearest(world)), 3.99)

    def test_a_group_parts_in_halves_four_sigma_apart(self):
        world = self.world()
        middle = world.centres[0]
        new = world.part(0)
        self.assertAlmostEqual(math.dist(world.centres[0], world.centres[new]), 4)
        self.assertAlmostEqual(math.dist(middle, world.centres[new]), 2)
        self.assertEqual([sum(user.group == group for user in world.users) for group in (0, new)], [20, 20])

    def test_the_nearest_two_meet_in_their_middle(self):
        world = self.world()
        centres = dict(world.centres)
        kept, gone = world.meet()
        self.assertAlmostEqual(math.dist(centres[kept], centres[gone]), 4)
        self.assertAlmostEqual(math.dist(world.centres[kept], centres[gone]), 2)
        self.assertNotIn(gone, world.centres)
        self.assertEqual({user.group for user in world.users}, set(world.centres))

    def test_the_same_seed_is_the_same_world(self):
        one, other = self.world(), self.world()
        for world in (one, other):
            world.replace()
            world.go_on()
            world.drift()
        self.assertEqual([one.traits(user) for user in one.users], [other.traits(user) for user in other.users])


class Stability(unittest.TestCase):
    def test_who_left_and_who_came_are_not_counted(self):
        self.assertEqual(stability.share_changed({"a": 1, "b": 2, "left": 3}, {"a": 1, "b": 3, "came": 9}), .5)

    def test_lineage_is_right_only_where_all_of_it_is_told_and_nothing_else(self):
        wanted = {7: [({"c1", "c11"}, ["c1"])], 14: [({"c2"}, ["c2", "c3"])]}
        errors = lambda told: stability.lineage_errors(told, wanted)
        self.assertEqual(errors({7: {"c11": ["c1"]}, 14: {"c2": ["c2", "c3"]}}), 0)
        self.assertEqual(errors({}), 2)
        self.assertEqual(errors({7: {"c11": ["c1"]}}), 1)
        self.assertEqual(errors({8: {"c11": ["c1"]}, 14: {"c2": ["c2", "c3"]}}), 2, "a step late: missed, and told wrongly")
        self.assertEqual(errors({7: {"c11": ["c1"], "c5": ["c4"]}, 14: {"c2": ["c2", "c3"]}}), 1)
        self.assertEqual(errors({7: {"c11": ["c4"]}, 14: {"c2": ["c2", "c3"]}}), 2)


class Page(unittest.TestCase):
    ORDER = ["a", "b", "c"]

    def page(self, old, *protocols, kindred=.5, measured="today, a machine"):
        rows = [table.Row(protocol, figure, (kindred,), (.5,)) for protocol in protocols for figure in ("one", "two")]
        return results_page.merged(old, rows, self.ORDER, measured)

    def rows(self, page):
        return [line for line in page.splitlines() if line.startswith("| ")][1:]

    def test_rows_that_were_not_run_stay_with_their_date(self):
        before = self.page("", "a", "b", measured="yesterday, another")
        after = self.page(before, "b", kindred=.25)
        self.assertEqual(self.rows(after)[:2], self.rows(before)[:2])
        self.assertEqual(self.rows(after)[2:], ["| b: one | 0.2500 | 0.5000 | -0.2500 | - | - | - | today, a machine |",
                                                "| b: two | 0.2500 | 0.5000 | -0.2500 | - | - | - | today, a machine |"])

    def test_protocols_stand_in_their_order_however_they_were_run(self):
        page = self.page(self.page(self.page("", "c"), "a"), "b")
        self.assertEqual([results_page.protocol_of(line) for line in self.rows(page)], ["a", "a", "b", "b", "c", "c"])

    def test_the_page_written_again_is_the_same(self):
        page = self.page("", "a", "b")
        self.assertEqual(self.page(page, "b"), page)
        self.assertEqual(page.count("| row | Kindred | reference | difference | time ratio | memory ratio | floor | measured |"), 1)

    def test_the_page_of_this_tree_can_be_read_back(self):
        page = (ROOT / "docs/quality.md").read_text(encoding="utf-8")
        self.assertEqual(results_page.merged(page, [], [*table.SERVED, *segments.SETS, *stability.PROTOCOLS, *solvers.SOLVERS], ""), page)

    def test_the_machine_is_told_without_its_name(self):
        self.assertRegex(results_page.machine(), r"^\d+ cores, .+, \d+ GiB$")
        self.assertNotIn(os.uname().nodename, results_page.machine())


class ReferenceLibraries(unittest.TestCase):
    """The programs that make the environment are played by `outcome`."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name) / "venv"
        self.requirements = pathlib.Path(scratch.name) / "requirements.txt"
        self.requirements.write_text("numpy==1\n")
        self.calls = []

    def made(self, outcome=None):
        def run(command, **_):
            self.calls.append([str(part) for part in command])
            (self.directory / "bin").mkdir(parents=True, exist_ok=True)
            (self.directory / "bin/python").touch()
            if outcome and "pip" in command:
                raise outcome

        said = io.StringIO()
        with unittest.mock.patch("subprocess.run", run), contextlib.redirect_stderr(said):
            return reference_libraries.made(self.directory, self.requirements), said.getvalue()

    def test_it_is_made_once_and_again_for_other_requirements(self):
        self.assertEqual(self.made()[0], self.directory / "bin/python")
        self.assertEqual(len(self.calls), 2)
        self.assertEqual(self.made(), (self.directory / "bin/python", ""))
        self.assertEqual(len(self.calls), 2)
        self.requirements.write_text("numpy==2\n")
        self.made()
        self.assertEqual(len(self.calls), 4)

    def test_what_fails_is_said_in_one_line_and_tried_again_next_time(self):
        python, said = self.made(subprocess.CalledProcessError(1, "pip", "trying\nno route\n\n"))
        self.assertIsNone(python)
        self.assertEqual(said.splitlines()[1:],
                         ["quality bench: no reference libraries, their side is not run: no route"])
        self.assertFalse(self.directory.exists())
        self.assertIsNotNone(self.made()[0])

    def test_a_time_out_is_a_reason_too(self):
        python, said = self.made(subprocess.TimeoutExpired("pip", 5, b"half a line"))
        self.assertIsNone(python)
        self.assertIn("timed out after 5 seconds", said)

    def test_the_reference_has_one_thread_and_the_best_kernel(self):
        with unittest.mock.patch.dict(os.environ, {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "8", "KEPT": "1"}):
            environment = reference_libraries.environment()
        self.assertNotIn("OPENBLAS_CORETYPE", environment)
        self.assertEqual((environment["OPENBLAS_NUM_THREADS"], environment["KEPT"]), ("1", "1"))

    def test_every_requirement_is_pinned(self):
        lines = [line for line in reference_libraries.REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
        for line in lines:
            self.assertRegex(line, r"^[\w-]+==[\d.]+$")


PROGRAMS = pathlib.Path(os.environ.get("KINDRED_BIN_DIR", ROOT / "build/bin"))
REFERENCE = PROGRAMS.parent / "bench-venv/bin/python"


@unittest.skipUnless(REFERENCE.exists() and (PROGRAMS / "solvers_bench").exists(),
                     "the reference libraries are not set up; ./dev bench quality does it (2026-11-26)")
class BothSides(unittest.TestCase):
    """Kindred's program and the reference's judge the same small input alike."""

    def sides(self, given, ours, script, *theirs):
        return (solvers.found_by([PROGRAMS / "solvers_bench", *ours], given),
                solvers.found_by([REFERENCE, BENCH / script, *theirs], given, reference_libraries.environment()))

    def test_the_autoencoder(self):
        chance = random.Random(5)
        pairs = {(user, (user % 4 * 15 + chance.randrange(30)) % 60) for user in range(90) for _ in range(14)}
        given = "".join(f"{user} {item * 7}\n" for user, item in sorted(pairs))
        ours, theirs = self.sides(given, ["item-item", "1000"], "reference_ease.py", "200")
        self.assertEqual((ours["items"], ours["users"]), (theirs["items"], theirs["users"]))
        self.assertGreater(ours["recall20"], .3)
        for key in ("recall20", "ndcg20"):
            self.assertAlmostEqual(ours[key], theirs[key], 5)

    def test_the_clusters(self):
        chance = random.Random(5)
        lines = [f"{chance.gauss(at, .05)} {chance.gauss(-at, .05)} {label}" for label, at in enumerate((-1, 0, 1), 1)
                 for _ in range(50)]
        given = "\n".join(["151 2", *lines, "0.5 0.5 0"]) + "\n"
        for k in ("3", "0"):
            ours, theirs = self.sides(given, ["cells", k], "reference_k_means.py", k)
            self.assertEqual((ours["k"], ours["ari"]), (3, 1))
            self.assertEqual((theirs["k"], theirs["ari"]), (3, 1))


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

    def test_without_the_libraries_the_solvers_run_alone_and_the_page_says_so(self):
        with tempfile.TemporaryDirectory() as scratch:
            tree = pathlib.Path(scratch)
            shutil.copytree(BENCH, tree / "bench/quality")
            (tree / "docs").mkdir()
            bins = tree / "build/bin"
            bins.mkdir(parents=True)
            found = {"points": 2, "cells": 2, "k": 14, "solve_s": .5, "peak_mb": 4.0, "ari": .99, "ari_after_steps": .9}
            (bins / "solvers_bench").write_text(f"#!/bin/sh\ncat >/dev/null\necho '{json.dumps(found)}'\n")
            (bins / "solvers_bench").chmod(0o755)
            suite = tree / "shared/data/clustering-suite/sipu"
            suite.mkdir(parents=True)
            for part, text in (("data", "1 2\n3 5\n"), ("labels0", "1\n2\n")):
                with gzip.open(suite / f"s1.{part}.gz", "wt") as out:
                    out.write(text)
            (bins.parent / "bench-venv").write_text("a file where the environment would be: it cannot be made")
            run = subprocess.run([sys.executable, tree / "bench/quality/run", "--write", "chosen-k-s1", "cells-s1"],
                                 capture_output=True, text=True,
                                 env={**os.environ, "KINDRED_SHARED": str(tree / "shared"), "KINDRED_BIN_DIR": str(bins)})
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertEqual(run.stderr.count("no reference libraries"), 1)
            page = (tree / "docs/quality.md").read_text(encoding="utf-8").splitlines()
        self.assertIn("not run", run.stdout)
        rows = [line for line in page if line.startswith("| ")][1:]
        self.assertEqual([results_page.protocol_of(line) for line in rows], ["cells-s1"] * 4 + ["chosen-k-s1"] * 3)
        self.assertIn("| cells-s1: ARI, 5 steps over users (solver only) | 0.9000 | not run | - | - | - | ≥ 0.985 below |",
                      rows[1])
        self.assertIn("| 14 | not run | - | - | - | 13.5 to 16.5 |", rows[4])


if __name__ == "__main__":
    unittest.main()
