package calc

import (
	"math"
	"time"

	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// date1 returns a function of one moment.
func date1(f func(t time.Time) int) function {
	return function{1, 1, true, func(c *call) operand { return number(float64(f(c.time(0)))) }}
}

var dates = map[string]function{
	"TODAY": {0, 0, false, func(c *call) operand { return dated(math.Floor(numfmt.Serial(c.e.now)), Date) }},
	"NOW":   {0, 0, false, func(c *call) operand { return dated(numfmt.Serial(c.e.now), DateTime) }},
	"DATE": {3, 3, true, func(c *call) operand {
		y, m, d := c.int(0), c.int(1), c.int(2)
		if c.err != nil {
			return nothing()
		}
		if y >= 0 && y < 1900 { // as the documentation says: years up to 1899 are counted from 1900
			y += 1900
		}
		if y < 0 || y > 9999 || abs(m) > 120000 || abs(d) > 4000000 {
			return errorf(ErrNum, "Function DATE parameters are out of range.")
		}
		return c.day(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC))
	}},
	"TIME": {3, 3, true, func(c *call) operand {
		s := float64(c.int(0))*3600 + float64(c.int(1))*60 + float64(c.int(2))
		if s < 0 {
			return errorf(ErrNum, "Function TIME parameters are out of range.")
		}
		return dated(math.Mod(s, 86400)/86400, Time)
	}},
	"YEAR": date1(time.Time.Year), "MONTH": date1(func(t time.Time) int {
		return int(t.Month())
	}), "DAY": date1(time.Time.Day),
	"HOUR": date1(time.Time.Hour), "MINUTE": date1(time.Time.Minute), "SECOND": date1(time.Time.Second),
	"WEEKDAY": {1, 2, true, func(c *call) operand {
		t, kind := c.time(0), c.intOr(1, 1)
		day := int(t.Weekday())
		switch {
		case kind == 1:
			return number(float64(day + 1))
		case kind == 2:
			return number(float64((day+6)%7 + 1))
		case kind == 3:
			return number(float64((day + 6) % 7))
		case kind >= 11 && kind <= 17:
			return number(float64((day-(kind-10)+14)%7 + 1))
		}
		return errorf(ErrNum, "Function WEEKDAY parameter 2 value is %d. Valid values are 1, 2 and 3.", kind)
	}},
	"WEEKNUM": {1, 2, true, func(c *call) operand {
		t, kind := c.time(0), c.intOr(1, 1)
		first := 0
		switch {
		case kind == 21:
			_, w := t.ISOWeek()
			return number(float64(w))
		case kind == 1:
		case kind == 2:
			first = 1
		case kind >= 11 && kind <= 17:
			first = kind - 10
		default:
			return errorf(ErrNum,
				"Function WEEKNUM parameter 2 value is %d. Valid values are 1, 2, 11-17 and 21.", kind)
		}
		jan1 := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		shift := (int(jan1.Weekday()) - first + 7) % 7
		return number(float64((t.YearDay()-1+shift)/7 + 1))
	}},
	"ISOWEEKNUM": date1(func(t time.Time) int { _, w := t.ISOWeek(); return w }),
	"EDATE": {2, 2, true, func(c *call) operand {
		t, n := c.time(0), c.months(1)
		first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		return c.day(first.AddDate(0, 0, min(t.Day(), lastDay(first))-1))
	}},
	"EOMONTH": {2, 2, true, func(c *call) operand {
		t, n := c.time(0), c.months(1)
		return c.day(time.Date(t.Year(), t.Month()+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC))
	}},
	"DAYS": {2, 2, true, func(c *call) operand {
		end, start := c.num(0), c.num(1)
		return number(math.Floor(end) - math.Floor(start))
	}},
	"DATEDIF": {3, 3, true, func(c *call) operand {
		a, b, unit := c.time(0), c.time(1), c.str(2)
		if c.err != nil {
			return nothing()
		}
		if b.Before(a) {
			return errorf(ErrNum, "Function DATEDIF parameter 1 (%s) should be on or before Function DATEDIF "+
				"parameter 2 (%s).", a.Format(time.DateOnly), b.Format(time.DateOnly))
		}
		months := (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
		if b.Day() < a.Day() {
			months--
		}
		switch unit {
		case "Y", "y":
			return number(float64(months / 12))
		case "M", "m":
			return number(float64(months))
		case "D", "d":
			return number(math.Floor(c.num(1)) - math.Floor(c.num(0)))
		case "YM", "ym":
			return number(float64(months % 12))
		case "YD", "yd":
			from := time.Date(b.Year(), a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
			if from.After(b) {
				from = time.Date(b.Year()-1, a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
			}
			return number(math.Floor(b.Sub(from).Hours() / 24))
		case "MD", "md":
			from := time.Date(b.Year(), b.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
			if a.Day() > b.Day() {
				from = time.Date(b.Year(), b.Month()-1, a.Day(), 0, 0, 0, 0, time.UTC)
			}
			return number(math.Floor(b.Sub(from).Hours() / 24))
		}
		return errorf(ErrNum,
			"Function DATEDIF parameter 3 value is %s. Valid values are Y, M, D, MD, YM and YD.", unit)
	}},
	"DATEVALUE": {1, 1, true, func(c *call) operand { return c.parsed(math.Floor, "a date") }},
	"TIMEVALUE": {1, 1, true, func(c *call) operand {
		return c.parsed(func(x float64) float64 { return x - math.Floor(x) }, "a time")
	}},
	"NETWORKDAYS": {2, 3, false, func(c *call) operand { return c.workdays(weekendMask(0b1100000), 2) }},
	"NETWORKDAYS.INTL": {2, 4, false, func(c *call) operand {
		return c.workdays(c.weekend(2), 3)
	}},
	"WORKDAY": {2, 3, false, func(c *call) operand { return c.workday(weekendMask(0b1100000), 2) }},
	"WORKDAY.INTL": {2, 4, false, func(c *call) operand {
		return c.workday(c.weekend(2), 3)
	}},
	"DAYS360": {2, 3, true, func(c *call) operand {
		a, b, european := c.time(0), c.time(1), c.boolOr(2, false)
		d1, d2 := a.Day(), b.Day()
		if european {
			d1, d2 = min(d1, 30), min(d2, 30)
		} else {
			if d1 == lastDay(a) && (a.Month() == time.February || d1 == 31) {
				d1 = 30
			}
			if d2 == 31 && d1 >= 30 {
				d2 = 30
			}
		}
		return number(float64((b.Year()-a.Year())*360 + (int(b.Month())-int(a.Month()))*30 + d2 - d1))
	}},
}

func abs(n int) int { return max(n, -n) }

func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// time returns an argument as a moment. A text that is not a date has its own message.
func (c *call) time(i int) time.Time {
	t, ok := numfmt.Time(c.num(i))
	if !ok {
		c.fail(ErrNum, "Function %s parameter %d value is out of range.", c.name, i+1)
	}
	return t
}

// months returns a number of months, limited to the calendar.
func (c *call) months(i int) int {
	n := c.int(i)
	if abs(n) > 120000 {
		c.fail(ErrNum, "Function %s parameter %d value is out of range.", c.name, i+1)
		return 0
	}
	return n
}

func (c *call) day(t time.Time) operand {
	if y := t.Year(); c.err == nil && (y < 1 || y > 9999) {
		return errorf(ErrNum, "Function %s result is out of range.", c.name)
	}
	return dated(numfmt.Serial(t), Date)
}

func (c *call) parsed(f func(float64) float64, what string) operand {
	v := c.value(0)
	if v.Kind == String {
		t, ok := numfmt.Parse(v.Str, c.locale(), c.e.now)
		if !ok || t.Kind != numfmt.KindDate && t.Kind != numfmt.KindTime && t.Kind != numfmt.KindDateTime {
			return errorf(ErrValue, "%s parameter '%s' cannot be parsed to date/time.", c.name, v.Str)
		}
		return number(f(t.Num))
	}
	return number(f(c.num(0)))
}

// weekendMask has a bit for each day off, Monday first.
type weekendMask uint8

func (m weekendMask) off(serial int) bool {
	return m&(1<<((serial%7+7+5)%7)) != 0 // day 0 was a Saturday
}

func (c *call) weekend(i int) weekendMask {
	v := Value{Kind: Number, Num: 1}
	if c.has(i) {
		v = c.value(i)
	}
	if v.Kind == String {
		var m weekendMask
		for k, r := range v.Str {
			if r == '1' && k < 7 {
				m |= 1 << k
			} else if r != '0' {
				m = 0x7f
				break
			}
		}
		if len(v.Str) != 7 || m == 0x7f {
			c.fail(ErrValue, "Function %s parameter %d value is not a valid weekend.", c.name, i+1)
		}
		return m
	}
	switch n := clampInt(v.Num); {
	case n >= 1 && n <= 7: // 1 is Saturday and Sunday
		first := (n + 4) % 7
		return 1<<first | 1<<((first+1)%7)
	case n >= 11 && n <= 17: // 11 is Sunday alone
		return 1 << ((n - 11 + 6) % 7)
	}
	c.fail(ErrNum, "Function %s parameter %d value is not a valid weekend.", c.name, i+1)
	return 0
}

// holidays returns the days of an argument.
func (c *call) holidays(i int) map[int]bool {
	out := map[int]bool{}
	if !c.has(i) {
		return out
	}
	sub := &call{eval: c.eval, name: c.name, args: c.args[:i+1]}
	sub.eachValue(i, func(v Value, _ bool, _ int) {
		x, err := c.number(v, c.name, i+1)
		c.keep(err)
		if v.Kind != Empty && !(v.Kind == String && v.Str == "") {
			out[clampInt(math.Floor(x))] = true
		}
	})
	return out
}

func (c *call) workdays(off weekendMask, holidays int) operand {
	c.time(0)
	c.time(1)
	from, to := clampInt(math.Floor(c.num(0))), clampInt(math.Floor(c.num(1)))
	free := c.holidays(holidays)
	if c.err != nil {
		return nothing()
	}
	sign := 1.0
	if from > to {
		from, to, sign = to, from, -1
	}
	if !c.spend(to - from) {
		return nothing()
	}
	n := 0
	for d := from; d <= to; d++ {
		if !off.off(d) && !free[d] {
			n++
		}
	}
	return number(sign * float64(n))
}

func (c *call) workday(off weekendMask, holidays int) operand {
	c.time(0)
	d, n := clampInt(math.Floor(c.num(0))), c.int(1)
	free := c.holidays(holidays)
	if c.err == nil && abs(n) > 3000000 {
		return errorf(ErrNum, "Function %s result is out of range.", c.name)
	}
	if c.err != nil {
		return nothing()
	}
	step := 1
	if n < 0 {
		step = -1
	}
	for n != 0 {
		if !c.spend(1) {
			return nothing()
		}
		if d += step; !off.off(d) && !free[d] {
			n -= step
		}
		if abs(d) > 5000000 {
			return errorf(ErrNum, "Function %s result is out of range.", c.name)
		}
	}
	return dated(float64(d), Date)
}
