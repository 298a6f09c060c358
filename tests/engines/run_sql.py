"""Runs SQL on an engine for tests/it/engines.rs and its users: the second opinion on every rule.

Reads a job list, each job a statement and the Parquet files of its tables, and writes the rows each statement returns.
Usage: run_sql.py ENGINE JOBS.json RESULTS.json, with ENGINE duckdb or spark
"""

import json
import sys


def on_duckdb():
    """A function from a job to its rows as objects, or the engine's error as text."""
    import duckdb

    def rows_of(job):
        with duckdb.connect() as connection:
            for table, path in job["tables"].items():
                connection.read_parquet(path).create_view(table)
            try:
                result = connection.sql(job["sql"])
                return [dict(zip(result.columns, row)) for row in result.fetchall()]
            except duckdb.Error as error:
                return str(error)

    return rows_of


# A case has a handful of rows: what makes Spark fast on many rows only costs time here.
SPARK_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "localhost",
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


def on_spark():
    """The same, on a Spark of this process."""
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("feijian")
    for setting, value in SPARK_SETTINGS.items():
        builder = builder.config(setting, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")

    def rows_of(job):
        for table, path in job["tables"].items():
            spark.read.parquet(path).createOrReplaceTempView(table)
        try:
            return [row.asDict() for row in spark.sql(job["sql"]).collect()]
        except PySparkException as error:
            return str(error)

    return rows_of


def main():
    engine, jobs_path, results_path = sys.argv[1:]
    rows_of = {"duckdb": on_duckdb, "spark": on_spark}[engine]()
    with open(jobs_path, encoding="utf-8") as file:
        jobs = json.load(file)
    results = [rows_of(job) for job in jobs]
    with open(results_path, "w", encoding="utf-8") as file:
        json.dump(results, file, default=float)


main()
