#!/bin/sh
# Runs the codec cross-check: run_codec_check.sh PATH_OF_CODEC_PEER [COUNT [SEED]].
# Without node or its packages: exit 77 (skipped), or 1 where the environment variable CI is set.
set -eu
project=$(CDPATH= cd -- "$(dirname -- "$0")/../baileys" && pwd)

missing() {
    if [ -n "${CI:-}" ]; then
        echo "FAILED: $1" >&2
        exit 1
    fi
    echo "SKIPPED, THE CODEC WAS NOT CHECKED AGAINST BAILEYS: $1" >&2
    exit 77
}

command -v node >/dev/null 2>&1 || missing "node is not installed"
[ -d "$project/node_modules/baileys" ] ||
    missing "packages are missing; run: npm ci --legacy-peer-deps --ignore-scripts (in tests/interop/baileys)"
exec node "$project/codec_check.mjs" "$@"
