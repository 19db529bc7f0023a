package worker

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
	"svodka/internal/preview"
	"svodka/internal/publish"
	"svodka/internal/workbook"
)

// config is the department in force, and the spreadsheet it came from.
type config struct {
	// Department is in force: as ops typed it, but while an edit is only announced the
	// one before it.
	Department department.Department
	typed      *control.Result       // as ops typed it
	said       *preview.Announcement // the last edit that was announced; nil: none
	file       files.File
	wrote      bool              // by this run
	clocks     []control.Problem // what is wrong with the time
}

func configOf(res *control.Result, file files.File) *config {
	return &config{Department: res.Department, typed: res, file: file}
}

// configure reads the control spreadsheet if it changed, else takes it as it
// was read last.
func (w *Worker) configure(ctx context.Context) (*config, error) {
	file, ok, err := w.file(ctx, files.Control)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoControl
	}
	kept, err := w.Ledger.Get(ctx, valSheet)
	if err != nil {
		return nil, err
	}
	if kept != nil && !file.Unread() && publish.Remembered(file) != nil {
		cfg, err := w.kept(ctx, kept)
		if err == nil {
			cfg.file = file
		}
		return cfg, err
	}
	snapshot, err := w.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	sheet, err := w.Google.Spreadsheet(ctx, file.ID, control.Fields)
	if err != nil {
		return nil, fmt.Errorf("reading the control spreadsheet: %w", err)
	}
	return w.understand(ctx, file, sheet, snapshot)
}

// kept is the configuration as it was read last.
func (w *Worker) kept(ctx context.Context, packed []byte) (*config, error) {
	contents, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	snapshot, err := w.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	res, err := control.ReadContents(contents, snapshot, w.Lang, w.Templates)
	if err != nil {
		return nil, err
	}
	return configOf(res, files.File{}), nil
}

// understand takes over a control spreadsheet just got, and keeps it.
func (w *Worker) understand(ctx context.Context, file files.File, sheet *sheets.Spreadsheet, snapshot *control.Snapshot) (*config, error) {
	contents := control.ContentsOf(sheet)
	res, err := control.ReadContents(contents, snapshot, w.Lang, w.Templates)
	if err != nil {
		return nil, err
	}
	state := workbook.StateOf(sheet)
	if !slices.ContainsFunc(res.Problems, lostParts) {
		state = observed(file, sheet)
	}
	layout, err := state.Marshal()
	if err != nil {
		return nil, err
	}
	file.Read(layout, true)
	values, err := packed(contents, &res.Snapshot)
	if err != nil {
		return nil, err
	}
	save := ledger.Save{Values: values, Files: []files.File{file}}
	before, err := w.Ledger.Get(ctx, valSheet)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(before, values[valSheet]) {
		save.Cycle = w.touched
	}
	if err := w.Ledger.Save(ctx, save); err != nil {
		return nil, err
	}
	return configOf(res, file), nil
}

// lostParts tells that a tab is not whole. Where a heading is gone nothing tells
// how far the rows below it have moved: what was written last is no help then.
func lostParts(p control.Problem) bool { return p.Severity == control.Error && p.Row < 0 }

// observed is the state of a spreadsheet just got: what was written last, put
// where it stands now, or, if that is not known, what the spreadsheet shows.
func observed(file files.File, s *sheets.Spreadsheet) *workbook.State {
	if state := publish.Remembered(file); state != nil {
		return workbook.Refresh(state, s)
	}
	return workbook.StateOf(s)
}

// snapshot is the last valid version of the control tabs' rows, if there is one,
// with what it takes to understand the next.
func (w *Worker) snapshot(ctx context.Context) (*control.Snapshot, error) {
	b, err := w.Ledger.Get(ctx, valSnapshot)
	if err != nil {
		return nil, err
	}
	s := new(control.Snapshot)
	if b != nil {
		if err := json.Unmarshal(b, s); err != nil {
			return nil, fmt.Errorf("reading the last valid configuration from the ledger: %w", err)
		}
	}
	if s.Since, err = w.Ledger.Since(ctx); err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return nil, fmt.Errorf("the zone of the department: %w", err)
	}
	s.Day = w.clock().Today(zone)
	return s, nil
}

// packed is what was read of a control spreadsheet, and its valid rows, as the ledger
// keeps them.
func packed(contents *control.Contents, snapshot *control.Snapshot) (map[string][]byte, error) {
	sheet, err := json.Marshal(contents)
	if err != nil {
		return nil, fmt.Errorf("keeping the control spreadsheet: %w", err)
	}
	snap, err := json.Marshal(snapshot)
	if err != nil {
		return nil, fmt.Errorf("keeping the configuration: %w", err)
	}
	return map[string][]byte{valSheet: sheet, valSnapshot: snap}, nil
}

func unpack(b []byte) (*control.Contents, error) {
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return unpackSpreadsheet(b)
	}
	c := new(control.Contents)
	if err := json.Unmarshal(b, c); err != nil {
		return nil, fmt.Errorf("reading the control spreadsheet from the ledger: %w", err)
	}
	return c, nil
}

// unpackSpreadsheet reads what an earlier version of the program kept: the whole
// answer of Google, compressed.
func unpackSpreadsheet(b []byte) (*control.Contents, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = io.ReadAll(z)
	}
	s := new(sheets.Spreadsheet)
	if err == nil {
		err = json.Unmarshal(b, s)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the control spreadsheet from the ledger: %w", err)
	}
	return control.ContentsOf(s), nil
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

// publish writes into the control spreadsheet what ops should see: people's
// links and states, row states, «Проверка».
func (w *Worker) publish(ctx context.Context, cfg *config, units []*unit, files []shared, at planfact.AsOf, resting bool) error {
	status, err := statuses(&cfg.Department, at, units, resting, w.Lang)
	if err != nil {
		return err
	}
	strangers, err := w.strangers(cfg, files)
	if err != nil {
		return err
	}
	pending, done := cfg.said.Told(cfg.Department.Settings.Zone, w.Lang)
	operators, err := w.unattributedCalls(ctx, &cfg.Department)
	if err != nil {
		return err
	}
	rowless, err := w.rowless(ctx, cfg)
	if err != nil {
		return err
	}
	undelivered, err := w.notices().Undelivered(ctx, cfg.Department.People, cfg.typed.RowOf, at.Today)
	if err != nil {
		return err
	}
	in := control.LayoutInput{
		Result:   cfg.typed,
		Pending:  pending,
		Done:     done,
		Settings: w.Defaults,
		Status:   status,
		Notes:    slices.Concat(cfg.clocks, rowless, strangers, operators, undelivered),
		Lang:     w.Lang,
		Zone:     w.Zone,
		Year:     w.Now().In(cfg.Department.Settings.Zone).Year(),
	}
	return w.writeControl(ctx, cfg, in)
}

// rowless tells ops of people whose rows are gone from «Сотрудники»: their closed
// periods stay in «История», but nothing of theirs is read or counted any more.
func (w *Worker) rowless(ctx context.Context, cfg *config) ([]control.Problem, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	var out []control.Problem
	for _, f := range list {
		if f.Kind != files.Report || f.Gone() || f.Person == "" {
			continue
		}
		if _, here := cfg.Department.Person(f.Person); here {
			continue
		}
		name, err := w.lostName(ctx, cfg, f)
		if err != nil {
			return nil, err
		}
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			Message: fmt.Sprintf(w.Lang.T("строки сотрудника %s больше нет, а таблица есть: %s. Цифры открытых периодов не считаются, доступ не закрыт; закрытые периоды остаются в «Истории». Верните строку и впишите последний день",
				"the row of %s is gone, but the spreadsheet is there: %s. Figures of open periods do not count, access has not ended; closed periods stay in History. Put the row back and type the last day"),
				name, f.URL)})
	}
	return out, nil
}

// lostName is what somebody was called whose row is gone: as the row said, or when
// a period of theirs closed last, or as their spreadsheet is called.
func (w *Worker) lostName(ctx context.Context, cfg *config, f files.File) (string, error) {
	for _, g := range cfg.typed.Snapshot.Gone {
		if g.ID == string(f.Person) && g.Name != "" {
			return g.Name, nil
		}
	}
	name, err := w.Ledger.LastName(ctx, f.Person)
	if err != nil || name != "" {
		return name, err
	}
	if state := publish.Remembered(f); state != nil && state.Title() != "" {
		return "«" + state.Title() + "»", nil
	}
	return w.Lang.T("(имя неизвестно)", "(name not known)"), nil
}

// writeControl brings the control spreadsheet to its layout. The answer shows
// what stands there after the write: if ops typed meanwhile, the next run reads it
// again.
func (w *Worker) writeControl(ctx context.Context, cfg *config, in control.LayoutInput) error {
	wrote, err := w.publisher.Publish(ctx, publish.Job{
		File:   &cfg.file,
		Name:   "the control spreadsheet",
		Fields: control.Fields,
		Digest: cfg.file.Digest(),
		Book: func(_ context.Context, _ *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error) {
			if got != nil { // its rows may have moved
				res, err := control.ReadWith(got, &cfg.typed.Snapshot, w.Lang, w.Templates)
				if err != nil {
					return nil, err
				}
				in.Result = res
			}
			return w.guard(control.Layout(in)), nil
		},
		Answer: func(ctx context.Context, _ *workbook.State, s *sheets.Spreadsheet) (bool, error) {
			contents := control.ContentsOf(s)
			res, err := control.ReadContents(contents, &cfg.typed.Snapshot, w.Lang, w.Templates)
			if err != nil {
				return false, err
			}
			used, err := packed(contents, &cfg.typed.Snapshot)
			if err != nil {
				return false, err
			}
			values, err := packed(contents, &res.Snapshot)
			if err != nil {
				return false, err
			}
			if !bytes.Equal(used[valSnapshot], values[valSnapshot]) {
				// Ops have typed meanwhile. It is not taken over here, half-way through a
				// run: the next one reads it, sees that it is new, and does all that follows.
				return true, nil
			}
			return false, w.Ledger.Save(ctx, ledger.Save{Values: values})
		},
	})
	cfg.wrote = cfg.wrote || wrote
	return err
}
