#!/usr/bin/env bash
# Runs schemathesis with the arguments given, out of a virtual environment in the folder $1, which
# is made when it is not there yet or is of other versions.
set -euo pipefail

readonly folder="$1" here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
shift
mkdir -p "$folder"
# Tests run at the same time; one of them installs.
exec 9>"$folder/lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$folder/installed.txt"; then
  python3 -m venv --clear "$folder/environment" >&2
  "$folder/environment/bin/pip" install --quiet --no-deps -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$folder/installed.txt"
fi
exec 9>&-
exec "$folder/environment/bin/schemathesis" --config-file "$here/schemathesis.toml" "$@"
