// Package calendar knows days: civil dates, ISO weeks, months, the production
// calendar and a company's own days off.
//
// It is pure: no clock, no time zone, no I/O. A Date is a day on the wall
// calendar; which day "today" is, the caller says.
package calendar

import (
	"fmt"
	"time"
)

// Date is a civil day, counted in days since 1970-01-01. It has no time zone,
// so adding a day can never skip or repeat one. The zero Date (1970-01-01)
// stands for "no date".
type Date int32

// serialEpoch is 1899-12-30, day 0 of spreadsheet serial numbers, as a Date.
const serialEpoch = Date(-25569)

// Of gives the date of a year, month and day; values out of range are
// normalised as time.Date does.
func Of(year int, month time.Month, day int) Date {
	return FromTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// FromTime gives the civil date of t in t's own location.
func FromTime(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads an ISO date, 2026-05-15.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not of the form 2026-05-15", s)
	}
	return FromTime(t), nil
}

// lastSerial is 9999-12-31, the last date that a spreadsheet knows.
const lastSerial = 2958465

// FromSerial gives the date of a spreadsheet serial number (days since
// 1899-12-30); the fraction, a time of day, is dropped. A number that is no date
// of a spreadsheet (below 1, beyond the year 9999, NaN) gives the zero Date.
func FromSerial(serial float64) Date {
	if !(serial >= 1 && serial < lastSerial+1) {
		return 0
	}
	return serialEpoch + Date(serial)
}

// Serial is the spreadsheet serial number of the day.
func (d Date) Serial() float64 { return float64(d - serialEpoch) }

// Time is midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// IsZero tells "no date".
func (d Date) IsZero() bool { return d == 0 }

// Year of the date.
func (d Date) Year() int { return d.Time().Year() }

// Month of the year.
func (d Date) Month() time.Month { return d.Time().Month() }

// Day of the month.
func (d Date) Day() int { return d.Time().Day() }

// Weekday of the date.
func (d Date) Weekday() time.Weekday { return time.Weekday((int(d)%7 + 7 + 4) % 7) }

// Add gives the date n days later.
func (d Date) Add(n int) Date { return d + Date(n) }

// AddMonths gives the same day n months later, or the last day of that month if
// it has no such day: a month after 31 January is 28 February.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Time().Date()
	last := Of(y, m+time.Month(n)+1, 0)
	return min(Of(y, m+time.Month(n), 1)+Date(day-1), last)
}

// String is the ISO form, 2026-05-15; the zero Date is empty.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes the ISO form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form; empty is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}
