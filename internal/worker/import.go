package worker

import (
	"context"
	"errors"
	"fmt"
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
		if _, ok := cfg.FindRole(r.Role); !ok {
			errs = append(errs, r.Errorf("role", "there is no role %q in «Роли и KPI» (there are: %s)", r.Role, strings.Join(roleKeys(&cfg.Department), ", ")))
		}
		people = append(people, control.PersonRow{
			Name: r.Name, Email: r.Email, Role: r.Role, Team: r.Team,
			Hired: r.Hired.String(), Left: r.Left.String(), Aliases: r.Aliases,
		})
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	// The rows' places must be those of this moment.
	sheet, err := w.Google.Spreadsheet(ctx, cfg.file.ID, control.Fields)
	if err != nil {
		return Imported{}, fmt.Errorf("reading the control spreadsheet: %w", err)
	}
	reqs, added, changed, err := control.AddPeople(sheet, people, w.Lang)
	if err != nil {
		return Imported{}, err
	}
	got := Imported{Lines: len(rows), Written: added + changed, Same: len(rows) - added - changed}
	if len(reqs) == 0 || o.DryRun {
		return got, nil
	}
	got.Files = 1
	file := cfg.file
	file.Dirty = true
	if err := w.Ledger.PutFile(ctx, file); err != nil {
		return got, err
	}
	if err := w.Google.Apply(ctx, file.ID, reqs); err != nil {
		return got, fmt.Errorf("writing the control spreadsheet: %w", err)
	}
	return got, nil
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
	if err := w.absorb(ctx); err != nil {
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
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found) (placed, error) {
		var p placed
		index := report.NewIndex(book, found)
		for _, e := range in.Typed.Entries {
			k, _ := in.Role.KPI(e.KPI)
			c, ok := index.Find(e.Date, e.KPI)
			value := report.CellValue(k, e.Value)
			switch {
			case !ok: // the tab or the row is made
				p.fresh.Entries = append(p.fresh.Entries, e)
			case report.SameFigure(k, c.Value, e.Value):
				p.same++
			case c.Blank() || o.Replace:
				p.cells = append(p.cells, workbook.CellAt{Sheet: c.Sheet, Row: c.Row, Col: c.Col, Cell: workbook.N(value, nil)})
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
	role, _ := dep.Role(p.Role)
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
		read := kpi.ParseCell(r.Value, k.Unit)
		if !read.OK() {
			return department.Entry{}, r.Errorf("value", "%q is no %s", r.Value, k.Unit)
		}
		v = read.Value
	}
	if problem := kpi.CheckRange(v, k); problem != nil {
		return department.Entry{}, r.Errorf("value", "%s", problem.Text("en"))
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
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found) (placed, error) {
		cells, fresh, same, err := report.AddDeals(book, found, in.Typed.Deals)
		return placed{cells: cells, rows: len(in.Typed.Deals) - same - len(fresh), fresh: report.Typed{Deals: fresh}, same: same}, err
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
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, func(in report.Input, book *workbook.Book, found []workbook.Found) (placed, error) {
		cells, fresh, same, err := report.AddClients(book, found, in.Typed.Clients)
		return placed{cells: cells, rows: len(in.Typed.Clients) - same - len(fresh), fresh: report.Typed{Clients: fresh}, same: same}, err
	})
}

// hasList checks that a person's role has a tab for the rows.
func hasList(dep *department.Department, p department.Person, at imports.Where, sources ...kpi.Source) error {
	role, _ := dep.Role(p.Role)
	for _, s := range sources {
		if role.Uses(s) {
			return nil
		}
	}
	return at.Errorf("manager", "%s is of the role %s, which keeps no such list (its KPIs come from elsewhere)", p.Name, role.Key)
}

// placed is where a person's imported figures go.
type placed struct {
	cells []workbook.CellAt // into cells that are there
	rows  int               // that those cells make up; 0: a cell each
	fresh report.Typed      // into tabs and rows that are made
	same  int
	errs  []error
}

func (p placed) written() int {
	n := p.rows
	if n == 0 {
		n = len(p.cells)
	}
	return n + len(p.fresh.Entries) + len(p.fresh.Deals) + len(p.fresh.Clients)
}

// importTyped writes what was imported, each spreadsheet by one call. All
// spreadsheets are looked at first: what cannot be written stops the import
// before anything is.
func (w *Worker) importTyped(ctx context.Context, cfg *config, at planfact.AsOf, lines int, typed map[department.PersonID]report.Typed,
	o ImportOptions, place func(report.Input, *workbook.Book, []workbook.Found) (placed, error)) (Imported, error) {
	got := Imported{Lines: lines}
	// People who left still have their history.
	units, err := w.unitsOf(ctx, &cfg.Department, at, func(p department.Person) bool { _, ok := typed[p.ID]; return ok })
	if err != nil {
		return got, err
	}
	engine, _, err := w.engine(ctx, &cfg.Department, at)
	if err != nil {
		return got, err
	}
	flags, err := w.flags(ctx)
	if err != nil {
		return got, err
	}
	l := layouter{w, &cfg.Department, engine, flags, at}
	type job struct {
		u *unit
		x extra
	}
	var mu sync.Mutex
	var jobs []job
	var errs []error
	var out Outcome
	done := 0
	err = w.each(ctx, units, func(ctx context.Context, u *unit) error {
		x, p, err := l.place(ctx, u, typed, place)
		mu.Lock()
		defer mu.Unlock()
		done++
		w.Progress("looking", done, len(units))
		errs = append(errs, p.errs...)
		got.Same += p.same
		if n := p.written(); n > 0 {
			got.Written += n
			got.Files++
			jobs = append(jobs, job{u, x})
		}
		return err
	}, "reading", &out)
	if err = errors.Join(append(append(errs, err), out.Failures...)...); err != nil || o.DryRun {
		return got, err
	}
	x := map[*unit]*extra{}
	units = units[:0]
	for i := range jobs {
		x[jobs[i].u] = &jobs[i].x
		units = append(units, jobs[i].u)
	}
	done = 0
	err = w.each(ctx, units, func(ctx context.Context, u *unit) error {
		_, _, err := l.lay(ctx, u, x[u])
		mu.Lock()
		defer mu.Unlock()
		done++
		w.Progress("writing", done, len(units))
		return err
	}, "writing", &out)
	return got, errors.Join(append(out.Failures, err)...)
}

// place looks at one spreadsheet and says where the imported figures go.
func (l layouter) place(ctx context.Context, u *unit, typed map[department.PersonID]report.Typed,
	place func(report.Input, *workbook.Book, []workbook.Found) (placed, error)) (extra, placed, error) {
	var all placed
	x := extra{typed: map[department.PersonID]report.Typed{}}
	var found []workbook.Found
	state := workbook.Fresh()
	if u.file.ID != "" {
		s, err := l.Google.Spreadsheet(ctx, u.file.ID, foundFields)
		if err != nil {
			return x, all, err
		}
		if state, err = observed(u.file.State, s); err != nil {
			return x, all, err
		}
		found = workbook.FoundOf(s)
		if u.file.State, err = state.Marshal(); err != nil {
			return x, all, err
		}
	}
	for _, p := range u.people {
		t, ok := typed[p.ID]
		if !ok {
			continue
		}
		in, ok := l.input(l.dep, u, p, l.at, known(state, u.tag(p)), l.engine)
		if !ok {
			continue
		}
		in.Typed = t
		got, err := place(in, report.Layout(in), found)
		if err != nil {
			return x, all, err
		}
		all.cells = append(all.cells, got.cells...)
		all.rows += got.rows
		all.same += got.same
		all.errs = append(all.errs, got.errs...)
		all.fresh.Entries = append(all.fresh.Entries, got.fresh.Entries...)
		all.fresh.Deals = append(all.fresh.Deals, got.fresh.Deals...)
		all.fresh.Clients = append(all.fresh.Clients, got.fresh.Clients...)
		x.typed[p.ID] = got.fresh
		x.months = append(x.months, typedMonths(map[department.PersonID]report.Typed{p.ID: got.fresh})...)
	}
	if len(all.cells) > 0 {
		x.cells = func(*workbook.State) ([]*sheets.Request, error) { return workbook.SetCells(all.cells), nil }
	}
	return x, all, nil
}
