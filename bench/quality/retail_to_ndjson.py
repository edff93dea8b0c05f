#!/usr/bin/env python3
"""online-retail-2010 as NDJSON for `kindredctl demo --events`, by protocol B of the reference.

  usage: retail_to_ndjson.py OUT.ndjson

Rows with a customer, no cancellation, quantity above 0. A basket is the rows of one (invoice, customer), its time the
least of theirs, its content the distinct stock codes in order of first row. Baskets by (time, first row). One purchase
per (basket, item), orderId the invoice; `sequence` is the place in that order. An item's line stands before its first
event. Prints the counts: events, targets of task A (new item), baskets, targets of task B (next basket).
"""

import datetime
import json
import sys

import shared_data

EPOCH = datetime.datetime(1970, 1, 1)


def seconds(text):
    return int((datetime.datetime.fromisoformat(text) - EPOCH).total_seconds())


def baskets_of(rows):
    """[(time, first row, customer, invoice, [row of each distinct item])] in protocol order."""
    baskets = {}
    for place, row in enumerate(rows):
        if not row["CustomerID"] or row["InvoiceNo"].startswith("C") or float(row["Quantity"]) <= 0:
            continue
        basket = baskets.setdefault((row["InvoiceNo"], row["CustomerID"]), {"first": place, "time": None, "rows": {}})
        time = seconds(row["InvoiceDate"])
        basket["time"] = time if basket["time"] is None else min(basket["time"], time)
        basket["rows"].setdefault(row["StockCode"], row)
    return sorted((b["time"], b["first"], customer, invoice, list(b["rows"].values()))
                  for (invoice, customer), b in baskets.items())


def event_of(row, customer, invoice, time, place):
    return {"type": "track", "event": "purchase", "userId": customer, "messageId": f"retail-{place}",
            "timestamp": time * 1000, "sequence": place,
            "properties": {"item": row["StockCode"], "orderId": invoice, "price": float(row["UnitPrice"]),
                           "currency": "GBP"},
            "context": {"location": {"country": row["Country"]}}}


def item_of(row, time):
    return {"type": "item", "item": row["StockCode"], "published": shared_data.time_text(time),
            "title": row["Description"]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    shared = shared_data.shared()
    if shared is None:
        sys.exit(2)
    baskets = baskets_of(shared_data.rows(shared / "data/online-retail-2010/online_retail_2010-12_2011-12.csv.zst"))
    items, pairs, customers, place, repeated = set(), set(), set(), 0, 0
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for time, _, customer, invoice, rows in baskets:
            repeated += customer in customers
            customers.add(customer)
            for row in rows:
                if row["StockCode"] not in items:
                    items.add(row["StockCode"])
                    out.write(json.dumps(item_of(row, time)) + "\n")
                pairs.add((customer, row["StockCode"]))
                out.write(json.dumps(event_of(row, customer, invoice, time, place)) + "\n")
                place += 1
    print(f"retail: {place} events, {len(pairs)} targets of task A, {len(baskets)} baskets, "
          f"{repeated} targets of task B, {len(items)} items")


if __name__ == "__main__":
    main()
