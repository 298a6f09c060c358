#!/usr/bin/env python3
"""Import and rules beside DuckDB, and the largest report, in one run on one machine; prints tables, asserts nothing.

usage: bench.py FEIJIAN [--persons N] [--work DIR] [--history FILE]

FEIJIAN is the release binary. An area is made with `feijian synth`, imported with `feijian import`, and the same CSV files are copied
to Parquet by DuckDB without typing, checking or netting anything: a lower bound, not the same work. Then each stable rule runs with
`feijian run` on the kept store, and its SQL (from `feijian rule --sql`, defaults put in) on DuckDB over the same Parquet files. Last, the
rule in tests/bench/rules makes every fee line evidence, and `feijian report` is measured on that.
Each figure is also appended to the history, tests/bench/history.csv, with the day, the commit and the machine: figures of one machine can be
compared. Needs the Python package duckdb.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import time

import duckdb

RULES = pathlib.Path(__file__).parent / "rules"
HISTORY = pathlib.Path(__file__).parent / "history.csv"


def measured(command):
    """Wall seconds and peak memory in MiB of one command, by the system's own account of the finished process."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command}: {message.decode()}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def copy_with_duckdb(folder, target):
    """In a process of its own, so that its memory can be read: every CSV of `folder` to Parquet."""
    script = (
        "import duckdb,sys,pathlib\n"
        "con=duckdb.connect(); con.execute('SET threads=2')\n"
        "for f in sorted(pathlib.Path(sys.argv[1]).glob('*_[db].csv')):\n"
        "    con.execute(f\"COPY (SELECT * FROM read_csv('{f}', all_varchar=true, header=true)) TO '{sys.argv[2]}/{f.stem}.parquet' (FORMAT parquet)\")\n"
    )
    return measured([sys.executable, "-c", script, str(folder), str(target)])


def rule_statement(feijian, rule_id, manifest_rule):
    """The rule's SQL with its parameters put in, as the run had them; None for the rings, which are found in graphs."""
    text = subprocess.run([feijian, "rule", rule_id, "--sql", "--lang", "en"], capture_output=True, text=True).stdout
    begin = text.find("\n-- ") if "\n-- " in text else text.find("\nWITH ")
    if begin < 0:
        return None
    sql = text[begin:]
    sql = "\n".join(line.split("--")[0] for line in sql.splitlines())
    for param in manifest_rule["params"]:
        sql = re.sub(rf"(?<![:\w]):{param['name']}\b", param["value"], sql)
    return sql


def report_of_every_line(feijian, store, report):
    """Time and memory of a report whose evidence is every fee line of the store: a line of a table, and figures for the history."""
    rules = ["--rules-dir", RULES]
    subprocess.run([feijian, "run", "--store", store, "--out", report, "--rule", "every-line", *rules, "-q"], check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, mib = measured([feijian, "report", store, "--out", report, *rules, "-q"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    manifest = json.loads((report / "manifest.json").read_text())
    findings = sum(rule["findings"] for rule in manifest["rules_run"])
    print(f"\n{'report of':24}{'findings':>12}{'seconds':>10}{'CPU s':>10}{'peak MiB':>10}")
    print(f"{format(manifest['tables']['fee'], ',') + ' evidence rows':24}{findings:12,}{seconds:10.1f}{cpu:10.1f}{mib:10.0f}")
    return [("report of every line", seconds, "s"), ("report of every line, processors", cpu, "s"), ("report of every line, peak", mib, "MiB")]


def processor():
    """The model of the processor as the system names it."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def commit():
    """The commit measured; -dirty when files of it have been changed since."""

    def git(*args):
        done = subprocess.run(["git", "-C", pathlib.Path(__file__).parent, *args], capture_output=True, text=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!history.csv")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("-dirty" if changed else "")


def append(history, persons, rows, figures):
    """One line per figure; the header where the file is new."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    same = [day, commit(), processor(), os.cpu_count(), f"{gib:.0f}", persons, rows["visit"], rows["fee"]]
    new = not history.exists()
    with open(history, "a", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        if new:
            lines.writerow(["day", "commit", "processor", "cores", "memory_gib", "persons", "visits", "fee_lines", "figure", "value", "unit"])
        lines.writerows([*same, name, f"{value:.3f}", unit] for name, value, unit in figures)
    print(f"\n{len(figures)} figures appended to {history}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("feijian")
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("bench-work"))
    parser.add_argument("--history", type=pathlib.Path, default=HISTORY)
    args = parser.parse_args()
    shutil.rmtree(args.work, ignore_errors=True)
    area, store, report, copies = (args.work / name for name in ("area", "store", "report", "duckdb"))
    copies.mkdir(parents=True)
    subprocess.run([args.feijian, "synth", area, "--persons", str(args.persons), "--institutions", "60", "-q"], check=True)
    (area / "truth.csv").unlink()
    size = sum(file.stat().st_size for file in area.glob("*.csv"))

    import_seconds, import_mib = measured([args.feijian, "import", area, "--store", store, "-q"])
    copy_seconds, copy_mib = copy_with_duckdb(area, copies)
    processors = os.cpu_count()
    print(f"{size / 1e9:.2f} GB of CSV in {len(list(area.glob('*.csv')))} files, {processors} processors, DuckDB {duckdb.__version__}\n")
    print(f"{'import':34}{'seconds':>10}{'MB/s':>8}{'peak MiB':>10}")
    print(f"{'feijian import (typed, netted)':34}{import_seconds:10.1f}{size / 1e6 / import_seconds:8.0f}{import_mib:10.0f}")
    print(f"{'DuckDB COPY csv to parquet':34}{copy_seconds:10.1f}{size / 1e6 / copy_seconds:8.0f}{copy_mib:10.0f}")
    print(f"{'ratio':34}{import_seconds / copy_seconds:10.2f}\n")

    run_seconds, run_mib = measured([args.feijian, "run", "--store", store, "--out", report, "-q"])
    manifest = json.loads((report / "manifest.json").read_text())
    rows = manifest["tables"]
    figures = [
        ("import", import_seconds, "s"),
        ("import, peak", import_mib, "MiB"),
        ("import, DuckDB's copy", copy_seconds, "s"),
        ("run", run_seconds, "s"),
        ("run, peak", run_mib, "MiB"),
    ]
    print(f"rules over {rows['visit']:,} visits and {rows['fee']:,} fee lines; all rules, rings and report {run_seconds:.1f} s, peak {run_mib:.0f} MiB\n")

    con = duckdb.connect()
    con.execute(f"SET threads={processors}")
    for table in sorted(path.name for path in (store / "tables").iterdir()):
        con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{store}/tables/{table}/**/*.parquet', hive_partitioning=false)")
    print(f"{'rule':32}{'findings':>10}{'feijian s':>11}{'DuckDB s':>10}{'ratio':>8}")
    for rule in manifest["rules_run"]:
        ours = manifest["clock"]["rule_seconds"][rule["rule_id"]]
        figures.append((f"rule {rule['rule_id']}", ours, "s"))
        statement = rule_statement(args.feijian, rule["rule_id"], rule)
        if statement is None:
            print(f"{rule['rule_id']:32}{rule['findings']:10}{ours:11.2f}  (graph)")
            continue
        try:
            began = time.monotonic()
            con.execute(statement).fetchall()
            theirs = time.monotonic() - began
            tail = f"{theirs:10.2f}{ours / theirs:8.2f}"
            figures.append((f"rule {rule['rule_id']}, DuckDB", theirs, "s"))
        except duckdb.CatalogException:
            tail = "  (needs knowledge tables)"
        print(f"{rule['rule_id']:32}{rule['findings']:10}{ours:11.2f}{tail}")
    con.close()
    figures += report_of_every_line(args.feijian, store, report)
    append(args.history, args.persons, rows, figures)


if __name__ == "__main__":
    main()
