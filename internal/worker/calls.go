package worker

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/summary"
	"svodka/internal/words"
)

// valCalls names what the figures of call logs were counted by.
const valCalls = "calls.counted"

// valCallSecret names the secret of the ids of calls that came without one.
const valCallSecret = "calls.secret"

// always is every day that a call log may cover.
var always = calendar.Span{From: calendar.Of(2000, time.January, 1), To: calendar.Of(2099, time.December, 31)}

// CallsImported is what an import of calls did.
type CallsImported struct {
	Lines  int // in the file
	Merged int // of them lines of calls that other lines tell
	ledger.CallsStored
	Span   calendar.Span // of the days that the log covers; empty: none
	NoTalk int           // calls of which the length of the talk is not known
	People int           // whose calls they are
	// Strangers are calls of nobody in «Сотрудники», or of several there.
	Strangers int
	Notes     []string // what must be told besides, in the language of the department
}

// ImportCalls stores a call log. A call that is known already is brought up to
// date, so the same file a second time changes nothing. The next cycle counts the
// days and writes the figures into people's spreadsheets.
//
// zone overrides the zones of «Параметры» for times that were written without
// one; nil: those hold.
func (w *Worker) ImportCalls(ctx context.Context, log calls.Log, zone *time.Location, o ImportOptions) (CallsImported, error) {
	cfg, _, err := w.ready(ctx)
	if err != nil {
		return CallsImported{}, err
	}
	dep := &cfg.Department
	if log.Nameless() {
		secret, err := w.Ledger.Secret(ctx, valCallSecret)
		if err != nil {
			return CallsImported{}, err
		}
		log = log.Identify(secret)
	}
	list := log.In(func(s calls.Source) *time.Location {
		if zone != nil {
			return zone
		}
		return callZone(dep, s)
	})
	got, err := w.storeCalls(ctx, dep, list, spans(dep, list), nil, o.DryRun)
	got.Lines, got.Merged = log.Lines, log.Lines-len(log.Calls)
	got.Notes = w.operatorNotes(dep, list)
	return got, err
}

// operatorNotes tell of the operators whose names were read as another spelling
// of a person's, and who may be meant by those that are nobody's.
func (w *Worker) operatorNotes(dep *department.Department, list []calls.Call) []string {
	directory := calls.NewDirectory(dep.People)
	type key struct {
		calls.Source
		calls.Operator
	}
	known := map[key]string{}
	var said tally
	for _, c := range list {
		k := key{c.Source, c.Operator}
		text, ok := known[k]
		if !ok {
			text = w.operatorNote(directory, c.Source, c.Operator)
			known[k] = text
		}
		if text != "" {
			said.add(text)
		}
	}
	return said.lines(w.Lang)
}

// operatorNote is what must be told of an operator; empty: nothing.
func (w *Worker) operatorNote(directory *calls.Directory, source calls.Source, op calls.Operator) string {
	found := directory.Candidates(source, op)
	switch {
	case directory.Spelling(source, op):
		return fmt.Sprintf(w.Lang.T("«%s» — это %s", "“%s” is %s"), op, nameList(found, w.Lang.T(" или ", " or ")))
	case len(found) > 0:
		return ""
	}
	if near := directory.Near(op); len(near) > 0 {
		return fmt.Sprintf(w.Lang.T("нет «%s»; похожи: %s (впишите имя в «Имена в телефонии»)", "there is no “%s”; near: %s (type the name into «Имена в телефонии»)"), op, nameList(near, ", "))
	}
	return ""
}

func nameList(people []department.Person, sep string) string {
	var names []string
	for _, p := range people {
		names = append(names, p.Name)
	}
	return strings.Join(names, sep)
}

// callZone is the zone in which a telephony writes times without one.
func callZone(dep *department.Department, s calls.Source) *time.Location {
	if z, ok := dep.Settings.CallZones[string(s)]; ok {
		return z
	}
	return dep.Settings.Zone
}

// dayIn gives days where the department is.
func dayIn(dep *department.Department) func(time.Time) calendar.Date {
	return func(t time.Time) calendar.Date { return calendar.FromTime(t.In(dep.Settings.Zone)) }
}

// spans are the days that calls cover, by source: from the first one's to the
// last one's, the days between included.
func spans(dep *department.Department, list []calls.Call) map[calls.Source]calendar.Span {
	day, out := dayIn(dep), map[calls.Source]calendar.Span{}
	for _, c := range list {
		d := day(c.Started)
		s, ok := out[c.Source]
		if !ok {
			s = calendar.Span{From: d, To: d}
		}
		out[c.Source] = calendar.Span{From: min(s.From, d), To: max(s.To, d)}
	}
	return out
}

// storeCalls stores calls with values, and has the next cycle count them.
func (w *Worker) storeCalls(ctx context.Context, dep *department.Department, list []calls.Call, days map[calls.Source]calendar.Span, values map[string][]byte, dry bool) (CallsImported, error) {
	var got CallsImported
	directory, day := calls.NewDirectory(dep.People), dayIn(dep)
	people := map[department.PersonID]bool{}
	for _, c := range list {
		if p, ok := calls.On(directory.Candidates(c.Source, c.Operator), day(c.Started)); ok {
			people[p.ID] = true
		} else if c.Direction != calls.Internal && (c.Operator != calls.Operator{} || c.Answer != calls.Missed) {
			got.Strangers++
		}
		if !c.Talk.OK {
			got.NoTalk++
		}
	}
	got.People = len(people)
	got.Span = calendar.Span{From: 1, To: 0}
	for _, s := range days {
		if got.Span.Days() == 0 {
			got.Span = s
		}
		got.Span = calendar.Span{From: min(got.Span.From, s.From), To: max(got.Span.To, s.To)}
	}
	log := ledger.CallLog{Calls: list, Days: days, Day: day, Values: values}
	var err error
	got.CallsStored, err = w.Ledger.StoreCalls(ctx, log, dry)
	if err != nil || dry {
		return got, err
	}
	// A day that is covered anew is news too: without calls it is 0.
	stale := false
	err = w.Ledger.CallDays(ctx, always, func(_ calls.Source, _ calendar.Date, s bool) { stale = stale || s })
	if err == nil && stale {
		err = w.touch(ctx)
	}
	return got, err
}

// recall takes over figures of call logs that stand in a spreadsheet, of days of
// which the ledger has no log: after its loss, the spreadsheets are what is left.
// Figures of days with a log are counted from it.
func (w *Worker) recall(ctx context.Context, r *ledger.Reading, logged []department.Entry) error {
	if len(logged) == 0 {
		return nil
	}
	covered := map[calendar.Date]bool{}
	span := calendar.Span{From: logged[0].Date, To: logged[0].Date}
	for _, e := range logged {
		span = calendar.Span{From: min(span.From, e.Date), To: max(span.To, e.Date)}
	}
	if err := w.Ledger.CallDays(ctx, span, func(_ calls.Source, d calendar.Date, _ bool) { covered[d] = true }); err != nil {
		return err
	}
	for _, e := range logged {
		if !covered[e.Date] {
			r.Entries = append(r.Entries, e)
			r.Scopes = append(r.Scopes, ledger.Scope{Span: calendar.Span{From: e.Date, To: e.Date}, KPIs: []string{e.KPI}})
		}
	}
	return nil
}

// months of people whose tabs do not show yet what was counted.
type callMonths map[department.PersonID][]calendar.Period

// of tells whether anybody in the unit has such a month.
func (m callMonths) of(u *unit) bool {
	return slices.ContainsFunc(u.people, func(p department.Person) bool { return len(m[p.ID]) > 0 })
}

func (w *Worker) callMonths(ctx context.Context) (callMonths, error) {
	list, err := w.Ledger.CallMonths(ctx)
	out := callMonths{}
	for _, m := range list {
		out[m.Person] = append(out[m.Person], calendar.MonthOf(m.Month))
	}
	return out, err
}

// shown records that the unit's tabs show what was counted.
func (w *Worker) shown(ctx context.Context, u *unit, pending callMonths) error {
	for _, p := range u.people {
		for _, m := range pending[p.ID] {
			if err := w.Ledger.CallMonthShown(ctx, ledger.CallMonth{Person: p.ID, Month: m.From}); err != nil {
				return err
			}
		}
	}
	return nil
}

// countCalls brings the figures of call logs up to date, of the days whose calls
// or whose rules changed: they become figures like those that are typed.
func (w *Worker) countCalls(ctx context.Context, dep *department.Department, at planfact.AsOf) error {
	rules, err := callRules(dep)
	if err != nil {
		return err
	}
	known, err := w.Ledger.Get(ctx, valCalls)
	if err != nil {
		return err
	}
	if known != nil && !bytes.Equal(known, rules) {
		if err := w.Ledger.RecountCalls(ctx); err != nil {
			return err
		}
	}
	var days []calendar.Date
	covers := map[calendar.Date][]calls.Source{}
	err = w.Ledger.CallDays(ctx, always, func(s calls.Source, d calendar.Date, stale bool) {
		covers[d] = append(covers[d], s)
		if stale && !slices.Contains(days[max(0, len(days)-1):], d) {
			days = append(days, d)
		}
	})
	if err != nil || len(days) == 0 {
		return err
	}
	desk, err := w.callDesk(ctx, dep)
	if err != nil {
		return err
	}
	before, err := w.Ledger.CallPeople(ctx)
	if err != nil {
		return err
	}
	done := ledger.Counted{Days: days, People: map[calls.Source][]department.PersonID{}, Values: map[string][]byte{valCalls: rules}}
	counted := map[calls.Source]map[department.PersonID]bool{}
	for s, people := range before { // also of sources that no day of now is of
		counted[s] = map[department.PersonID]bool{}
		for _, id := range people {
			counted[s][id] = true
		}
	}
	// Frozen periods do not follow another way of measuring. Whose calls they are,
	// and what calls there are, ops may correct at any time.
	corrects := known == nil || bytes.HasPrefix(rules, known[:min(len(known), sha256.Size)])
	figures := map[department.PersonID]map[dayKPI]kpi.Num{}
	for _, d := range days {
		who, err := desk.day(ctx, d)
		if err != nil {
			return err
		}
		concerned := map[department.PersonID]bool{}
		for _, s := range covers[d] {
			for _, id := range before[s] {
				concerned[id] = true
			}
			for id := range desk.known(s, d) {
				concerned[id] = true
				if counted[s] == nil {
					counted[s] = map[department.PersonID]bool{}
				}
				counted[s][id] = true
			}
		}
		for id := range concerned {
			p, ok := desk.people[id]
			if !ok {
				continue
			}
			if figures[id] == nil {
				figures[id] = map[dayKPI]kpi.Num{}
			}
			t := who[id]
			if t.Costed > 0 {
				done.Costs = append(done.Costs, ledger.CallCost{Person: id, Date: d, Cost: t.Cost})
			}
			role, _ := dep.Role(p.RoleOn(d))
			for _, k := range role.KPIs {
				if k.Source == kpi.Calls {
					figures[id][dayKPI{d, k.Key}] = desk.figure(p, k, d, t, covers[d])
				}
			}
		}
	}
	for s, people := range counted {
		done.People[s] = slices.Sorted(maps.Keys(people))
	}
	changed := false
	for _, id := range slices.Sorted(maps.Keys(figures)) {
		ch, err := w.storeFigures(ctx, id, figures[id], at, corrects)
		if err != nil {
			return err
		}
		changed = changed || ch
	}
	if err := w.Ledger.CountedCalls(ctx, done); err != nil || !changed {
		return err
	}
	return w.touch(ctx)
}

type dayKPI struct {
	day calendar.Date
	kpi string
}

// storeFigures makes counted figures the truth about a person; with corrects, also
// of locked days. The months that are to show them are marked before, so that a run
// that is cut short is made up for.
func (w *Worker) storeFigures(ctx context.Context, id department.PersonID, figures map[dayKPI]kpi.Num, at planfact.AsOf, corrects bool) (bool, error) {
	is, err := w.Ledger.Person(ctx, id)
	if err != nil {
		return false, err
	}
	stored := map[dayKPI]kpi.Num{}
	for _, e := range is.Entries {
		stored[dayKPI{e.Date, e.KPI}] = kpi.Some(e.Value)
	}
	r := ledger.Reading{Person: id, Log: true, Corrects: corrects, Growing: at.Today}
	var months []ledger.CallMonth
	for f, n := range figures {
		if stored[f] == n {
			continue
		}
		r.Scopes = append(r.Scopes, ledger.Scope{Span: calendar.Span{From: f.day, To: f.day}, KPIs: []string{f.kpi}})
		if n.OK {
			r.Entries = append(r.Entries, department.Entry{Person: id, KPI: f.kpi, Date: f.day, Value: n.V})
		}
		m := ledger.CallMonth{Person: id, Month: calendar.MonthOf(f.day).From}
		if !slices.Contains(months, m) {
			months = append(months, m)
		}
	}
	if len(months) == 0 {
		return false, nil
	}
	if err := w.Ledger.MarkCallMonths(ctx, months); err != nil {
		return false, err
	}
	return w.Ledger.Store(ctx, r)
}

// callDesk knows whose calls are whose.
type callDesk struct {
	w          *Worker
	dep        *department.Department
	cal        calendar.Calendar
	operators  []ledger.CallOperator
	candidates map[int64][]department.Person // by number of the operator
	people     map[department.PersonID]department.Person
	absences   map[department.PersonID][]department.Absence
	formulas   map[string]kpi.Expr // by text
	today      calendar.Date       // the day that knownOn is of
	knownOn    map[calls.Source]map[department.PersonID]bool
}

func (w *Worker) callDesk(ctx context.Context, dep *department.Department) (*callDesk, error) {
	d := &callDesk{
		w: w, dep: dep, cal: dep.Calendar(), candidates: map[int64][]department.Person{}, formulas: map[string]kpi.Expr{},
		people: make(map[department.PersonID]department.Person, len(dep.People)), absences: map[department.PersonID][]department.Absence{},
	}
	for _, p := range dep.People {
		d.people[p.ID] = p
	}
	for _, a := range dep.Absences {
		d.absences[a.Person] = append(d.absences[a.Person], a)
	}
	var err error
	if d.operators, err = w.Ledger.CallOperators(ctx); err != nil {
		return nil, err
	}
	directory := calls.NewDirectory(dep.People)
	for _, o := range d.operators {
		d.candidates[o.Num] = directory.Candidates(o.Source, o.Operator)
	}
	return d, nil
}

// moment is the beginning of a day where the department is.
func (c *callDesk) moment(d calendar.Date) time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, c.dep.Settings.Zone)
}

// day totals everybody's calls of a day.
func (c *callDesk) day(ctx context.Context, d calendar.Date) (map[department.PersonID]calls.Totals, error) {
	all, err := c.w.Ledger.CallTotals(ctx, c.moment(d), c.moment(d.Add(1)), c.dep.Settings.TalkThreshold)
	if err != nil {
		return nil, err
	}
	out := map[department.PersonID]calls.Totals{}
	for _, o := range c.operators { // in their order, so that sums are the same every time
		t, ok := all[o.Num]
		if !ok {
			continue
		}
		if p, ok := calls.On(c.candidates[o.Num], d); ok {
			sum := out[p.ID]
			sum.Add(t)
			out[p.ID] = sum
		}
	}
	return out, nil
}

// known are the people whom a source's log knows by that day.
func (c *callDesk) known(s calls.Source, d calendar.Date) map[department.PersonID]bool {
	if c.today != d || c.knownOn == nil {
		c.today, c.knownOn = d, map[calls.Source]map[department.PersonID]bool{}
	}
	if out, ok := c.knownOn[s]; ok {
		return out
	}
	out := map[department.PersonID]bool{}
	c.knownOn[s] = out
	for _, o := range c.operators {
		if o.Source == s {
			if p, ok := calls.On(c.candidates[o.Num], d); ok {
				out[p.ID] = true
			}
		}
	}
	return out
}

// figure is a KPI's figure of a day that a log covers. Without calls it is 0 on
// a day that the person works and the log knows them; else there is none.
func (c *callDesk) figure(p department.Person, k kpi.KPI, d calendar.Date, t calls.Totals, covered []calls.Source) kpi.Num {
	if !p.Employed(d) || !k.Active(d) {
		return kpi.Num{}
	}
	if t.Calls == 0 {
		known := slices.ContainsFunc(covered, func(s calls.Source) bool { return c.known(s, d)[p.ID] })
		away := slices.ContainsFunc(c.absences[p.ID], func(a department.Absence) bool { return a.Has(d) })
		if !known || away || !c.cal.KindFor(p.Schedule, d).Works() {
			return kpi.Num{}
		}
	}
	return c.measure(k, k.Expr, t)
}

// measure evaluates what a KPI takes from a log. Money is kept in kopecks, and
// times in whole seconds, as a cell shows them.
func (c *callDesk) measure(k kpi.KPI, formula kpi.Expr, t calls.Totals) kpi.Num {
	if formula.IsZero() {
		text := kpi.CallsFormula(k.Key, k.Unit)
		e, ok := c.formulas[text]
		if !ok {
			var err error
			if e, err = kpi.ParseExpr(text); err != nil {
				return kpi.Num{} // the KPI has no unit that a log is counted in
			}
			c.formulas[text] = e
		}
		formula = e
	}
	n := formula.Eval(t.Measure)
	switch k.Unit {
	case kpi.Duration:
		n.V = math.Round(n.V)
	case kpi.Money:
		n.V = math.Round(n.V*100) / 100
	}
	return n
}

// callRules is a digest of all that decides how calls are counted: first of how
// they are measured, then of whose they are and on which days they are awaited.
func callRules(dep *department.Department) ([]byte, error) {
	type rule struct {
		Role, Key string
		Unit      kpi.Unit
		Formula   string
		From, To  calendar.Date
	}
	type person struct {
		ID          department.PersonID
		Name, Email string
		Role        string
		Before      []department.Stint
		Aliases     []string
		Hired, Left calendar.Date
		Schedule    calendar.Schedule
	}
	var how struct {
		Rules     []rule
		Zone      string
		Threshold float64
	}
	var whose struct {
		People   []person
		Absences []department.Absence
		Company  map[calendar.Date]calendar.DayKind
		Added    map[calendar.Date]calendar.DayKind
		Country  calendar.Country
	}
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			if k.Source == kpi.Calls {
				how.Rules = append(how.Rules, rule{r.Key, k.Key, k.Unit, k.Expr.String(), k.From, k.To})
			}
		}
	}
	for _, p := range dep.People {
		whose.People = append(whose.People, person{p.ID, p.Name, p.Email, p.Role, p.Before, p.Aliases, p.Hired, p.Left, p.Schedule})
	}
	whose.Absences, whose.Company, whose.Added, whose.Country = dep.Absences, dep.Company, dep.Added, dep.Settings.Country
	how.Zone, how.Threshold = dep.Settings.Zone.String(), dep.Settings.TalkThreshold
	var digest []byte
	for _, part := range []any{how, whose} {
		b, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("keeping the rules of call logs: %w", err)
		}
		sum := sha256.Sum256(b)
		digest = append(digest, sum[:]...)
	}
	return digest, nil
}

// mostStrangers is how many operators of nobody are listed one by one.
const mostStrangers = 20

// stranger is an operator of whom some calls are nobody's.
type stranger struct {
	source calls.Source
	name   string
	calls  int
	may    []string // whose they may be
}

// strangeOperators tells ops of calls that count for nobody: of operators who are
// nobody in «Сотрудники», or several. Calls that were lost before they reached an
// operator are nobody's as it should be.
func (w *Worker) strangeOperators(ctx context.Context, dep *department.Department) ([]control.Problem, error) {
	desk, err := w.callDesk(ctx, dep)
	if err != nil {
		return nil, err
	}
	var list []stranger
	for _, o := range desk.operators {
		s := stranger{source: o.Source, name: o.Operator.String()}
		for _, p := range desk.candidates[o.Num] {
			s.may = append(s.may, p.Name)
		}
		for _, span := range desk.nobody(o) {
			n, err := w.Ledger.CountCalls(ctx, o.Num, desk.moment(span.From), desk.moment(span.To.Add(1)), o.Operator == calls.Operator{})
			if err != nil {
				return nil, err
			}
			s.calls += n
		}
		// One whose operator was named twice, by name and without, is one.
		i := slices.IndexFunc(list, func(x stranger) bool { return x.source == s.source && x.name == s.name })
		switch {
		case s.calls == 0:
		case i >= 0:
			list[i].calls += s.calls
		default:
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b stranger) int { return cmp.Compare(b.calls, a.calls) })
	var out []control.Problem
	rest := 0
	for i, s := range list {
		if i >= mostStrangers {
			rest += s.calls
			continue
		}
		out = append(out, w.strangerNote(s))
	}
	if rest > 0 {
		out = append(out, w.callNote(fmt.Sprintf(w.Lang.T("ещё операторов без сотрудника: %d, %s", "more operators of nobody: %d, %s"), len(list)-mostStrangers, words.Calls.Count(rest, w.Lang))))
	}
	return out, nil
}

func (w *Worker) strangerNote(s stranger) control.Problem {
	n := words.Calls.Count(s.calls, w.Lang)
	source := s.source.Title()
	switch {
	case s.name == "":
		return w.callNote(fmt.Sprintf(w.Lang.T("%s: %s без оператора, хотя на них ответили. Никому не засчитано: проверьте, выгружается ли оператор", "%s: %s without an operator, though somebody took them. They count for nobody: look whether the log names operators"), source, n))
	case len(s.may) > 1:
		return w.callNote(fmt.Sprintf(w.Lang.T("%s: оператор «%s» подходит нескольким: %s. Не засчитано: %s. Оставьте это имя в телефонии одному", "%s: operator “%s” may be several people: %s. Not counted: %s. Leave this name in telephony to one of them"),
			source, s.name, strings.Join(s.may, ", "), n))
	case len(s.may) == 1:
		return w.callNote(fmt.Sprintf(w.Lang.T("%s: оператор «%s» — %s, но в эти дни сотрудник не работал. Не засчитано: %s. Проверьте даты приёма и ухода", "%s: operator “%s” is %s, who was not employed then. Not counted: %s. Check the dates of hiring and leaving"),
			source, s.name, s.may[0], n))
	}
	return w.callNote(fmt.Sprintf(w.Lang.T("%s: оператора «%s» нет среди сотрудников. Не засчитано: %s. Впишите номер или имя в «Имена в телефонии» нужного сотрудника", "%s: operator “%s” is nobody here. Not counted: %s. Type the number or name into “Names in telephony” of the person"),
		source, s.name, n))
}

func (w *Worker) callNote(text string) control.Problem {
	return control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1, Column: "aliases", Message: text,
		InForce: w.Lang.T("звонки сохранены и засчитаются, как только станет ясно, чьи они", "the calls are kept, and count as soon as it is clear whose they are")}
}

// nobody are the stretches of days on which an operator is nobody.
func (c *callDesk) nobody(o ledger.CallOperator) []calendar.Span {
	bounds := []calendar.Date{always.From, always.To + 1}
	for _, p := range c.candidates[o.Num] {
		if !p.Hired.IsZero() {
			bounds = append(bounds, p.Hired)
		}
		if !p.Left.IsZero() {
			bounds = append(bounds, p.Left+1)
		}
	}
	slices.Sort(bounds)
	var out []calendar.Span
	for i, from := range bounds[:len(bounds)-1] {
		if _, ok := calls.On(c.candidates[o.Num], from); !ok && from < bounds[i+1] {
			out = append(out, calendar.Span{From: from, To: bounds[i+1] - 1})
		}
	}
	return out
}

// reconcile compares what people typed with the call log, on the closed ones of
// the last days that have a log. days is how many of those there are.
func (w *Worker) reconcile(ctx context.Context, dep *department.Department, engine *planfact.Engine, at planfact.AsOf) (out []summary.Compared, days int, err error) {
	last := at.Today
	if !at.Over {
		last--
	}
	covers := map[calendar.Date][]calls.Source{}
	span := calendar.Span{From: at.Today.Add(1 - summary.ReconciliationDays), To: last}
	err = w.Ledger.CallDays(ctx, span, func(s calls.Source, d calendar.Date, _ bool) { covers[d] = append(covers[d], s) })
	if err != nil || len(covers) == 0 {
		return nil, 0, err
	}
	desk, err := w.callDesk(ctx, dep)
	if err != nil {
		return nil, 0, err
	}
	totals := map[calendar.Date]map[department.PersonID]calls.Totals{}
	known := map[calendar.Date]map[department.PersonID]bool{}
	for d, sources := range covers {
		if totals[d], err = desk.day(ctx, d); err != nil {
			return nil, 0, err
		}
		known[d] = map[department.PersonID]bool{}
		for _, s := range sources {
			maps.Copy(known[d], desk.known(s, d))
		}
	}
	for _, p := range dep.People {
		role, _ := dep.RoleOver(p)
		for _, k := range role.KPIs {
			if k.Source != kpi.Manual || k.Log.IsZero() {
				continue
			}
			for d := span.From; d <= span.To; d++ {
				typed := engine.Figure(p, k.Key, d)
				then, _ := dep.Role(p.RoleOn(d))
				if was, ok := then.KPI(k.Key); !ok || was.Source != kpi.Manual {
					continue // it came from the log itself
				}
				if !known[d][p.ID] || !typed.OK || !k.Active(d) {
					continue
				}
				if log := desk.measure(k, k.Log, totals[d][p.ID]); log.OK {
					out = append(out, summary.Compared{Person: p, KPI: k, Day: d, Typed: typed.V, Log: log.V})
				}
			}
		}
	}
	return out, len(covers), nil
}

// CallSource is a telephony that can be asked for its calls.
type CallSource interface {
	Source() calls.Source
	// Calls gives the calls that began in [from, until), where until is to, or before
	// it if that is too much at once.
	Calls(ctx context.Context, from, to time.Time) (list []calls.Call, until time.Time, err error)
}

// valPulled begins the names of the moments from which calls are to be pulled.
const valPulled = "calls.pulled:"

const (
	// pullOverlap is for how long after it began a call may still be missing in a
	// report: so much is read again.
	pullOverlap = 30 * time.Minute
	// pullFor is how long a pull may take before it leaves the rest to the next
	// one. Syncs wait meanwhile, which are due every five minutes.
	pullFor = 3 * time.Minute
)

// CallsPulled is what a pull did.
type CallsPulled struct {
	CallsImported
	// More tells that the next pull goes on; Through is how far this one came.
	More    bool
	Through time.Time
}

// PullCalls asks a telephony for the calls since it was last asked, for some
// minutes at most. What was read is stored stretch by stretch together with the
// moment from which to go on, so that nothing is lost or doubled wherever a pull
// ends. A day is covered when its last stretch is stored: until then its calls
// count for nobody, and nobody has a 0.
//
// The first one begins with the month of today, or with the day since if that is
// given, which also has older days read again.
func (w *Worker) PullCalls(ctx context.Context, from CallSource, since calendar.Date) (CallsPulled, error) {
	var all CallsPulled
	all.Span = calendar.Span{From: 1, To: 0}
	cfg, at, err := w.ready(ctx)
	if err != nil {
		return all, err
	}
	dep := &cfg.Department
	desk := callDesk{dep: dep}
	name := valPulled + string(from.Source())
	b, err := w.Ledger.Get(ctx, name)
	if err != nil {
		return all, err
	}
	begin := desk.moment(calendar.MonthOf(at.Today).From)
	switch {
	case !since.IsZero():
		begin = desk.moment(since)
	case b != nil:
		if begin, err = time.Parse(time.RFC3339, string(b)); err != nil {
			return all, fmt.Errorf("reading how far calls of %s were pulled: %w", from.Source(), err)
		}
	}
	day := dayIn(dep)
	start := w.Now()
	settled := start.Add(-pullOverlap)
	for all.Through = begin; begin.Before(start); begin = all.Through {
		if all.More = w.Now().Sub(start) >= pullFor; all.More {
			break
		}
		// To the end of its day where the department is, if that is not too much.
		today := day(begin)
		midnight := desk.moment(today.Add(1))
		to := midnight
		if to.After(start) {
			to = start
		}
		list, until, err := from.Calls(ctx, begin, to)
		if err != nil {
			return all, err
		}
		placed := calls.Log{Calls: list}.In(func(s calls.Source) *time.Location { return callZone(dep, s) })
		days := map[calls.Source]calendar.Span{}
		if !until.Before(to) {
			days[from.Source()] = calendar.Span{From: today, To: today}
		}
		next := until
		if next.After(settled) {
			next = settled
		}
		if next.Before(begin) {
			next = begin
		}
		got, err := w.storeCalls(ctx, dep, placed, days, map[string][]byte{name: []byte(next.UTC().Format(time.RFC3339))}, false)
		if err != nil {
			return all, err
		}
		all.Lines += len(list)
		all.New += got.New
		all.Changed += got.Changed
		all.Same += got.Same
		all.NoTalk += got.NoTalk
		all.Strangers += got.Strangers
		all.People = max(all.People, got.People)
		if all.Span.Days() == 0 {
			all.Span.From = today
		}
		all.Span.To = today
		all.Through = until
	}
	return all, nil
}
