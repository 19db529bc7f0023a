package worker

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/files"
	"svodka/internal/publish"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Links are the addresses of the two spreadsheets that everything starts from.
type Links struct {
	Control, Summary string
	Made             bool // they were made now, not found
}

// Init makes the control and the summary spreadsheet, seeded from the
// templates; what exists already is left as it is. Then it runs a first cycle.
func (w *Worker) Init(ctx context.Context) (Links, error) {
	var links Links
	if err := w.tracker().Pull(ctx); err != nil {
		return links, err
	}
	file, ok, err := w.file(ctx, files.Control)
	if err != nil {
		return links, err
	}
	if !ok || file.Digest() != seeded {
		fresh := false
		if !ok {
			if file, fresh, err = w.tracker().Make(ctx, files.Control, "", w.Lang.T("Настройки отчётности", "Reporting settings")); err != nil {
				return links, err
			}
		}
		if fresh {
			if err := w.seed(ctx, file, true, nil); err != nil {
				return links, err
			}
			links.Made = true
		} else if links.Made, err = w.seedIfEmpty(ctx, file); err != nil {
			return links, err
		}
	}
	if _, err := w.Sync(ctx, calendar.Date(0)); err != nil {
		return links, err
	}
	for kind, to := range map[string]*string{files.Control: &links.Control, files.Summary: &links.Summary} {
		f, _, err := w.file(ctx, kind)
		if err != nil {
			return links, err
		}
		*to = f.URL
	}
	return links, nil
}

// seeded is the digest of a control spreadsheet whose first filling is done.
const seeded = "seeded"

// seed fills a control spreadsheet in which nothing of ours stands. fresh: it was
// made just now; else got is what was found.
func (w *Worker) seed(ctx context.Context, file files.File, fresh bool, got *sheets.Spreadsheet) error {
	_, err := w.publisher.Publish(ctx, publish.Job{
		File:   &file,
		Name:   "the control spreadsheet",
		Fresh:  fresh,
		Got:    got,
		Digest: seeded,
		Reread: true,
		Book: func(_ context.Context, state *workbook.State, _ *sheets.Spreadsheet) (*workbook.Book, error) {
			if len(state.Tabs()) > 0 { // a try whose answer was lost has filled it; what stands there is ops' by now
				return &workbook.Book{}, nil
			}
			return w.guard(control.Layout(control.LayoutInput{Seed: w.Templates, Settings: w.Defaults, Lang: w.Lang, Zone: w.Zone, Year: w.Now().Year()})), nil
		},
	})
	return err
}

// seedIfEmpty fills a control spreadsheet that was found, if the run that made
// it was killed before it could.
func (w *Worker) seedIfEmpty(ctx context.Context, file files.File) (bool, error) {
	s, err := w.Google.Spreadsheet(ctx, file.ID, workbook.StateFields)
	if err != nil {
		return false, fmt.Errorf("looking at the control spreadsheet: %w", err)
	}
	if len(workbook.StateOf(s).Tabs()) == 0 {
		return true, w.seed(ctx, file, false, s)
	}
	file.Recognise(seeded)
	return false, w.Ledger.PutFile(ctx, file)
}

// Check is what a sync would find and do, without doing it.
type Check struct {
	Links    Links
	Problems []control.Problem
	People   int
	ToMake   []string // people whose spreadsheet would be made
	ToWrite  []string // people whose spreadsheet would be changed
	ToRead   int      // spreadsheets that would be read
	Changes  []string // what edits of the control spreadsheet would change, one line each
	Troubles []string // people whose spreadsheet could not be reached last time
}

// speaking is the same worker with another language for the words that it finds.
func (w *Worker) speaking(lang words.Lang) *Worker {
	other := *w
	other.Lang = lang
	return &other
}

// mistakes are the problems of the control spreadsheet as it was read last, in the
// worker's language.
func (w *Worker) mistakes(ctx context.Context) ([]control.Problem, error) {
	kept, err := w.Ledger.Get(ctx, valSheet)
	if err != nil {
		return nil, err
	}
	cfg, err := w.kept(ctx, kept)
	if err != nil {
		return nil, err
	}
	return cfg.typed.Problems, nil
}

// Check reads the control spreadsheet and says what is wrong and what a sync
// would change, in a language; tabs and people are named as they stand in the
// spreadsheet.
func (w *Worker) Check(ctx context.Context, lang words.Lang) (Check, error) {
	var c Check
	if err := w.tracker().Pull(ctx); err != nil {
		return c, err
	}
	cfg, err := w.configure(ctx)
	if err != nil {
		return c, err
	}
	at := w.at(&cfg.Department, 0)
	inLang := w.speaking(lang)
	mistakes, err := inLang.mistakes(ctx)
	if err != nil {
		return c, err
	}
	operators, err := inLang.unattributedCalls(ctx, &cfg.Department)
	if err != nil {
		return c, err
	}
	c.Problems = slices.Concat(mistakes, operators)
	c.Links.Control = cfg.file.URL
	if f, ok, err := w.file(ctx, files.Summary); err != nil {
		return c, err
	} else if ok {
		c.Links.Summary = f.URL
	}
	for _, p := range cfg.Department.People {
		if p.Employed(at.Today) {
			c.People++
		}
	}
	l, units, err := w.layouts(ctx, &cfg.Department, at)
	if err != nil {
		return c, err
	}
	files, err := w.toShare(ctx, cfg, units, at)
	if err != nil {
		return c, err
	}
	strangers, err := inLang.strangers(cfg, files)
	if err != nil {
		return c, err
	}
	c.Problems = append(c.Problems, strangers...)
	for _, u := range units {
		if u.file.Unread() && u.file.ID != "" {
			c.ToRead++
		}
		if t := u.file.Trouble(); t != "" {
			c.Troubles = append(c.Troubles, u.name()+": "+t)
		}
		switch {
		case len(l.months(u, nil)) == 0:
		case u.file.ID == "":
			c.ToMake = append(c.ToMake, u.name())
		case !u.file.Known() || l.digest(u) != u.file.Digest():
			c.ToWrite = append(c.ToWrite, u.name())
		}
	}
	c.Changes, err = w.preview(at).Changes(ctx, cfg.typed, at.Today, lang)
	return c, err
}
