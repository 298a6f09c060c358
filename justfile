# Short names for what one does here; `just` lists them. Everything also works without just: the commands are the ones below.

# Lists these.
default:
    @just --list

# The synthetic sample to a report in report/; more arguments go to `feijian run`.
run *args:
    cargo run -- run sample-data --out report {{args}}

# All tests; a name runs those that contain it.
test *args:
    cargo test --locked {{args}}

# Every rule case on Spark too; needs Java, takes minutes.
spark:
    cargo test --locked --test it spark_ -- --ignored

# Formatting and lints, warnings as errors.
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# Rewrites the generated pages (docs/case-store.md, docs/errors.md, docs/rules/), and what READMEs and manuals show of the program's output.
docs:
    FEIJIAN_BLESS=1 cargo test --locked --test it -- docs pages

# Writes sample-data/ again, the same bytes every time.
sample:
    cargo run -- synth sample-data --sample

# Benchmarks, on a release build; each figure is appended to tests/bench/history.csv.
bench:
    cargo build --locked --release
    python3 tests/bench/bench.py "${CARGO_TARGET_DIR:-target}/release/feijian"

# The executable to hand on: stripped, optimised across crates, with its size and SHA-256. Takes longer than a release build.
dist:
    cargo build --locked --profile dist
    wc -c "${CARGO_TARGET_DIR:-target}/dist/feijian"
    sha256sum "${CARGO_TARGET_DIR:-target}/dist/feijian"

# What CI runs, on a fresh machine too.
ci:
    .ci/run
