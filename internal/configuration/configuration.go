// Package configuration reads the department from the control spreadsheet when that has
// changed, stores it, and writes into the spreadsheet what ops should see.
//
// Package control knows what the cells mean; package preview decides whether an edit
// takes effect at once.
package configuration

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/clock"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/fingerprint"
	"svodka/internal/ledger"
	"svodka/internal/preview"
	"svodka/internal/publish"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// Config is the department in force, and the spreadsheet it came from.
type Config struct {
	// Department is in force: what ops typed or, while an edit is only announced, what
	// they had typed before it.
	Department department.Department
	Typed      *control.Result       // as ops typed it
	Said       *preview.Announcement // the last announced edit; nil: none
	File       files.File            // zero unless Read returned the Config
}

// Google reads spreadsheets.
type Google interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
}

// Publisher writes spreadsheets.
type Publisher interface {
	Publish(ctx context.Context, job publish.Job) (wrote bool, err error)
}

// Ledger stores the configuration as it was last read.
type Ledger interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Save(ctx context.Context, s ledger.Save) error
	Since(ctx context.Context) (map[department.PersonID]calendar.Date, error)
	Files(ctx context.Context) ([]files.File, error)
	PutFile(ctx context.Context, f files.File) error
	LastName(ctx context.Context, p department.PersonID) (name, role string, err error)
	LaidOf(ctx context.Context, file string) (ledger.Laid, error)
	KeepLaid(ctx context.Context, laid map[string]ledger.Laid) error
}

// Keeper reads and stores the configuration.
type Keeper struct {
	Google    Google
	Ledger    Ledger
	Publisher Publisher
	Clock     clock.Clock
	Lang      words.Lang
	Templates []templates.Role
	Defaults  []templates.Setting // of «Параметры»; nil: the built-in ones
	Zone      string              // IANA name that a new spreadsheet is seeded with
	// Memo keeps what was understood last; nil: it is understood anew each time.
	Memo *Memo
	// Protect makes the worker's accounts editors of protected areas.
	Protect func(*workbook.Book) *workbook.Book
	// Program identifies what lays the spreadsheet out, besides what it is told: while
	// both stay the same, Write does not. Empty: it always does.
	Program string
}

// Names of values in the ledger.
const (
	valSheet    = "control.sheet"    // the control.Contents as last read
	valSnapshot = "control.snapshot" // last valid rows
)

// Read reads the control spreadsheet if it has changed; otherwise it returns the stored
// configuration.
func (k Keeper) Read(ctx context.Context, file files.File) (*Config, error) {
	stands := k.stands(file)
	if !file.Unread() && stands {
		cfg, err := k.Cached(ctx)
		if err != nil {
			return nil, err
		}
		if cfg != nil {
			cfg.File = file
			return cfg, nil
		}
	}
	snapshot, err := k.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	fields := control.Fields
	if !stands { // Write corrects whatever is not as we left it
		fields = workbook.LookFields
	}
	sheet, err := k.Google.Spreadsheet(ctx, file.ID, fields)
	if err != nil {
		return nil, fmt.Errorf("reading the control spreadsheet: %w", err)
	}
	return k.parse(ctx, file, sheet, snapshot)
}

// stands reports whether it is known what was written into the spreadsheet last.
func (k Keeper) stands(file files.File) bool {
	num := file.LayoutNum()
	if k.Memo.stood(num) {
		return true
	}
	known := publish.Remembered(file) != nil
	if known {
		k.Memo.stand(num)
	}
	return known
}

// Cached returns the configuration as it was last read; nil: it never was.
func (k Keeper) Cached(ctx context.Context) (*Config, error) {
	kept, err := k.Ledger.Get(ctx, valSheet)
	if err != nil || kept == nil {
		return nil, err
	}
	last, err := k.lastValid(ctx)
	if err != nil {
		return nil, err
	}
	if res := k.Memo.get(kept, last, k.Lang); res != nil {
		return configOf(res, files.File{}), nil
	}
	contents, err := unpack(kept)
	if err != nil {
		return nil, err
	}
	snapshot, err := last.snapshot()
	if err != nil {
		return nil, err
	}
	res, err := control.ReadContents(contents, snapshot, k.Lang, k.Templates)
	if err != nil {
		return nil, err
	}
	k.Memo.put(kept, last, k.Lang, res)
	return configOf(res, files.File{}), nil
}

// Memo keeps the configuration as it was understood last, since to understand thousands
// of rows takes longer than to see that they are the same. What it gives may not be
// changed. Its zero value is empty.
type Memo struct {
	mu       sync.Mutex
	contents []byte
	last     lastValid
	lang     words.Lang
	result   *control.Result

	layout int64 // number of one that was found to be whole; 0: none
}

// stood reports whether a layout was whole when it was last unpacked: what was kept under
// a number never changes.
func (m *Memo) stood(num int64) bool {
	if m == nil || num == 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.layout == num
}

func (m *Memo) stand(num int64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.layout = num
}

// get is what was made of the same; nil: nothing was. A nil Memo keeps nothing.
func (m *Memo) get(contents []byte, last lastValid, lang words.Lang) *control.Result {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.result == nil || m.lang != lang || !bytes.Equal(m.contents, contents) || !m.last.equal(last) {
		return nil
	}
	return m.result
}

func (m *Memo) put(contents []byte, last lastValid, lang words.Lang, res *control.Result) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.contents, m.last, m.lang, m.result = contents, last, lang, res
}

func configOf(res *control.Result, file files.File) *Config {
	return &Config{Department: res.Department, Typed: res, File: file}
}

// parse takes over a control spreadsheet just read, and stores it.
func (k Keeper) parse(ctx context.Context, file files.File, sheet *sheets.Spreadsheet,
	snapshot *control.Snapshot) (*Config, error) {
	contents := control.ContentsOf(sheet)
	res, err := control.ReadContents(contents, snapshot, k.Lang, k.Templates)
	if err != nil {
		return nil, err
	}
	state := workbook.StateOf(sheet)
	if !slices.ContainsFunc(res.Problems, lostParts) {
		state = publish.Observed(file, sheet)
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
	before, err := k.Ledger.Get(ctx, valSheet)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(before, values[valSheet]) {
		save.Cycle = func(c *ledger.Cycle) { c.Touch(k.Clock.Now()) }
	}
	if err := k.Ledger.Save(ctx, save); err != nil {
		return nil, err
	}
	return configOf(res, file), nil
}

// lostParts reports whether a problem means that a tab is not whole. Without a heading
// nothing shows how far the rows below have moved, so what was last written is no help.
func lostParts(p control.Problem) bool { return p.Severity == control.Error && p.Row < 0 }

// lastValid is the last valid version of the control tabs' rows as it is kept, with what
// it takes to understand the next.
type lastValid struct {
	rows  []byte // nil: there is none
	since map[department.PersonID]calendar.Date
	day   calendar.Date
}

// lastValid reads it from the ledger.
func (k Keeper) lastValid(ctx context.Context) (v lastValid, err error) {
	if v.rows, err = k.Ledger.Get(ctx, valSnapshot); err != nil {
		return v, err
	}
	if v.since, err = k.Ledger.Since(ctx); err != nil {
		return v, err
	}
	zone, err := time.LoadLocation(k.Zone)
	if err != nil {
		return v, fmt.Errorf("the zone of the department: %w", err)
	}
	v.day = k.Clock.Today(zone)
	return v, nil
}

// equal tells that two give the same understanding.
func (v lastValid) equal(w lastValid) bool {
	return v.day == w.day && bytes.Equal(v.rows, w.rows) && maps.Equal(v.since, w.since)
}

func (v lastValid) snapshot() (*control.Snapshot, error) {
	s := new(control.Snapshot)
	if v.rows != nil {
		if err := json.Unmarshal(v.rows, s); err != nil {
			return nil, fmt.Errorf("reading the last valid configuration from the ledger: %w", err)
		}
	}
	s.Since, s.Day = v.since, v.day
	return s, nil
}

// snapshot is the last valid version of the control tabs' rows, if there is one.
func (k Keeper) snapshot(ctx context.Context) (*control.Snapshot, error) {
	v, err := k.lastValid(ctx)
	if err != nil {
		return nil, err
	}
	return v.snapshot()
}

// packed encodes for the ledger what was read of a control spreadsheet, and its valid
// rows.
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

// unpackSpreadsheet decodes what an earlier version stored: Google's whole answer,
// compressed.
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

// Told is what ops see in the control spreadsheet besides what they typed.
type Told struct {
	Status map[department.PersonID]control.PersonStatus
	Teams  map[string]control.TeamStatus
	Notes  []control.Problem
}

// Write writes into the control spreadsheet what ops should see: people's links and
// states, row states, «Проверка». Google's answer shows the tabs after the write: if ops
// typed meanwhile, the next run reads the spreadsheet again.
func (k Keeper) Write(ctx context.Context, cfg *Config, told Told) error {
	in := control.LayoutInput{
		Result:   cfg.Typed,
		Settings: k.Defaults,
		Status:   told.Status,
		Teams:    told.Teams,
		Notes:    told.Notes,
		Lang:     k.Lang,
		Zone:     k.Zone,
		Year:     k.Clock.Now().In(cfg.Department.Settings.Zone).Year(),
	}
	in.Pending, in.Done = cfg.Said.Told(cfg.Department.Settings.Zone, k.Lang)
	inputs, err := k.inputs(in)
	if err != nil {
		return err
	}
	if inputs != "" && cfg.File.Known() && !cfg.File.ToRead() && !cfg.File.BeingWritten() {
		if last, err := k.Ledger.LaidOf(ctx, cfg.File.ID); err != nil || last == standing(cfg.File, inputs) {
			return err
		}
	}
	_, err = k.Publisher.Publish(ctx, publish.Job{
		File:   &cfg.File,
		Name:   "the control spreadsheet",
		Fields: control.Fields,
		Look:   workbook.LookFields,
		Digest: cfg.File.Digest(),
		Book: func(_ context.Context, _ *workbook.State, got *sheets.Spreadsheet) (*workbook.Book, error) {
			if got != nil { // its rows may have moved
				res, err := control.Read(got, &cfg.Typed.Snapshot, k.Lang, k.Templates)
				if err != nil {
					return nil, err
				}
				in.Result = res
			}
			return k.Protect(control.Layout(in)), nil
		},
		Answer: func(ctx context.Context, _ *workbook.State, s *sheets.Spreadsheet) (bool, error) {
			contents := control.ContentsOf(s)
			res, err := control.ReadContents(contents, &cfg.Typed.Snapshot, k.Lang, k.Templates)
			if err != nil {
				return false, err
			}
			used, err := packed(contents, &cfg.Typed.Snapshot)
			if err != nil {
				return false, err
			}
			values, err := packed(contents, &res.Snapshot)
			if err != nil {
				return false, err
			}
			if !bytes.Equal(used[valSnapshot], values[valSnapshot]) {
				// Ops have typed meanwhile. Do not take that over half-way through a run:
				// the next one reads it, sees that it is new, and does all that follows.
				return true, nil
			}
			return false, k.Ledger.Save(ctx, ledger.Save{Values: values})
		},
	})
	if err != nil || inputs == "" || !cfg.File.Known() || cfg.File.ToRead() {
		return err
	}
	return k.Ledger.KeepLaid(ctx, map[string]ledger.Laid{cfg.File.ID: standing(cfg.File, inputs)})
}

// inputs returns the fingerprint of what the spreadsheet is laid out from; empty: it is
// laid out in any case.
func (k Keeper) inputs(in control.LayoutInput) (string, error) {
	if k.Program == "" {
		return "", nil
	}
	w := fingerprint.New()
	w.Text(k.Program)
	w.Add(in)
	return w.Sum()
}

// standing returns what is remembered of a layout: its inputs, and what stands in the
// file.
func standing(f files.File, inputs string) ledger.Laid {
	layout, _ := f.Layout()
	return ledger.Laid{Inputs: inputs, Digest: fmt.Sprintf("%x", sha256.Sum256(layout))}
}

// Rowless reports to ops the people whose rows are gone from «Сотрудники»: their closed
// periods stay in «История», but the worker no longer reads or counts anything of theirs.
func (k Keeper) Rowless(ctx context.Context, cfg *Config) ([]control.Problem, error) {
	list, err := k.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	here := map[department.PersonID]bool{}
	for _, p := range cfg.Department.People {
		here[p.ID] = true
	}
	var out []control.Problem
	for _, f := range list {
		if f.Kind != files.Report || f.Gone() || f.Person == "" || here[f.Person] {
			continue
		}
		name, err := k.lostName(ctx, cfg, f)
		if err != nil {
			return nil, err
		}
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			Message: fmt.Sprintf(k.Lang.T("строки сотрудника %s больше нет, а таблица есть: %s. Цифры открытых "+
				"периодов не считаются, доступ не закрыт; закрытые периоды остаются в «Истории». Верните строку и "+
				"впишите последний день",
				"the row of %s is gone, but the spreadsheet is there: %s. Figures of open periods do not count, "+
					"access has not ended; closed periods stay in History. Put the row back and type the last day"),
				name, f.URL)})
	}
	return out, nil
}

// lostName returns the name of a person whose row is gone: from the row, else from their
// last closed period, else from the name of their spreadsheet.
func (k Keeper) lostName(ctx context.Context, cfg *Config, f files.File) (string, error) {
	for _, g := range cfg.Typed.Snapshot.Gone {
		if g.ID == string(f.Person) && g.Name != "" {
			return g.Name, nil
		}
	}
	name, _, err := k.Ledger.LastName(ctx, f.Person)
	if err != nil || name != "" {
		return name, err
	}
	if state := publish.Remembered(f); state != nil && state.Title() != "" {
		return "«" + state.Title() + "»", nil
	}
	return k.Lang.T("(имя неизвестно)", "(name not known)"), nil
}

// seeded is the digest of a control spreadsheet that has been filled for the first time.
const seeded = "seeded"

// Seeded reports whether a control spreadsheet has been filled for the first time.
func Seeded(f files.File) bool { return f.Digest() == seeded }

// Seed fills a control spreadsheet that holds none of our tabs. fresh says that it was
// made just now; otherwise got is its content.
func (k Keeper) Seed(ctx context.Context, file files.File, fresh bool, got *sheets.Spreadsheet) error {
	_, err := k.Publisher.Publish(ctx, publish.Job{
		File:   &file,
		Name:   "the control spreadsheet",
		Fresh:  fresh,
		Got:    got,
		Digest: seeded,
		Reread: true,
		Book: func(_ context.Context, state *workbook.State, _ *sheets.Spreadsheet) (*workbook.Book, error) {
			if len(state.Tabs()) > 0 { // an earlier try, whose answer was lost, has filled it: now it is ops'
				return &workbook.Book{}, nil
			}
			return k.Protect(control.Layout(control.LayoutInput{Seed: k.Templates, Settings: k.Defaults, Lang: k.Lang,
				Zone: k.Zone, Year: k.Clock.Now().Year()})), nil
		},
	})
	return err
}

// SeedIfEmpty fills a control spreadsheet if the run that made it was killed before it
// could. It reports whether it did.
func (k Keeper) SeedIfEmpty(ctx context.Context, file files.File) (bool, error) {
	s, err := k.Google.Spreadsheet(ctx, file.ID, workbook.StateFields)
	if err != nil {
		return false, fmt.Errorf("looking at the control spreadsheet: %w", err)
	}
	if len(workbook.StateOf(s).Tabs()) == 0 {
		return true, k.Seed(ctx, file, false, s)
	}
	file.Recognise(seeded)
	return false, k.Ledger.PutFile(ctx, file)
}
