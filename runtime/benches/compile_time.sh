#!/usr/bin/env bash
# Compares the compile time of a crate of workers with that of a crate of functions under
# `#[tracing::instrument]`, and of a crate of plain functions.
#
#     runtime/benches/compile_time.sh [functions] [rounds]
#
# The dependencies are built first. In each round every crate is compiled once, from scratch, so that
# other load of the machine affects all of them.
set -euo pipefail

functions=${1:-500}
rounds=${2:-7}
runtime=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# An unchanged crate would be compiled from the cache.
export CARGO_INCREMENTAL=0
export CARGO_TARGET_DIR=$folder/target
export CARGO_TERM_COLOR=never

# crate <name> <dependency> <attribute>
crate() {
  mkdir -p "$folder/$1/src"
  cat > "$folder/$1/Cargo.toml" <<TOML
[package]
name = "$1"
version = "0.0.0"
edition = "2024"

[dependencies]
$2
TOML
  for ((i = 0; i < functions; i++)); do
    printf '%s\npub fn w%d(n: u64) -> u64 { n + %d }\n' "$3" "$i" "$i"
  done > "$folder/$1/src/lib.rs"
}

crate workers "traced-worker = { path = \"$runtime\" }" '#[traced_worker::traced_worker]'
crate instrumented 'tracing = "0.1"' '#[tracing::instrument]'
crate plain '' ''
crates=(workers instrumented plain)

printf '[workspace]\nresolver = "3"\nmembers = ["workers", "instrumented", "plain"]\n' > "$folder/Cargo.toml"
# The versions and the compiler of this repository.
cp "$runtime/../Cargo.lock" "$folder/Cargo.lock"
cp "$runtime/../rust-toolchain.toml" "$folder/"
cd "$folder"

# seconds <command> <crate>: prints the time to compile the crate alone.
seconds() {
  touch "$2/src/lib.rs"
  local start=$EPOCHREALTIME
  cargo "$1" --quiet --offline -p "$2"
  local end=$EPOCHREALTIME
  awk -v start="$start" -v end="$end" 'BEGIN { printf "%.3f\n", end - start }'
}

median() {
  sort -n "$1" | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

echo "$functions functions, $rounds rounds, $(rustc --version)"
echo
echo "| seconds (median) | workers | \`tracing::instrument\` | ratio | plain functions |"
echo "| --- | --- | --- | --- | --- |"
for command in check build; do
  for crate in "${crates[@]}"; do
    cargo "$command" --quiet -p "$crate"
  done
  for ((round = 0; round < rounds; round++)); do
    for crate in "${crates[@]}"; do
      seconds "$command" "$crate" >> "$command.$crate"
    done
  done
  workers=$(median "$command.workers")
  instrumented=$(median "$command.instrumented")
  ratio=$(awk -v a="$workers" -v b="$instrumented" 'BEGIN { printf "%.2f", a / b }')
  echo "| cargo $command | $workers | $instrumented | $ratio | $(median "$command.plain") |"
done
