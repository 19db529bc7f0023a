#!/usr/bin/env bash
# Takes the pictures of the README: starts the sample department in an empty
# folder and photographs its spreadsheets in headless Chromium.
#
#   docs/pictures.sh [FOLDER]     where the pictures go (this folder)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(mkdir -p "${1:-$root/docs}" && cd "${1:-$root/docs}" && pwd)
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "pictures: no Chromium found (on Debian: apt-get install chromium)" >&2
  exit 1
}
tmp=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT

(cd "$root" && go build -o "$tmp/svodka" ./cmd/svodka)
cd "$tmp"
SVODKA_DATA_DIR="$tmp/data" "$tmp/svodka" demo --no-browser --addr 127.0.0.1:0 >"$tmp/log" 2>&1 &
pid=$!
for _ in $(seq 300); do
  grep -q 'Ctrl+C' "$tmp/log" && break
  kill -0 "$pid" || { cat "$tmp/log" >&2; exit 1; }
  sleep 0.2
done

# link WHO gives the address that the demo printed for somebody.
link() { grep -F "$1" "$tmp/log" | grep -o 'http://[^ ]*' | head -n 1; }
# tab LINK TITLE gives the address of a tab.
tab() {
  local base=${1%%/spreadsheets/*} id gid
  id=$(sed -E 's|.*/d/([^/?#]+).*|\1|' <<<"$1")
  gid=$(curl -fsS "$base/v4/spreadsheets/$id?fields=sheets.properties(sheetId,title)" |
    tr -d '\n' | grep -o '"sheetId": *[0-9]*, *"title": *"[^"]*"' | grep -F "\"$2\"" | grep -o '[0-9]\+' | head -n 1)
  echo "${1%%#*}#gid=$gid"
}
# shoot NAME ADDRESS WIDTH HEIGHT
shoot() {
  "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$(mktemp -d -p "$tmp")" --virtual-time-budget=8000 \
    --force-device-scale-factor="${5:-1}" --window-size="$3,$4" --screenshot="$out/$1.png" "$2" >/dev/null 2>&1
  echo "$out/$1.png"
}

summary=$(link director)
shoot summary "$summary" 1440 1000
shoot funnel "$(tab "$summary" Воронка)" 1440 1000
shoot month "$(tab "$summary" Месяц)" 1440 900
shoot dynamics "$(tab "$summary" Динамика)" 1440 900
shoot manager "$(link 'Волков Артём')" 1280 1260
shoot phone "$(link 'Петров Сергей')" 390 844 2
shoot settings "$(link ops)" 1440 700
SVODKA_DATA_DIR="$tmp/data" "$tmp/svodka" notify --digest --picture "$out/digest.png" >/dev/null
echo "$out/digest.png"
