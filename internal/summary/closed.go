package summary

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Close returns a person's closed period from its lines: what «История» shows from then
// on. ok is false if there is nothing to store.
func Close(e *planfact.Engine, role department.Role, p department.Person, per calendar.Period, now time.Time,
	lang words.Lang) (c department.Closed, ok bool) {
	c = department.Closed{Period: per, Person: p.ID, Name: p.Name, Role: role.Key, Again: p.Again,
		RoleTitle: role.Title, Team: p.TeamOn(per.To), At: now}
	for _, l := range e.Person(p, per) {
		c.KPIs = append(c.KPIs, department.ClosedKPI{
			Key: l.KPI.Key, Title: l.KPI.Title, Unit: l.KPI.Unit, Plan: l.Plan, Fact: l.Fact, Attainment: l.Attainment,
			Light:   l.Light,
			Version: versionText(e.PlansIn(p, l.KPI.Key, per.Span), l.KPI, lang),
			Working: l.Working, Reported: l.Reported, Missing: l.Missing,
		})
	}
	return c, len(c.KPIs) > 0
}

// Mend updates the facts of a closed period after edits that ops allowed. The plan, the
// names and what was measured stay as they were when it closed.
func Mend(c department.Closed, lines []planfact.Line, set department.Settings, now time.Time) department.Closed {
	kpis := make([]department.ClosedKPI, len(c.KPIs))
	for i, k := range c.KPIs {
		kpis[i] = k
		l, ok := lineFor(lines, i, k.Key)
		if !ok {
			continue
		}
		n := &kpis[i]
		n.Fact, n.Reported, n.Missing = l.Fact, l.Reported, l.Missing
		n.Attainment = planfact.Attain(n.Fact, n.Plan, l.KPI.Direction, set.LowerCap)
		n.Light = kpi.NoLight
		if n.Working > 0 && n.Attainment.OK {
			n.Light = l.KPI.Lights.Light(n.Attainment, set.AboveFrom)
		}
	}
	c.KPIs, c.Mended = kpis, now
	return c
}

// closedLine returns a KPI of a closed period as a line of planfact: all its days are
// closed, so that plan to date is the plan and pace is attainment.
func closedLine(c department.Closed, k department.ClosedKPI, as kpi.KPI) planfact.Line {
	as.Key, as.Title, as.Unit = k.Key, k.Title, k.Unit
	l := planfact.Line{
		Person: c.Person, Role: c.Role, Period: c.Period, KPI: as,
		Plan: k.Plan, Fact: k.Fact, PlanToDate: k.Plan, Attainment: k.Attainment, Pace: k.Attainment, Light: k.Light,
		Working: k.Working, Closed: k.Working, Reported: k.Reported, Missing: k.Missing,
	}
	if k.Plan.OK && k.Fact.OK {
		d := kpi.Some(settle(k.Fact.V-k.Plan.V, 9))
		l.Deviation, l.DeviationToDate = d, d
	}
	return l
}

// versionText returns the plans that were in force: «950 в месяц, личный с 16.11.2026».
func versionText(plans []department.Plan, k kpi.KPI, lang words.Lang) string {
	var out []string
	for _, p := range plans {
		s := figure(p.Plan, k.Unit, lang)
		if k.Additive() {
			s += map[calendar.Kind]string{
				calendar.Day: lang.T(" в день", " a day"), calendar.Week: lang.T(" в неделю", " a week"),
				calendar.Month: lang.T(" в месяц", " a month"),
			}[p.For]
		}
		switch {
		case p.From.IsZero():
			s += lang.T(", из показателя", ", the KPI's own")
		case p.Person != "":
			s += lang.T(", личный с ", ", personal from ") + shortDay(p.From, lang)
		case p.Team != "":
			s += lang.T(", команды с ", ", the team's from ") + shortDay(p.From, lang)
		case p.Role != "":
			s += lang.T(", роли с ", ", the role's from ") + shortDay(p.From, lang)
		default:
			s += lang.T(", общий с ", ", everybody's from ") + shortDay(p.From, lang)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// shortDay returns 16.11.2026 or 2026-11-16.
func shortDay(d calendar.Date, lang words.Lang) string {
	if lang == words.EN {
		return d.String()
	}
	return fmt.Sprintf("%02d.%02d.%d", d.Day(), d.Month(), d.Year())
}

// record is the content of a hidden cell of a row, from which a lost ledger can be
// rebuilt: one KPI of a closed period, or a late edit.
type record struct {
	Closed *closeRecord `json:"closed,omitempty"`
	Edit   *editRecord  `json:"edit,omitempty"`
}

type closeRecord struct {
	Kind       calendar.Kind       `json:"kind"`
	From       calendar.Date       `json:"from"`
	Person     department.PersonID `json:"person"`
	Role       string              `json:"role"`
	Again      int                 `json:"again,omitempty"`
	At         int64               `json:"at"` // milliseconds
	Mended     int64               `json:"mended,omitempty"`
	KPI        string              `json:"kpi"`
	Unit       kpi.Unit            `json:"unit"`
	Plan       *float64            `json:"plan,omitempty"`
	Fact       *float64            `json:"fact,omitempty"`
	Attainment *float64            `json:"attainment,omitempty"`
	Light      kpi.Light           `json:"light,omitempty"`
	Days       [3]int              `json:"days"` // working, reported, missing
}

type editRecord struct {
	Person  department.PersonID `json:"person"`
	Date    calendar.Date       `json:"date"`
	KPI     string              `json:"kpi"`
	Was     *float64            `json:"was,omitempty"`
	Became  *float64            `json:"became,omitempty"`
	At      int64               `json:"at"`
	Counted bool                `json:"counted,omitempty"`
	Noticed bool                `json:"noticed,omitempty"`
	Deal    *changeRecord       `json:"deal,omitempty"`
}

type changeRecord struct {
	Was    *dealRecord `json:"was,omitempty"`
	Became *dealRecord `json:"became,omitempty"`
}

type dealRecord struct {
	Date   calendar.Date `json:"date"`
	Client string        `json:"client"`
	Amount float64       `json:"amount"`
}

func recordDeal(d *department.Deal) *dealRecord {
	if d == nil {
		return nil
	}
	return &dealRecord{d.Date, d.Client, d.Amount}
}

func (k *dealRecord) of(p department.PersonID) *department.Deal {
	if k == nil {
		return nil
	}
	return &department.Deal{Person: p, Date: k.Date, Client: k.Client, Amount: k.Amount}
}

func pointer(n kpi.Num) *float64 {
	if !n.OK || math.IsNaN(n.V) || math.IsInf(n.V, 0) {
		return nil
	}
	return &n.V
}

func pointed(v *float64) kpi.Num {
	if v == nil {
		return kpi.Num{}
	}
	return kpi.Some(*v)
}

// recordCell returns a hidden cell.
func recordCell(k record) workbook.Cell {
	b, err := json.Marshal(k)
	if err != nil { // finite numbers and texts can always be encoded
		panic(fmt.Sprintf("keeping a row of the summary: %v", err))
	}
	return workbook.Txt(string(b), nil)
}

func closedCell(c department.Closed, k department.ClosedKPI) workbook.Cell {
	out := &closeRecord{
		Kind: c.Kind, From: c.From, Person: c.Person, Role: c.Role, Again: c.Again, At: c.At.UnixMilli(), KPI: k.Key,
		Unit: k.Unit,
		Plan: pointer(k.Plan), Fact: pointer(k.Fact), Attainment: pointer(k.Attainment), Light: k.Light,
		Days: [3]int{k.Working, k.Reported, k.Missing},
	}
	if !c.Mended.IsZero() {
		out.Mended = c.Mended.UnixMilli()
	}
	return recordCell(record{Closed: out})
}

func editCell(e department.LateEdit) workbook.Cell {
	out := &editRecord{Person: e.Person, Date: e.Date, KPI: e.KPI, Was: pointer(e.Was), Became: pointer(e.Became),
		At: e.At.UnixMilli(), Counted: e.Counted, Noticed: e.Noticed}
	if e.Deal != nil {
		out.Deal = &changeRecord{recordDeal(e.Deal.Was), recordDeal(e.Deal.Became)}
	}
	return recordCell(record{Edit: out})
}

// Kept collects the closed periods and late edits that the director's spreadsheet keeps.
type Kept struct {
	restorer
	edits []department.LateEdit
}

// NewKept begins to read them back.
func NewKept() *Kept { return &Kept{restorer: restorer{at: map[closeKey]int{}}} }

// Closes returns the closed periods that were read.
func (r *Kept) Closes() []department.Closed { return r.closes }

// Edits returns the late edits that were read, newest first.
func (r *Kept) Edits() []department.LateEdit { return r.edits }

// Rows reads rows, got with the values of cells at least: all of them, or band by band.
// It skips rows that are damaged.
func (r *Kept) Rows(s *sheets.Spreadsheet) {
	for _, sh := range s.Sheets {
		if sh.Properties == nil || sh.Properties.SheetId != workbook.SheetID(TabHistory) &&
			sh.Properties.SheetId != workbook.SheetID(TabEdits) {
			continue
		}
		for _, d := range sh.Data {
			for _, row := range d.RowData {
				k, texts, ok := recordIn(row)
				switch {
				case !ok:
				case k.Closed != nil:
					r.closed(*k.Closed, texts)
				case k.Edit != nil:
					r.edits = append(r.edits, k.Edit.edit())
				}
			}
		}
	}
}

func (e *editRecord) edit() department.LateEdit {
	edit := department.LateEdit{Person: e.Person, Date: e.Date, KPI: e.KPI, Was: pointed(e.Was),
		Became: pointed(e.Became), At: time.UnixMilli(e.At).UTC(), Counted: e.Counted, Noticed: e.Noticed}
	if e.Deal != nil {
		edit.Deal = &department.DealChange{Was: e.Deal.Was.of(e.Person), Became: e.Deal.Became.of(e.Person)}
	}
	return edit
}

// Restored reads the closed periods and the late edits (newest first) back from the
// director's spreadsheet, got with workbook.StateFields.
func Restored(s *sheets.Spreadsheet) (closes []department.Closed, edits []department.LateEdit) {
	r := NewKept()
	r.Rows(s)
	return r.closes, r.edits
}

// recordIn finds the hidden cell of a row, and returns the texts of all its cells.
func recordIn(r *sheets.RowData) (k record, texts []string, ok bool) {
	for _, c := range r.Values {
		s := ""
		if c.UserEnteredValue != nil && c.UserEnteredValue.StringValue != nil {
			s = *c.UserEnteredValue.StringValue
		}
		texts = append(texts, s)
	}
	// The last cell of the row: the others may hold what people wrote.
	for i := len(texts) - 1; i >= 0; i-- {
		if texts[i] != "" {
			return k, texts, strings.HasPrefix(texts[i], `{"`) && json.Unmarshal([]byte(texts[i]), &k) == nil
		}
	}
	return k, texts, false
}

// restorer collects closed periods from their rows.
type restorer struct {
	closes []department.Closed
	at     map[closeKey]int // where each is
}

type closeKey struct {
	calendar.Period
	person department.PersonID
	role   string
	again  int
}

// closed adds a row to its closed period. Somebody may have sorted the rows or copied
// some.
func (r *restorer) closed(k closeRecord, texts []string) {
	if len(texts) <= histVersion {
		return
	}
	key := closeKey{calendar.PeriodOf(k.Kind, k.From), k.Person, k.Role, k.Again}
	n, ok := r.at[key]
	if !ok {
		c := department.Closed{
			Period: key.Period, Person: k.Person, Role: k.Role, Again: k.Again, At: time.UnixMilli(k.At).UTC(),
			Name: texts[histName], RoleTitle: texts[histRole], Team: texts[histTeam],
		}
		if k.Mended != 0 {
			c.Mended = time.UnixMilli(k.Mended).UTC()
		}
		n, r.at[key] = len(r.closes), len(r.closes)
		r.closes = append(r.closes, c)
	}
	c := &r.closes[n]
	if _, twice := c.KPI(k.KPI); twice {
		return
	}
	c.KPIs = append(c.KPIs, department.ClosedKPI{
		Key: k.KPI, Title: texts[histKPI], Unit: k.Unit, Plan: pointed(k.Plan), Fact: pointed(k.Fact),
		Attainment: pointed(k.Attainment),
		Light:      k.Light, Version: texts[histVersion], Working: k.Days[0], Reported: k.Days[1], Missing: k.Days[2],
	})
}
