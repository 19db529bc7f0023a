// Package marks keeps the marks on the cells of a person's spreadsheet: which could not
// be read, and which do not count as they are.
//
// A reading of the spreadsheet finds the marks, the ledger stores them, and the next
// layout shows them, together with what is held of locked days.
package marks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/report"
	"svodka/internal/words"
)

// Ledger stores marks, and what is held of locked days.
type Ledger interface {
	Flags(ctx context.Context) (map[department.PersonID][]byte, error)
	FlagsOf(ctx context.Context, p department.PersonID) ([]byte, error)
	Held(ctx context.Context) ([]ledger.Held, error)
	HeldDeals(ctx context.Context, of department.PersonID) (map[department.PersonID][]ledger.HeldDeal, error)
}

// Store stores and loads marks.
type Store struct {
	Ledger Ledger
	Lang   words.Lang // of notes
}

// Marks are the marks of one person's spreadsheet.
type Marks struct {
	Flags []report.Flag
	Pairs []report.Pair    `json:",omitempty"`
	Rows  []report.DealRow `json:",omitempty"`
	// LastDeal is report.Reading.LastDeal.
	LastDeal int `json:",omitempty"`

	gone []department.Deal // deals of locked days that count although their rows are gone
}

// Bad counts the cells that do not count.
func (m *Marks) Bad() int {
	n := 0
	for _, f := range m.Flags {
		if !f.Soft {
			n++
		}
	}
	return n
}

// BadCells counts everybody's cells that do not count.
func BadCells(all map[department.PersonID]*Marks) int {
	n := 0
	for _, m := range all {
		n += m.Bad()
	}
	return n
}

// Months returns the months whose tabs have marks.
func (m *Marks) Months() []calendar.Period {
	if m == nil {
		return nil
	}
	var out []calendar.Period
	for _, f := range m.Flags {
		if !f.Day.IsZero() {
			out = append(out, calendar.MonthOf(f.Day))
		}
	}
	for _, p := range m.Pairs {
		out = append(out, calendar.MonthOf(p.Day))
	}
	return calendar.Distinct(out)
}

// AddTo adds the marks to a layout. Marks that do not come from a reading lack the tag
// that prefixes the keys of tabs there.
func (m *Marks) AddTo(in *report.Input) {
	if m == nil {
		return
	}
	tagged := func(tab string) string {
		if strings.HasPrefix(tab, in.Tag) {
			return tab
		}
		return in.Tag + tab
	}
	in.Flags, in.Pairs = slices.Clone(m.Flags), slices.Clone(m.Pairs)
	for i := range in.Flags {
		in.Flags[i].Tab = tagged(in.Flags[i].Tab)
	}
	for i := range in.Pairs {
		in.Pairs[i].Tab = tagged(in.Pairs[i].Tab)
	}
	in.Rows, in.GoneDeals = m.Rows, m.gone
}

// Of returns the marks of a reading as the ledger keeps them. With deals it must have
// been stored: only then is it known which rows of them are held. The marks of months
// that the reading left out stay as they are; nil: it left none out.
func (s Store) Of(ctx context.Context, p department.PersonID, r report.Reading,
	left func(calendar.Period) bool) ([]byte, error) {
	m := Marks{Flags: r.Flags, Pairs: r.Pairs, Rows: r.Rows, LastDeal: r.LastDeal}
	if left != nil {
		if err := s.keepLeft(ctx, p, &m, left); err != nil {
			return nil, err
		}
	}
	if r.HasDeals() {
		held, err := s.Ledger.HeldDeals(ctx, p)
		if err != nil {
			return nil, err
		}
		next := holding(held[p])
		m.Rows = append(m.Rows, r.Hold(func(d department.Deal) bool { _, ok := next(d); return ok })...)
		slices.SortFunc(m.Rows, func(a, b report.DealRow) int { return a.Row - b.Row })
	}
	b := []byte{} // no marks are no change for a person who is read for the first time
	if len(m.Flags)+len(m.Pairs)+len(m.Rows)+m.LastDeal > 0 {
		var err error
		if b, err = json.Marshal(m); err != nil {
			return nil, fmt.Errorf("keeping marked cells: %w", err)
		}
	}
	return b, nil
}

// keepLeft adds the stored marks of months that a reading left out.
func (s Store) keepLeft(ctx context.Context, p department.PersonID, m *Marks, left func(calendar.Period) bool) error {
	b, err := s.Ledger.FlagsOf(ctx, p)
	if err != nil || len(b) == 0 {
		return err
	}
	was, err := decode(p, b)
	if err != nil {
		return err
	}
	out := func(d calendar.Date) bool { return !d.IsZero() && left(calendar.MonthOf(d)) }
	for _, f := range was.Flags {
		if out(f.Day) {
			m.Flags = append(m.Flags, f)
		}
	}
	for _, pair := range was.Pairs {
		if out(pair.Day) {
			m.Pairs = append(m.Pairs, pair)
		}
	}
	return nil
}

// decode reads a person's marks as Of returned them.
func decode(p department.PersonID, b []byte) (*Marks, error) {
	m := &Marks{}
	into := any(m)
	if bytes.HasPrefix(b, []byte("[")) { // as earlier versions stored them, until the next reading
		into = &m.Flags
	}
	if err := json.Unmarshal(b, into); err != nil {
		return nil, fmt.Errorf("reading the marked cells of %s from the ledger: %w", p, err)
	}
	return m, nil
}

// holding returns a function that says what a deal of a list counts as, called for each
// deal in turn; ok is false if it counts as typed.
func holding(held []ledger.HeldDeal) func(department.Deal) (counts *department.Deal, ok bool) {
	held = slices.Clone(held)
	return func(d department.Deal) (*department.Deal, bool) {
		i := slices.IndexFunc(held, func(h ledger.HeldDeal) bool {
			return h.Typed != nil && h.Typed.Date == d.Date && h.Typed.Client == d.Client && h.Typed.Amount == d.Amount
		})
		if i < 0 {
			return nil, false
		}
		counts := held[i].Counts
		held = slices.Delete(held, i, i+1)
		return counts, true
	}
}

// Load returns the marks of everybody who has any, with what is held of locked days.
func (s Store) Load(ctx context.Context, dep *department.Department) (map[department.PersonID]*Marks, error) {
	raw, err := s.Ledger.Flags(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[department.PersonID]*Marks, len(raw))
	for id, b := range raw {
		m, err := decode(id, b)
		if err != nil {
			return nil, err
		}
		if p, ok := dep.Person(id); ok { // dates of employment may have been corrected since
			m.Flags = slices.DeleteFunc(m.Flags, func(f report.Flag) bool {
				return f.Code == report.CodeOutside && !f.Day.IsZero() && p.Employed(f.Day)
			})
		}
		out[id] = m
	}
	if err := s.holdFigures(ctx, dep, out); err != nil {
		return nil, err
	}
	return out, s.holdDeals(ctx, out)
}

// of returns the marks of a person, new ones if need be.
func of(all map[department.PersonID]*Marks, p department.PersonID) *Marks {
	m := all[p]
	if m == nil {
		m = &Marks{}
		all[p] = m
	}
	return m
}

// codeLocked is the code of the flag on something that came after its day was locked.
const codeLocked = "locked"

// holdFigures marks the cells whose figures do not count because their day was locked
// before they were typed: the locked figures count instead.
func (s Store) holdFigures(ctx context.Context, dep *department.Department, all map[department.PersonID]*Marks) error {
	held, err := s.Ledger.Held(ctx)
	if err != nil {
		return err
	}
	for _, h := range held {
		p, ok := dep.Person(h.Person)
		if !ok {
			continue
		}
		role, _ := dep.Role(p.RoleOn(h.Date))
		k, ok := role.KPI(h.KPI)
		if !ok || !k.Typed() {
			continue
		}
		m := of(all, h.Person)
		tab, column := report.TabMonth+calendar.MonthOf(h.Date).String(), report.ColKPI+h.KPI
		i := slices.IndexFunc(m.Pairs, func(p report.Pair) bool { return p.Day == h.Date && p.Column == column })
		if i < 0 {
			i = len(m.Pairs)
			m.Pairs = append(m.Pairs, report.Pair{Tab: tab, Column: column, Day: h.Date,
				Read: report.FigureContent(k, h.Typed)})
		}
		m.Pairs[i].Counts = h.Value
		if slices.ContainsFunc(m.Flags, func(f report.Flag) bool {
			return f.Day == h.Date && f.Column == column && !f.Soft
		}) {
			continue // it says already that nothing there counts
		}
		m.Flags = append(m.Flags, report.Flag{Tab: tab, Column: column, Day: h.Date, Code: codeLocked, Soft: true,
			Note: s.Lang.T(
				"День уже закрыт: эта правка не считается, в сводке осталась прежняя цифра"+was(k, h.Value, "ru")+
					". Чтобы её учли, попросите того, кто ведёт настройки, открыть вам этот день.",
				"The day is locked: this edit does not count, the summary keeps the former figure"+
					was(k, h.Value, "en")+
					". To have it counted, ask those who keep the settings to open the day to you.")})
	}
	return nil
}

// was returns the text about the figure that counts, if there is one.
func was(k kpi.KPI, v kpi.Num, lang words.Lang) string {
	if !v.OK {
		return ""
	}
	return " (" + kpi.FormatNum(v, k.Unit, lang) + ")"
}

// holdDeals is holdFigures for deals.
func (s Store) holdDeals(ctx context.Context, all map[department.PersonID]*Marks) error {
	held, err := s.Ledger.HeldDeals(ctx, "")
	if err != nil {
		return err
	}
	for id, pairs := range held {
		m := of(all, id)
		for _, h := range pairs {
			if h.Typed == nil && h.Counts != nil {
				m.gone = append(m.gone, *h.Counts)
			}
		}
		next := holding(pairs)
		for i := range m.Rows {
			row := &m.Rows[i]
			if row.Counts == nil {
				continue
			}
			counts, ok := next(*row.Counts)
			if !ok {
				continue
			}
			row.Counts = counts
			m.Flags = append(m.Flags, report.Flag{Tab: report.TabDeals, Column: report.ColDate, Row: row.Row,
				Code: codeLocked, Soft: true, Note: s.Lang.T(
					"День уже закрыт: эта правка не считается, в сводке "+dealWas(counts, "ru")+
						". Чтобы её учли, попросите того, кто ведёт настройки, открыть вам этот день.",
					"The day is locked: this edit does not count, "+dealWas(counts, "en")+
						" in the summary. To have it counted, ask those who keep the settings to open the "+
						"day to you.")})
		}
	}
	return nil
}

// dealWas returns the text about the deal that counts in place of the typed one.
func dealWas(d *department.Deal, lang words.Lang) string {
	switch {
	case d == nil && lang == words.EN:
		return "there is no such deal"
	case d == nil:
		return "этой сделки нет"
	case lang == words.EN:
		return "the former deal stays: " + d.Date.String() + ", " + kpi.FormatNum(kpi.Some(d.Amount), kpi.Money, lang)
	}
	return "осталась прежняя: " + d.Date.Text(lang) + ", " + kpi.FormatNum(kpi.Some(d.Amount), kpi.Money, lang)
}
