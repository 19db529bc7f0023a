package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Codes of flags, besides kpi's.
const (
	CodeNoDate     = "no_date"     // a row of a list without a date
	CodeBadDate    = "bad_date"    // a date that could not be read
	CodeTextDate   = "text_date"   // a date typed as text, understood
	CodeFarDate    = "far_date"    // a date more than a year ahead
	CodeNoAmount   = "no_amount"   // a deal without an amount
	CodeNoClient   = "no_client"   // a row without a client's name
	CodeNearClient = "near_client" // a client whose name is close to one on the list
	CodeSameClient = "same_client" // a client that is already on the list
	CodeOutside    = "outside"     // a figure or a deal on a day outside the person's employment
	CodeLastRow    = "last_row"    // not of a cell: Row is the last row of a list that is filled far
)

// columns are the columns of one tab as they were found, by key.
type columns map[string]workbook.Found

// find sorts the found columns by tab and key.
func find(b *workbook.Book, found []workbook.Found) map[string]columns {
	type place struct{ tab, column string }
	known := map[int64]place{}
	for _, t := range b.Tabs {
		for _, c := range t.Columns {
			if readable(t, c.Key) {
				known[workbook.MetaID(t.ID, c.Key)] = place{t.Key, c.Key}
			}
		}
	}
	out := map[string]columns{}
	for _, f := range found {
		p, ok := known[f.MetaID]
		if !ok {
			continue
		}
		if out[p.tab] == nil {
			out[p.tab] = columns{}
		}
		if _, twice := out[p.tab][p.column]; !twice {
			out[p.tab][p.column] = f
		}
	}
	return out
}

// rows returns the first row of the sheet that any of the columns has, and the one after
// the last.
func (c columns) rows() (from, to int) {
	from = math.MaxInt
	for _, f := range c {
		from = min(from, f.Row)
		to = max(to, f.Row+len(f.Values))
	}
	return from, to
}

// at returns the value of a column in a row of the sheet; nil: none.
func (c columns) at(key string, row int) any {
	f, ok := c[key]
	if i := row - f.Row; ok && i >= 0 && i < len(f.Values) && !blank(f.Values[i]) {
		return f.Values[i]
	}
	return nil
}

// cell returns a cell of a KPI's figures, prepared for reading.
func (r *reader) cell(c columns, key, measure string, row int) kpi.Cell {
	f := c[key]
	return kpi.Cell{Value: c.at(key, row), Format: f.Format(row - f.Row), Today: r.in.Today,
		Largest: r.largest[measure], Refunds: r.refunds()}
}

func blank(v any) bool {
	s, ok := v.(string)
	return v == nil || ok && strings.TrimSpace(s) == ""
}

// shown returns a value as text: what Flag.Text and the lines of lists hold.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return fmt.Sprint(v)
}

// Dates outside these years are typing mistakes.
var sane = calendar.Span{From: calendar.Of(2000, time.January, 1), To: calendar.Of(2099, time.December, 31)}

// dateForms are the forms in which people type dates as text.
var dateForms = []string{"2.1.2006", "2.1.06", "2006-1-2", "2/1/2006", "2-1-2006", "2006.1.2"}

// readDate reads a cell with a date: a serial number, or leniently a text.
func readDate(v any) (d calendar.Date, asText, ok bool) {
	switch v := v.(type) {
	case float64:
		if v < sane.From.Serial() || v >= sane.To.Serial()+1 {
			return 0, false, false
		}
		return calendar.FromSerial(v), false, true
	case string:
		s := strings.TrimSpace(v)
		if s == "" || s[0] < '0' || '9' < s[0] { // no form begins otherwise, and most texts are labels
			return 0, false, false
		}
		s = strings.ToLower(s)
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "."), "г"))
		for _, form := range dateForms {
			if t, err := time.Parse(form, s); err == nil {
				d = calendar.FromTime(t)
				return d, true, sane.Has(d)
			}
		}
	}
	return 0, false, false
}

// Read understands the columns found in a spreadsheet laid out as b. Its result covers
// only tabs, columns and days that were found.
func Read(in Input, b *workbook.Book, found []workbook.Found) Reading {
	r := reader{in: in, lang: in.Lang}
	r.out.SeenColumns = map[string]bool{}
	r.out.Comments = map[calendar.Date]string{}
	tabs := find(b, found)
	r.measure(tabs)
	r.clients = namesOf(b, in.Tag+TabClients, tabs)
	for _, t := range b.Tabs {
		cols := tabs[t.Key]
		if len(cols) == 0 {
			continue
		}
		for key := range cols {
			if t.KeyColumn == "" && !typedInto(key) {
				continue
			}
			r.out.SeenColumns[t.Key+"/"+key] = true
		}
		name, ours := strings.CutPrefix(t.Key, in.Tag)
		if !ours {
			continue
		}
		seen := false
		switch {
		case strings.HasPrefix(name, TabMonth):
			seen = r.readMonth(t, strings.TrimPrefix(name, TabMonth), cols)
		case name == TabDeals && whole(t, cols):
			seen, r.out.seenDeals = true, true
			r.readDeals(t, cols)
		case name == TabClients && whole(t, cols):
			seen, r.out.seenClient = true, true
			r.readClients(t, cols)
		}
		if seen {
			r.out.Seen = append(r.out.Seen, t.Key)
		}
	}
	return r.out
}

// whole reports whether all columns of a list that people type into were found: if one is
// missing, its rows cannot be understood.
func whole(t *workbook.Tab, cols columns) bool {
	return !slices.ContainsFunc(t.Columns, func(c workbook.Column) bool {
		_, ok := cols[c.Key]
		return !ok && typedInto(c.Key)
	})
}

type reader struct {
	in   Input
	lang words.Lang
	out  Reading
	rows func(*line, department.Deal) // called for each row of deals, if set
	// clients are the names of «Клиенты»; nil: there is no such list.
	clients *clientNames
	// largest are the largest figures by column, in the unit of the KPI; amounts of deals
	// by their column. Values that may be dates are left out.
	largest map[string]float64
}

// refunds reports whether sums may be below zero.
func (r *reader) refunds() bool { return r.in.Dep == nil || !r.in.Dep.Settings.NoRefunds }

// measure finds the largest figures that people typed, in all tabs.
func (r *reader) measure(tabs map[string]columns) {
	r.largest = map[string]float64{}
	for key, v := range r.in.Largest {
		r.largest[ColKPI+key] = v
	}
	see := func(column string, k kpi.KPI, f workbook.Found, typed func(row int) bool) {
		for i, v := range f.Values {
			if !typed(f.Row + i) {
				continue
			}
			if n, ok := v.(float64); ok && kpi.MayBeDate(n, r.in.Today) {
				continue
			}
			if got := kpi.ReadCell(k, kpi.Cell{Value: v, Refunds: r.refunds()}); got.OK() {
				r.largest[column] = max(r.largest[column], got.Value)
			}
		}
	}
	for _, cols := range tabs {
		// The block on top sums up what may be a mistake: only the rows of the days
		// count.
		ofDay := func(row int) bool {
			_, _, ok := readDate(cols.at(ColDate, row))
			return ok
		}
		for _, k := range r.in.Role.KPIs {
			if f, ok := cols[ColKPI+k.Key]; ok && k.Typed() {
				see(ColKPI+k.Key, k, f, ofDay)
			}
		}
		if f, ok := cols[ColAmount]; ok {
			see(ColAmount, amounts, f, func(int) bool { return true })
		}
	}
}

// amounts is the KPI as which amounts of deals are read.
var amounts = kpi.KPI{Unit: kpi.Money, Source: kpi.Manual}

// readMonth reads a month's tab. It reports whether its dates were found.
func (r *reader) readMonth(t *workbook.Tab, name string, cols columns) bool {
	first, err := calendar.ParseDate(name + "-01")
	if _, ok := cols[ColDate]; err != nil || !ok {
		return false
	}
	month := calendar.MonthOf(first)
	measured, _ := measuredIn(stintsIn(r.in, month.Span))
	var kpis []kpi.KPI
	for _, k := range measured {
		if _, ok := cols[ColKPI+k.Key]; ok && k.Typed() {
			kpis = append(kpis, k)
		}
	}
	labels := map[string]bool{}
	for _, row := range t.Cells[:min(firstDay+1, len(t.Cells))] {
		if len(row) > 0 && row[0].Str != "" {
			labels[row[0].Str] = true
		}
	}

	where := map[calendar.Date]int{} // row of each day
	begun := false
	from, to := cols.rows()
	for row := from; row < to; row++ {
		cell := cols.at(ColDate, row)
		day, _, ok := readDate(cell)
		filled := r.filled(cols, kpis, row)
		stray := func(why string) {
			if filled {
				r.out.Strays = append(r.out.Strays, fmt.Sprintf("tab %s, row %d: %s", t.Key, row+1, why))
			}
		}
		before, twice := where[day]
		switch {
		case !ok && labels[shown(cell)]:
		case !ok && !begun: // above the days
		case !ok:
			stray(fmt.Sprintf("holds figures but no date (%q)", shown(cell)))
		case !month.Has(day):
			begun = true
			stray(fmt.Sprintf("%s is a day of another month", day))
		case twice && r.filled(cols, kpis, before):
			stray(fmt.Sprintf("%s stands already in row %d, which counts", day, before+1))
		case twice && !filled:
		default: // if a day appears twice, the row with content counts
			begun = true
			where[day] = row
		}
	}

	keys := make([]string, len(kpis))
	for i, k := range kpis {
		keys[i] = k.Key
	}
	_, comments := cols[ColComment]
	for day := month.From; day <= month.To; day++ {
		row, ok := where[day]
		if !ok {
			continue
		}
		for _, k := range kpis {
			r.readFigure(t.Key, k, day, r.cell(cols, ColKPI+k.Key, ColKPI+k.Key, row))
		}
		r.readLogged(cols, measured, day, row)
		if v := cols.at(ColComment, row); v != nil {
			r.out.Comments[day] = shown(v)
		}
		if n := len(r.out.scopes); n > 0 && r.out.scopes[n-1].Span.To.Add(1) == day && day != month.From {
			r.out.scopes[n-1].Span.To = day
		} else {
			r.out.scopes = append(r.out.scopes, Scope{Span: calendar.Span{From: day, To: day}, KPIs: keys,
				Comments: comments})
		}
	}
	return true
}

// readLogged reads the day's figures of call logs. It ignores what is not a number: the
// worker writes those cells.
func (r *reader) readLogged(cols columns, measured []kpi.KPI, day calendar.Date, row int) {
	for _, k := range measured {
		if v, ok := cols.at(ColLog+k.Key, row).(float64); ok && k.Source == kpi.Calls {
			if k.Unit == kpi.Duration {
				v = math.Round(v * secondsInDay)
			}
			r.out.Logged = append(r.out.Logged, department.Entry{Person: r.in.Person.ID, KPI: k.Key, Date: day,
				Value: v})
		}
	}
}

// filled reports whether a person typed anything into the row.
func (r *reader) filled(cols columns, kpis []kpi.KPI, row int) bool {
	if cols.at(ColComment, row) != nil {
		return true
	}
	return slices.ContainsFunc(kpis, func(k kpi.KPI) bool { return cols.at(ColKPI+k.Key, row) != nil })
}

// readFigure reads one cell of a day. It flags what is not a figure of the KPI and does
// not count it; if the content had to be interpreted, it records what it counts as.
func (r *reader) readFigure(tab string, k kpi.KPI, day calendar.Date, c kpi.Cell) {
	got := kpi.ReadCell(k, c)
	if got.State == kpi.CellBlank {
		return
	}
	flag := func(code, note string, soft bool) {
		r.out.Flags = append(r.out.Flags, Flag{Tab: tab, Column: ColKPI + k.Key, Day: day, Text: shown(c.Value),
			Code: code, Note: note, Soft: soft})
	}
	if got.OK() {
		r.out.Entries = append(r.out.Entries, department.Entry{Person: r.in.Person.ID, KPI: k.Key, Date: day,
			Value: got.Value})
		if !r.in.Person.Employment().Has(day) { // stored and flagged: planfact counts it nowhere
			flag(CodeOutside, outsideNote(r.in.Person, day, r.lang), false)
			return
		}
		if got.Message.IsZero() && plain(k, c.Value, got.Value) {
			return
		}
	}
	r.out.Pairs = append(r.out.Pairs, Pair{Tab: tab, Column: ColKPI + k.Key, Day: day, Read: contentOf(c.Value),
		Counts: got.Num()})
	if !got.Message.IsZero() {
		flag(string(got.Message.Code), r.note(got.Message, k, c.Value, got.OK()), got.OK())
	}
}

// outsideNote tells the person why a figure of a day outside their employment does not
// count.
func outsideNote(p department.Person, d calendar.Date, lang words.Lang) string {
	T := lang.T
	if d < p.Employment().From {
		return fmt.Sprintf(T("Не считается: дата приёма на работу — %s.\nЕсли она неверна, скажите тому, кто ведёт "+
			"настройки.", "Not counted: the date of hiring is %s.\nIf that is wrong, tell those who keep "+
			"the settings."), p.Hired.Text(lang))
	}
	return fmt.Sprintf(T("Не считается: последний рабочий день — %s.\nЕсли дата неверна, скажите тому, кто ведёт "+
		"настройки.", "Not counted: the last day at work is %s.\nIf that is wrong, tell those who keep the settings."),
		p.Left.Text(lang))
}

// note tells the person what to type instead, and what is there now.
func (r *reader) note(msg kpi.Message, k kpi.KPI, v any, soft bool) string {
	T, lang, u := r.lang.T, r.lang, k.Unit
	if soft {
		return T("Посчитано: ", "Counted: ") + msg.Text(lang) +
			T(".\nЕсли это не так, введите ", ".\nIf that is wrong, type ") + example(u, r.lang) + "."
	}
	now := T("Сейчас не считается: ", "Not counted now: ") + msg.Text(lang)
	switch msg.Code {
	case kpi.CodeCellDate:
		return now + T(".\nЕсли имелось в виду само число, впишите его ещё раз.",
			".\nIf the number itself is meant, type it once more.")
	case kpi.CodeCellFarDate, kpi.CodeCellWhole, kpi.CodeCellShare:
		return now + "."
	}
	if s, ok := v.(string); ok && msg.Code == kpi.CodeCellText {
		now = fmt.Sprintf(T("Сейчас в ячейке текст «%s», он не считается",
			"The cell has the text \"%s\", which is not counted"), clip(strings.TrimSpace(s)))
	}
	return T("Введите ", "Type ") + example(u, r.lang) + ".\n" + now + "."
}

// clip returns the beginning of a long text.
func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// example returns what to type for a unit.
func example(u kpi.Unit, lang words.Lang) string {
	switch u {
	case kpi.Money:
		return lang.T("сумму в рублях, например 45000", "a sum, such as 45000")
	case kpi.Duration:
		return lang.T("часы и минуты, например 1:30", "hours and minutes, such as 1:30")
	case kpi.Percent:
		return lang.T("процент, например 25%", "a percentage, such as 25%")
	}
	return lang.T("число, например 12", "a number, such as 12")
}

// line is a row of a list being read.
type line struct {
	r     *reader
	tab   string
	row   int
	cells map[string]any
	text  []string
	key   string            // of the row; of rows with the same key, the first has it
	marks map[string]string // of an import, by column
	bad   bool
}

// lines calls f for every row of a list with any content, below its heading.
func (r *reader) lines(t *workbook.Tab, cols columns, f func(l *line)) {
	_, to := cols.rows()
	last := 0
	keys := map[string]bool{}
	for row := headRow(t, cols) + 1; row < to; row++ {
		l := line{r: r, tab: t.Key, row: row, cells: map[string]any{}}
		for _, c := range t.Columns {
			if !typedInto(c.Key) {
				continue
			}
			v := cols.at(c.Key, row)
			if v != nil {
				l.cells[c.Key] = v
			}
			l.text = append(l.text, shown(v))
		}
		if len(l.cells) > 0 {
			last = row
			if key := strings.TrimSpace(shown(cols.at(ColKey, row))); !keys[key] {
				keys[key], l.key = true, key
			}
			l.marks = marksAt(cols, row)
			f(&l)
		}
	}
	if t.Key == r.in.Tag+TabDeals {
		r.out.LastDeal = last
	}
	if last > leastRows-spareRows { // the list must grow before it is full
		r.out.Flags = append(r.out.Flags, Flag{Tab: t.Key, Row: last, Code: CodeLastRow, Soft: true})
	}
}

// headRow returns the row of the sheet with the titles of a list: the first one with any
// of them, else the first of all.
func headRow(t *workbook.Tab, cols columns) int {
	from, to := cols.rows()
	for row := from; row < to; row++ {
		for i, c := range t.Columns {
			if len(t.Cells) == 0 || i >= len(t.Cells[0]) || t.Cells[0][i].Str == "" { // the formula shows another text
				continue
			}
			if shown(cols.at(c.Key, row)) == t.Cells[0][i].Str {
				return row
			}
		}
	}
	return from
}

// flag marks a cell of the row; a hard flag keeps the row from being counted.
func (l *line) flag(column, code, note string, soft bool) {
	l.bad = l.bad || !soft
	l.r.out.Flags = append(l.r.out.Flags, Flag{
		Tab: l.tab, Column: column, Row: l.row, Text: shown(l.cells[column]), Code: code, Note: note, Soft: soft,
		Line: l.text,
	})
}

// date reads the row's date; ok is false if there is no usable one.
func (l *line) date(column string) (d calendar.Date, ok bool) {
	T := l.r.lang.T
	v := l.cells[column]
	d, asText, ok := readDate(v)
	switch {
	case !ok:
		l.flag(column, CodeBadDate, fmt.Sprintf(T("Введите дату, например 15.05.2026.\n"+
			"Сейчас строка не считается: «%s» — не дата.",
			"Type a date, such as 2026-05-15.\nThe row is not counted now: %q is no date."), clip(shown(v))), false)
	case d > l.r.in.Today.Add(366):
		l.flag(column, CodeFarDate, fmt.Sprintf(T("Проверьте год: %s.", "Check the year: %s."), d.Text(l.r.lang)), true)
	case asText:
		l.flag(column, CodeTextDate,
			fmt.Sprintf(T("Посчитано: понято как %s.\nВведите дату заново, например 15.05.2026: сейчас это текст.",
				"Counted: understood as %s.\nType the date again, such as 2026-05-15: it is a text now."),
				d.Text(l.r.lang)), true)
	}
	return d, ok
}

// name reads a client's name.
func (l *line) name() string { return strings.TrimSpace(shown(l.cells[ColClient])) }

func (r *reader) readDeals(t *workbook.Tab, cols columns) {
	T := r.lang.T
	r.lines(t, cols, func(l *line) {
		deal := department.Deal{Person: r.in.Person.ID, Client: l.name(),
			Comment: strings.TrimSpace(shown(l.cells[ColComment])), Key: l.key,
			ID: l.marks[ColID], Written: l.marks[ColWritten]}
		if l.cells[ColDate] == nil {
			l.flag(ColDate, CodeNoDate, T("Введите дату сделки, например 15.05.2026.\nБез даты строка не считается.",
				"Type the date of the deal, such as 2026-05-15.\nWithout it the row is not counted."), false)
		} else {
			deal.Date, _ = l.date(ColDate)
		}
		amount := kpi.ReadCell(amounts, r.cell(cols, ColAmount, ColAmount, l.row))
		switch {
		case amount.State == kpi.CellBlank:
			l.flag(ColAmount, CodeNoAmount, T("Введите сумму сделки, например 45000.\nБез суммы строка не считается.",
				"Type the amount of the deal, such as 45000.\nWithout it the row is not counted."), false)
		case !amount.Message.IsZero():
			l.flag(ColAmount, string(amount.Message.Code),
				r.note(amount.Message, amounts, l.cells[ColAmount], amount.OK()), amount.OK())
		}
		if deal.Client == "" && !l.bad {
			l.flag(ColClient, CodeNoClient,
				T("Сделка посчитана без имени клиента.\nВпишите клиента, чтобы видеть повторные покупки.",
					"The deal is counted without a client.\nWrite the client to see repeat purchases."), true)
		}
		if near, ok := r.clients.nearest(deal.Client); ok {
			l.flag(ColClient, CodeNearClient, fmt.Sprintf(T(
				"Похоже на „%s“: исправьте или добавьте в «Клиенты».\nСделка посчитана, но этому клиенту не засчитана.",
				"Much like “%s”: correct it, or add it to Clients.\nThe deal is counted, but not as that client's."),
				clip(near)), true)
		}
		deal.Amount = amount.Value
		row := DealRow{Row: l.row, Read: [3]Content{contentOf(l.cells[ColDate]), contentOf(l.cells[ColClient]),
			contentOf(l.cells[ColAmount])}}
		if !l.bad {
			if !r.in.Person.Employment().Has(deal.Date) { // stored as its client's history
				l.flag(ColDate, CodeOutside, outsideNote(r.in.Person, deal.Date, r.lang), true)
			}
			row.Counts = &deal
			r.out.Deals = append(r.out.Deals, deal)
			r.out.deals = append(r.out.deals, row)
		}
		if l.bad || !row.plain() {
			r.out.Rows = append(r.out.Rows, row)
		}
		if r.rows != nil {
			r.rows(l, deal)
		}
	})
}

func (r *reader) readClients(t *workbook.Tab, cols columns) {
	T := r.lang.T
	rows := map[string]int{}
	r.lines(t, cols, func(l *line) {
		c := department.Client{Person: r.in.Person.ID, Name: l.name(), From: strings.TrimSpace(shown(l.cells[ColFrom])),
			Key: l.key}
		if c.Name == "" {
			l.flag(ColClient, CodeNoClient, T("Впишите имя клиента.\nБез имени строка не считается.",
				"Write the client's name.\nWithout it the row is not counted."), false)
		}
		if l.cells[ColHanded] != nil {
			c.HandedOver, _ = l.date(ColHanded)
		}
		if l.bad {
			return
		}
		if before, twice := rows[SameName(c.Name)]; twice {
			l.flag(ColClient, CodeSameClient, fmt.Sprintf(T("Этот клиент уже есть в строке %d.",
				"This client stands already in row %d."), before+1), true)
		} else {
			rows[SameName(c.Name)] = l.row
		}
		r.out.Clients = append(r.out.Clients, c)
	})
}

// SameName normalises names of clients: spaces and case do not distinguish clients.
func SameName(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
