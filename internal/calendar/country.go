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

// The countries with a known production calendar.
const (
	NoCountry  Country = "" // Monday to Friday, no holidays
	Russia     Country = "RU"
	Belarus    Country = "BY"
	Kazakhstan Country = "KZ"
)

// Embeds reports whether the published calendar of the year is embedded. For other years
// the holidays on fixed dates are known, and what the law does with those on a weekend,
// but not what the government decrees each year, nor movable holidays.
func (c Country) Embeds(year int) bool {
	_, ok := embedded[c][year]
	return ok
}

// Moving names the holidays without a fixed date, which are known only for embedded
// years, in Russian and in English; empty: the country has none.
func (c Country) Moving() (ru, en string) {
	switch c {
	case Belarus:
		return "Радуница", "Radunitsa"
	case Kazakhstan:
		return "Курбан айт", "Kurban Ait"
	}
	return "", ""
}

// Kind returns what the day is for the five-day week.
func (c Country) Kind(d Date) DayKind {
	if k, ok := countries()[c].days[d]; ok {
		return k
	}
	if d.weekend() {
		return Off
	}
	return Working
}

// Holiday reports whether the day is a holiday by law, on whatever day of the week it
// falls.
func (c Country) Holiday(d Date) bool { return countries()[c].holidays[d] }

// production holds what is known about a country.
type production struct {
	days     map[Date]DayKind // the days that differ from Monday to Friday
	holidays map[Date]bool
}

// The years for which holidays are computed: those in which ops may type a date.
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

// parsePublished parses a year of the embedded table.
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

// atoi parses a number of the table; a test checks the table.
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
	moves bool // if it falls on a weekend, the next working day is off
}

// holidaysOf returns the holidays on fixed dates, in order: Labour Code of Russia art.
// 112 (the government transfers the days off of 1-8 January), decree 157 of Belarus (no
// day moves by itself), the law on holidays of Kazakhstan (Christmas does not move).
// Where dates have changed, earlier years keep the old ones.
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

// byLaw returns a year as the law alone makes it: its holidays, the days off for a
// holiday on a weekend, and the short days before holidays (art. 95 in Russia, art. 116
// in Belarus).
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
