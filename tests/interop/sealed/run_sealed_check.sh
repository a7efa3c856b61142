#!/bin/sh
# Runs a cross-check of app state and media: run_sealed_check.sh baileys|whatsmeow PATH_OF_SEALED_PEER [COUNT [SEED]].
# Without node or go, or their packages: exit 77 (skipped), or 1 where the environment variable CI is set.
set -eu
client=$1
shift
interop=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)

missing() {
    if [ -n "${CI:-}" ]; then
        echo "FAILED: $1" >&2
        exit 1
    fi
    echo "SKIPPED, APP STATE AND MEDIA WERE NOT CHECKED AGAINST $client: $1" >&2
    exit 77
}

case $client in
baileys)
    command -v node >/dev/null 2>&1 || missing "node is not installed"
    [ -d "$interop/baileys/node_modules/baileys" ] ||
        missing "packages are missing; run: npm ci --legacy-peer-deps --ignore-scripts (in tests/interop/baileys)"
    exec node "$interop/baileys/sealed_check.mjs" "$@"
    ;;
whatsmeow)
    command -v go >/dev/null 2>&1 || missing "go is not installed"
    target=${WAGATE_PEER_BUILD_DIR:-$interop/../../build/peers}
    mkdir -p "$target"
    target=$(CDPATH= cd -- "$target" && pwd)/whatsmeow-sealed-check
    (cd "$interop/whatsmeow" && GOTOOLCHAIN=local go build -mod=readonly -o "$target" ./sealed_check) ||
        missing "the check does not build"
    exec "$target" "$@"
    ;;
*)
    echo "unknown client: $client" >&2
    exit 2
    ;;
esac
