package importing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/words"
)

// CallLog stores a call log. It updates known calls, so importing the same file again
// changes nothing. The next cycle counts the days and writes the figures into people's
// spreadsheets.
//
// zone overrides the zones of «Параметры» for times that were written without one; nil:
// use those.
func (im Importer) CallLog(ctx context.Context, log calls.Log, zone *time.Location, o Options) (callfigures.Stored,
	error) {
	list, err := im.Calls.Read(ctx, log, zone)
	if err != nil {
		return callfigures.Stored{}, err
	}
	o.tell(operatorNotes(im.Dep, list, im.Lang))
	got, err := im.Calls.Store(ctx, list, o.DryRun)
	got.Lines, got.Merged = log.Lines, log.Lines-len(log.Calls)
	return got, err
}

// operatorNotes returns notes about operators whose names were read as another spelling
// of a person's, and about who may be meant by unknown ones.
func operatorNotes(dep *department.Department, list []calls.Call, lang words.Lang) []string {
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
			text = operatorNote(directory, c.Source, c.Operator, lang)
			known[k] = text
		}
		if text != "" {
			said.add(text)
		}
	}
	return said.lines(lang)
}

// operatorNote returns what people should know about an operator; empty: nothing.
func operatorNote(directory *calls.Directory, source calls.Source, op calls.Operator, lang words.Lang) string {
	found := directory.Candidates(source, op)
	switch {
	case directory.Spelling(source, op):
		return fmt.Sprintf(lang.T("«%s» — это %s", "“%s” is %s"), op, joinNames(found, lang.T(" или ", " or ")))
	case len(found) > 0:
		return ""
	}
	if near := directory.Near(op); len(near) > 0 {
		return fmt.Sprintf(lang.T(
			"нет «%s»; похожи: %s (впишите имя в «Имена в телефонии»)",
			"there is no “%s”; near: %s (type the name into “Names in telephony”)"), op, joinNames(near, ", "))
	}
	return ""
}

func joinNames(people []department.Person, sep string) string {
	var names []string
	for _, p := range people {
		names = append(names, p.Name)
	}
	return strings.Join(names, sep)
}
