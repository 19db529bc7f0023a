package workbook

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"
)

// Diff returns the requests of the one batchUpdate that turns what is there into what
// should be, and the state after it. Without requests there is nothing to do. Open cells
// keep their values. Diff leaves tabs of have alone that are not in want, unless drop
// names their key.
//
// References in formulas, rules, validations and links (#gid=…&range=…) are logical, as
// in the Book; Diff translates them to the real positions of the cells.
//
// On a tab of ours all conditional rules are ours: Google knows rules only by their place
// in the list, so when ours change, all known ones are replaced.
//
// The state belongs to these requests: store it once they were carried out. If Google
// refuses them (a known line was deleted, an id is in use), the state is older than the
// spreadsheet: call StateOf or Refresh, and Diff again.
//
// Diff fails, naming the tab and the cell, if it cannot write something: a number that is
// not one, a bad colour, two columns with one key.
func Diff(have *State, want *Book, drop ...string) (reqs []*sheets.Request, after *State, err error) {
	if have == nil {
		return nil, nil, fmt.Errorf("workbook %q: nothing is known of what is there", want.Title)
	}
	if err := want.check(); err != nil {
		return nil, nil, fmt.Errorf("workbook %q: %w", want.Title, err)
	}
	d := &differ{
		have: have, want: want, formulasShifted: have.formulasShifted,
		after: &State{
			fresh: have.fresh, title: have.title, locale: have.locale, zone: have.zone, recalc: have.recalc,
			order: slices.Clone(have.order), tabs: slices.Clone(have.tabs), unmarked: have.unmarked,
		},
	}
	if err := d.run(drop); err != nil {
		return nil, nil, fmt.Errorf("workbook %q: %w", want.Title, err)
	}
	d.after.unmarked = nil // the next look finds them
	return d.reqs, d.after, nil
}

// differ is one Diff in progress. It writes requests in the order in which they must
// happen and keeps after in step with them.
type differ struct {
	have  *State
	want  *Book
	after *State
	reqs  []*sheets.Request
	plans []*plan

	inPlace bool // all cells are where the Book has them
	// formulasShifted says that people, or this Diff, moved, renamed or deleted lines or
	// tabs since the state was stored. Google adapts references in ways that a hash does
	// not show, so whatever holds references is written again.
	formulasShifted bool
	byTitle         map[string]*plan
	byID            map[string]*plan
	cells           cellCache
}

// plan is one tab in progress.
type plan struct {
	want  *Tab
	title string    // present or future title
	old   *tabState // what was known; nothing for a new tab
	now   *tabState
	made  bool
	read  bool // old was read from the sheet, so not all of it is ours
	// where each row and column of the Book comes from: an index into old's rows and then
	// spare rows, −1 none; and its origin
	rowFrom, colFrom     []int
	rowOrigin, colOrigin []origin
	// rows and columns of old that the Book no longer has, and their positions
	goneRows, goneCols []gone
	sorted             bool // rows are moved into the order of the Book
	shapes             shapes
	merged             map[Area]bool // cells that are merged already
	copied             []copied      // with want.Copies
}

type gone struct{ from, pos int }

func (d *differ) add(r ...*sheets.Request) { d.reqs = append(d.reqs, r...) }

func (d *differ) run(drop []string) error {
	drop = slices.Concat(drop, d.want.Drop)
	d.spreadsheet()
	d.drop(drop)
	d.rename()
	if err := d.arrange(); err != nil {
		return err
	}
	d.drop(drop) // drop what could not go while it was the only tab
	if err := d.keep(); err != nil {
		return err
	}
	for _, p := range d.made() {
		d.structure(p)
	}
	d.inPlace = !slices.ContainsFunc(d.plans, func(p *plan) bool {
		return p.title != p.want.Title || !p.want.Kept && !p.inPlace()
	})
	for _, p := range d.made() {
		if err := d.cellsOf(p); err != nil {
			return fmt.Errorf("tab %q: %w", p.want.Title, err)
		}
	}
	for _, p := range d.made() {
		d.copies(p)
	}
	for _, p := range d.made() {
		if err := d.objects(p); err != nil {
			return fmt.Errorf("tab %q: %w", p.want.Title, err)
		}
	}
	d.hide()
	d.dropFresh()
	return nil
}

// keep leaves the tabs that are Kept as they stand, and reads what is known of the
// others.
func (d *differ) keep() error {
	for _, p := range d.plans {
		if !p.want.Kept {
			if err := p.old.unpack(); err != nil {
				return fmt.Errorf("tab %q: %w", p.want.Title, err)
			}
			continue
		}
		if p.made || !p.old.apart() || p.old.untagged || p.old.inputs != p.want.Inputs {
			return fmt.Errorf("tab %q: it does not stand as it is to be kept", p.want.Title)
		}
		p.now = p.old
	}
	return nil
}

// made are the plans of the tabs that are not Kept.
func (d *differ) made() iter.Seq2[int, *plan] {
	return func(yield func(int, *plan) bool) {
		for i, p := range d.plans {
			if !p.want.Kept && !yield(i, p) {
				return
			}
		}
	}
}

// spreadsheet sets the properties of the spreadsheet. Empty ones stay as they are.
func (d *differ) spreadsheet() {
	p, fields := &sheets.SpreadsheetProperties{}, []string(nil)
	set := func(have *string, want string, to *string, field string) {
		if want != "" && want != *have {
			*have, *to = want, want
			fields = append(fields, field)
		}
	}
	set(&d.after.title, d.want.Title, &p.Title, "title")
	set(&d.after.locale, d.want.Locale, &p.Locale, "locale")
	set(&d.after.zone, d.want.TimeZone, &p.TimeZone, "timeZone")
	set(&d.after.recalc, d.want.Recalc, &p.AutoRecalc, "autoRecalc")
	if len(fields) > 0 {
		d.add(&sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: p, Fields: strings.Join(fields, ","),
		}})
	}
}

// drop deletes tabs of ours by key. It runs first, to free their titles; but the only tab
// cannot be deleted, and stays until there are others.
func (d *differ) drop(keys []string) {
	for _, t := range d.have.tabs {
		inWant := slices.ContainsFunc(d.want.Tabs, func(w *Tab) bool { return w.ID == t.id })
		if slices.Contains(keys, t.key) && !inWant && len(d.after.order) > 1 && d.index(t.id) >= 0 {
			d.deleteSheet(t.id)
		}
	}
}

func (d *differ) deleteSheet(id int64) {
	d.formulasShifted = true
	d.add(&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: id, ForceSendFields: []string{"SheetId"}}})
	d.after.order = slices.DeleteFunc(d.after.order, func(s sheetRef) bool { return s.id == id })
	d.after.tabs = slices.DeleteFunc(d.after.tabs, func(t *tabState) bool { return t.id == id })
}

// rename decides the title of each tab and renames those that exist. If somebody else's
// tab has a title, ours becomes «Title (2)».
func (d *differ) rename() {
	wanted := map[int64]bool{}
	for _, t := range d.want.Tabs {
		wanted[t.ID] = true
	}
	var taken []string
	for _, s := range d.after.order {
		if !wanted[s.id] {
			taken = append(taken, s.title)
		}
	}
	target := map[int64]string{}
	for _, t := range d.want.Tabs {
		title := freeTitle(t.Title, taken)
		taken = append(taken, title)
		d.plans = append(d.plans, &plan{want: t, title: title})
		target[t.ID] = title
	}
	// Rename one at a time, each when its title is free; in a cycle of titles, one makes
	// room first.
	for {
		stuck, done := -1, true
		for i, s := range d.after.order {
			to, ours := target[s.id]
			if !ours || to == s.title {
				continue
			}
			done = false
			if slices.ContainsFunc(d.after.order, func(o sheetRef) bool {
				return o.id != s.id && strings.EqualFold(o.title, to)
			}) {
				stuck = i
				continue
			}
			d.retitle(i, to)
			stuck = -1
			break
		}
		if done {
			return
		}
		if stuck >= 0 {
			var all []string
			for _, s := range d.after.order {
				all = append(all, s.title)
			}
			d.retitle(stuck, freeTitle(d.after.order[stuck].title, append(all, taken...)))
		}
	}
}

func (d *differ) retitle(i int, title string) {
	s := &d.after.order[i]
	s.title = title
	d.formulasShifted = true
	d.add(&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{SheetId: s.id, Title: title, ForceSendFields: []string{"SheetId"}},
		Fields:     "title",
	}})
}

// freeTitle returns the title, or the first of «title (2)», «title (3)» … that is not
// taken. Google ignores case when it compares titles.
func freeTitle(title string, taken []string) string {
	for n, try := 2, title; ; n++ {
		if !slices.ContainsFunc(taken, func(s string) bool { return strings.EqualFold(s, try) }) {
			return try
		}
		try = fmt.Sprintf("%s (%d)", title, n)
	}
}

// arrange puts our tabs in order and makes missing ones. Other people's tabs stay where
// they are among them.
func (d *differ) arrange() error {
	var here, at []int
	for i, p := range d.plans {
		k := d.index(p.want.ID)
		old := d.after.tab(p.want.ID)
		if old == nil {
			old = d.after.recognise(p.want.ID, p.want.Key)
		}
		if (k >= 0) != (old != nil) {
			return fmt.Errorf("tab %q: its id %d is taken by a tab that is not ours", p.want.Title, p.want.ID)
		}
		if k >= 0 {
			p.old = old
			if old.untagged {
				d.add(tagTab(p.want.ID, p.want.Key))
			}
			here, at = append(here, i), append(at, k)
		}
	}
	keep := increasing(at)
	for k, i := range here {
		if keep[k] {
			continue
		}
		to := slices.Min(at)
		if k > 0 {
			to = d.index(d.plans[here[k-1]].want.ID) + 1
		}
		d.moveTab(d.plans[i].want.ID, to)
	}
	for i, p := range d.plans {
		if p.old != nil {
			continue
		}
		to := 0
		if i > 0 {
			to = d.index(d.plans[i-1].want.ID) + 1
		} else if len(here) > 0 {
			to = d.index(d.plans[here[0]].want.ID)
		}
		d.addTab(p, to)
	}
	return nil
}

// index returns the position of a tab, or −1.
func (d *differ) index(id int64) int {
	return slices.IndexFunc(d.after.order, func(s sheetRef) bool { return s.id == id })
}

// moveTab moves a tab before the one at position to.
func (d *differ) moveTab(id int64, to int) {
	at := d.index(id)
	if to == at || to == at+1 {
		return
	}
	d.add(&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{SheetId: id, Index: int64(to),
			ForceSendFields: []string{"SheetId", "Index"}}, Fields: "index",
	}})
	s := d.after.order[at]
	d.after.order = slices.Delete(d.after.order, at, at+1)
	if to > at {
		to--
	}
	d.after.order = slices.Insert(d.after.order, to, s)
}

// addTab adds a tab with its size and properties.
func (d *differ) addTab(p *plan, index int) {
	t := p.want
	nr, nc := t.gridSize()
	p.made = true
	p.old = &tabState{
		id: t.ID, key: t.Key, hidden: t.Hidden, color: strings.ToUpper(t.TabColor), hideGrid: t.HideGrid,
		frozenRows: t.FrozenRows, frozenCols: t.FrozenCols, gridRows: nr, gridCols: nc, keyCol: -1,
	}
	d.add(&sheets.Request{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{
		SheetId: t.ID, Title: p.title, Index: int64(index), Hidden: t.Hidden, TabColorStyle: color(t.TabColor),
		GridProperties: &sheets.GridProperties{
			RowCount: int64(nr), ColumnCount: int64(nc), HideGridlines: t.HideGrid,
			FrozenRowCount: int64(t.FrozenRows), FrozenColumnCount: int64(t.FrozenCols),
		},
		ForceSendFields: []string{"Index"},
	}}}, tagTab(t.ID, t.Key))
	d.after.order = slices.Insert(d.after.order, index, sheetRef{t.ID, p.title})
}

// gridSize returns the least grid that holds the tab. Google requires at least one row
// and one column that are not frozen.
func (t *Tab) gridSize() (nr, nc int) {
	nr, nc = t.size()
	for _, a := range t.areas() {
		nr, nc = max(nr, a.R1), max(nc, a.C1)
	}
	return max(nr, t.Rows, t.FrozenRows+1), max(nc, t.Cols, t.FrozenCols+1)
}

// hide hides tabs at the end, when those to be shown are visible: they must never all be
// hidden.
func (d *differ) hide() {
	for _, p := range d.made() {
		if p.want.Hidden && !p.old.hidden {
			p.now.hidden = true
			d.add(&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
				Properties: &sheets.SheetProperties{SheetId: p.want.ID, Hidden: true}, Fields: "hidden",
			}})
		}
	}
}

// dropFresh deletes the empty tab with which Drive makes a spreadsheet.
func (d *differ) dropFresh() {
	visible := slices.ContainsFunc(d.want.Tabs, func(t *Tab) bool { return !t.Hidden })
	if d.after.fresh && visible {
		d.deleteSheet(0)
	}
	if len(d.reqs) > 0 {
		d.after.fresh = false
	}
}
