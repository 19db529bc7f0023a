package importing

import (
	"context"
	"fmt"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/report"
	"svodka/internal/tabular"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Entries types daily figures into people's spreadsheets.
func (im Importer) Entries(ctx context.Context, rows []imports.Entry, o Options) (Done, error) {
	rows, unused, err := usedColumns(im.Dep, im.Lang, rows)
	if err != nil {
		return Done{}, err
	}
	r := newReader(im.Dep, im.Lang, o)
	wanted, lines, err := r.entries(rows)
	if err != nil {
		return Done{}, err
	}
	notes := func() []string { return append(unused, r.notes()...) }
	return im.typeReports(ctx, len(rows), wanted, o, notes, func(p Part, t report.Typed) (placement, error) {
		return placeEntries(p, t.Entries, lines, o.Replace, im.Lang), nil
	})
}

// cellOf identifies the cell of a figure.
type cellOf struct {
	person department.PersonID
	kpi    string
	day    calendar.Date
}

// entries interprets the rows of figures. lines maps each figure to its row.
func (r *reader) entries(rows []imports.Entry) (wanted wanted, lines map[cellOf]imports.Entry, err error) {
	wanted, lines = map[department.PersonID]report.Typed{}, map[cellOf]imports.Entry{}
	var errs []error
	for _, row := range rows {
		e, err := r.entry(row)
		if err != nil {
			errs = gather(errs, err)
			continue
		}
		k := cellOf{e.Person, e.KPI, e.Date}
		if first, ok := lines[k]; ok {
			errs = append(errs, row.Errorf("", r.lang.T(
				"те же дата, человек и показатель стоят в строке %d (оставьте одну)",
				"the same date, manager and kpi stand in line %d (leave one)"), first.Line))
			continue
		}
		lines[k] = row
		wanted.add(e.Person, report.Typed{Entries: []department.Entry{e}})
	}
	return wanted, lines, tabular.Join(errs)
}

// entry interprets one row.
func (r *reader) entry(row imports.Entry) (department.Entry, error) {
	p, err := r.person(row.Where, row.Manager)
	if err != nil {
		return department.Entry{}, err
	}
	role, _ := r.dep.Role(p.RoleOn(row.Date))
	k, ok := kpiOf(role, row.KPI)
	field := "kpi"
	if row.Wide {
		field = row.KPI
	}
	switch {
	case !ok:
		return department.Entry{}, row.Errorf(field, r.lang.T(
			"у роли %s нет показателя «%s» (вводятся: %s)",
			"the role %s has no “%s” (typed ones: %s)"), role.Key, row.KPI, typedKPIs(role, r.lang))
	case !k.Typed():
		return department.Entry{}, row.Errorf(field, r.lang.T(
			"«%s» считается, а не вводится (загрузите то, из чего он считается)",
			"“%s” is computed, not typed (import what it is computed from)"), row.KPI)
	case !p.Employed(row.Date):
		return department.Entry{}, row.Errorf("date", r.lang.T(
			"%s: %s здесь не работал(а) (проверьте «Принят» и «Последний день» в «Сотрудники»)",
			"%s: %s was not employed then (see “Hired” and “Last day” in “People”)"), row.Date, p.Name)
	}
	if row.Doubt != nil {
		return department.Entry{}, row.Doubt
	}
	v, err := imports.Figure(k, row.Value, r.dep.Settings.Refunds(k), r.lang)
	if err != nil {
		return department.Entry{}, row.Errorf(valueField(row), "%s", err)
	}
	if wrong := kpi.CheckRange(k, v); !wrong.IsZero() {
		return department.Entry{}, row.Errorf(valueField(row), "%s", tabular.Quote(row.Value, wrong.Text(r.lang)))
	}
	return department.Entry{Person: p.ID, KPI: k.Key, Date: row.Date, Value: v}, nil
}

// typedKPIs lists the KPIs of a role that people type, by the names that a file may use.
func typedKPIs(role department.Role, lang words.Lang) string {
	var names []string
	for _, k := range role.KPIs {
		if k.Typed() {
			names = append(names, quoted(k.Title, lang)+" ("+k.Key+")")
		}
	}
	return strings.Join(names, ", ")
}

// valueField returns the column with the figure of an entry.
func valueField(r imports.Entry) string {
	if r.Wide {
		return r.KPI
	}
	return "value"
}

// kpiOf finds a KPI of a role by its key or title, with or without a unit after it.
func kpiOf(role department.Role, name string) (kpi.KPI, bool) {
	if k, ok := role.KPI(name); ok {
		return k, true
	}
	for _, n := range []string{name, tabular.Base(name)} {
		for _, k := range role.KPIs {
			if tabular.Fold(k.Key) == tabular.Fold(n) || tabular.Fold(k.Title) == tabular.Fold(n) {
				return k, true
			}
		}
	}
	return kpi.KPI{}, false
}

// usedColumns keeps the rows of a wide table whose headings are KPIs that people type,
// and names the other columns once.
func usedColumns(dep *department.Department, lang words.Lang, rows []imports.Entry) (kept []imports.Entry,
	notes []string, err error) {
	typed := map[string]bool{}
	var computed, strange []string
	for _, r := range rows {
		if _, known := typed[r.KPI]; known || !r.Wide {
			continue
		}
		typed[r.KPI] = false
		found := false
		for _, role := range dep.Roles {
			if k, ok := kpiOf(role, r.KPI); ok {
				found = true
				typed[r.KPI] = typed[r.KPI] || k.Typed()
			}
		}
		switch name := "«" + r.KPI + "»"; {
		case !found:
			strange = append(strange, name)
		case !typed[r.KPI]:
			computed = append(computed, name)
		}
	}
	for _, r := range rows {
		if !r.Wide || typed[r.KPI] {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 && len(strange) > 0 {
		return nil, nil, rows[0].Errorf("", lang.T(
			"среди столбцов нет показателей: %s (заголовок — ключ или название показателя из «Роли и KPI»)",
			"no column is a KPI: %s (its heading must be the key or the title of a KPI)"), strings.Join(strange, ", "))
	}
	if len(strange) > 0 {
		notes = append(notes, fmt.Sprintf(lang.T(
			"столбцы не использованы, это не показатели: %s",
			"columns that were not used, as they are no KPIs: %s"), strings.Join(strange, ", ")))
	}
	if len(computed) > 0 {
		notes = append(notes, fmt.Sprintf(lang.T(
			"столбцы не использованы, это считается само: %s",
			"columns that were not used, as they are computed: %s"), strings.Join(computed, ", ")))
	}
	return kept, notes, nil
}

// placeEntries says where a person's figures go. If the cell holds another figure, that
// is an error unless replace is set.
func placeEntries(p Part, entries []department.Entry, lines map[cellOf]imports.Entry, replace bool,
	lang words.Lang) placement {
	var out placement
	index := report.NewIndex(p.Book, p.Found)
	for _, e := range entries {
		k, _ := p.In.Role.KPI(e.KPI)
		c, ok := index.Find(e.Date, e.KPI)
		switch {
		case !ok: // its tab or row will be made
			out.fresh.Entries = append(out.fresh.Entries, e)
		case report.SameFigure(k, c.Value, e.Value):
			out.same++
		case c.Blank() || replace:
			out.cells = append(out.cells, workbook.CellAt{Sheet: c.Sheet, Row: c.Row, Col: c.Col,
				Cell: workbook.N(report.CellValue(k, e.Value), nil)})
		default:
			at := lines[cellOf{e.Person, e.KPI, e.Date}]
			out.errs = append(out.errs, at.Errorf(valueField(at), lang.T(
				"в ячейке уже стоит %v (очистите её или загрузите с --replace)",
				"the cell holds %v already (clear it, or import with --replace)"), c.Value))
		}
	}
	return out
}
