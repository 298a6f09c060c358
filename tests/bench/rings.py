#!/usr/bin/env python3
"""Time and peak memory of the ring search at 1, 3 and 10 million visits; prints a table, asserts nothing.

usage: rings.py FEIJIAN [--visits 1000000,3000000,10000000] [--work DIR]

FEIJIAN is the release binary. Each store is written directly, in the canonical layout that `feijian import` leaves behind: visits and
settlements of a tenth as many persons in 2,000 institutions over two years, in 64 buckets, with rings of 4 to 40 members planted in them.
Beside time and memory the table says how many of those rings came back (member Jaccard 0.8 or more) and how many other groups did.
Needs the Python packages numpy and pyarrow.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BUCKETS = 64
INSTITUTIONS = 2000
HOSPITALS = 500
FIRST_DAY = 19_358  # 2023-01-01
DAYS = 730
RING_SIZES = [4, 6, 8, 12, 20, 30, 40]


def keys(numbers, salt):
    """64-bit keys that are spread like hashes (splitmix64)."""
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (z ^ (z >> np.uint64(31))).view(np.int64)


def write(store, table, columns, bucket=None):
    """One Parquet file of a table; returns its rows."""
    folder = store / "tables" / table / (f"bucket={bucket:03}" if bucket is not None else "")
    folder.mkdir(parents=True, exist_ok=True)
    rows = pa.table(columns)
    pq.write_table(rows, folder / "part.parquet", compression="zstd")
    return rows.num_rows


def public(rng, visits, persons):
    """Everyday visits: larger places see more, people mostly go to a few places near them, mornings are fuller than afternoons."""
    person = rng.integers(0, persons, visits)
    weight = 1.0 / np.arange(1, INSTITUTIONS + 1) ** 0.6
    share = np.cumsum(weight / weight.sum())
    home = np.searchsorted(share, rng.random(persons))
    usual = np.searchsorted(share, rng.random(persons))
    choice = rng.random(visits)
    anywhere = np.searchsorted(share, rng.random(visits))
    place = np.where(choice < 0.6, home[person], np.where(choice < 0.85, usual[person], anywhere)).clip(0, INSTITUTIONS - 1)
    # Hospitals and pharmacies mixed over all sizes.
    place = (place * 1201) % INSTITUTIONS
    day = rng.integers(0, DAYS, visits)
    clock = np.where(rng.random(visits) < 0.6, rng.normal(570, 60, visits), rng.normal(900, 90, visits)).clip(420, 1260).astype(np.int64)
    stay = (place < HOSPITALS) & (rng.random(visits) < 0.25)
    nights = np.where(stay, rng.integers(1, 15, visits), 0)
    return person, place, day, clock, nights


def planted(rng, persons, rings):
    """Rings that meet on eight days, most members each time, with camouflage visits of the public."""
    columns = [[] for _ in range(5)]
    truth = []
    for number in range(rings):
        members = persons + sum(map(len, truth)) + np.arange(RING_SIZES[number % len(RING_SIZES)])
        truth.append(members)
        places = rng.integers(HOSPITALS, INSTITUTIONS, 2)
        for meeting in range(8):
            there = members[rng.random(len(members)) < 0.9]
            minute = rng.integers(480, 1000) + np.arange(len(there)) // 3
            day = meeting * 90 + rng.integers(0, 90)
            for column, values in zip(columns, (there, places[meeting % 2], day, minute, 0)):
                column.append(np.broadcast_to(np.asarray(values, dtype=np.int64), len(there)))
        for _ in range(6):
            for column, values in zip(columns, (members, rng.integers(0, INSTITUTIONS, len(members)), rng.integers(0, DAYS, len(members)), rng.integers(480, 1080, len(members)), 0)):
                column.append(np.broadcast_to(np.asarray(values, dtype=np.int64), len(members)))
    return [np.concatenate(column) for column in columns], truth


def make_store(store, visits):
    """Writes the store; returns the person numbers of each ring."""
    rng = np.random.default_rng(7)
    persons = visits // 10
    rings, truth = planted(rng, persons, rings=14 * max(1, visits // 1_000_000))
    person, place, day, clock, nights = (np.concatenate(both) for both in zip(public(rng, visits, persons), rings))
    everybody = persons + sum(map(len, truth))
    psn_key = keys(np.arange(everybody), 1)
    inst_key = keys(np.arange(INSTITUTIONS), 2)
    visit_key = keys(np.arange(len(person)), 3)
    bucket = (psn_key.view(np.uint64) % np.uint64(BUCKETS))[person]
    order = np.argsort(bucket, kind="stable")
    ends = np.searchsorted(bucket[order], np.arange(BUCKETS + 1))
    rows = {"visit": 0, "settlement": 0}
    for number in range(BUCKETS):
        part = order[ends[number] : ends[number + 1]]
        size = len(part)
        flag = lambda value: np.full(size, value, dtype=np.int32)
        adm_day = (FIRST_DAY + day[part]).astype(np.int32)
        inpatient = nights[part] > 0
        setting = np.where(inpatient, "inpatient", np.where(place[part] < HOSPITALS, "outpatient", "pharmacy"))
        money = rng.integers(2_000, 60_000, size) * np.where(inpatient, 40, 1)
        minute = adm_day.astype(np.int64) * 1440 + clock[part]
        doctor = keys(place[part] * 40 + (person[part] * 7 + day[part]) % 40, 4)
        rows["visit"] += write(store, "visit", {
            "visit_key": visit_key[part], "mdtrt_id": np.char.add("V", part.astype(str)), "psn_key": psn_key[person[part]],
            "inst_key": inst_key[place[part]], "dr_key": pa.array(doctor, mask=setting == "pharmacy"), "care_setting": setting,
            "med_type": np.where(inpatient, "21", "11"), "insutype": np.full(size, "390"), "insured": flag(1),
            "adm_day": adm_day, "dscg_day": adm_day + nights[part].astype(np.int32), "adm_min": minute - 5,
            "planned_cycle": (rng.random(size) < 0.03).astype(np.int32), "birth": flag(0), "referral": (rng.random(size) < 0.02).astype(np.int32),
            "still_in": flag(0), "gross_fen": money * 2, "inscp_fen": money * 3 // 2, "fund_fen": money,
        }, number)
        rows["settlement"] += write(store, "settlement", {
            "setl_key": keys(part, 5), "visit_key": visit_key[part], "psn_key": psn_key[person[part]], "inst_key": inst_key[place[part]],
            "setl_min": minute + nights[part] * 1440, "fund_fen": money,
        }, number)
    number = np.arange(everybody)
    household = rng.integers(0, everybody // 3, everybody)
    rows["person"] = write(store, "person", {
        "psn_key": psn_key, "psn_no": np.char.add("P", number.astype(str)), "psn_name": pa.nulls(everybody, pa.string()),
        "tel": pa.nulls(everybody, pa.string()), "addr": pa.array(np.char.add("A", household.astype(str)), mask=number >= persons),
        # Children are among the public only.
        "birth_day": (FIRST_DAY - rng.integers(np.where(number < persons, 365, 7_000), 30_000, everybody)).astype(np.int32),
    })
    place = np.arange(INSTITUTIONS)
    rows["institution"] = write(store, "institution", {
        "inst_key": inst_key, "fixmedins_code": np.char.add(np.where(place < HOSPITALS, "H", "P"), place.astype(str)),
        "fixmedins_name": pa.nulls(INSTITUTIONS, pa.string()), "inst_type": np.where(place < HOSPITALS, "hospital", "pharmacy"),
        "level": np.where(place < HOSPITALS, place % 4, 0).astype(np.int32), "admdvs": np.char.add("3415", (place % 8).astype(str)),
    })
    (store / "store.json").write_text(json.dumps({"format": 1, "buckets": BUCKETS, "files": [], "rows": rows}))
    return truth


def measured(command):
    """Wall seconds and peak memory in MiB of one command, by the system's own account of the finished process."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command}: {message.decode()}")
    return time.monotonic() - began, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def compared(out, truth):
    """Rings that came back, rings planted, and groups that nobody planted."""
    found = {}
    with open(out / "ring_members.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "person" and row["role"] in ("core", "member"):
                found.setdefault(row["ring_id"], set()).add(int(row["code"][1:]))
    jaccard = lambda one, other: len(one & other) / len(one | other)
    planted_sets = [set(members.tolist()) for members in truth]
    back = sum(any(jaccard(ring, group) >= 0.8 for group in found.values()) for ring in planted_sets)
    strangers = sum(all(jaccard(ring, group) < 0.5 for ring in planted_sets) for group in found.values())
    return back, len(planted_sets), strangers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feijian")
    parser.add_argument("--visits", default="1000000,3000000,10000000")
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    work = options.work or pathlib.Path(tempfile.mkdtemp(prefix="feijian-rings-"))
    print("| visits | persons | seconds | CPU seconds | peak MiB | rings found | other groups |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for visits in map(int, options.visits.split(",")):
        store, out = work / f"store-{visits}", work / f"rings-{visits}"
        shutil.rmtree(store, ignore_errors=True)
        store.mkdir(parents=True)
        truth = make_store(store, visits)
        seconds, peak, cpu = measured([options.feijian, "rings", "--reveal", str(store), "--out", str(out), "--threads", "2"])
        back, planted_rings, strangers = compared(out, truth)
        print(f"| {visits:,} | {visits // 10:,} | {seconds:.1f} | {cpu:.1f} | {peak:,.0f} | {back} of {planted_rings} | {strangers} |", flush=True)
        if options.work is None:
            shutil.rmtree(store)
            shutil.rmtree(out)


if __name__ == "__main__":
    main()
