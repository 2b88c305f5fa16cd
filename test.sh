#!/usr/bin/env bash
# Every check of this repository, the same for a developer and for continuous integration.
#
# Runs from anywhere, stops at the first failure, skips nothing silently. Tools that are missing
# are installed first, from the public registry. See CONTRIBUTING.md.
set -euo pipefail
# One stream, so that headings and what tools say stay in order.
exec 2>&1

cd "$(dirname "${BASH_SOURCE[0]}")"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
if [[ -n "${CI:-}" || ! -t 1 ]]; then
  export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-never}"
  export CARGO_TERM_PROGRESS_WHEN=never
fi

readonly workspace=(--workspace --all-features --locked)
readonly fuzz=(--manifest-path fuzz/Cargo.toml --no-default-features --locked)
readonly testbed="$CARGO_TARGET_DIR/debug/quando-testbed"
notes=()
step_name=""
postgres=""

main() {
  step "tools" install_tools
  step "format" check_format
  step "lints" cargo clippy "${workspace[@]}" --all-targets -- -D warnings
  step "fuzz targets: lints" cargo clippy "${fuzz[@]}" --all-targets -- -D warnings
  step "dependencies: licences, bans, sources" cargo deny check licenses bans sources
  step "dependencies: advisories" check_advisories
  step "core for WebAssembly" check_wasm
  step "documentation" build_documentation
  step "documentation examples" cargo test --doc "${workspace[@]}"
  step "fuzz targets: seeds" cargo test "${fuzz[@]}" --lib
  step "benchmarks, once each" run_benches
  step "command: release build and examples" run_examples
  step "PostgreSQL" install_postgres
  # Last, so that its summary closes the output.
  step "tests" run_tests
  finish
}

# Runs a command under a heading and says how long it took.
step() {
  step_name="$1"
  shift
  local begin=$SECONDS
  printf '\n==> %s\n' "$step_name"
  "$@"
  printf -- '--- %s: %d s\n' "$step_name" $((SECONDS - begin))
}

trap 'status=$?; stop_postgres; if ((status)); then
  printf "\nFAILED in step \"%s\" after %d s (exit %d)\n" "$step_name" "$SECONDS" "$status"
fi' EXIT

install_tools() {
  cargo --version
  rustc --version
  cargo nextest --version >/dev/null 2>&1 || install_tool cargo-nextest "some minutes"
  cargo deny --version >/dev/null 2>&1 || install_tool cargo-deny "some three minutes on two cores"
  cargo nextest --version | head -n 1
  cargo deny --version
  # The pages of the guide are tried with curl and jq, and the server's description with a program
  # in Python, which is installed into the target folder.
  install_package curl curl --version
  install_package jq jq --version
  install_package python3-venv python3 -c "import ensurepip, venv"
}

# Installs a package of Debian's unless a command says that it is there.
install_package() {
  local package="$1"
  shift
  "$@" >/dev/null 2>&1 && return
  echo "$package is missing: installing it"
  if [[ "$(id -u)" != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "this needs root and apt-get: please install $package, so that \`$*\` works" >&2
    return 1
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$package" ||
    { apt-get update && apt-get install --yes --no-install-recommends "$package"; }
  "$@" >/dev/null
}

# With a target folder of its own: the versions of its dependencies are its own as well.
install_tool() {
  echo "$1 is missing: installing it, which takes $2"
  CARGO_TARGET_DIR="$CARGO_TARGET_DIR/tools" cargo install --locked "$1"
}

check_format() {
  cargo fmt --all --check
  cargo fmt --manifest-path fuzz/Cargo.toml --check
}

# The one check that may be left out: the database of advisories lives on another host.
check_advisories() {
  if timeout 120 cargo deny fetch db; then
    cargo deny --offline check advisories
  else
    note "ADVISORIES WERE NOT CHECKED: the advisory database could not be fetched"
  fi
}

# The core has no IO, so it compiles where there is none.
check_wasm() {
  local target=wasm32-unknown-unknown
  if installed_targets | grep -qx "$target"; then
    cargo check -p quando --target "$target" --locked
  else
    note "the core was not checked for $target: that target is not installed"
  fi
}

installed_targets() {
  if command -v rustup >/dev/null; then
    rustup target list --installed
  fi
}

build_documentation() {
  RUSTDOCFLAGS="-D warnings" cargo doc "${workspace[@]}" --no-deps
}

# As tests: each benchmark runs once, so that it cannot rot.
run_benches() {
  cargo test "${workspace[@]}" --bench '*'
}

run_examples() {
  cargo build --release -p quando-cli --locked
  local quando="$CARGO_TARGET_DIR/release/quando" query count=0
  while IFS= read -r query; do
    "$quando" slots "$query" >/dev/null
    echo "ok: quando slots $query"
    count=$((count + 1))
  done < <(find examples -name query.json 2>/dev/null | sort)
  echo "examples that ran: $count"
}

# A test that runs the command brings it along, compiled exactly as all tests will want it.
install_postgres() {
  cargo test "${workspace[@]}" --no-run --test cluster
  "$testbed" install
}

run_tests() {
  start_postgres
  # Without the descriptor that keeps the cluster up: nobody else shall.
  cargo nextest run "${workspace[@]}" --no-fail-fast 9>&-
  stop_postgres
}

# One cluster for all tests, unless there is a server for them already. It lasts until its input
# ends, which it does at the latest when this script is gone.
start_postgres() {
  [[ -z "${QUANDO_TEST_DATABASE_URL:-}" ]] || return 0
  local pipes
  pipes="$(mktemp -d)"
  mkfifo "$pipes/input" "$pipes/output"
  "$testbed" up <"$pipes/input" >"$pipes/output" &
  postgres=$!
  exec 9>"$pipes/input"
  # The output ends without a line when the cluster does not start, after saying why.
  IFS= read -r QUANDO_TEST_DATABASE_URL <"$pipes/output"
  export QUANDO_TEST_DATABASE_URL
  rm -r "$pipes"
}

stop_postgres() {
  [[ -n "$postgres" ]] || return 0
  exec 9>&-
  wait "$postgres" || true
  postgres=""
  unset QUANDO_TEST_DATABASE_URL
}

note() {
  notes+=("$1")
  printf '\n    !!! %s !!!\n\n' "$1"
}

finish() {
  local each
  for each in "${notes[@]:-}"; do
    [[ -z "$each" ]] || printf 'NOTE: %s\n' "$each"
  done
  printf 'All checks passed after %d s.\n' "$SECONDS"
}

main "$@"
