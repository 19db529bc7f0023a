package tabular

import (
	"errors"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
)

// rule says how to read the texts of a column; all of them together decide it.
type rule struct {
	// decimal and thousands hold the signs that some text proves to be one or the other.
	decimal, thousands map[byte]bool
	// apostrophes says that some text proves an apostrophe to separate thousands.
	apostrophes bool
	order       dayOrder
}

// ruleOf returns the rule of a field's column.
func (t *Table) ruleOf(field string) *rule {
	i, ok := t.at[field]
	if !ok {
		return &rule{}
	}
	if t.cols[i].rule != nil {
		return t.cols[i].rule
	}
	r := &rule{decimal: map[byte]bool{}, thousands: map[byte]bool{}}
	if t.o.Decimal != 0 {
		r.decimal[byte(t.o.Decimal)] = true
		r.thousands[".,"[1-strings.IndexByte(".,", byte(t.o.Decimal))]] = true
	}
	var days orderVotes
	for _, row := range t.rows {
		if i >= len(row.cells) || row.cells[i].Kind != Text {
			continue
		}
		s := row.cells[i].Text
		days.add(s)
		if n, ok := cutNumber(s); ok {
			d, k := n.proof()
			if t.o.Decimal == 0 {
				if d != 0 {
					r.decimal[d] = true
				}
				if k != 0 {
					r.thousands[k] = true
				}
			}
			r.apostrophes = r.apostrophes || n.quotes > 1 || n.quotes == 1 && (d != 0 || n.signs() > 0)
		}
	}
	r.order = days.order()
	t.cols[i].rule = r
	return r
}

// digits matches the first number in a text: digits with signs and spaces between.
var digits = lazyregexp.New(`[0-9](?:[0-9.,'’` + "`" + `\s\x{a0}\x{202f}\x{2009}]*[0-9])?`)

// groups matches a number that one kind of sign divides into thousands.
var groups = lazyregexp.New(`^[0-9]{1,3}(?:[.,][0-9]{3})+$`)

// written is a number as a text writes it.
type written struct {
	before, number, after string
	dots, commas, quotes  int
}

// cutNumber finds the first number of a text. ok is false if there is none, or if the
// text is a time.
func cutNumber(s string) (written, bool) {
	at := digits.FindStringIndex(s)
	if at == nil || strings.Contains(s, ":") {
		return written{}, false
	}
	n := written{before: s[:at[0]], number: strings.NewReplacer("’", "'", "`", "'").Replace(s[at[0]:at[1]]),
		after: s[at[1]:]}
	n.dots, n.commas, n.quotes = strings.Count(n.number, "."), strings.Count(n.number, ","),
		strings.Count(n.number, "'")
	return n, true
}

func (n written) signs() int { return n.dots + n.commas }

// lone returns the sign of a number that has exactly one, with what is on both sides.
func (n written) lone() (sign byte, whole, frac string, ok bool) {
	if n.signs() != 1 {
		return 0, "", "", false
	}
	i := strings.IndexAny(n.number, ".,")
	return n.number[i], n.number[:i], n.number[i+1:], true
}

// proof returns which sign is certainly the decimal one, and which certainly separates
// thousands; 0: not certain.
func (n written) proof() (decimal, thousands byte) {
	if sign, whole, frac, ok := n.lone(); ok {
		if len(frac) != 3 || whole[0] == '0' || len(whole) > 3 {
			return sign, 0 // also for 1 234,500 and 0,125: spaces lengthen the whole part
		}
		return 0, 0
	}
	switch {
	case n.dots > 0 && n.commas > 0:
		last := n.number[strings.LastIndexAny(n.number, ".,")]
		other := ".,"[1-strings.IndexByte(".,", last)]
		if strings.Count(n.number, string(last)) > 1 {
			return 0, 0 // not a number
		}
		return last, other
	case n.dots > 1 && groups.MatchString(n.number):
		return 0, '.'
	case n.commas > 1 && groups.MatchString(n.number):
		return 0, ','
	}
	return 0, 0
}

// doubt says why a number cannot be read.
type doubt uint8

const (
	sure        doubt = iota
	twoThings         // 12,500: thousands or a fraction
	apostrophe        // 1'234: thousands or a slip
	otherSign         // contradicts --decimal
	cannotGroup       // 1,23,4
)

// plain rewrites the number of a text so that kpi.ParseCell can read it in only one way:
// without separators of thousands, with a comma before the fraction, and never a fraction
// of exactly three digits.
func (r *rule) plain(s string, told rune) (string, doubt) {
	n, ok := cutNumber(s)
	if !ok {
		return s, sure
	}
	if n.quotes > 0 && !r.apostrophes {
		return s, apostrophe
	}
	decimal, _ := n.proof()
	sign, _, _, lone := n.lone()
	switch {
	case told != 0 && decimal != 0 && decimal != byte(told):
		return s, otherSign
	case lone && decimal == 0:
		other := ".,"[1-strings.IndexByte(".,", sign)]
		fraction := r.decimal[sign] || r.thousands[other]
		group := r.thousands[sign] || r.decimal[other]
		switch {
		case fraction == group:
			return s, twoThings
		case fraction:
			decimal = sign
		}
	}
	whole, frac := n.number, ""
	if decimal != 0 {
		i := strings.LastIndexByte(n.number, decimal)
		whole, frac = n.number[:i], n.number[i+1:]
	}
	var b strings.Builder
	b.WriteString(n.before)
	for i, g := range strings.FieldsFunc(whole, func(c rune) bool { return c < '0' || c > '9' }) {
		if i > 0 && len(g) != 3 {
			return s, cannotGroup
		}
		b.WriteString(g)
	}
	if frac != "" {
		if strings.ContainsFunc(frac, func(c rune) bool { return c < '0' || c > '9' }) {
			return s, cannotGroup
		}
		b.WriteString("," + frac)
		if len(frac) == 3 {
			b.WriteByte('0')
		}
	}
	b.WriteString(n.after)
	return b.String(), sure
}

// Figure returns the text of a field with a number whose unit is not known yet, written
// so that kpi.ParseCell reads it in only one way; empty if there is none, or only a dash.
// If the text is ambiguous, it returns an error to report if the column turns out to
// matter.
func (l *Line) Figure(field string) (string, error) {
	c := l.Cell(field)
	scale := l.t.scale(field)
	switch c.Kind {
	case Number:
		return plainText(c.Value * scale), nil
	case Text:
		if dash(c.Text) {
			return "", nil
		}
		s, err := l.plain(field, c.Text)
		if v, no := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64); err == nil && scale != 1 && no == nil {
			return plainText(v * scale), nil
		}
		return s, err
	}
	return c.Text, nil
}

// plainText formats a number as rule.plain does.
func plainText(v float64) string {
	s := strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), ".", ",", 1)
	if _, frac, _ := strings.Cut(s, ","); len(frac) == 3 {
		s += "0"
	}
	return s
}

func dash(s string) bool { return strings.Trim(s, "-–—− ") == "" }

// scale returns the factor for plain numbers of a field.
func (t *Table) scale(field string) float64 {
	if i, ok := t.at[field]; ok {
		return t.cols[i].scale
	}
	return 1
}

// plain is rule.plain with its doubts as errors.
func (l *Line) plain(field, s string) (string, error) {
	o := l.t.o
	out, why := l.t.ruleOf(field).plain(s, o.Decimal)
	told := ""
	switch why {
	case sure:
		return out, nil
	case twoThings:
		n, _ := cutNumber(s)
		_, whole, frac, _ := n.lone()
		told = o.say("«%s» — это %s%s или %s с дробью %s? По столбцу не видно: скажите --decimal , или --decimal .",
			"“%s” may be %s%s or %s and a fraction of %s: the column does not tell; say --decimal , or --decimal .",
			short(s), whole, frac, whole, frac)
	case apostrophe:
		told = o.say("«%s»: апостроф может разделять тысячи, а может быть опечаткой: напишите число без него",
			"“%s”: the apostrophe may separate thousands or be a slip: write the number without it", short(s))
	case otherSign:
		told = o.say("«%s» — не число с десятичным знаком «%c» из --decimal",
			"“%s” is no number with the decimal sign “%c” of --decimal", short(s), o.Decimal)
	case cannotGroup:
		told = o.say("«%s» — не число: знаки стоят не так, как в тысячах",
			"“%s” is no number: the signs do not stand as those of thousands do", short(s))
	}
	err := &Error{l.Where, l.heading(field), told}
	if why == twoThings {
		return "", &columnError{err, o}
	}
	return "", err
}

// columnError is an error of a whole column: Join reports it once.
type columnError struct {
	at *Error
	o  Options
}

func (e *columnError) Error() string { return e.at.Error() }
func (e *columnError) Unwrap() error { return e.at }

// Refuse records an error of a field.
func (l *Line) Refuse(err error) {
	l.bad = true
	l.t.errs = append(l.t.errs, err)
}

// Join is errors.Join for errors of a file. It reports an error of a whole column once,
// where it comes first, with the other lines that have it.
func Join(errs []error) error {
	var out []error
	type column struct{ file, heading string }
	first, lines := map[column]int{}, map[column][]int{}
	for _, err := range errs {
		e, ok := errors.AsType[*columnError](err)
		if !ok {
			out = append(out, err)
			continue
		}
		c := column{e.at.File, e.at.Heading}
		if _, told := first[c]; told {
			lines[c] = append(lines[c], e.at.Line)
			continue
		}
		first[c] = len(out)
		out = append(out, e)
	}
	for c, i := range first {
		e, ok := errors.AsType[*columnError](out[i])
		more := lines[c]
		if !ok || len(more) == 0 {
			continue
		}
		var some []string
		for _, n := range more[:min(len(more), 5)] {
			some = append(some, strconv.Itoa(n))
		}
		told := *e.at
		told.Problem += e.o.say("; так и в строках: %s", "; so in lines %s", strings.Join(some, ", "))
		if n := len(more) - len(some); n > 0 {
			told.Problem += e.o.say(" и ещё в %d", " and %d more", n)
		}
		out[i] = &told
	}
	return errors.Join(out...)
}

// Number returns the number of a field in a unit, read like a cell of a spreadsheet
// (kpi.ParseCell); no value if the field is empty. For lengths use Seconds.
func (l *Line) Number(field string, unit kpi.Unit) kpi.Num {
	return l.number(field, unit, func(v any) kpi.Reading { return kpi.ParseCell(v, unit) })
}

// MustAmount returns the amount of a deal, negative for a refund (kpi.ParseAmount). It
// fails if the field is empty.
func (l *Line) MustAmount(field string) float64 {
	if l.Must(field) == "" {
		return 0
	}
	return l.number(field, kpi.Money, func(v any) kpi.Reading { return kpi.ParseAmount(v, true) }).V
}

func (l *Line) number(field string, unit kpi.Unit, parse func(any) kpi.Reading) kpi.Num {
	c := l.Cell(field)
	scale := l.t.scale(field)
	var v any
	switch c.Kind {
	case Empty:
		return kpi.Num{}
	case Number:
		v, scale = c.Value*scale, 1
	case Text:
		s, err := l.plain(field, c.Text)
		if err != nil {
			l.Refuse(err)
			return kpi.Num{}
		}
		v = s
	default:
		l.fail(field, "«%s» — дата или время, а нужно число", "“%s” is a date or a time, and a number is wanted",
			c.Text)
		return kpi.Num{}
	}
	if m := foreign.FindString(c.Text); m != "" && unit == kpi.Money && c.Kind == Text {
		l.fail(field, "«%s»: это не рубли (%s): пересчитайте сумму", "“%s” is not in roubles (%s): convert the amount",
			short(c.Text), m)
		return kpi.Num{}
	}
	read := parse(v)
	if !read.OK() {
		l.Fail(field, "%s", Quote(short(c.Text), read.Message.Text(l.t.o.Lang)))
		return kpi.Num{}
	}
	return kpi.Some(read.Value * scale)
}

// foreign matches signs and words of currencies other than roubles.
var foreign = lazyregexp.New(`(?i)[$€£¥₸₴]|(?:usd|eur|kzt|byn|uah|cny|gbp|долл|евро|тенге|юан)[a-zа-яё]*`)

// Quote puts a value before its problem, unless the problem quotes it already.
func Quote(value, problem string) string {
	if strings.Contains(problem, value) {
		return problem
	}
	return "«" + value + "»: " + problem
}
