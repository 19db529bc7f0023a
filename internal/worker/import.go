package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

// ImportOptions say how to import.
type ImportOptions struct {
	DryRun  bool // check, and write nothing
	Replace bool // write over other figures that stand in the cells
}

// Imported is what an import did.
type Imported struct {
	Lines   int
	Written int // figures or rows that were not there
	Same    int // that stood there already
	Files   int // spreadsheets written
}

// ImportPeople types people into «Сотрудники».
func (w *Worker) ImportPeople(ctx context.Context, rows []imports.Person, o ImportOptions) (Imported, error) {
	cfg, _, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	var errs []error
	var people []control.PersonRow
	for _, r := range rows {
		if !hasRole(&cfg.Department, r.Role) {
			errs = append(errs, r.Errorf("role", "there is no role %q in «Роли и KPI» (there are: %s)", r.Role, strings.Join(roleKeys(&cfg.Department), ", ")))
		}
		people = append(people, control.PersonRow{
			Name: r.Name, Email: r.Email, Role: r.Role, Team: r.Team,
			Hired: r.Hired.String(), Left: r.Left.String(), Aliases: r.Aliases, Cost: r.Cost, Notify: r.Notify,
		})
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	got := Imported{Lines: len(rows)}
	rowsHere := func(ctx context.Context) ([]*sheets.Request, error) {
		// The rows' places must be those of this moment.
		sheet, err := w.Google.Spreadsheet(ctx, cfg.file.ID, control.Fields)
		if err != nil {
			return nil, fmt.Errorf("reading the control spreadsheet: %w", err)
		}
		reqs, added, changed, err := control.AddPeopleWith(sheet, people, w.Lang, w.Templates)
		got.Written = max(got.Written, added+changed) // less, when a try whose answer was lost has typed some
		got.Same = len(rows) - got.Written
		if err == nil && got.Written > 0 {
			got.Files = 1
		}
		return reqs, err
	}
	if o.DryRun {
		_, err := rowsHere(ctx)
		return got, err
	}
	return got, w.publisher.Type(ctx, &cfg.file, "the control spreadsheet", rowsHere)
}

// hasRole tells whether there is a role with that key or title.
func hasRole(dep *department.Department, name string) bool {
	return slices.ContainsFunc(dep.Roles, func(r department.Role) bool { return fold(r.Key) == fold(name) || fold(r.Title) == fold(name) })
}

func roleKeys(dep *department.Department) []string {
	var keys []string
	for _, r := range dep.Roles {
		keys = append(keys, r.Key)
	}
	return keys
}

// ready brings the configuration up to date for an import.
func (w *Worker) ready(ctx context.Context) (*config, planfact.AsOf, error) {
	if err := w.absorb(ctx, nil); err != nil {
		return nil, planfact.AsOf{}, err
	}
	cfg, err := w.configure(ctx)
	if err != nil {
		return nil, planfact.AsOf{}, err
	}
	return cfg, w.at(&cfg.Department, 0), nil
}

// named finds people by name or e-mail.
type named map[string][]department.Person

func names(dep *department.Department) named {
	m := named{}
	for _, p := range dep.People {
		m[fold(p.Name)] = append(m[fold(p.Name)], p)
		if p.Email != "" && fold(p.Email) != fold(p.Name) {
			m[fold(p.Email)] = append(m[fold(p.Email)], p)
		}
	}
	return m
}

// fold makes spellings of one name equal.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(s), " ")), "ё", "е")
}

func (n named) find(at imports.Where, who string) (department.Person, error) {
	switch ps := n[fold(who)]; len(ps) {
	case 0:
		return department.Person{}, at.Errorf("manager", "there is no %q in «Сотрудники» (add the person, or import people first)", who)
	case 1:
		return ps[0], nil
	}
	return department.Person{}, at.Errorf("manager", "%q is the name of several people (write the e-mail instead)", who)
}

// ImportEntries types daily figures into the managers' spreadsheets.
func (w *Worker) ImportEntries(ctx context.Context, rows []imports.Entry, o ImportOptions) (Imported, error) {
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	dep := &cfg.Department
	who := names(dep)
	type key struct {
		person department.PersonID
		kpi    string
		day    calendar.Date
	}
	seen := map[key]int{}
	typed := map[department.PersonID]report.Typed{}
	lines := map[key]imports.Where{}
	var errs []error
	for _, r := range rows {
		e, err := entry(dep, who, r)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		k := key{e.Person, e.KPI, e.Date}
		if first, ok := seen[k]; ok {
			errs = append(errs, r.Errorf("", "the same date, manager and kpi stand in line %d", first))
			continue
		}
		seen[k], lines[k] = r.Line, r.Where
		t := typed[e.Person]
		t.Entries = append(t.Entries, e)
		typed[e.Person] = t
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		var p placed
		index := report.NewIndex(book, found)
		for _, e := range t.Entries {
			k, _ := in.Role.KPI(e.KPI)
			c, ok := index.Find(e.Date, e.KPI)
			switch {
			case !ok: // its tab or row is made
				p.fresh.Entries = append(p.fresh.Entries, e)
			case report.SameFigure(k, c.Value, e.Value):
				p.same++
			case c.Blank() || o.Replace:
				p.cells = append(p.cells, workbook.CellAt{Sheet: c.Sheet, Row: c.Row, Col: c.Col, Cell: workbook.N(report.CellValue(k, e.Value), nil)})
			default:
				at := lines[key{e.Person, e.KPI, e.Date}]
				p.errs = append(p.errs, at.Errorf("value", "the cell holds %v already (clear it, or import with --replace)", c.Value))
			}
		}
		return p, nil
	})
}

// entry understands one line.
func entry(dep *department.Department, who named, r imports.Entry) (department.Entry, error) {
	p, err := who.find(r.Where, r.Manager)
	if err != nil {
		return department.Entry{}, err
	}
	role, _ := dep.Role(p.RoleOn(r.Date))
	k, ok := role.KPI(r.KPI)
	switch {
	case !ok:
		var keys []string
		for _, k := range role.KPIs {
			if k.Typed() {
				keys = append(keys, k.Key)
			}
		}
		return department.Entry{}, r.Errorf("kpi", "the role %s has no %q (typed ones: %s)", role.Key, r.KPI, strings.Join(keys, ", "))
	case !k.Typed():
		return department.Entry{}, r.Errorf("kpi", "%q is computed, not typed (import what it is computed from)", r.KPI)
	case !p.Employed(r.Date):
		return department.Entry{}, r.Errorf("date", "%s was not employed on %s", p.Name, r.Date)
	}
	v, err := imports.Number(r.Value)
	if err != nil {
		read := kpi.ParseFigure(k, r.Value, !dep.Settings.NoRefunds)
		if !read.OK() {
			return department.Entry{}, r.Errorf("value", "%q is no %s", r.Value, k.Unit)
		}
		v = read.Value
	}
	if v < 0 && !dep.Settings.Refunds(k) {
		return department.Entry{}, r.Errorf("value", "%q is below zero (only sums of money can be, as refunds, if «Параметры» take them)", r.Value)
	}
	if wrong := kpi.CheckRange(k, v); !wrong.IsZero() {
		return department.Entry{}, r.Errorf("value", "%s", wrong.Text("en"))
	}
	return department.Entry{Person: p.ID, KPI: k.Key, Date: r.Date, Value: v}, nil
}

// ImportDeals types deals into the tabs «Сделки».
func (w *Worker) ImportDeals(ctx context.Context, rows []imports.Deal, o ImportOptions) (Imported, error) {
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	who := names(&cfg.Department)
	typed := map[department.PersonID]report.Typed{}
	var errs []error
	for _, r := range rows {
		p, err := who.find(r.Where, r.Manager)
		if err == nil {
			err = hasList(&cfg.Department, p, r.Where, kpi.Deals, kpi.Clients)
		}
		if err == nil && r.Amount < 0 && cfg.Department.Settings.NoRefunds {
			err = r.Errorf("amount", "%s is below zero, and «Параметры» say that there are no refunds (switch «Возвраты с минусом» on, or leave the row out)", kpi.FormatNum(kpi.Some(r.Amount), kpi.Money, "en"))
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t := typed[p.ID]
		t.Deals = append(t.Deals, department.Deal{Person: p.ID, Date: r.Date, Client: r.Client, Amount: r.Amount})
		typed[p.ID] = t
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		cells, fresh, same, err := report.AddDeals(book, found, t.Deals)
		return placed{cells: cells, fresh: report.Typed{Deals: fresh}, same: same}, err
	})
}

// ImportClients types clients into the tabs «Клиенты».
func (w *Worker) ImportClients(ctx context.Context, rows []imports.Client, o ImportOptions) (Imported, error) {
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	who := names(&cfg.Department)
	typed := map[department.PersonID]report.Typed{}
	var errs []error
	for _, r := range rows {
		p, err := who.find(r.Where, r.Manager)
		if err == nil {
			err = hasList(&cfg.Department, p, r.Where, kpi.Clients)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t := typed[p.ID]
		t.Clients = append(t.Clients, department.Client{Person: p.ID, Name: r.Client, HandedOver: r.HandedOver})
		typed[p.ID] = t
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		cells, fresh, same, err := report.AddClients(book, found, t.Clients)
		return placed{cells: cells, fresh: report.Typed{Clients: fresh}, same: same}, err
	})
}

// hasList checks that a person's role has a tab for the rows.
func hasList(dep *department.Department, p department.Person, at imports.Where, sources ...kpi.Source) error {
	role, _ := dep.RoleOver(p)
	for _, s := range sources {
		if role.Uses(s) {
			return nil
		}
	}
	return at.Errorf("manager", "%s is of the role %s, which keeps no such list (its KPIs come from elsewhere)", p.Name, role.Key)
}

// placed is where imported figures go.
type placed struct {
	cells []workbook.CellAt // into cells that are there
	fresh report.Typed      // into tabs and rows that are made; zero lines: rows for cells
	same  int               // figures that stand there already
	all   int               // figures that were to be placed
	errs  []error
}

func (p *placed) add(o placed) {
	p.cells = append(p.cells, o.cells...)
	p.fresh = join(p.fresh, o.fresh)
	p.same += o.same
	p.all += o.all
	p.errs = append(p.errs, o.errs...)
}

func size(t report.Typed) int { return len(t.Entries) + len(t.Deals) + len(t.Clients) }

// placing tells where the figures t of a person go in a spreadsheet that is
// there.
type placing func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error)

// placeError tells why imported figures have no place in one spreadsheet; the others
// are served.
type placeError struct{ err error }

// Error is the reason alone: it names the line of the file.
func (e *placeError) Error() string { return e.err.Error() }

// Unwrap gives the reason.
func (e *placeError) Unwrap() error { return e.err }

// importTyped writes what was imported. All spreadsheets are looked at first:
// what cannot be written stops the import before anything is.
func (w *Worker) importTyped(ctx context.Context, cfg *config, at planfact.AsOf, lines int, typed map[department.PersonID]report.Typed,
	o ImportOptions, where placing) (Imported, error) {
	got := Imported{Lines: lines}
	all, err := w.units(ctx, &cfg.Department, at, func(p department.Person) bool { _, ok := typed[p.ID]; return ok })
	if err != nil {
		return got, err
	}
	l, err := w.layouter(ctx, &cfg.Department, at)
	if err != nil {
		return got, err
	}
	var units []*unit
	for _, u := range all {
		if slices.ContainsFunc(u.people, func(p department.Person) bool { _, ok := typed[p.ID]; return ok }) {
			units = append(units, u)
		}
	}
	var mu sync.Mutex
	var todo []*unit
	var errs []error
	var out Outcome
	done := 0
	err = w.each(ctx, units, func(ctx context.Context, u *unit) error {
		p, _, err := l.look(ctx, u, typed, where)
		mu.Lock()
		defer mu.Unlock()
		done++
		w.Progress("looking", done, len(units))
		errs = append(errs, p.errs...)
		got.Same += p.same
		if n := p.all - p.same - len(p.errs); n > 0 {
			got.Written += n
			todo = append(todo, u)
		}
		return err
	}, "reading", &out)
	got.Files = len(todo)
	if err = errors.Join(append(append(errs, err), out.Failures...)...); err != nil || o.DryRun {
		return got, err
	}
	done = 0
	err = w.each(ctx, todo, func(ctx context.Context, u *unit) error {
		err := l.write(ctx, u, typed, where)
		mu.Lock()
		defer mu.Unlock()
		done++
		w.Progress("writing", done, len(todo))
		return err
	}, "writing", &out)
	return got, errors.Join(append(out.Failures, err)...)
}

// look reads one spreadsheet and says where the imported figures go in it. One
// that is still to be made takes them all.
func (l layouter) look(ctx context.Context, u *unit, typed map[department.PersonID]report.Typed, where placing) (placed, *workbook.State, error) {
	var all placed
	if u.file.ID == "" {
		for _, p := range u.people {
			all.fresh = join(all.fresh, typed[p.ID])
		}
		all.all = size(all.fresh)
		return all, workbook.Fresh(), nil
	}
	s, err := l.Google.Spreadsheet(ctx, u.file.ID, workbook.FoundFields)
	if err != nil {
		return all, nil, err
	}
	state := observed(u.file, s)
	found := workbook.FoundOf(s)
	for _, p := range u.people {
		t, ok := typed[p.ID]
		if !ok {
			continue
		}
		in, ok := l.input(l.dep, u, p, l.at, known(state, u.tag(p)), l.engine)
		if !ok {
			continue
		}
		r, err := l.Ledger.Person(ctx, p.ID)
		if err != nil {
			return all, nil, err
		}
		in.Typed = report.Typed{Deals: r.Deals, Clients: r.Clients}
		got, err := where(in, l.layout(in), found, t)
		if err != nil {
			return all, nil, &placeError{err}
		}
		got.all = size(t)
		all.add(got)
	}
	return all, state, nil
}

// write makes the tabs and lines that the figures of an import need, and types
// the figures.
func (l layouter) write(ctx context.Context, u *unit, typed map[department.PersonID]report.Typed, where placing) error {
	return l.publisher.Type(ctx, &u.file, "", func(ctx context.Context) ([]*sheets.Request, error) {
		for {
			p, state, err := l.look(ctx, u, typed, where)
			if err != nil {
				return nil, err
			}
			if len(p.errs) > 0 {
				return nil, &placeError{errors.Join(p.errs...)} // somebody types at this moment
			}
			isNew := u.file.ID == ""
			if !isNew {
				if u.file.State, err = state.Marshal(); err != nil {
					return nil, err
				}
			}
			if err := l.allow(ctx, typed, u.people); err != nil {
				return nil, err
			}
			x := &extra{months: typedMonths(p.fresh), typed: map[department.PersonID]report.Typed{}}
			for _, person := range u.people {
				x.typed[person.ID] = of(p.fresh, person.ID, len(u.people) == 1)
			}
			wrote, _, err := l.lay(ctx, u, x)
			switch {
			case err != nil:
				return nil, err
			case isNew: // the figures were laid out with it
				return nil, l.Ledger.SetDirty(ctx, u.file.ID, true)
			case !wrote:
				return workbook.SetCells(p.cells), nil
			}
			// Things may have moved: look again.
		}
	})
}

// of is the part of a person; empty lines go to the only one.
func of(t report.Typed, id department.PersonID, only bool) report.Typed {
	if only {
		return t
	}
	var out report.Typed
	for _, e := range t.Entries {
		if e.Person == id {
			out.Entries = append(out.Entries, e)
		}
	}
	for _, d := range t.Deals {
		if d.Person == id {
			out.Deals = append(out.Deals, d)
		}
	}
	for _, c := range t.Clients {
		if c.Person == id {
			out.Clients = append(out.Clients, c)
		}
	}
	return out
}
