package importing

import (
	"context"
	"errors"
	"sync"

	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/words"
)

// exportOf collects the deals of a file with ids. A deal that occurs twice with the same
// values is one (exports with products have a line for each); with other values it is
// refused.
func exportOf(deals []dealRow, lang words.Lang) (crm.Export, error) {
	e := crm.Export{Left: map[string]string{}}
	first := map[string]dealRow{}
	var errs []error
	for _, d := range deals {
		if d.row.Left != "" {
			e.Left[d.ID] = d.row.Left
			continue
		}
		if f, twice := first[d.ID]; twice && d.ID != "" {
			if f.Deal != d.Deal {
				errs = append(errs, d.row.Errorf("id", lang.T(
					"сделка %s стоит и в строке %d, с другими значениями (оставьте одну)",
					"the deal %s stands in line %d too, with other values (leave one)"), d.ID, f.row.Line))
			}
			continue
		}
		first[d.ID] = d
		e.Deals = append(e.Deals, d.Deal)
	}
	return e, errors.Join(errs...)
}

// changes holds what a plan writes and clears in people's lists.
type changes struct {
	write wanted
	clear wanted // by the id of the deals
	old   wanted // deals that write changes, in their present form
}

func changesOf(plan crm.Plan) changes {
	c := changes{wanted{}, wanted{}, wanted{}}
	one := func(d department.Deal) report.Typed { return report.Typed{Deals: []department.Deal{d}} }
	for who := range plan.Write {
		c.write[who] = report.Typed{Deals: plan.Want[who]}
	}
	for _, x := range plan.Changed {
		c.old.add(x.Deal.Person, one(x.Row.Deal))
	}
	for _, x := range plan.Moved {
		c.clear.add(x.Row.Deal.Person, one(x.Row.Deal))
	}
	for _, g := range plan.Gone {
		if g.Dropped {
			c.clear.add(g.Row.Deal.Person, one(g.Row.Deal))
		}
	}
	return c
}

// people counts the people whose lists change.
func (c changes) people() int {
	n := len(c.write)
	for who := range c.clear {
		if _, too := c.write[who]; !too {
			n++
		}
	}
	return n
}

// export updates the lists of deals to an export of a CRM with ids: first it writes what
// is new or changed, in all lists; then it clears what belongs to another person now or
// must go. If it is killed between the two, a deal is there twice rather than nowhere,
// and the next import clears one of them.
func (im Importer) export(ctx context.Context, e crm.Export, lines int, o Options, notes []string) (Done, error) {
	done := Done{Lines: lines}
	lists, err := im.dealLists(ctx, e)
	if err != nil {
		return done, err
	}
	plan := crm.Make(lists, e, o.ReplacePeriod)
	c := changesOf(plan)
	done.Same = plan.Same
	done.Written = plan.New + len(plan.Changed) + len(plan.Moved)
	for _, g := range plan.Gone {
		if g.Dropped {
			done.Written++
		}
	}
	done.Files = c.people()
	done.Notes = append(notes, tellPlan(im.Dep, plan, im.Lang)...)
	o.tell(done.Notes)
	if o.DryRun || done.Files == 0 {
		return done, nil
	}
	// A deal that leaves a locked day does so because ops want it.
	if err := im.allow(ctx, c.old, im.Dep.People); err != nil {
		return done, err
	}
	if _, err := im.typeReports(ctx, lines, c.write, o, nil, placeDeals); err != nil {
		return done, err
	}
	_, err = im.typeReports(ctx, lines, c.clear, o, nil, clearDeals)
	return done, err
}

// placeDeals says where deals with ids go in a list.
func placeDeals(p Part, t report.Typed) (placement, error) {
	rows, err := report.DealRows(p.In, p.Book, p.Found)
	if err != nil {
		return placement{}, err
	}
	l := crm.Merge(rows, t.Deals)
	cells, fresh, err := report.TypeDeals(p.Book, p.Found, l.Add, l.Set, nil)
	return placement{cells: cells, fresh: report.Typed{Deals: fresh},
		same: len(t.Deals) - len(l.Add) - len(l.Changed)}, err
}

// clearDeals says which cells of a list to clear for deals that go.
func clearDeals(p Part, t report.Typed) (placement, error) {
	rows, err := report.DealRows(p.In, p.Book, p.Found)
	if err != nil {
		return placement{}, err
	}
	var ids []string
	for _, d := range t.Deals {
		ids = append(ids, d.ID)
	}
	at := crm.Cleared(rows, ids)
	cells, _, err := report.TypeDeals(p.Book, p.Found, nil, nil, at)
	return placement{cells: cells, same: len(t.Deals) - len(at)}, err
}

// dealLists reads the lists of deals of everybody whom an export may concern: those whom
// it names, those whose lists are known to hold deals of a CRM, and those whose
// spreadsheets changed since they were read.
func (im Importer) dealLists(ctx context.Context, e crm.Export) (map[department.PersonID][]crm.Row, error) {
	named := map[department.PersonID]bool{}
	for _, d := range e.Deals {
		named[d.Person] = true
	}
	all, err := im.Reports.Of(ctx, func(department.PersonID) bool { return true })
	if err != nil {
		return nil, err
	}
	concerned := map[department.PersonID]bool{}
	var todo []Report
	for _, r := range all {
		if !r.Made() {
			continue
		}
		any := false
		for _, p := range r.People() {
			concerned[p.ID] = named[p.ID]
			if !named[p.ID] {
				if concerned[p.ID], err = im.holdsDeals(ctx, r, p); err != nil {
					return nil, err
				}
			}
			any = any || concerned[p.ID]
		}
		if any {
			todo = append(todo, r)
		}
	}
	lists := map[department.PersonID][]crm.Row{}
	var mu sync.Mutex
	err = im.each(ctx, todo, "reading", "looking", func(ctx context.Context, r Report) error {
		parts, err := r.Look(ctx, func(id department.PersonID) bool { return concerned[id] })
		if err != nil {
			return err
		}
		for _, p := range parts {
			rows, err := report.DealRows(p.In, p.Book, p.Found)
			if err != nil {
				return &PlaceError{err}
			}
			mu.Lock()
			lists[p.In.Person.ID] = rows
			mu.Unlock()
		}
		return nil
	})
	return lists, err
}

// holdsDeals reports whether a person's list may hold deals of a CRM.
func (im Importer) holdsDeals(ctx context.Context, r Report, p department.Person) (bool, error) {
	role, _ := im.Dep.RoleOver(p)
	if !role.ListsDeals() {
		return false, nil
	}
	if r.Changed() {
		return true, nil
	}
	known, err := im.Ledger.Person(ctx, p.ID)
	if err != nil {
		return false, err
	}
	for _, d := range known.Deals {
		if d.ID != "" {
			return true, nil
		}
	}
	return false, nil
}
