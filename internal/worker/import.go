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
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/publish"
	"svodka/internal/report"
	"svodka/internal/roster"
	"svodka/internal/tabular"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// ImportOptions say how to import.
type ImportOptions struct {
	DryRun      bool // check, and write nothing
	Replace     bool // write over other figures that stand in the cells
	SkipUnknown bool // leave out rows of people who are not in «Сотрудники», and say so
	// ReplacePeriod clears deals of the days of an export that it has no more.
	ReplacePeriod bool
	// Tell is given the notes of the import, once, before anything is written, so that a
	// warning does not come too late; nil: they come with Imported alone.
	Tell func(notes []string)
}

func (o ImportOptions) tell(notes []string) {
	if o.Tell != nil {
		o.Tell(notes)
	}
}

// Imported is what an import did.
type Imported struct {
	Lines   int
	Written int      // figures or rows that were not there
	Same    int      // that stood there already
	Files   int      // spreadsheets written
	Notes   []string // what must be told besides, in the language of the department
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
			errs = append(errs, r.Errorf("role", w.Lang.T("роли «%s» нет в «Роли и KPI» (есть: %s)", "there is no role “%s” in «Роли и KPI» (there are: %s)"), r.Role, strings.Join(roleNames(&cfg.Department, w.Lang), ", ")))
		}
		schedule := r.Schedule
		s, guessed, err := calendar.ParseSchedule(schedule, w.clock().Today(cfg.Department.Settings.Zone))
		if wrong, ok := errors.AsType[*calendar.ScheduleError](err); ok {
			errs = append(errs, r.Errorf("schedule", "%s", wrong.Text(w.Lang)))
		}
		if guessed { // with the year
			schedule = s.Text(w.Lang)
		}
		people = append(people, control.PersonRow{
			Schedule: schedule,
			Name:     r.Name, Email: r.Email, Role: r.Role, Team: r.Team,
			Hired: r.Hired.String(), Left: r.Left.String(), Aliases: r.Aliases, Cost: r.Cost, Notify: r.Notify,
		})
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	got := Imported{Lines: len(rows)}
	rowsHere := func(ctx context.Context) ([]*sheets.Request, error) {
		// The rows' places must be those of this moment.
		sheet, err := w.Google.Spreadsheet(ctx, cfg.File.ID, control.Fields)
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
	return got, w.publisher.Type(ctx, &cfg.File, "the control spreadsheet", rowsHere)
}

// ImportCalendar types days of a production calendar into «Календарь»: those that
// differ from what is known of the department's country. Days that the company has
// declared otherwise are left alone, and told. A calendar of another country is
// refused.
func (w *Worker) ImportCalendar(ctx context.Context, years []calendar.Published, o ImportOptions) (Imported, error) {
	cfg, _, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	var got Imported
	var days []calendar.PublishedDay
	country := cfg.Department.Settings.Country
	for _, y := range years {
		if y.Country != "" && country != calendar.NoCountry && y.Country != string(country) {
			return Imported{}, fmt.Errorf(w.Lang.T("календарь страны %s, а «Производственный календарь» в «Параметрах» — %s: выберите её там или возьмите другой файл",
				"the calendar is of %s, but the production calendar in the settings is of %s: choose it there or take another file"), y.Country, country)
		}
		got.Lines += len(y.Days)
		days = append(days, y.Differs(country)...)
	}
	typed := false
	rows := func(ctx context.Context) ([]*sheets.Request, error) {
		sheet, err := w.Google.Spreadsheet(ctx, cfg.File.ID, control.Fields)
		if err != nil {
			return nil, fmt.Errorf("reading the control spreadsheet: %w", err)
		}
		reqs, n, err := control.AddDays(sheet, days, w.Lang)
		if err != nil || typed { // a try whose answer was lost has typed them
			return reqs, err
		}
		typed = true
		got.Written = n.Added + n.Changed
		got.Same = max(0, got.Lines-got.Written-len(n.Own))
		if got.Written > 0 {
			got.Files = 1
		}
		for _, d := range n.Own {
			got.Notes = append(got.Notes, fmt.Sprintf(w.Lang.T("%s оставлен как есть: на вкладке «Календарь» это день компании", "%s is left as it is: the tab “Calendar” has it as a day of the company"), d))
		}
		o.tell(got.Notes)
		return reqs, nil
	}
	if o.DryRun {
		_, err := rows(ctx)
		return got, err
	}
	return got, w.publisher.Type(ctx, &cfg.File, "the control spreadsheet", rows)
}

// hasRole tells whether there is a role with that key or title.
func hasRole(dep *department.Department, name string) bool {
	return slices.ContainsFunc(dep.Roles, func(r department.Role) bool { return fold(r.Key) == fold(name) || fold(r.Title) == fold(name) })
}

// roleNames are how a file may call the roles.
func roleNames(dep *department.Department, lang words.Lang) []string {
	var names []string
	for _, r := range dep.Roles {
		name := r.Key
		if r.Title != "" && fold(r.Title) != fold(r.Key) {
			name = lang.T("«"+r.Title+"»", "“"+r.Title+"”") + " (" + r.Key + ")"
		}
		names = append(names, name)
	}
	return names
}

// ready brings the configuration up to date for an import.
func (w *Worker) ready(ctx context.Context) (*configuration.Config, planfact.AsOf, error) {
	if err := w.tracker().Pull(ctx); err != nil {
		return nil, planfact.AsOf{}, err
	}
	cfg, err := w.readConfig(ctx)
	if err != nil {
		return nil, planfact.AsOf{}, err
	}
	return cfg, w.at(&cfg.Department, 0), nil
}

// matcher finds the people of a file's rows, and keeps what must be told of the
// names that were not plain.
type matcher struct {
	roster *roster.Roster
	lang   words.Lang
	skip   bool
	spelt  tally // other spellings of a name, by what was written and whose name it is
	left   tally // names that are nobody's, with skip
}

// tally counts texts, in the order of their first.
type tally struct {
	texts []string
	count map[string]int
}

func (t *tally) add(text string) {
	if t.count == nil {
		t.count = map[string]int{}
	}
	if t.count[text] == 0 {
		t.texts = append(t.texts, text)
	}
	t.count[text]++
}

// lines are the texts with their counts.
func (t *tally) lines(lang words.Lang) []string {
	var out []string
	for _, s := range t.texts {
		out = append(out, fmt.Sprintf(lang.T("%s (строк: %d)", "%s (lines: %d)"), s, t.count[s]))
	}
	return out
}

func (t *tally) sum() int {
	n := 0
	for _, c := range t.count {
		n += c
	}
	return n
}

func (w *Worker) matcher(dep *department.Department, o ImportOptions) *matcher {
	return &matcher{roster: roster.New(dep.People), lang: w.Lang, skip: o.SkipUnknown}
}

// errLeftOut marks a row that is left out, as was asked for.
var errLeftOut = errors.New("left out")

// find finds the person of a row.
func (m *matcher) find(at imports.Where, who string) (department.Person, error) {
	f := m.roster.Find(who)
	near := f.People
	if f.How == roster.Nobody && !m.skip {
		near = m.roster.Near(who)
	}
	var offer []string
	for _, p := range near {
		if offer = append(offer, p.Name); p.Email != "" && f.How == roster.Several {
			offer[len(offer)-1] += " <" + p.Email + ">"
		}
	}
	names := strings.Join(offer, ", ")
	switch {
	case f.OK():
		if f.How == roster.Spelt {
			m.spelt.add(fmt.Sprintf(m.lang.T("«%s» — это %s", "“%s” is %s"), who, names))
		}
		return f.Person(), nil
	case f.How == roster.Several:
		return department.Person{}, at.Errorf("manager", m.lang.T("«%s» может быть несколькими: %s (напишите e-mail)", "“%s” may be several people: %s (write the e-mail)"), who, names)
	case m.skip:
		m.left.add(who)
		return department.Person{}, errLeftOut
	case names != "":
		return department.Person{}, at.Errorf("manager", m.lang.T("нет «%s»; похожи: %s (исправьте имя, добавьте человека в «Сотрудники» или пропустите таких: --skip-unknown)",
			"there is no “%s”; near: %s (correct the name, add the person to «Сотрудники», or leave such rows out: --skip-unknown)"), who, names)
	}
	return department.Person{}, at.Errorf("manager", m.lang.T("нет «%s» в «Сотрудники» (добавьте человека, загрузите сначала сотрудников или пропустите таких: --skip-unknown)",
		"there is no “%s” in «Сотрудники» (add the person, import people first, or leave such rows out: --skip-unknown)"), who)
}

// notes are what must be told of the names.
func (m *matcher) notes() []string {
	out := m.spelt.lines(m.lang)
	if n := m.left.sum(); n > 0 {
		var who []string
		for _, s := range m.left.texts {
			who = append(who, fmt.Sprintf("%s (%d)", s, m.left.count[s]))
		}
		slices.Sort(who)
		more := ""
		if len(who) > 20 {
			more = fmt.Sprintf(m.lang.T(" и ещё %d", " and %d more"), len(who)-20)
			who = who[:20]
		}
		out = append(out, fmt.Sprintf(m.lang.T("пропущено строк: %d, этих людей нет в «Сотрудники»: %s%s", "lines left out: %d, these people are not in «Сотрудники»: %s%s"), n, strings.Join(who, ", "), more))
	}
	return out
}

// fold makes spellings of one name equal.
func fold(s string) string { return tabular.Fold(s) }

// gather collects errors that are to be told; those of rows left out are not.
func gather(errs []error, err error) []error {
	if errors.Is(err, errLeftOut) {
		return errs
	}
	return append(errs, err)
}

// ImportEntries types daily figures into the managers' spreadsheets.
func (w *Worker) ImportEntries(ctx context.Context, rows []imports.Entry, o ImportOptions) (Imported, error) {
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	dep := &cfg.Department
	who := w.matcher(dep, o)
	rows, unused, err := w.columnsOf(dep, rows)
	if err != nil {
		return Imported{}, err
	}
	type key struct {
		person department.PersonID
		kpi    string
		day    calendar.Date
	}
	seen := map[key]int{}
	typed := map[department.PersonID]report.Typed{}
	lines := map[key]imports.Entry{}
	var errs []error
	for _, r := range rows {
		e, err := w.entry(dep, who, r)
		if err != nil {
			errs = gather(errs, err)
			continue
		}
		k := key{e.Person, e.KPI, e.Date}
		if first, ok := seen[k]; ok {
			errs = append(errs, r.Errorf("", w.Lang.T("те же дата, человек и показатель стоят в строке %d (оставьте одну)", "the same date, manager and kpi stand in line %d (leave one)"), first))
			continue
		}
		seen[k], lines[k] = r.Line, r
		t := typed[e.Person]
		t.Entries = append(t.Entries, e)
		typed[e.Person] = t
	}
	if len(errs) > 0 {
		return Imported{}, tabular.Join(errs)
	}
	notes := func() []string { return append(unused, who.notes()...) }
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, notes, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
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
				p.errs = append(p.errs, at.Errorf(valueField(at), w.Lang.T("в ячейке уже стоит %v (очистите её или загрузите с --replace)", "the cell holds %v already (clear it, or import with --replace)"), c.Value))
			}
		}
		return p, nil
	})
}

// valueField is the column in which the figure of an entry stands.
func valueField(r imports.Entry) string {
	if r.Wide {
		return r.KPI
	}
	return "value"
}

// columnsOf leaves the rows of a wide table whose headings are KPIs that people
// type, and names the other columns once.
func (w *Worker) columnsOf(dep *department.Department, rows []imports.Entry) (kept []imports.Entry, notes []string, err error) {
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
		return nil, nil, rows[0].Errorf("", w.Lang.T("среди столбцов нет показателей: %s (заголовок — ключ или название показателя из «Роли и KPI»)", "no column is a KPI: %s (its heading must be the key or the title of a KPI)"), strings.Join(strange, ", "))
	}
	if len(strange) > 0 {
		notes = append(notes, fmt.Sprintf(w.Lang.T("столбцы не использованы, это не показатели: %s", "columns that were not used, as they are no KPIs: %s"), strings.Join(strange, ", ")))
	}
	if len(computed) > 0 {
		notes = append(notes, fmt.Sprintf(w.Lang.T("столбцы не использованы, это считается само: %s", "columns that were not used, as they are computed: %s"), strings.Join(computed, ", ")))
	}
	return kept, notes, nil
}

// kpiOf finds a KPI of a role by its key or its title, with or without a unit
// after it.
func kpiOf(role department.Role, name string) (kpi.KPI, bool) {
	if k, ok := role.KPI(name); ok {
		return k, true
	}
	for _, n := range []string{name, tabular.Base(name)} {
		for _, k := range role.KPIs {
			if fold(k.Key) == fold(n) || fold(k.Title) == fold(n) {
				return k, true
			}
		}
	}
	return kpi.KPI{}, false
}

// entry understands one line.
func (w *Worker) entry(dep *department.Department, who *matcher, r imports.Entry) (department.Entry, error) {
	p, err := who.find(r.Where, r.Manager)
	if err != nil {
		return department.Entry{}, err
	}
	role, _ := dep.Role(p.RoleOn(r.Date))
	k, ok := kpiOf(role, r.KPI)
	field := "kpi"
	if r.Wide {
		field = r.KPI
	}
	switch {
	case !ok:
		var names []string
		for _, k := range role.KPIs {
			if k.Typed() {
				names = append(names, w.Lang.T("«"+k.Title+"»", "“"+k.Title+"”")+" ("+k.Key+")")
			}
		}
		return department.Entry{}, r.Errorf(field, w.Lang.T("у роли %s нет показателя «%s» (вводятся: %s)", "the role %s has no “%s” (typed ones: %s)"), role.Key, r.KPI, strings.Join(names, ", "))
	case !k.Typed():
		return department.Entry{}, r.Errorf(field, w.Lang.T("«%s» считается, а не вводится (загрузите то, из чего он считается)", "“%s” is computed, not typed (import what it is computed from)"), r.KPI)
	case !p.Employed(r.Date):
		return department.Entry{}, r.Errorf("date", w.Lang.T("%s: %s здесь не работал(а) (проверьте «Принят» и «Уволен» в «Сотрудники»)", "%s: %s was not employed then (see Hired and Left in «Сотрудники»)"), r.Date, p.Name)
	}
	if r.Doubt != nil {
		return department.Entry{}, r.Doubt
	}
	v, err := imports.Figure(k, r.Value, dep.Settings.Refunds(k), w.Lang)
	if err != nil {
		return department.Entry{}, r.Errorf(valueField(r), "%s", err)
	}
	if wrong := kpi.CheckRange(k, v); !wrong.IsZero() {
		return department.Entry{}, r.Errorf(valueField(r), "%s", tabular.Quote(r.Value, wrong.Text(w.Lang)))
	}
	return department.Entry{Person: p.ID, KPI: k.Key, Date: r.Date, Value: v}, nil
}

// ImportDeals types deals into the tabs «Сделки».
func (w *Worker) ImportDeals(ctx context.Context, rows []imports.Deal, o ImportOptions) (Imported, error) {
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return Imported{}, err
	}
	who := w.matcher(&cfg.Department, o)
	typed := map[department.PersonID]report.Typed{}
	var errs []error
	var deals []department.Deal
	var from []imports.Deal
	ids := false
	for _, r := range rows {
		ids = ids || r.ID != ""
		if r.Left != "" {
			deals, from = append(deals, department.Deal{ID: r.ID}), append(from, r)
			continue
		}
		p, err := who.find(r.Where, r.Manager)
		if errors.Is(err, errLeftOut) {
			r.Left = w.Lang.T("сотрудник не найден", "nobody by that name")
			deals, from = append(deals, department.Deal{ID: r.ID}), append(from, r)
			continue
		}
		if err == nil {
			err = w.hasList(&cfg.Department, p, r.Where, kpi.Deals, kpi.Clients)
		}
		if err == nil && r.Amount < 0 && cfg.Department.Settings.NoRefunds {
			err = r.Errorf("amount", w.Lang.T("%s — меньше нуля, а в «Параметры» возвратов нет (включите «Возвраты с минусом» или уберите строку)", "%s is below zero, and «Параметры» say that there are no refunds (switch refunds on, or leave the row out)"), kpi.FormatNum(kpi.Some(r.Amount), kpi.Money, w.Lang))
		}
		if err != nil {
			errs = gather(errs, err)
			continue
		}
		if !r.At.IsZero() {
			r.Date = calendar.FromTime(r.At.In(cfg.Department.Settings.Zone))
		}
		d := department.Deal{Person: p.ID, Date: r.Date, Client: strings.TrimSpace(r.Client), Amount: r.Amount, ID: r.ID}
		deals, from = append(deals, d), append(from, r)
		t := typed[p.ID]
		t.Deals = append(t.Deals, d)
		typed[p.ID] = t
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	if ids {
		e, err := w.exportOf(deals, from)
		if err != nil {
			return Imported{}, err
		}
		return w.importExport(ctx, cfg, at, e, len(rows), o, who.notes())
	}
	if o.ReplacePeriod {
		return Imported{}, rows[0].Errorf("id", "%s", w.Lang.T("--replace-period нужен столбец с номером сделки (ID)", "--replace-period needs a column with the id of the deal (ID)"))
	}
	var near []string
	var mu sync.Mutex
	span := crm.Export{Deals: deals}.Span()
	notes := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append(who.notes(), w.nearNotes(near)...)
	}
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, notes, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		rows, err := report.DealRows(in, book, found)
		if err != nil {
			return placed{}, err
		}
		mu.Lock()
		near = append(near, w.tellNear(in.Person.Name, crm.Near(rows, t.Deals, span))...)
		mu.Unlock()
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
	who := w.matcher(&cfg.Department, o)
	typed := map[department.PersonID]report.Typed{}
	var errs []error
	for _, r := range rows {
		p, err := who.find(r.Where, r.Manager)
		if err == nil {
			err = w.hasList(&cfg.Department, p, r.Where, kpi.Clients)
		}
		if err != nil {
			errs = gather(errs, err)
			continue
		}
		t := typed[p.ID]
		t.Clients = append(t.Clients, department.Client{Person: p.ID, Name: r.Client, HandedOver: r.HandedOver})
		typed[p.ID] = t
	}
	if len(errs) > 0 {
		return Imported{}, errors.Join(errs...)
	}
	return w.importTyped(ctx, cfg, at, len(rows), typed, o, who.notes, func(in report.Input, book *workbook.Book, found []workbook.Found, t report.Typed) (placed, error) {
		cells, fresh, same, err := report.AddClients(book, found, t.Clients)
		return placed{cells: cells, fresh: report.Typed{Clients: fresh}, same: same}, err
	})
}

// hasList checks that a person's role has a tab for the rows.
func (w *Worker) hasList(dep *department.Department, p department.Person, at imports.Where, sources ...kpi.Source) error {
	role, _ := dep.RoleOver(p)
	for _, s := range sources {
		if role.Uses(s) {
			return nil
		}
	}
	return at.Errorf("manager", w.Lang.T("%s: у роли %s такого списка нет (её показатели берутся не из него)", "%s is of the role %s, which keeps no such list (its KPIs come from elsewhere)"), p.Name, role.Key)
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
// what cannot be written stops the import before anything is, and the notes, known
// by then, are told before it; nil: there are none.
func (w *Worker) importTyped(ctx context.Context, cfg *configuration.Config, at planfact.AsOf, lines int, typed map[department.PersonID]report.Typed,
	o ImportOptions, notes func() []string, where placing) (Imported, error) {
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
	done := 0
	failures, err := w.crew().each(ctx, units, "reading", func(ctx context.Context, u *unit) error {
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
		} else if len(p.cells) > 0 { // marks of rows that stand there already
			todo = append(todo, u)
		}
		return err
	})
	got.Files = len(todo)
	if err = tabular.Join(append(append(errs, err), failures...)); err != nil {
		return got, err
	}
	if notes != nil {
		got.Notes = notes()
		o.tell(got.Notes)
	}
	if o.DryRun {
		return got, nil
	}
	done = 0
	failures, err = w.crew().each(ctx, todo, "writing", func(ctx context.Context, u *unit) error {
		err := l.typeIn(ctx, u, typed, where)
		mu.Lock()
		defer mu.Unlock()
		done++
		w.Progress("writing", done, len(todo))
		return err
	})
	return got, errors.Join(append(failures, err)...)
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
	s, err := l.google.Spreadsheet(ctx, u.file.ID, workbook.FoundFields)
	if err != nil {
		return all, nil, err
	}
	state := publish.Observed(u.file, s)
	found := workbook.FoundOf(s)
	for _, p := range u.people {
		t, ok := typed[p.ID]
		if !ok {
			continue
		}
		in, ok := l.input(u, p, monthTabs(state, u.tag(p)), l.engine)
		if !ok {
			continue
		}
		r, err := l.ledger.Person(ctx, p.ID)
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
func (l layouter) typeIn(ctx context.Context, u *unit, typed map[department.PersonID]report.Typed, where placing) error {
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
				layout, err := state.Marshal()
				if err != nil {
					return nil, err
				}
				u.file.Locate(layout)
			}
			if err := allow(ctx, l.closing, typed, u.people); err != nil {
				return nil, err
			}
			x := &extra{months: typedMonths(p.fresh), typed: map[department.PersonID]report.Typed{}}
			for _, person := range u.people {
				x.typed[person.ID] = of(p.fresh, person.ID, len(u.people) == 1)
			}
			wrote, _, err := l.update(ctx, u, x)
			switch {
			case err != nil:
				return nil, err
			case isNew: // the figures were laid out with it
				return nil, l.ledger.ChangeFile(ctx, u.file.ID, (*files.File).Reread)
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
