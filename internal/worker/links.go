package worker

import (
	"context"
	"fmt"
	"sync"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/report"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// Links returns the addresses of spreadsheets, each with the tab and the cell that people
// open it for: a person's leads to where the person types on a day.
func (w *Worker) Links(ctx context.Context, list []files.File, dep *department.Department, day calendar.Date) (
	map[string]string, error) {
	places := w.places(ctx, dep, day)
	out := make(map[string]string, len(list))
	for _, f := range list {
		out[f.ID] = w.front(f)
		p, ok := dep.Person(f.Person)
		if f.Kind != files.Report || !ok {
			continue
		}
		var err error
		if out[f.ID], err = places.link(&unit{file: w.present(f), people: []department.Person{p}}, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// front returns the address of a spreadsheet with the tab that people open it for:
// «Главное» for the director, «Сотрудники» for ops.
func (w *Worker) front(f files.File) string {
	f = w.present(f)
	switch f.Kind {
	case files.Summary:
		return f.URL + workbook.Link(workbook.SheetID(summary.TabMain), "A1")
	case files.Control:
		return f.URL + workbook.Link(workbook.SheetID(control.TabPeople), "A1")
	}
	return f.URL
}

// present returns a spreadsheet with its present address: where the local Google is
// served may have changed since it was made.
func (w *Worker) present(f files.File) files.File {
	if f.ID != "" {
		f.URL = w.Link(f.ID)
	}
	return f
}

// places finds where people type on a day, by what was read and written last.
type places struct {
	dep      *department.Department
	day      calendar.Date
	lastDeal func() (map[department.PersonID]int, error) // asks the ledger once, if at all
}

func (w *Worker) places(ctx context.Context, dep *department.Department, day calendar.Date) places {
	return places{dep, day, sync.OnceValues(func() (map[department.PersonID]int, error) {
		marked, err := w.marks().Load(ctx, dep)
		if err != nil {
			return nil, err
		}
		last := map[department.PersonID]int{}
		for p, m := range marked {
			last[p] = m.LastDeal
		}
		// A ledger of an earlier version does not have it; there are at least as many
		// rows as deals.
		count := map[department.PersonID]int{}
		err = w.Ledger.Deals(ctx, func(d department.Deal) { count[d.Person]++ })
		for p, n := range count {
			last[p] = max(last[p], n)
		}
		return last, err
	})}
}

// link returns the address at which a person types into a spreadsheet on the day, as far
// as known: if no layout was written, that of the spreadsheet.
func (p places) link(u *unit, who department.Person) (string, error) {
	layout, known := u.file.Layout()
	role, ok := p.dep.Role(who.RoleOn(p.day))
	if !ok || !known {
		return u.file.URL, nil
	}
	state, err := workbook.UnmarshalState(layout)
	if err != nil {
		return "", fmt.Errorf("what is known of the spreadsheet of %s: %w", who.Name, err)
	}
	last := 0
	if role.ListsDeals() {
		all, err := p.lastDeal()
		if err != nil {
			return "", err
		}
		last = all[who.ID]
	}
	return u.file.URL + report.OpenAt(state, u.tag(who), role, p.day, last), nil
}

// inCell returns the address of a person's spreadsheet for a cell of the control
// spreadsheet. It leads to the open month, not to today: a link that changed daily would
// cost a write of the control spreadsheet every day.
func inCell(u *unit, p department.Person, r *run) string {
	role, ok := r.cfg.Department.Role(p.RoleOn(r.at.Today))
	if !ok || !p.Employed(r.at.Today) { // nobody types there
		return u.file.URL
	}
	return u.file.URL + report.OpenAlways(u.tag(p), role, r.at.Today)
}
