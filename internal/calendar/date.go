// Package calendar knows days: civil dates, ISO weeks, months, the production calendar
// and a company's own days off.
//
// It is pure: no clock, no time zone, no I/O. A Date is a day on the wall calendar; the
// caller says which day "today" is.
package calendar

import (
	"fmt"
	"time"
)

// Date is a civil day, counted in days since 1970-01-01. It has no time zone, so adding a
// day can never skip or repeat one. The zero Date (1970-01-01) means "no date".
type Date int32

// serialEpoch is 1899-12-30, day 0 of spreadsheet serial numbers, as a Date.
const serialEpoch = Date(-25569)

// Of returns the date of a year, month and day; it normalises values out of range as
// time.Date does.
func Of(year int, month time.Month, day int) Date {
	return FromTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// FromTime returns the civil date of t in t's own location.
func FromTime(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate parses an ISO date, 2026-05-15.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not of the form 2026-05-15", s)
	}
	return FromTime(t), nil
}

// lastSerial is 9999-12-31, the last date in spreadsheets.
const lastSerial = 2958465

// FromSerial returns the date of a spreadsheet serial number (days since 1899-12-30); it
// drops the fraction, a time of day. A number that is not a date (below 1, beyond the
// year 9999, NaN) gives the zero Date.
func FromSerial(serial float64) Date {
	if !(serial >= 1 && serial < lastSerial+1) {
		return 0
	}
	return serialEpoch + Date(serial)
}

// Serial returns the spreadsheet serial number of the day.
func (d Date) Serial() float64 { return float64(d - serialEpoch) }

// Time returns midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == 0 }

// Year returns the year of the date.
func (d Date) Year() int { return d.Time().Year() }

// Month returns the month of the date.
func (d Date) Month() time.Month { return d.Time().Month() }

// Day returns the day of the month.
func (d Date) Day() int { return d.Time().Day() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((int(d)%7 + 7 + 4) % 7) }

// Add returns the date n days later.
func (d Date) Add(n int) Date { return d + Date(n) }

// AddMonths returns the same day n months later, or the last day of that month if it has
// no such day: a month after 31 January is 28 February.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Time().Date()
	last := Of(y, m+time.Month(n)+1, 0)
	return min(Of(y, m+time.Month(n), 1)+Date(day-1), last)
}

// String returns the ISO form, 2026-05-15; the zero Date is empty.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText returns the ISO form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the ISO form; empty is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}
