#!/usr/bin/env bash
# Prints the number of crates and the seconds of a clean build, for each feature of traced-worker and
# for the crates beside it. Takes about five minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

# The first row's build must not unpack the crates of all.
cargo fetch --locked --quiet

row() {
  local name=$1 start crates seconds
  shift
  crates=$(cargo tree --locked "$@" -e normal --prefix none --format '{p}' | sed 's/ (\*)$//' | sort -u | wc -l)
  rm -rf "${target:?}"/*
  start=$(date +%s.%N)
  CARGO_TARGET_DIR=$target cargo build --locked --quiet "$@"
  seconds=$(echo "$(date +%s.%N) - $start" | bc)
  printf '| %s | %d | %.1f |\n' "$name" "$crates" "$seconds"
}

printf '%s, %s cores; %s; %s; `runtime/benches/weight.sh`\n\n' \
  "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version)" "$(date -u +%F)"
printf '| crate and features | crates, itself included | seconds of a clean `cargo build` |\n| --- | ---: | ---: |\n'
for features in "" internal-logs logs serde signals tokio tracing telemetry otlp otlp-grpc otlp-tls config-file; do
  case $features in
    "") name="traced-worker, no feature" ;;
    internal-logs) name="traced-worker, \`internal-logs\` (the default)" ;;
    *) name="traced-worker, \`$features\`" ;;
  esac
  row "$name" -p traced-worker --no-default-features --features "$features"
done
for crate in traced-worker-telemetry traced-worker-waterfall; do
  row "$crate, default features" -p "$crate"
done
row "opentelemetry alone, for comparison" -p opentelemetry
