package livecheck

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/kpi"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// act returns requests for what somebody does to the month's tab of their report.
type act func(m month) []*sheets.Request

// month holds positions in the tab of the current month.
type month struct {
	sheet       int64
	first, last int // rows of its days
	date        int // column of the days
	kpi         int // column of a typed KPI
	comment     int // column of the comments
}

// acts are the three acts, by the keys of their rows: each is done to a report of its
// own.
var acts = map[string]act{
	keyDuplicated: func(m month) []*sheets.Request {
		return []*sheets.Request{{DuplicateSheet: &sheets.DuplicateSheetRequest{
			SourceSheetId: m.sheet, NewSheetId: workbook.SheetID("copy"), NewSheetName: "Копия",
			ForceSendFields: []string{"InsertSheetIndex"},
		}}}
	},
	keySorted: func(m month) []*sheets.Request {
		return []*sheets.Request{{SortRange: &sheets.SortRangeRequest{
			Range: &sheets.GridRange{SheetId: m.sheet, StartRowIndex: int64(m.first),
				EndRowIndex: int64(m.last + 1)},
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: int64(m.date), SortOrder: "DESCENDING",
				ForceSendFields: []string{"DimensionIndex"}}},
		}}}
	},
	keyMoved: func(m month) []*sheets.Request {
		return []*sheets.Request{{MoveDimension: &sheets.MoveDimensionRequest{
			Source: &sheets.DimensionRange{SheetId: m.sheet, Dimension: "COLUMNS", StartIndex: int64(m.kpi),
				EndIndex: int64(m.kpi + 1)},
			DestinationIndex: int64(m.comment),
		}}}
	},
}

// whose assigns each act a person of the trial; the one with the moved column types
// figures.
func (t *trial) whose() map[string]int {
	typist := slices.IndexFunc(t.Templates, func(r templates.Role) bool {
		return slices.ContainsFunc(r.KPIs, func(k templates.KPI) bool {
			return k.Source == "" || k.Source == string(kpi.Manual)
		})
	})
	out := map[string]int{}
	if typist >= 0 {
		out[keyMoved] = typist
	}
	left := []string{keyDuplicated, keySorted}
	for n := range t.Templates {
		if n != typist && len(left) > 0 {
			out[left[0]], left = n, left[1:]
		}
	}
	return out
}

const (
	keyDuplicated = "duplicated"
	keySorted     = "sorted"
	keyMoved      = "moved"
)

// edits holds the acts done, once for all three rows, and their outcomes.
type edits struct {
	err     error
	syncs   int
	found   map[string][]string
	errs    map[string]error
	trouble []string // from the syncs
}

func (t *trial) duplicated(ctx context.Context) (Result, error) { return t.edited(ctx, keyDuplicated) }
func (t *trial) sorted(ctx context.Context) (Result, error)     { return t.edited(ctx, keySorted) }
func (t *trial) moved(ctx context.Context) (Result, error)      { return t.edited(ctx, keyMoved) }

// edited is the row of one act: after the next syncs all figures are those that were
// typed, and the spreadsheet is as it should be.
func (t *trial) edited(ctx context.Context, key string) (Result, error) {
	if t.department != nil {
		return Result{}, t.department
	}
	if t.edits == nil {
		t.edits = t.edit(ctx)
	}
	e := t.edits
	if err := e.err; err != nil {
		return Result{}, err
	}
	if err := e.errs[key]; err != nil {
		return Result{}, err
	}
	found := slices.Concat(e.found[key], e.trouble)
	return verdict(fmt.Sprintf("settled after %d syncs, %d differences", e.syncs, len(found)), found), nil
}

// edit does all three acts, lets the worker repair what it must, and looks. It tells the
// worker to distrust what it remembers: the real Drive's change feed reports an edit
// minutes late, and a sync ignores mere moves.
func (t *trial) edit(ctx context.Context) *edits {
	e := &edits{found: map[string][]string{}, errs: map[string]error{}}
	dep, err := t.worker.Department(ctx)
	if err != nil {
		return &edits{err: err}
	}
	before := map[string]string{}
	whose := t.whose()
	for key, a := range acts {
		n, ok := whose[key]
		if !ok {
			e.errs[key] = errNotChecked{"there are too few roles"}
			continue
		}
		if before[key], err = t.typed(ctx, dep, n); err == nil {
			err = t.act(ctx, dep, a, n)
		}
		e.errs[key] = err
	}
	if err := t.worker.Distrust(ctx); err != nil {
		return &edits{err: err}
	}
	if e.syncs, e.trouble, err = t.settle(ctx); err != nil {
		return &edits{err: err}
	}
	for key, n := range whose {
		if e.errs[key] == nil {
			e.found[key], e.errs[key] = t.after(ctx, dep, n, before[key])
		}
	}
	return e
}

// act does one act to the nth person's report.
func (t *trial) act(ctx context.Context, dep *department.Department, a act, n int) error {
	f, err := t.reportOf(ctx, dep, n)
	if err != nil {
		return err
	}
	m, err := t.monthOf(dep, f, n)
	if err != nil {
		return err
	}
	return t.client.Apply(ctx, f.ID, a(m))
}

// after returns what is not as it should be once the worker has settled.
func (t *trial) after(ctx context.Context, dep *department.Department, n int, before string) ([]string, error) {
	var found []string
	now, err := t.typed(ctx, dep, n)
	if err != nil {
		return nil, err
	}
	if now != before {
		found = append(found, "the figures are not those that were typed")
	}
	f, err := t.reportOf(ctx, dep, n)
	if err != nil {
		return nil, err
	}
	got, err := t.client.Spreadsheet(ctx, f.ID, workbook.StateFields)
	if err != nil {
		return nil, err
	}
	more, err := t.unwritten(ctx, f, got)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	if t.tap.isUnsure(f.ID) {
		return found, nil // nobody can tell what should be there
	}
	if got, err = t.client.Spreadsheet(ctx, f.ID, bookFields); err != nil {
		return nil, err
	}
	want, err := t.mirror.spreadsheet(ctx, f.ID, t.tap.written(f.ID))
	if err != nil {
		return nil, err
	}
	d, err := differences(want, got)
	return append(found, d...), err
}

// person returns the nth of the trial's people.
func (t *trial) person(dep *department.Department, n int) (department.Person, error) {
	for _, p := range dep.People {
		if p.Name == nameOf(n) {
			return p, nil
		}
	}
	return department.Person{}, fmt.Errorf("%s is not among the people", nameOf(n))
}

// reportOf returns the file of the nth person's report.
func (t *trial) reportOf(ctx context.Context, dep *department.Department, n int) (files.File, error) {
	p, err := t.person(dep, n)
	if err != nil {
		return files.File{}, err
	}
	all, err := t.ledger.Files(ctx)
	if err != nil {
		return files.File{}, err
	}
	i := slices.IndexFunc(all, func(f files.File) bool {
		return f.Kind == files.Report && f.Person == p.ID && !f.Gone()
	})
	if i < 0 {
		return files.File{}, fmt.Errorf("there is no report of %s", p.Name)
	}
	return all[i], nil
}

// typed returns what is known of the nth person, as text.
func (t *trial) typed(ctx context.Context, dep *department.Department, n int) (string, error) {
	p, err := t.person(dep, n)
	if err != nil {
		return "", err
	}
	r, err := t.ledger.Person(ctx, p.ID)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal([]any{r.Entries, r.Deals, r.Clients})
	return string(b), err
}

// monthOf finds the positions in the tab of the current month.
func (t *trial) monthOf(dep *department.Department, f files.File, n int) (month, error) {
	state := publish.Remembered(f)
	if state == nil {
		return month{}, fmt.Errorf("nothing is remembered of the report of %s", nameOf(n))
	}
	span := calendar.MonthOf(calendar.FromTime(t.Now().In(dep.Settings.Zone)))
	key := report.TabMonth + span.String()
	m := month{sheet: workbook.SheetID(key), kpi: -1, first: -1}
	for d := span.From; d <= span.To; d++ {
		_, row, col, ok := state.Cell(key, d.Serial(), report.ColDate)
		if !ok {
			continue
		}
		if m.date = col; m.first < 0 {
			m.first = row
		}
		m.last = max(m.last, row)
		if _, _, m.comment, ok = state.Cell(key, d.Serial(), report.ColComment); !ok {
			return month{}, fmt.Errorf("there is no column of comments in the report of %s", nameOf(n))
		}
	}
	if m.first < 0 {
		return month{}, fmt.Errorf("there are no days in the report of %s", nameOf(n))
	}
	role, _ := dep.Role(t.Templates[n].Key)
	for _, k := range role.KPIs {
		if _, _, col, ok := state.Cell(key, span.From.Serial(), report.ColKPI+k.Key); ok && k.Source == kpi.Manual {
			m.kpi = col
			break
		}
	}
	return m, nil
}
