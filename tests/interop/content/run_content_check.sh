#!/bin/sh
# Runs the content cross-check: run_content_check.sh baileys|whatsmeow PATH_OF_CONTENT_PEER.
# Without the language or its packages: exit 77 (skipped), or 1 where the environment variable CI is set.
set -eu
client=$1
peer=$2
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project=$(CDPATH= cd -- "$here/../$client" && pwd)

missing() {
    if [ -n "${CI:-}" ]; then
        echo "FAILED: $1" >&2
        exit 1
    fi
    echo "SKIPPED, MESSAGE CONTENT WAS NOT CHECKED AGAINST $client: $1" >&2
    exit 77
}

case $client in
baileys)
    command -v node >/dev/null 2>&1 || missing "node is not installed"
    [ -d "$project/node_modules/baileys" ] ||
        missing "packages are missing; run: npm ci --legacy-peer-deps --ignore-scripts (in tests/interop/baileys)"
    exec node "$project/content_check.mjs" "$peer" "$here/expected.json"
    ;;
whatsmeow)
    command -v go >/dev/null 2>&1 || missing "go is not installed"
    cd "$project"
    export GOTOOLCHAIN=local CGO_ENABLED=1
    go list -deps ./content_check >/dev/null 2>&1 || missing "this go is too old, or the modules cannot be fetched"
    exec go run ./content_check "$peer"
    ;;
*)
    echo "unknown client: $client" >&2
    exit 2
    ;;
esac
