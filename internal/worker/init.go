package worker

import (
	"context"
	"errors"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// Links are the addresses of the two spreadsheets that everything starts from.
type Links struct {
	Control, Summary string
	Made             bool // they were just made, not found
}

// Init makes the control and the summary spreadsheet, seeded from the templates; it
// leaves existing ones as they are. Then it runs a first cycle. If many spreadsheets
// vanished at once, including the control spreadsheet, it returns a *LostError, unless
// anew is set to make them all again.
func (w *Worker) Init(ctx context.Context, anew bool) (Links, error) {
	var links Links
	if err := w.tracker().Pull(ctx); err != nil {
		return links, err
	}
	if anew {
		if err := w.Ledger.Save(ctx, ledger.Save{Feed: (*files.Feed).Release}); err != nil {
			return links, err
		}
	}
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return links, err
	}
	file, ok := oneFile(list, files.Control)
	var lost *LostError
	if err := w.noControl(ctx, list); !ok && errors.As(err, &lost) {
		return links, err
	}
	if !ok || !configuration.Seeded(file) {
		fresh := false
		if !ok {
			if file, fresh, err = w.tracker().Make(ctx, files.Control, "",
				w.Lang.T("Настройки отчётности", "Report settings"), ""); err != nil {
				return links, err
			}
		}
		if fresh {
			if err := w.sharer().Made(ctx, file.ID); err != nil {
				return links, err
			}
			if err := w.configuration().Seed(ctx, file, true, nil); err != nil {
				return links, err
			}
			links.Made = true
		} else if links.Made, err = w.configuration().SeedIfEmpty(ctx, file); err != nil {
			return links, err
		}
	}
	if _, err := w.Sync(ctx, calendar.Date(0)); err != nil {
		return links, err
	}
	if list, err = w.Ledger.Files(ctx); err != nil {
		return links, err
	}
	for kind, to := range map[string]*string{files.Control: &links.Control, files.Summary: &links.Summary} {
		f, _ := oneFile(list, kind)
		*to = w.front(f)
	}
	return links, nil
}

// Check lists what a sync would find and do, without doing it.
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

// speaking returns the same worker with another language for its words.
func (w *Worker) speaking(lang words.Lang) *Worker {
	other := *w
	other.Lang = lang
	return &other
}

// Check reads the control spreadsheet and returns what is wrong and what a sync would
// change, in a language; tabs and people have the names that they have in the
// spreadsheet.
func (w *Worker) Check(ctx context.Context, lang words.Lang) (Check, error) {
	var c Check
	if err := w.tracker().Pull(ctx); err != nil {
		return c, err
	}
	cfg, err := w.readConfig(ctx)
	if err != nil {
		return c, err
	}
	at := w.at(&cfg.Department, 0)
	inLang := w.speaking(lang)
	typed, err := inLang.configuration().Cached(ctx) // just read, in another language
	if err != nil {
		return c, err
	}
	operators, err := inLang.opsReporter().unattributedCalls(ctx, &cfg.Department)
	if err != nil {
		return c, err
	}
	c.Problems = slices.Concat(typed.Typed.Problems, operators)
	c.Links.Control = w.front(cfg.File)
	known, err := w.Ledger.Files(ctx)
	if err != nil {
		return c, err
	}
	f, _ := oneFile(known, files.Summary)
	c.Links.Summary = w.front(f)
	for _, p := range cfg.Department.People {
		if p.Employed(at.Today) {
			c.People++
		}
	}
	l, units, err := w.layouts(ctx, &cfg.Department, at)
	if err != nil {
		return c, err
	}
	list, err := w.filesToShare(ctx, cfg, units, at)
	if err != nil {
		return c, err
	}
	access, err := w.sharer().Begin(ctx, cfg.Department.Settings.InviteByMail)
	if err != nil {
		return c, err
	}
	c.Problems = append(c.Problems, access.Problems(list, cfg.Department.Settings, cfg.Typed, lang)...)
	for _, u := range units {
		if errors.Is(u.err, errLost) {
			c.Troubles = append(c.Troubles, u.name()+": "+u.err.Error())
			continue
		}
		if u.file.Unread() && u.file.ID != "" {
			c.ToRead++
		}
		if t := u.file.Trouble(); t != "" {
			c.Troubles = append(c.Troubles, u.name()+": "+t)
		}
		if len(l.months(u, nil)) == 0 {
			continue
		}
		if u.file.ID == "" {
			c.ToMake = append(c.ToMake, u.name())
			continue
		}
		digest, err := l.digest(ctx, u)
		if err != nil {
			return c, err
		}
		if !u.file.Known() || digest != u.file.Digest() {
			c.ToWrite = append(c.ToWrite, u.name())
		}
	}
	c.Changes, err = w.preview(at).Changes(ctx, cfg.Typed, at.Today, lang)
	return c, err
}
