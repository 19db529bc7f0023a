package worker

import (
	"context"
	"slices"

	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/planfact"
	"svodka/internal/preview"
)

func (w *Worker) configuration() configuration.Keeper {
	return configuration.Keeper{Google: w.Google, Ledger: w.Ledger, Publisher: w.publisher, Clock: w.clock(),
		Lang: w.Lang, Templates: w.Templates, Defaults: w.Defaults, Zone: w.Zone, Protect: w.guard}
}

// configure reads the control spreadsheet if it changed, else takes it as it
// was read last.
func (w *Worker) configure(ctx context.Context) (*configuration.Config, error) {
	file, ok, err := w.file(ctx, files.Control)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoControl
	}
	return w.configuration().Read(ctx, file)
}

// preview compares edits of the control spreadsheet with what is in force.
func (w *Worker) preview(at planfact.AsOf) preview.Preview {
	_, perMinute := w.Google.Writes(0)
	return preview.Preview{
		Ledger: w.Ledger, Lang: w.Lang, Templates: w.Templates, Now: w.Now,
		Count: func(ctx context.Context, before, after *department.Department) (made, written int, err error) {
			return w.countLayouts(ctx, before, after, at)
		},
		Announce:        w.Announce,
		WritesPerMinute: perMinute,
	}
}

// tellOps writes into the control spreadsheet what ops should see of a cycle: people's
// links and states, row states, «Проверка».
func (w *Worker) tellOps(ctx context.Context, cfg *configuration.Config, clocks []control.Problem, units []*unit, files []shared, at planfact.AsOf, resting bool) error {
	status, err := statuses(&cfg.Department, at, units, resting, w.Lang)
	if err != nil {
		return err
	}
	strangers, err := w.strangers(cfg, files)
	if err != nil {
		return err
	}
	operators, err := w.unattributedCalls(ctx, &cfg.Department)
	if err != nil {
		return err
	}
	rowless, err := w.configuration().Rowless(ctx, cfg)
	if err != nil {
		return err
	}
	undelivered, err := w.notices().Undelivered(ctx, cfg.Department.People, cfg.Typed.RowOf, at.Today)
	if err != nil {
		return err
	}
	return w.configuration().Write(ctx, cfg, configuration.Told{Status: status, Notes: slices.Concat(clocks, rowless, strangers, operators, undelivered)})
}
