"""Runs SQL on DuckDB for tests/it/duckdb.rs and second_opinion.rs: the second opinion on every rule.

Reads a job list, each job a statement and the Parquet files of its tables, and writes the rows each statement returns.
Usage: run_sql.py JOBS.json RESULTS.json
"""

import json
import sys

import duckdb


def rows_of(job):
    """The rows of one job as objects, or the engine's error as text."""
    with duckdb.connect() as connection:
        for table, path in job["tables"].items():
            connection.read_parquet(path).create_view(table)
        try:
            result = connection.sql(job["sql"])
            return [dict(zip(result.columns, row)) for row in result.fetchall()]
        except duckdb.Error as error:
            return str(error)


def main():
    jobs_path, results_path = sys.argv[1:]
    with open(jobs_path, encoding="utf-8") as file:
        jobs = json.load(file)
    results = [rows_of(job) for job in jobs]
    with open(results_path, "w", encoding="utf-8") as file:
        json.dump(results, file, default=float)


main()
