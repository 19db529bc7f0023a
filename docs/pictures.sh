#!/usr/bin/env bash
# Takes pictures of the sample department in headless Chromium.
#
#   docs/pictures.sh [FOLDER]         those of the README and the guides (into this folder)
#   docs/pictures.sh --all FOLDER     every tab, in both languages, on a laptop and on
#                                     a phone, to be looked at
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
all=
if [ "${1:-}" = --all ]; then
  all=yes
  shift
  [ -n "${1:-}" ] || { echo "pictures: --all needs a folder" >&2; exit 1; }
fi
out=$(mkdir -p "${1:-$root/docs}" && cd "${1:-$root/docs}" && pwd)
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "pictures: no Chromium found (on Debian: apt-get install chromium)" >&2
  exit 1
}
# Google Sheets shows Arial; Liberation Sans is as wide.
if ! fc-list 2>/dev/null | grep -qiE 'arial|liberation ?sans'; then
  echo "pictures: neither Arial nor Liberation Sans is installed, texts come out wider" >&2
fi
tmp=$(mktemp -d)
pid=
trap 'kill $pid 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$tmp"' EXIT

(cd "$root" && go build -o "$tmp/svodka" ./cmd/svodka)

# demo LANG starts the sample department anew.
demo() {
  if [ -n "$pid" ]; then
    kill "$pid"
    wait "$pid" || true
  fi
  export SVODKA_DATA_DIR="$tmp/data-$1" SVODKA_LANGUAGE="$1"
  : >"$tmp/log" # what the demo before has said would be taken for this one's
  (cd "$tmp" && exec ./svodka demo --no-browser --addr 127.0.0.1:0) >"$tmp/log" 2>&1 &
  pid=$!
  for _ in $(seq 600); do
    grep -q 'Ctrl+C' "$tmp/log" && return
    kill -0 "$pid" || break
    sleep 0.2
  done
  cat "$tmp/log" >&2
  exit 1
}
# link WHO gives the address that the demo printed for somebody.
link() { grep -F "$1" "$tmp/log" | grep -o 'http://[^ ]*' | head -n 1; }
# tabs LINK lists the tabs that are shown: id, space, title.
tabs() {
  local base=${1%%/spreadsheets/*} id
  id=$(sed -E 's|.*/d/([^/?#]+).*|\1|' <<<"$1")
  curl -fsS "$base/v4/spreadsheets/$id?fields=sheets.properties(sheetId,title,hidden)" | tr -d '\n' |
    grep -o '"properties": *{[^}]*}' | grep -v '"hidden": *true' |
    sed -E 's|.*"sheetId": *([0-9]+).*"title": *"([^"]*)".*|\1 \2|'
}
# tab LINK TITLE gives the address of a tab.
tab() { echo "${1%%#*}#gid=$(tabs "$1" | grep -F " $2" | head -n 1 | cut -d' ' -f1)"; }
# table LINK gives the same link to the table, not to the form of the day.
table() { sed 's/#/\&view=table#/' <<<"$1"; }
# shoot NAME ADDRESS WIDTH HEIGHT [SCALE]
shoot() {
  "$chromium" --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --user-data-dir="$tmp/profile" --virtual-time-budget=8000 \
    --force-device-scale-factor="${5:-1}" --window-size="$3,$4" --screenshot="$out/$1.png" "$2" >/dev/null 2>&1
  echo "$out/$1.png"
}
# every NAME LINK takes all tabs of a spreadsheet, on both screens.
every() {
  local n=0 gid title
  while read -r gid title; do
    n=$((n + 1))
    for size in 1440x900 390x844; do
      shoot "$(printf '%s-%s-%02d-%s-%s' "$SVODKA_LANGUAGE" "$1" "$n" "${title// /_}" "$size")" \
        "${2%%#*}#gid=$gid" "${size%x*}" "${size#*x}"
    done
  done < <(tabs "$2")
}

if [ -n "$all" ]; then
  for lang in ru en; do
    demo "$lang"
    every summary "$(link director)"
    every control "$(link ops)"
    n=0
    # One person of each role has what the others have.
    for name in 'Петров Сергей' 'Лебедев Павел' 'Кузнецов Дмитрий' 'Соколова Мария' 'Морозова Елена'; do
      n=$((n + 1))
      who=$(link "$name")
      every "person$n" "$who"
      for size in 1440x900 390x844; do # as the link opens it: the form of the day, or the list of deals
        shoot "$lang-person$n-00-day-$size" "$who" "${size%x*}" "${size#*x}"
      done
    done
  done
  exit
fi

demo ru
summary=$(link director)
shoot summary "$summary" 1440 1000
shoot funnel "$(tab "$summary" Воронка)" 1440 1000
shoot month "$(tab "$summary" Месяц)" 1440 900
shoot dynamics "$(tab "$summary" Динамика)" 1440 900
shoot manager "$(table "$(link 'Волков Артём')")" 1280 1260
shoot phone "$(link 'Петров Сергей')" 390 844 2
"$tmp/svodka" notify --digest --picture "$out/digest.png" >/dev/null
echo "$out/digest.png"
