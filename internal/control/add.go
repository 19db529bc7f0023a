package control

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// PersonRow is a person whom an import adds.
type PersonRow struct {
	Name, Email, Role, Team, Hired, Left string // as in the file, checked
	Aliases                              []string
	Cost                                 float64 // roubles a month; 0: not given
	Notify                               string  // where to remind; empty: not given
	Schedule                             string  // when the person works; empty: not given
}

// AddPeople returns the requests that type the rows into «Сотрудники»: a new row below
// the last one for an unknown person (by e-mail, else by name), the differing cells for a
// known one; nothing if all is there already. It leaves cells alone for which a row has
// no value. added and changed count people. It fails if it does not understand a person's
// role or date, or the person could be several people, and then types nothing. known are
// the role templates.
func AddPeople(s *sheets.Spreadsheet, rows []PersonRow, lang words.Lang,
	known []templates.Role) (reqs []*sheets.Request, added, changed int, err error) {
	r := &reader{lang: lang, known: known, grids: map[string]*grid{}}
	g := r.locate(ContentsOf(s), tabOf(TabPeople))
	if !g.found {
		return nil, 0, 0, fmt.Errorf("adding people: the tab %q is not in the control spreadsheet",
			tabOf(TabPeople).title.in(lang))
	}
	for key := range g.lost {
		return nil, 0, 0, fmt.Errorf("adding people: the column %q of the tab %q is not there",
			g.tab.column(key).title.in(lang), g.title)
	}
	roles := r.roleTexts(s)
	have := g.rows()
	last := g.head
	for _, row := range have {
		last = max(last, row.At)
	}
	now := make([]identity, len(have))
	for i, row := range have {
		now[i] = identityOf(row.Cells)
	}
	typed := rowWriter{g: g}
	met := map[int]bool{}
	var fresh []identity
	for _, p := range rows {
		want, err := p.cells(roles, r)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("adding %q: %w", p.Name, err)
		}
		for key := range want {
			if _, ok := g.cols[key]; !ok { // a spreadsheet of an earlier version
				return nil, 0, 0,
					fmt.Errorf("adding %q: the column %q of the tab %q is not there yet: run svodka sync first", p.Name,
						g.tab.column(key).title.in(lang), g.title)
			}
		}
		who := identity{name: norm(p.Name), email: mailOf(tidy(p.Email))}
		at, err := who.find(now, met)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("adding %q: %w", p.Name, err)
		}
		if at < 0 {
			if slices.ContainsFunc(fresh, func(o identity) bool {
				return who.email != "" && o.email == who.email || o.name == who.name &&
					(who.email == "" || o.email == "")
			}) {
				return nil, 0, 0, fmt.Errorf("adding %q: the person stands twice in the file", p.Name)
			}
			fresh = append(fresh, who)
			last++
			typed.row(last, want)
			added++
			continue
		}
		met[at] = true
		for key, v := range want {
			if r.equal(key, have[at].Cells[key], v) {
				delete(want, key)
			}
		}
		if len(want) > 0 {
			typed.row(have[at].At, want)
			changed++
		}
	}
	return typed.requests(last), added, changed, nil
}

// find returns the row of the person: by e-mail, else by name. -1: none.
func (s identity) find(rows []identity, met map[int]bool) (int, error) {
	at := -1
	for _, byMail := range []bool{true, false} {
		for i, o := range rows {
			if met[i] || byMail && (s.email == "" || s.email != o.email) || !byMail && s.name != o.name {
				continue
			}
			if at >= 0 {
				return -1, fmt.Errorf("rows of this %s stand more than once in the tab: remove one of them",
					map[bool]string{true: "e-mail", false: "name"}[byMail])
			}
			at = i
		}
		if at >= 0 {
			break
		}
	}
	return at, nil
}

// roleTexts maps keys of roles to their names in «Роли и KPI».
func (r *reader) roleTexts(s *sheets.Spreadsheet) map[string]string {
	out := map[string]string{}
	g := r.locate(ContentsOf(s), tabOf(TabKPIs))
	for _, row := range g.rows() {
		if text := textOf(row.Cells["role"]); text != "" && out[r.roleKey(text)] == "" {
			out[r.roleKey(text)] = text
		}
	}
	return out
}

// cells returns the person's cells as typed.
func (p PersonRow) cells(roles map[string]string, r *reader) (map[string]any, error) {
	out := map[string]any{}
	for key, text := range map[string]string{"name": p.Name, "email": p.Email, "team": p.Team,
		"aliases": strings.Join(p.Aliases, ", "), "notify": p.Notify, "schedule": p.Schedule} {
		if text = tidy(text); text != "" {
			out[key] = text
		}
	}
	if out["name"] == nil {
		return nil, fmt.Errorf("the name is empty")
	}
	if role := tidy(p.Role); role != "" {
		text, ok := roles[r.roleKey(role)]
		if !ok {
			return nil, fmt.Errorf("the role %q is not in the tab %q", role, tabOf(TabKPIs).title.in(r.lang))
		}
		out["role"] = text
	}
	if p.Cost > 0 {
		out["cost"] = p.Cost
	}
	if _, _, err := calendar.ParseSchedule(p.Schedule, 0); err != nil {
		wrong, ok := errors.AsType[*calendar.ScheduleError](err)
		if !ok {
			return nil, err
		}
		return nil, errors.New(wrong.Text(r.lang))
	}
	for key, text := range map[string]string{"hired": p.Hired, "left": p.Left} {
		if text = tidy(text); text == "" {
			continue
		}
		d, ok := parseDate(text)
		if !ok {
			return nil, fmt.Errorf("%s %q is no date: write it as 2026-05-15", key, text)
		}
		out[key] = d.Serial()
	}
	return out, nil
}

// equal reports whether a cell already has the value to be typed.
func (r *reader) equal(key string, have, want any) bool {
	switch key {
	case "email":
		return mailOf(textOf(have)) == mailOf(textOf(want))
	case "role":
		return have != nil && r.roleKey(textOf(have)) == r.roleKey(textOf(want))
	case "hired", "left":
		w, ok := want.(float64)
		return ok && dayKey(have) == calendar.FromSerial(w).String()
	case "cost":
		w, ok := want.(float64)
		return ok && kpi.ParseCell(have, kpi.Money).Num() == kpi.Some(w)
	case "notify":
		return have != nil && addressOf(textOf(have)) == addressOf(textOf(want))
	case "schedule":
		h, _, errH := calendar.ParseSchedule(rawText(have), 0)
		w, _, errW := calendar.ParseSchedule(textOf(want), 0)
		return errH == nil && errW == nil && h.Same(w)
	case "aliases":
		return slices.Equal(aliases(have), aliases(want))
	}
	return textOf(have) == textOf(want)
}

// rowWriter types values into cells of a tab.
type rowWriter struct {
	g    *grid
	runs []run
}

// run is a block of cells: neighbouring columns, one or more rows.
type run struct {
	row, col int
	width    int
	rows     []*sheets.RowData
}

// row types the values of a row, column by column.
func (t *rowWriter) row(at int, values map[string]any) {
	byCol := map[int]any{}
	var cols []int
	for key, v := range values {
		byCol[t.g.cols[key]] = v
		cols = append(cols, t.g.cols[key])
	}
	slices.Sort(cols)
	for len(cols) > 0 {
		n := 1
		for n < len(cols) && cols[n] == cols[n-1]+1 {
			n++
		}
		data := &sheets.RowData{}
		for _, c := range cols[:n] {
			data.Values = append(data.Values, &sheets.CellData{UserEnteredValue: entered(byCol[c])})
		}
		t.add(run{row: at, col: cols[0], width: n, rows: []*sheets.RowData{data}})
		cols = cols[n:]
	}
}

// add joins a row to the block that ends right above it.
func (t *rowWriter) add(r run) {
	for i := range t.runs {
		if b := &t.runs[i]; b.col == r.col && b.width == r.width && b.row+len(b.rows) == r.row {
			b.rows = append(b.rows, r.rows...)
			return
		}
	}
	t.runs = append(t.runs, r)
}

// entered returns a value for the API; text stays text whatever it looks like.
func entered(v any) *sheets.ExtendedValue {
	switch v := v.(type) {
	case float64:
		return &sheets.ExtendedValue{NumberValue: &v}
	case string:
		return &sheets.ExtendedValue{StringValue: &v}
	}
	return &sheets.ExtendedValue{}
}

// requests returns the blocks, after making room for the last row.
func (t *rowWriter) requests(last int) []*sheets.Request {
	var out []*sheets.Request
	if short := last + 1 - t.g.size; short > 0 && t.g.size > 0 && len(t.runs) > 0 {
		out = append(out, &sheets.Request{AppendDimension: &sheets.AppendDimensionRequest{SheetId: t.g.id,
			Dimension: "ROWS", Length: int64(short)}})
	}
	for _, r := range t.runs {
		out = append(out, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Start:  &sheets.GridCoordinate{SheetId: t.g.id, RowIndex: int64(r.row), ColumnIndex: int64(r.col)},
			Rows:   r.rows,
			Fields: "userEnteredValue",
		}})
	}
	return out
}
