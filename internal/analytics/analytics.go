// Package analytics keeps in the ledger what analysts read with SQL: the lines of plan
// and fact of every person, by day, week and month, what became of every day's report,
// and who works where. docs/sql.md describes the views that show them.
//
// It computes nothing by itself: lines are those of planfact and of closed periods, and
// package summary exports the same ones. It calls no Google. Only what has changed since
// the last cycle is computed and stored.
package analytics

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"svodka/internal/calendar"
	"svodka/internal/closing"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// Ledger stores lines.
type Ledger interface {
	LinesMade(ctx context.Context) (made ledger.LinesMade, changed map[department.PersonID]int64, err error)
	PutLines(ctx context.Context, people []ledger.PersonLines) (written int, err error)
	ClosesToShow(ctx context.Context, through calendar.Date, n int) ([]department.Closed, error)
	PutClosedLines(ctx context.Context, closed []ledger.ClosedLines) error
	ForgetClosedLines(ctx context.Context) error
	PutLinesMade(ctx context.Context, made ledger.LinesMade, d *ledger.Directory) error
}

// Figures makes the engines of a department at a moment, as figures.Source does.
type Figures interface {
	Recent(ctx context.Context) (*planfact.Engine, calendar.Date, error)
	Whole(ctx context.Context) (*planfact.Engine, calendar.Date, error)
}

// Keeper keeps lines in a ledger.
type Keeper struct {
	Ledger Ledger
}

// version changes when a new program computes other lines from the same inputs, so that
// it computes all of them once.
const version = "1"

// weeks is how many weeks back lines of days, and of periods that are not closed, are
// kept: as many as the summary shows. It goes on to the first of a month.
const weeks = 13

// Since returns the first day whose line is kept at a moment. Weeks and months that
// closed before it are kept for ever.
func Since(today calendar.Date) calendar.Date {
	return calendar.MonthOf(calendar.WeekOf(today).From - 7*weeks).From
}

const (
	closesAtOnce = 500
	peopleAtOnce = 50
)

// Update brings the lines up to date with the ledger's figures and closed periods. It
// returns how many rows of lines and states it stored or removed, except closed ones.
func (k Keeper) Update(ctx context.Context, dep *department.Department, at planfact.AsOf, source Figures) (int, error) {
	made, changed, err := k.Ledger.LinesMade(ctx)
	if err != nil {
		return 0, err
	}
	now, err := inputsOf(dep, at)
	if err != nil {
		return 0, err
	}
	if made.Roles != now.Roles && made.Roles != "" {
		if err := k.Ledger.ForgetClosedLines(ctx); err != nil {
			return 0, err
		}
		made.Inputs = ""
	}
	if err := k.closed(ctx, dep, at); err != nil {
		return 0, err
	}
	written, err := k.people(ctx, due(dep, made, now, changed), at, source)
	if err != nil || made == now {
		return written, err
	}
	var d *ledger.Directory
	if made.Inputs != now.Inputs {
		d = directory(dep)
	}
	return written, k.Ledger.PutLinesMade(ctx, now, d)
}

// closed stores the lines of periods that have closed.
func (k Keeper) closed(ctx context.Context, dep *department.Department, at planfact.AsOf) error {
	for {
		closes, err := k.Ledger.ClosesToShow(ctx, closing.LockedBy(dep.Settings, at.Today), closesAtOnce)
		if err != nil || len(closes) == 0 {
			return err
		}
		all := make([]ledger.ClosedLines, 0, len(closes))
		for _, c := range closes {
			lines := ledger.ClosedLines{CloseID: ledger.CloseID{Period: c.Period, Person: c.Person, Role: c.Role,
				Again: c.Again}}
			for _, l := range summary.ClosedLines(dep, c) {
				lines.Lines = append(lines.Lines, line(l, c.Again, c.Team))
			}
			all = append(all, lines)
		}
		if err := k.Ledger.PutClosedLines(ctx, all); err != nil {
			return err
		}
	}
}

// task is whose lines are to be computed, from which day on.
type task struct {
	person  department.PersonID
	stints  []department.Person
	since   calendar.Date
	figures int64 // their version; −1: it is stored
}

// due lists the tasks: people whose figures have changed, everybody if the configuration
// has, and otherwise everybody's periods that the moment concerns.
func due(dep *department.Department, made, now ledger.LinesMade, changed map[department.PersonID]int64) []task {
	all := made.Inputs != now.Inputs || now.Since < made.Since
	moved := made.Today != now.Today || made.Over != now.Over
	var out []task
	known := map[department.PersonID]bool{}
	for _, p := range dep.People {
		if known[p.ID] {
			continue
		}
		known[p.ID] = true
		t := task{person: p.ID, stints: p.Stints(), since: now.Since, figures: -1}
		n, yes := changed[p.ID]
		if yes {
			t.figures = n
		}
		switch {
		case yes || all:
		case moved: // lines of periods that had ended do not depend on the moment
			t.since = max(now.Since, min(made.Today, now.Today))
		default:
			continue
		}
		out = append(out, t)
	}
	for id, n := range changed { // people who are gone
		if !known[id] {
			out = append(out, task{person: id, since: now.Since, figures: n})
		}
	}
	return out
}

// people stores the lines of tasks.
func (k Keeper) people(ctx context.Context, tasks []task, at planfact.AsOf, source Figures) (written int, err error) {
	if len(tasks) == 0 {
		return 0, nil
	}
	engine, _, err := source.Recent(ctx)
	if err != nil {
		return 0, err
	}
	for len(tasks) > 0 {
		some := tasks[:min(peopleAtOnce, len(tasks))]
		lines := make([]ledger.PersonLines, 0, len(some))
		for _, t := range some {
			lines = append(lines, t.lines(engine, at))
		}
		if engine.Short() {
			if engine, _, err = source.Whole(ctx); err != nil {
				return written, err
			}
			continue // with these once more
		}
		n, err := k.Ledger.PutLines(ctx, lines)
		if written += n; err != nil {
			return written, err
		}
		tasks = tasks[len(some):]
	}
	return written, nil
}

// lines computes the lines of a task.
func (t task) lines(e *planfact.Engine, at planfact.AsOf) ledger.PersonLines {
	out := ledger.PersonLines{Person: t.person, Since: t.since, Figures: t.figures}
	span := calendar.Span{From: t.since, To: at.Today}
	var lines []planfact.Line
	for _, p := range t.stints {
		for _, kind := range []calendar.Kind{calendar.Day, calendar.Week, calendar.Month} {
			for _, per := range calendar.Periods(kind, span) {
				lines = e.AppendPerson(lines[:0], p, per)
				for _, l := range lines {
					out.Lines = append(out.Lines, line(l, p.Again, p.TeamOn(per.To)))
				}
			}
		}
		for d := span.From; d <= span.To; d++ {
			if s := states[e.DayState(p, d)]; s != "" {
				out.States = append(out.States, ledger.DayState{Date: d, State: s})
			}
		}
	}
	return out
}

// states are the names of the states of days in the view v1_reports: they must not
// change. Days that are not due have none.
var states = map[planfact.DayState]string{
	planfact.Waiting:  "waiting",
	planfact.Reported: "reported",
	planfact.Partly:   "partly",
	planfact.Missing:  "missing",
	planfact.Absent:   "absent",
}

// line returns a line as it is stored.
func line(l planfact.Line, again int, team string) ledger.Line {
	return ledger.Line{
		Period: l.Period, Role: l.Role, Again: again, KPI: l.KPI.Key, Team: team, Unit: l.KPI.Unit,
		Plan: summary.Exported(l.Plan), Fact: summary.Exported(l.Fact), PlanToDate: summary.Exported(l.PlanToDate),
		Attainment: summary.Exported(l.Attainment),
		Pace:       summary.Exported(l.Pace), Deviation: summary.Exported(l.Deviation),
		Forecast: summary.Exported(l.Forecast), Left: summary.Exported(l.Left),
		NeededPerDay: summary.Exported(l.NeededPerDay),
		Light:        l.Light, Reported: l.Reported, Missing: l.Missing,
	}
}

// inputsOf returns from what lines are computed at a moment, besides figures.
func inputsOf(dep *department.Department, at planfact.AsOf) (ledger.LinesMade, error) {
	made := ledger.LinesMade{Today: at.Today, Over: at.Over, Since: Since(at.Today)}
	type rule struct {
		Role, KPI string
		Additive  bool
	}
	var rules []rule
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			rules = append(rules, rule{r.Key, k.Key, k.Additive()})
		}
	}
	var err error
	if made.Roles, err = digest(version, rules); err != nil {
		return made, err
	}
	// JSON knows no name of a zone.
	made.Inputs, err = digest(version, dep.Settings.Zone.String(), dep.LookingBack(at.Today))
	return made, err
}

func digest(of ...any) (string, error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, v := range of {
		if err := enc.Encode(v); err != nil {
			return "", fmt.Errorf("digest of the configuration: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// directory returns who works where, and the names of what is measured.
func directory(dep *department.Department) *ledger.Directory {
	d := &ledger.Directory{}
	for _, p := range dep.People {
		named := ledger.NamedPerson{ID: p.ID, Name: p.Name}
		for _, stint := range p.Stints() {
			for _, part := range stint.InTeams() {
				days := calendar.Span{From: max(part.From, p.Hired), To: part.To}
				if days.To.IsZero() || !p.Left.IsZero() && p.Left < days.To {
					days.To = p.Left
				}
				if days.To.IsZero() || days.From <= days.To {
					named.Stints = append(named.Stints, ledger.NamedStint{Span: days, Role: part.Role, Team: part.Team})
				}
			}
		}
		d.People = append(d.People, named)
	}
	for _, t := range dep.Tree().All() {
		d.Teams = append(d.Teams, ledger.NamedTeam{Name: t.Name, PartOf: t.PartOf})
	}
	for _, r := range dep.Roles {
		d.Titles = append(d.Titles, ledger.Title{Role: r.Key, Title: r.Title})
		for _, k := range r.KPIs {
			d.Titles = append(d.Titles, ledger.Title{Role: r.Key, KPI: k.Key, Title: k.Title,
				Additive: k.Additive()})
		}
	}
	return d
}
