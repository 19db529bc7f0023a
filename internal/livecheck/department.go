package livecheck

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/publish"
	"svodka/internal/workbook"
	"svodka/internal/worker"
)

// names are the names of the people of the trial, one for each role; more people get a
// name with a number.
var names = []string{"Проверкина Анна", "Пробный Сергей", "Испытаева Ольга", "Образцов Павел", "Примеров Дмитрий"}

func nameOf(i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", names[i%len(names)], i/len(names)+1)
}

// days is how many working days have figures.
const days = 6

// makeDepartment makes a department with one person of each role, and figures for some
// days: every tab of the reports and of the summary has content.
func (t *trial) makeDepartment(ctx context.Context) (Result, error) {
	t.department = errNotChecked{"the department could not be made"}
	if _, err := t.worker.Init(ctx, false); err != nil {
		return Result{}, err
	}
	var people []imports.Person
	for i, r := range t.Templates {
		p := imports.Person{Where: line1(i), Name: nameOf(i), Role: r.Key, Team: []string{"Север", "Юг"}[i%2],
			Cost: 100_000}
		people = append(people, p)
	}
	im, err := t.worker.Imports(ctx)
	if err != nil {
		return Result{}, err
	}
	if _, err := im.People(ctx, people, importing.Options{}); err != nil {
		return Result{}, err
	}
	out, err := t.worker.Sync(ctx, 0)
	if err != nil {
		return Result{}, err
	}
	details := failures(out)
	dep, err := t.worker.Department(ctx)
	if err != nil {
		return Result{}, err
	}
	if err := t.figures(ctx, dep); err != nil {
		return Result{}, err
	}
	syncs, more, err := t.settle(ctx)
	if err != nil {
		return Result{}, err
	}
	t.department = nil
	res := verdict(fmt.Sprintf("%d reports of %d, settled after %d syncs", out.Made, len(people), syncs),
		append(details, more...))
	if out.Made != len(people) {
		res.State = Failed
	}
	return res, nil
}

func line1(i int) imports.Where { return imports.Where{File: "check", Line: i + 2} }

// figures imports what people would type.
func (t *trial) figures(ctx context.Context, dep *department.Department) error {
	var in typing
	cal := dep.Calendar()
	for d := calendar.FromTime(t.Now().In(dep.Settings.Zone)); len(in.when) < days; d-- {
		if cal.Kind(d).Works() {
			in.when = append(in.when, d)
		}
	}
	for i, r := range t.Templates {
		role, ok := dep.Role(r.Key)
		if !ok {
			return fmt.Errorf("the role %s is not in the control spreadsheet", r.Key)
		}
		in.person(nameOf(i), role, dep.Settings.Zone)
	}
	im, err := t.worker.Imports(ctx)
	if err != nil {
		return err
	}
	var o importing.Options
	if len(in.clients) > 0 {
		if _, err := im.Clients(ctx, in.clients, o); err != nil {
			return err
		}
	}
	if len(in.deals) > 0 {
		if _, err := im.Deals(ctx, in.deals, o); err != nil {
			return err
		}
	}
	if len(in.entries) > 0 {
		if _, err := im.Entries(ctx, in.entries, o); err != nil {
			return err
		}
	}
	if len(in.log) > 0 {
		log := calls.Log{Source: calls.Mango, Lines: len(in.log), Calls: in.log}
		if _, err := im.CallLog(ctx, log, nil, o); err != nil {
			return err
		}
	}
	return nil
}

// typing holds what people type on the days in when, the last one first.
type typing struct {
	when    []calendar.Date
	entries []imports.Entry
	deals   []imports.Deal
	clients []imports.Client
	log     []calls.Call
}

// person types a person's figures, deals, calls and clients, as far as the role has them.
func (in *typing) person(name string, role department.Role, zone *time.Location) {
	lists := map[kpi.Source]bool{}
	for _, k := range role.KPIs {
		lists[k.Source] = true
		if k.Source != kpi.Manual {
			continue
		}
		for n, d := range in.when {
			in.entries = append(in.entries, imports.Entry{Where: line1(len(in.entries)), Date: d, Manager: name,
				KPI: k.Key, Value: fmt.Sprint(figure(k, n))})
		}
	}
	for n, d := range in.when {
		if lists[kpi.Deals] {
			in.deals = append(in.deals, imports.Deal{Where: line1(len(in.deals)), Date: d, Manager: name,
				Client: fmt.Sprintf("ООО «Клиент %d»", n%3+1), Amount: 40_000.5 * float64(n+1)})
		}
		if lists[kpi.Calls] {
			in.call(name, d, zone)
		}
	}
	if lists[kpi.Clients] {
		for n := range 3 {
			in.clients = append(in.clients, imports.Client{Where: line1(len(in.clients)), Manager: name,
				Client: fmt.Sprintf("ООО «Клиент %d»", n+1), HandedOver: in.when[0].Add(-100)})
		}
	}
}

// call makes the calls of a day.
func (in *typing) call(name string, d calendar.Date, zone *time.Location) {
	start := time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, zone)
	for c := range 5 {
		in.log = append(in.log, calls.Call{ID: fmt.Sprintf("%s/%s/%d", name, d, c), Source: calls.Mango,
			Started: start.Add(time.Duration(c) * time.Minute), Operator: calls.Operator{Name: name},
			Direction: calls.Outgoing, Answer: calls.Answered, Talk: kpi.Some(float64(60 * c))})
	}
}

// figure returns a believable figure for the nth day: near the plan, within the bounds.
func figure(k kpi.KPI, n int) float64 {
	v := float64(n + 1)
	if k.Plan.OK {
		v = float64(int(k.Plan.V/21)) + float64(n)
	}
	if k.Min.OK {
		v = max(v, k.Min.V)
	}
	if k.Max.OK {
		v = min(v, k.Max.V)
	}
	return v
}

// mostSyncs limits the cycles until nothing is left to do.
const mostSyncs = 15

// between is the wait between two cycles.
const between = 10 * time.Second

// settle syncs until nothing is left to do.
func (t *trial) settle(ctx context.Context) (syncs int, trouble []string, err error) {
	for syncs = 1; ; syncs++ {
		out, err := t.worker.Sync(ctx, 0)
		if err != nil {
			return syncs, nil, err
		}
		trouble = failures(out)
		if out.Settled {
			return syncs, trouble, nil
		}
		if syncs == mostSyncs {
			return syncs, append(trouble, fmt.Sprintf("not settled after %d syncs: %d read, %d written in the last",
				syncs, out.Read, out.Written)), nil
		}
		if err := t.Sleep(ctx, between); err != nil {
			return syncs, nil, err
		}
	}
}

func failures(out worker.Outcome) []string {
	var s []string
	for _, err := range out.Failures {
		s = append(s, err.Error())
	}
	return s
}

// each calls f for every spreadsheet of the department.
func (t *trial) each(ctx context.Context, fields string, f func(files.File, *sheets.Spreadsheet) error) error {
	if t.department != nil {
		return t.department
	}
	all, err := t.ledger.Files(ctx)
	if err != nil {
		return err
	}
	for _, file := range all {
		if file.Gone() {
			continue
		}
		got, err := t.client.Spreadsheet(ctx, file.ID, fields)
		if err != nil {
			return err
		}
		if err := f(file, got); err != nil {
			return err
		}
	}
	return nil
}

// noErrors looks for cells with an error.
func (t *trial) noErrors(ctx context.Context) (Result, error) {
	cells := 0
	var broken []string
	err := t.each(ctx, bookFields, func(_ files.File, s *sheets.Spreadsheet) error {
		n, b := errorCells(s)
		cells += n
		broken = append(broken, b...)
		return nil
	})
	return verdict(fmt.Sprintf("%d of %d cells", len(broken), cells), broken), err
}

// readsBack compares every spreadsheet with what the local Google makes of the same
// writes.
func (t *trial) readsBack(ctx context.Context) (Result, error) {
	looked, unsure := 0, 0
	var found []string
	err := t.each(ctx, bookFields, func(f files.File, got *sheets.Spreadsheet) error {
		if t.tap.isUnsure(f.ID) {
			unsure++
			return nil
		}
		looked++
		want, err := t.mirror.spreadsheet(ctx, f.ID, t.tap.written(f.ID))
		if err != nil {
			return err
		}
		d, err := differences(want, got)
		found = append(found, d...)
		return err
	})
	if err == nil && unsure > 0 && len(found) == 0 {
		err = errNotChecked{fmt.Sprintf("%d spreadsheets are not compared: answers of Google were lost", unsure)}
	}
	return verdict(fmt.Sprintf("%d differences in %d spreadsheets", len(found), looked), found), err
}

// nothingToWrite compares every spreadsheet, as read, with what package workbook says it
// should be.
func (t *trial) nothingToWrite(ctx context.Context) (Result, error) {
	looked := 0
	var found []string
	err := t.each(ctx, workbook.StateFields, func(f files.File, got *sheets.Spreadsheet) error {
		looked++
		more, err := t.unwritten(ctx, f, got)
		found = append(found, more...)
		return err
	})
	return verdict(fmt.Sprintf("%d requests, %d spreadsheets looked at", len(found), looked), found), err
}

// unwritten returns the requests that a second look at a spreadsheet would send. For the
// control spreadsheet, which ops share with the worker, it checks that it is as it was
// left.
func (t *trial) unwritten(ctx context.Context, f files.File, got *sheets.Spreadsheet) ([]string, error) {
	known := publish.Remembered(f)
	if known == nil {
		return []string{"nothing is remembered of the " + f.Kind}, nil
	}
	now := workbook.Refresh(known, got)
	var book *workbook.Book
	var err error
	switch f.Kind {
	case files.Summary:
		book, err = t.worker.SummaryBook(ctx, 0)
	case files.Report:
		book, err = t.worker.ReportBook(ctx, f.ID)
	default:
		was, err := known.Marshal()
		if err != nil {
			return nil, err
		}
		is, err := now.Marshal()
		if err == nil && !bytes.Equal(was, is) {
			return []string{"the " + f.Kind + " is not as it was left"}, nil
		}
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	reqs, _, err := workbook.Diff(now, book)
	var out []string
	for _, r := range reqs {
		out = append(out, fmt.Sprintf("the %s would be written: %s", f.Kind, text(r)))
	}
	return out, err
}
