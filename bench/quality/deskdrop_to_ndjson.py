#!/usr/bin/env python3
"""deskdrop-events as NDJSON for `kindredctl demo --events`, by protocol A of the reference.

  usage: deskdrop_to_ndjson.py OUT.ndjson

Order: timestamp, ties by row of the file; `sequence` is the place in that order. All five event types. An item's line
stands before its first event, with the user of that event as its publisher (the set names no other). Prints the counts.
"""

import json
import sys

import shared_data

EVENTS = {"VIEW": "view", "LIKE": "like", "BOOKMARK": "save", "COMMENT CREATED": "comment", "FOLLOW": "follow"}


def event_of(row, place):
    context = {"location": {"country": row["userCountry"], "region": row["userRegion"]}}
    if row["userAgent"]:
        phone = any(name in row["userAgent"] for name in ("Mobile", "Android", "iPhone"))
        context["device"] = {"type": "phone" if phone else "desktop"}
    return {"type": "track", "event": EVENTS[row["eventType"]], "userId": row["personId"],
            "messageId": f"deskdrop-{place}", "timestamp": int(row["timestamp"]) * 1000, "sequence": place,
            "sessionId": row["sessionId"], "properties": {"item": row["contentId"]}, "context": context}


def item_of(row):
    return {"type": "item", "item": row["contentId"], "published": shared_data.time_text(int(row["timestamp"])),
            "attributes": {"publisher": row["personId"]}}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    shared = shared_data.shared()
    if shared is None:
        sys.exit(2)
    data = list(shared_data.rows(shared / "data/deskdrop-events/users_interactions.csv.zst"))
    data.sort(key=lambda row: int(row["timestamp"]))  # stable: ties stay in the order of the file
    items, pairs = set(), set()
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for place, row in enumerate(data):
            if row["contentId"] not in items:
                items.add(row["contentId"])
                out.write(json.dumps(item_of(row)) + "\n")
            pairs.add((row["personId"], row["contentId"]))
            out.write(json.dumps(event_of(row, place)) + "\n")
    print(f"deskdrop: {len(data)} events, {len(pairs)} targets, {len(items)} items")


if __name__ == "__main__":
    main()
