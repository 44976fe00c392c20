#!/usr/bin/env bash
# How many crates each feature brings, and how long they take to build from nothing: written to
# runtime/docs/weight.md. Takes about five minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."

target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT

# Unpacked and checked beforehand, so that the first row does not pay for it.
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

{
  printf '%s, %s cores; %s; %s; `runtime/benches/weight.sh`\n\n' \
    "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(rustc --version)" "$(date -u +%F)"
  printf '| features | crates, itself included | seconds of a clean `cargo build` |\n| --- | ---: | ---: |\n'
  for features in "" internal-logs serde telemetry otlp otlp-grpc signals; do
    case $features in
      "") name="none" ;;
      internal-logs) name="\`internal-logs\` (the default)" ;;
      *) name="\`$features\`" ;;
    esac
    row "$name" -p traced-worker --no-default-features --features "$features"
  done
  row "opentelemetry alone, for comparison" -p opentelemetry
} | tee "$target.md"
mv "$target.md" runtime/docs/weight.md
