#!/usr/bin/env bash
# Inputs come as INPUT_… variables, never as text of the script: a prefix may hold anything.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../../.." && pwd)
result=$(mktemp)
trap 'rm -f "$result"' EXIT

if [ -n "${INPUT_COMMAND:-}" ]; then
  read -ra command <<<"$INPUT_COMMAND"
else
  command=("$repository/node_modules/.bin/tsx" "$repository/src/cli/main.ts")
fi
options=(--json --out "$INPUT_OUT" --root "$INPUT_ROOT" --format "$INPUT_FORMAT,markdown")
[ -z "${INPUT_FAIL_UNDER:-}" ] || options+=(--fail-under "$INPUT_FAIL_UNDER")
[ -z "${INPUT_INCLUDE:-}" ] || options+=(--include "$INPUT_INCLUDE")
[ -z "${INPUT_EXCLUDE:-}" ] || options+=(--exclude "$INPUT_EXCLUDE")

code=0
"${command[@]}" combine "${options[@]}" -- "$INPUT_LOCATION" >"$result" || code=$?
# 3: below a threshold; the reports are there. Of any other failure there is nothing to show.
if [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then exit "$code"; fi

cat "$INPUT_OUT/coverage.md" >>"$GITHUB_STEP_SUMMARY"
node - "$result" "$INPUT_OUT" "$GITHUB_OUTPUT" <<'JS'
const { appendFileSync, readFileSync } = require("node:fs");
const [, , file, out, outputs] = process.argv;
const result = JSON.parse(readFileSync(file, "utf8"));
const lines = {
  percent: result.combined_coverage,
  "files-processed": result.files_processed,
  "files-skipped": result.files_skipped,
  report: out,
};
for (const [name, value] of Object.entries(lines)) appendFileSync(outputs, `${name}=${value}\n`);
for (const { metric, wanted, reached, missing } of result.below_threshold) {
  console.log(`::error title=Lambda coverage::${metric} ${reached} %, wanted ${wanted} %: ${missing} more to cover`);
}
JS
exit "$code"
