package calendar

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// The years of the Russian production calendar that are embedded. Of any other
// year only Monday to Friday is known: ops put its holidays on the company's
// calendar.
const (
	RussianFrom = 2024
	RussianTo   = 2026
)

// russianDays are the days that differ from Monday to Friday, month by month, by
// the government's decrees on transferred days off. A bare number is a day off
// that falls on a weekday, + a working Saturday, ~ a short day, +~ a working
// Saturday that is short.
var russianDays = map[int]string{
	// Off by transfer: 29 and 30 April, 10 May, 30 and 31 December.
	2024: "1: 1 2 3 4 5 8; 2: ~22 23; 3: ~7 8; 4: +27 29 30; 5: 1 ~8 9 10; 6: ~11 12; 11: +~2 4; 12: +28 30 31",
	// Off by transfer: 2 and 8 May, 13 June, 3 November, 31 December.
	2025: "1: 1 2 3 6 7 8; 3: ~7; 4: ~30; 5: 1 2 8 9; 6: ~11 12 13; 11: +~1 3 4; 12: 31",
	// Off by transfer: 9 January, 9 March, 11 May, 31 December.
	2026: "1: 1 2 5 6 7 8 9; 2: 23; 3: 9; 4: ~30; 5: 1 ~8 11; 6: ~11 12; 11: ~3 4; 12: 31",
}

var russian = sync.OnceValue(func() map[Date]DayKind {
	days := map[Date]DayKind{}
	for year, months := range russianDays {
		for month := range strings.SplitSeq(months, ";") {
			name, list, _ := strings.Cut(strings.TrimSpace(month), ":")
			m := atoi(name)
			for day := range strings.FieldsSeq(list) {
				kind := Off
				switch {
				case strings.Contains(day, "~"):
					kind = Short
				case strings.HasPrefix(day, "+"):
					kind = Working
				}
				days[Of(year, time.Month(m), atoi(strings.TrimLeft(day, "+~")))] = kind
			}
		}
	}
	return days
})

// Russian gives the days of the Russian production calendar that differ from
// Monday to Friday, of the years RussianFrom to RussianTo. The map is shared: do
// not change it.
func Russian() map[Date]DayKind { return russian() }

// atoi reads a number of the table above; a test holds the table to be sound.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
