package calendar

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Country is a production calendar, by the country's code (ISO 3166).
type Country string

// The countries whose production calendars are known.
const (
	NoCountry  Country = "" // Monday to Friday, no holidays
	Russia     Country = "RU"
	Belarus    Country = "BY"
	Kazakhstan Country = "KZ"
)

// Embeds tells whether the published calendar of the year is embedded. Of other
// years the holidays on fixed dates are known, by law, and what the law makes of
// those that fall on a weekend: not what the government decrees year by year, nor
// holidays that move.
func (c Country) Embeds(year int) bool {
	_, ok := embedded[c][year]
	return ok
}

// Moving names the holidays without a fixed date, which are known of embedded
// years alone, in Russian and in English; empty: the country has none.
func (c Country) Moving() (ru, en string) {
	switch c {
	case Belarus:
		return "Радуница", "Radunitsa"
	case Kazakhstan:
		return "Курбан айт", "Kurban Ait"
	}
	return "", ""
}

// Kind tells what the day is for the five-day week.
func (c Country) Kind(d Date) DayKind {
	if k, ok := countries()[c].days[d]; ok {
		return k
	}
	if d.weekend() {
		return Off
	}
	return Working
}

// Holiday tells whether the day is a holiday by law, on whatever day of the week
// it falls.
func (c Country) Holiday(d Date) bool { return countries()[c].holidays[d] }

// production is what is known of a country.
type production struct {
	days     map[Date]DayKind // that differ from Monday to Friday
	holidays map[Date]bool
}

// The years of which holidays are computed: those in which ops may type a date.
const (
	firstYear = 1990
	lastYear  = 2100
)

var countries = sync.OnceValue(func() map[Country]production {
	out := map[Country]production{}
	for country, years := range embedded {
		p := production{map[Date]DayKind{}, map[Date]bool{}}
		for year := firstYear; year <= lastYear; year++ {
			for _, h := range holidaysOf(country, year) {
				p.holidays[h.Date] = true
			}
			text, ok := years[year]
			if !ok {
				for d, k := range byLaw(country, year) {
					p.days[d] = k
				}
				continue
			}
			parsePublished(text, year, p.days)
		}
		out[country] = p
	}
	return out
})

// parsePublished reads a year of the embedded table.
func parsePublished(text string, year int, into map[Date]DayKind) {
	for month := range strings.SplitSeq(text, ";") {
		name, list, _ := strings.Cut(strings.TrimSpace(month), ":")
		for day := range strings.FieldsSeq(list) {
			kind := Off
			switch {
			case strings.Contains(day, "~"):
				kind = Short
			case strings.HasPrefix(day, "+"):
				kind = Working
			}
			into[Of(year, time.Month(atoi(name)), atoi(strings.TrimLeft(day, "+~")))] = kind
		}
	}
}

// atoi reads a number of the table; a test holds the table to be sound.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// holiday is a holiday of a year.
type holiday struct {
	Date
	moves bool // one that falls on a weekend gives the next working day off
}

// holidaysOf are the holidays on fixed dates, in order: Labour Code of Russia art.
// 112 (the days off of 1-8 January are the government's to move), decree 157 of
// Belarus (nothing moves by itself), the law on holidays of Kazakhstan (Christmas
// does not move). Where dates have changed, the years before keep those that were.
func holidaysOf(c Country, year int) []holiday {
	var out []holiday
	add := func(moves bool, month time.Month, days ...int) {
		for _, d := range days {
			out = append(out, holiday{Of(year, month, d), moves})
		}
	}
	switch c {
	case Russia:
		add(false, time.January, 1, 2, 3, 4, 5, 6, 7, 8)
		add(true, time.February, 23)
		add(true, time.March, 8)
		add(true, time.May, 1, 9)
		add(true, time.June, 12)
		add(true, time.November, 4)
	case Belarus:
		add(false, time.January, 1, 2, 7)
		add(false, time.March, 8)
		add(false, time.May, 1, 9)
		add(false, time.July, 3)
		add(false, time.November, 7)
		add(false, time.December, 25)
	case Kazakhstan:
		add(true, time.January, 1, 2)
		add(false, time.January, 7)
		add(true, time.March, 8)
		if year >= 2027 { // Constitution Day
			add(true, time.March, 15)
		}
		add(true, time.March, 21, 22, 23)
		add(true, time.May, 1, 7, 9)
		add(true, time.July, 6)
		if year < 2027 {
			add(true, time.August, 30)
		}
		if year >= 2022 { // Republic Day
			add(true, time.October, 25)
		}
		add(true, time.December, 16)
	}
	return out
}

// byLaw is a year as the law alone makes it: its holidays, the days off that a
// holiday on a weekend gives, and the short days before holidays (art. 95 in
// Russia, art. 116 in Belarus).
func byLaw(c Country, year int) map[Date]DayKind {
	all := holidaysOf(c, year)
	is := func(d Date) bool {
		return slices.ContainsFunc(all, func(h holiday) bool { return h.Date == d })
	}
	days := map[Date]DayKind{}
	for _, h := range all {
		d := h.Date
		if !d.weekend() {
			days[d] = Off
			continue
		}
		if !h.moves {
			continue
		}
		for _, taken := days[d]; taken || d.weekend() || is(d); _, taken = days[d] {
			d++
		}
		days[d] = Off
	}
	if c == Kazakhstan {
		return days
	}
	eves := []Date{Of(year, time.December, 31)}
	for _, h := range all {
		eves = append(eves, h.Date-1)
	}
	for _, d := range eves {
		if _, taken := days[d]; !taken && !d.weekend() && d.Year() == year {
			days[d] = Short
		}
	}
	return days
}
