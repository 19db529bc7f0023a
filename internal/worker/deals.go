package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"svodka/internal/calendar"
	"svodka/internal/closing"
	"svodka/internal/configuration"
	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// importExport brings the lists of deals to what an export of a CRM with ids says:
// what is new and what changed first, in all lists, and then what is another's now or
// is to go is cleared. Killed between the two it leaves a deal twice rather than
// nowhere, and the next import clears the one that is too many.
func (w *Worker) importExport(ctx context.Context, cfg *configuration.Config, at planfact.AsOf, e crm.Export, lines int, o ImportOptions, notes []string) (Imported, error) {
	got := Imported{Lines: lines}
	lists, err := w.dealLists(ctx, cfg, at, e)
	if err != nil {
		return got, err
	}
	plan := crm.Make(lists, e, o.ReplacePeriod)
	got.Same = plan.Same
	got.Written = plan.New + len(plan.Changed) + len(plan.Moved)
	got.Notes = append(notes, w.tellPlan(&cfg.Department, plan)...)
	o.tell(got.Notes)
	wanted, old := map[department.PersonID]report.Typed{}, map[department.PersonID]report.Typed{}
	for who := range plan.Write {
		wanted[who] = report.Typed{Deals: plan.Want[who]}
	}
	for _, c := range plan.Changed {
		old[c.Deal.Person] = join(old[c.Deal.Person], report.Typed{Deals: []department.Deal{c.Row.Deal}})
	}
	cleared := map[department.PersonID]report.Typed{}
	drop := func(r crm.Row) {
		cleared[r.Deal.Person] = join(cleared[r.Deal.Person], report.Typed{Deals: []department.Deal{r.Deal}})
	}
	for _, c := range plan.Moved {
		drop(c.Row)
	}
	for _, g := range plan.Gone {
		if g.Dropped {
			drop(g.Row)
			got.Written++
		}
	}
	touched := map[department.PersonID]bool{}
	for who := range wanted {
		touched[who] = true
	}
	for who := range cleared {
		touched[who] = true
	}
	if got.Files = len(touched); o.DryRun || len(wanted)+len(cleared) == 0 {
		return got, nil
	}
	// A deal that leaves a locked day leaves it as ops want it.
	if err := allow(ctx, w.closing(), old, cfg.Department.People); err != nil {
		return got, err
	}
	_, err = w.importTyped(ctx, cfg, at, lines, wanted, o, nil, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		rows, err := report.DealRows(in, book, found)
		if err != nil {
			return placed{}, err
		}
		l := crm.Merge(rows, t.Deals)
		cells, fresh, err := report.TypeDeals(book, found, l.Add, l.Set, nil)
		return placed{cells: cells, fresh: report.Typed{Deals: fresh}, same: len(t.Deals) - len(l.Add) - len(l.Changed)}, err
	})
	if err != nil {
		return got, err
	}
	_, err = w.importTyped(ctx, cfg, at, lines, cleared, o, nil, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		rows, err := report.DealRows(in, book, found)
		if err != nil {
			return placed{}, err
		}
		var drop []string
		for _, d := range t.Deals {
			drop = append(drop, d.ID)
		}
		at := crm.Cleared(rows, drop)
		cells, _, err := report.TypeDeals(book, found, nil, nil, at)
		return placed{cells: cells, same: len(t.Deals) - len(at)}, err
	})
	return got, err
}

// dealLists reads the lists of deals of everybody whom an export may concern: those
// whom it names, those whose lists are known to hold deals of a CRM, and those whose
// spreadsheets changed since they were read.
func (w *Worker) dealLists(ctx context.Context, cfg *configuration.Config, at planfact.AsOf, e crm.Export) (map[department.PersonID][]crm.Row, error) {
	ask := map[department.PersonID]report.Typed{}
	for _, d := range e.Deals {
		ask[d.Person] = report.Typed{}
	}
	dep := &cfg.Department
	units, err := w.units(ctx, dep, at, func(department.Person) bool { return true })
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		for _, p := range u.people {
			role, _ := dep.RoleOver(p)
			if u.file.ID == "" || !role.Uses(kpi.Deals) && !role.Uses(kpi.Clients) {
				continue
			}
			r, err := w.Ledger.Person(ctx, p.ID)
			if err != nil {
				return nil, err
			}
			concerned := u.file.Unread()
			for _, d := range r.Deals {
				concerned = concerned || d.ID != ""
			}
			if concerned {
				ask[p.ID] = report.Typed{}
			}
		}
	}
	lists := map[department.PersonID][]crm.Row{}
	var mu sync.Mutex
	_, err = w.importTyped(ctx, cfg, at, 0, ask, ImportOptions{DryRun: true}, nil, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		rows, err := report.DealRows(in, book, found)
		mu.Lock()
		defer mu.Unlock()
		lists[in.Person.ID] = rows
		return placed{}, err
	})
	return lists, err
}

// listed is how many deals are named one by one.
const listed = 20

// tellPlan says what an import of deals changes, and what it leaves alone.
func (w *Worker) tellPlan(dep *department.Department, plan crm.Plan) []string {
	T := w.Lang.T
	name := func(id department.PersonID) string {
		p, _ := dep.Person(id)
		return p.Name
	}
	sum := func(d department.Deal) string { return kpi.FormatNum(kpi.Some(d.Amount), kpi.Money, w.Lang) }
	day := func(d department.Deal) string { return d.Date.Text(w.Lang) }
	// what became of a deal, in a few words
	became := func(was, is department.Deal) string {
		var parts []string
		for _, v := range [][2]string{{sum(was), sum(is)}, {day(was), day(is)}, {"«" + was.Client + "»", "«" + is.Client + "»"}} {
			if v[0] != v[1] {
				parts = append(parts, v[0]+" → "+v[1])
			}
		}
		return strings.Join(parts, ", ")
	}
	shows := func(r crm.Row) string {
		switch {
		case !r.Bad:
			return fmt.Sprintf("%s, %s, %s", day(r.Deal), r.Deal.Client, sum(r.Deal))
		case r.Shows == "":
			return T("строка очищена", "the row was cleared")
		}
		return r.Shows
	}
	var out []string
	say := func(title string, items []string) {
		if len(items) == 0 {
			return
		}
		out = append(out, fmt.Sprintf("%s: %d", title, len(items)))
		for i, s := range items {
			if i == listed {
				out = append(out, fmt.Sprintf(T("  и ещё %d", "  and %d more"), len(items)-listed))
				break
			}
			out = append(out, "  "+s)
		}
	}
	if plan.New > 0 {
		out = append(out, fmt.Sprintf(T("новых сделок: %d", "new deals: %d"), plan.New))
	}
	var items []string
	for _, c := range plan.Changed {
		items = append(items, fmt.Sprintf("%s, %s, %s: %s", c.Deal.ID, name(c.Deal.Person), c.Deal.Client, became(c.Row.Deal, c.Deal)))
	}
	say(T("меняется сделок", "deals that change"), items)
	items = nil
	for _, c := range plan.Moved {
		items = append(items, fmt.Sprintf("%s, %s, %s: %s → %s", c.Deal.ID, c.Deal.Client, sum(c.Deal), name(c.Row.Deal.Person), name(c.Deal.Person)))
	}
	say(T("переходит к другому сотруднику", "deals of another person now"), items)
	items = nil
	for _, c := range plan.Edited {
		items = append(items, fmt.Sprintf(T("%s: у %s в строке %d — %s; в выгрузке — %s, %s, %s, %s", "%s: with %s, row %d: %s; in the export: %s, %s, %s, %s"),
			c.Deal.ID, name(c.Row.Deal.Person), c.Row.At+1, shows(c.Row), name(c.Deal.Person), day(c.Deal), c.Deal.Client, sum(c.Deal)))
	}
	say(T("остаётся как есть: эти строки правили или ввели люди (исправьте их сами)", "left alone: people edited or typed these rows (correct them yourself)"), items)
	var kept, dropped []string
	for _, g := range plan.Gone {
		item := fmt.Sprintf(T("%s, %s, строка %d: %s", "%s, %s, row %d: %s"), g.Row.Deal.ID, name(g.Row.Deal.Person), g.Row.At+1, shows(g.Row))
		if g.Reason != "" {
			item += T(" — в выгрузке: ", "; in the export: ") + g.Reason
		}
		if g.Dropped {
			dropped = append(dropped, item)
		} else {
			kept = append(kept, item)
		}
	}
	say(T("убирается: в выгрузке этих сделок больше нет", "to be removed: the export has these deals no more"), dropped)
	say(T("остаётся в таблицах, хотя в выгрузке этого уже нет (--replace-period уберёт то, что никто не правил)",
		"still in the spreadsheets, though no more in the export (--replace-period removes what nobody edited)"), kept)
	return out
}

// exportOf gathers the deals of a file with ids. A deal that stands twice with the same
// values is one (exports with products have a line for each); with others it is refused.
func (w *Worker) exportOf(deals []department.Deal, from []imports.Deal) (crm.Export, error) {
	e := crm.Export{Left: map[string]string{}}
	first := map[string]int{}
	var errs []error
	for i, d := range deals {
		if reason := from[i].Left; reason != "" {
			e.Left[d.ID] = reason
			continue
		}
		if j, twice := first[d.ID]; twice && d.ID != "" {
			if deals[j] != d {
				errs = append(errs, from[i].Errorf("id", w.Lang.T("сделка %s стоит и в строке %d, с другими значениями (оставьте одну)", "the deal %s stands in line %d too, with other values (leave one)"), d.ID, from[j].Line))
			}
			continue
		}
		first[d.ID] = i
		e.Deals = append(e.Deals, d)
	}
	return e, errors.Join(errs...)
}

// tellNear says which new deals are nearly what a person has already.
func (w *Worker) tellNear(name string, near []crm.Change) []string {
	day := func(d department.Deal) string { return d.Date.Text(w.Lang) }
	var out []string
	for _, c := range near {
		out = append(out, fmt.Sprintf(w.Lang.T("%s, «%s»: в строке %d — %s, %s; в файле — %s, %s", "%s, “%s”: row %d has %s, %s; the file has %s, %s"),
			name, c.Deal.Client, c.Row.At+1, day(c.Row.Deal), kpi.FormatNum(kpi.Some(c.Row.Deal.Amount), kpi.Money, w.Lang),
			day(c.Deal), kpi.FormatNum(kpi.Some(c.Deal.Amount), kpi.Money, w.Lang)))
	}
	return out
}

// nearNotes are the note of nearly equal deals. A list is looked at again before it is
// written, so each is told once.
func (w *Worker) nearNotes(near []string) []string {
	slices.Sort(near)
	near = slices.Compact(near)
	if len(near) == 0 {
		return nil
	}
	out := []string{fmt.Sprintf(w.Lang.T("ВНИМАНИЕ: похоже на те же сделки с другой суммой или датой, станет по две вместо одной (%d); со столбцом ID они изменились бы на месте", "WARNING: these look like the same deals with another sum or day, and will be there twice (%d); with a column ID they would change in place"), len(near))}
	if more := len(near) - listed; more > 0 {
		near = append(near[:listed], fmt.Sprintf(w.Lang.T("и ещё %d", "and %d more"), more))
	}
	for _, s := range near {
		out = append(out, "  "+s)
	}
	return out
}

// allow lets what an import types on locked days count: ops know what they do.
func allow(ctx context.Context, locks closing.Closer, typed map[department.PersonID]report.Typed, people []department.Person) error {
	for _, p := range people {
		days := map[calendar.Date]bool{}
		for _, e := range typed[p.ID].Entries {
			days[e.Date] = true
		}
		for _, d := range typed[p.ID].Deals {
			days[d.Date] = true
		}
		if err := locks.Allow(ctx, p.ID, days); err != nil {
			return err
		}
	}
	return nil
}
