package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/department"
)

// CallsImported is what an import of calls did.
type CallsImported struct {
	callfigures.Stored
	Notes []string // what must be told besides, in the language of the department
}

// ImportCalls stores a call log. A call that is known already is brought up to
// date, so the same file a second time changes nothing. The next cycle counts the
// days and writes the figures into people's spreadsheets.
//
// zone overrides the zones of «Параметры» for times that were written without
// one; nil: those hold.
func (w *Worker) ImportCalls(ctx context.Context, log calls.Log, zone *time.Location, o ImportOptions) (CallsImported, error) {
	var got CallsImported
	cfg, _, err := w.ready(ctx)
	if err != nil {
		return got, err
	}
	in := w.callIntake(&cfg.Department)
	list, err := in.Read(ctx, log, zone)
	if err != nil {
		return got, err
	}
	got.Notes = w.operatorNotes(&cfg.Department, list)
	o.tell(got.Notes)
	got.Stored, err = in.Store(ctx, list, o.DryRun)
	got.Lines, got.Merged = log.Lines, log.Lines-len(log.Calls)
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

// PullCalls asks a telephony for its calls, see callfigures.Intake.Pull.
func (w *Worker) PullCalls(ctx context.Context, from callfigures.Telephony, since calendar.Date) (callfigures.Pulled, error) {
	cfg, _, err := w.ready(ctx)
	if err != nil {
		return callfigures.Pulled{}, err
	}
	return w.callIntake(&cfg.Department).Pull(ctx, from, since)
}

func (w *Worker) callIntake(dep *department.Department) callfigures.Intake {
	return callfigures.Intake{Ledger: w.Ledger, Dep: dep, Now: w.Now, News: w.lastCycle().touch}
}
