// Package archive keeps what «История» of the director's summary no longer holds: closed
// periods, in a spreadsheet per year, «История 2026». It decides what moves there and
// when, and brings these spreadsheets to their layout.
//
// A closed period is in the ledger always, and in «История» until it stands in the
// spreadsheet of its year: only then is the day up to which periods have moved stored,
// and only what ends by that day does «История» leave out. So a run may be cut off
// anywhere: until the next one a period may stand in both.
//
// The package writes nothing by itself: publish does. Nobody types into these
// spreadsheets, so what a person changes there is put back.
package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/publish"
	"svodka/internal/summary"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Google reads spreadsheets; *google.Client implements it.
type Google interface {
	Spreadsheet(ctx context.Context, id, fields string) (*sheets.Spreadsheet, error)
	Rows(ctx context.Context, id string, tab int64, from, to int, fields string) (*sheets.Spreadsheet, error)
}

// Ledger is the part of the ledger that a Keeper uses; *ledger.Ledger implements it.
type Ledger interface {
	Get(ctx context.Context, name string) ([]byte, error)
	Set(ctx context.Context, name string, value []byte) error
	FilesOf(ctx context.Context, kind string) ([]files.File, error)
	CloseVersion(ctx context.Context) (ledger.CloseVersion, error)
	CloseDates(ctx context.Context) ([]ledger.CloseDate, error)
	CloseRows(ctx context.Context, from calendar.Date) (map[calendar.Date]int, error)
	Closes(ctx context.Context, ended calendar.Span, f func(department.Closed) bool) error
}

// Keeper keeps the spreadsheets of one department.
type Keeper struct {
	Google    Google
	Ledger    Ledger
	Publisher *publish.Publisher
	// Make makes a spreadsheet, or finds the one that a killed run made; fresh says that
	// it was made just now and is empty.
	Make   func(ctx context.Context, id department.PersonID, title string) (f files.File, fresh bool, err error)
	Lang   words.Lang
	Limits Limits
	// Program identifies what layouts are made by.
	Program string
}

// record is what the ledger keeps, under the name valHistory.
type record struct {
	Books []Book
	// What was looked at when nothing was left to do.
	Version int64
	Settled calendar.Date
	Made    string
	Limits  Limits
}

const valHistory = "history"

func (k Keeper) record(ctx context.Context) (r record, err error) {
	b, err := k.Ledger.Get(ctx, valHistory)
	if err != nil || b == nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("the value %q of the ledger: %w", valHistory, err)
	}
	return r, nil
}

func (k Keeper) keep(ctx context.Context, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keeping where closed periods stand: %w", err)
	}
	return k.Ledger.Set(ctx, valHistory, b)
}

// Moved returns the day up to which closed periods have moved, zero if none have, and
// the spreadsheets in which they stand, the earliest first. It makes no call.
func (k Keeper) Moved(ctx context.Context) (calendar.Date, []summary.Linked, error) {
	r, err := k.record(ctx)
	if err != nil || len(r.Books) == 0 {
		return 0, nil, err
	}
	list, err := k.Ledger.FilesOf(ctx, files.History)
	if err != nil {
		return 0, nil, err
	}
	return through(r.Books), k.links(r.Books, list), nil
}

func (k Keeper) links(books []Book, list []files.File) []summary.Linked {
	var out []summary.Linked
	for _, b := range books {
		if f, ok := live(list, b); ok {
			out = append(out, summary.Linked{Title: k.title(b), URL: f.URL})
		}
	}
	return out
}

func (k Keeper) title(b Book) string { return summary.YearTitle(b.Year, b.Part, k.Lang) }

// live finds the spreadsheet of a book.
func live(list []files.File, b Book) (files.File, bool) {
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Person == b.id() && !f.Gone() })
	if i < 0 {
		return files.File{}, false
	}
	return list[i], true
}

// Job says what an Update may do.
type Job struct {
	Settings department.Settings
	Counting string // who counts in which periods: planfact.Engine.Counting
	Summary  string // URL of the director's summary
	Moves    bool   // periods may move
	Holds    bool   // nothing that is lost is made again
}

// Failure is a spreadsheet that Google refused to make or to write.
type Failure struct {
	Title, File string
	Err         error
}

// Update moves closed periods if «История» would hold too many, and brings all books to
// their layout. wrote means that something was sent. Failures are Google's refusals: what
// they concern stays in «История», and the next cycle tries again. Without news it makes
// no call and reads no closed period.
func (k Keeper) Update(ctx context.Context, j Job) (wrote bool, failures []Failure, err error) {
	r, err := k.record(ctx)
	if err != nil {
		return false, nil, err
	}
	v, err := k.Ledger.CloseVersion(ctx)
	if err != nil {
		return false, nil, err
	}
	list, err := k.Ledger.FilesOf(ctx, files.History)
	if err != nil {
		return false, nil, err
	}
	now := record{Books: r.Books, Version: v.Version, Settled: through(r.Books), Limits: k.Limits.orUsual(),
		Made: fmt.Sprint(k.Program, " ", k.Lang, " ", j.Settings.Zone, " ", j.Summary)}
	if j.Moves && v.Counting == j.Counting {
		now.Settled = v.Settled
	}
	if r.Version == now.Version && r.Made == now.Made && r.Limits == now.Limits && now.Settled <= r.Settled &&
		!slices.ContainsFunc(r.Books, func(b Book) bool { return !stands(list, b) }) {
		return false, nil, nil
	}
	dates, err := k.Ledger.CloseDates(ctx)
	if err != nil {
		return false, nil, err
	}
	var last calendar.Date
	if n := len(r.Books); n > 0 {
		last = r.Books[n-1].From
	}
	rows, err := k.Ledger.CloseRows(ctx, last)
	if err != nil {
		return false, nil, err
	}
	wanted := plan(r.Books, dates, rows, now.Settled, k.Limits)
	done := slices.Clone(r.Books)
	blocked := false // what has moved is one span of days, without a gap
	for _, b := range append(k.left(r.Books, wanted, list, j.Holds), wanted...) {
		moves := b.To > through(done)
		_, there := live(list, b)
		if moves && blocked || !there && j.Holds {
			blocked = blocked || moves
			continue
		}
		sent, title, err := k.bring(ctx, j, now.Made, b, list, b.those(dates))
		wrote = wrote || sent
		var ge *google.Error
		switch {
		case err == nil:
		case ctx.Err() == nil && errors.As(err, &ge):
			failures = append(failures, Failure{title, ge.File, err})
			blocked = blocked || moves
			continue
		default:
			return wrote, failures, err
		}
		if with := put(done, b); !slices.Equal(with, done) && !b.isEmpty(dates) {
			done = with
			// What stands there need not move again, wherever this run ends.
			if err := k.keep(ctx, record{Books: done}); err != nil {
				return wrote, failures, err
			}
		}
	}
	if now.Books = done; len(failures) == 0 {
		if !j.Holds {
			now.Books = wanted // without those whose periods were all taken back
		}
		err = k.keep(ctx, now)
	}
	return wrote, failures, err
}

// Due reports whether the spreadsheet of a book was changed, or is to be looked at, since
// an Update. One whose periods were all taken back is of no book, and is left alone.
func (k Keeper) Due(ctx context.Context) (bool, error) {
	list, err := k.Ledger.FilesOf(ctx, files.History)
	if err != nil || len(list) == 0 {
		return false, err
	}
	r, err := k.record(ctx)
	return slices.ContainsFunc(r.Books, func(b Book) bool {
		f, ok := live(list, b)
		return ok && f.Unread()
	}), err
}

// left returns the books whose periods were all taken back: their spreadsheets must not
// go on to show them, and a lost ledger must not find them there.
func (k Keeper) left(books, wanted []Book, list []files.File, holds bool) []Book {
	return slices.DeleteFunc(slices.Clone(books), func(b Book) bool {
		_, there := live(list, b)
		return holds || !there || slices.ContainsFunc(wanted, func(w Book) bool { return w.id() == b.id() })
	})
}

// put replaces a book in a list, or adds it in its place.
func put(books []Book, b Book) []Book {
	out := slices.DeleteFunc(slices.Clone(books), func(x Book) bool { return x.Year == b.Year && x.Part == b.Part })
	i := slices.IndexFunc(out, func(x Book) bool { return x.From > b.From })
	if i < 0 {
		i = len(out)
	}
	return slices.Insert(out, i, b)
}

// stands reports whether a book's spreadsheet is there and nobody has changed it.
func stands(list []files.File, b Book) bool {
	f, ok := live(list, b)
	return ok && f.Known() && !f.ToRead() && !f.BeingWritten()
}

// bring brings a book's spreadsheet to its layout; dates are those of its periods.
func (k Keeper) bring(ctx context.Context, j Job, made string, b Book, list []files.File,
	dates []ledger.CloseDate) (wrote bool, title string, err error) {
	title = k.title(b)
	y := summary.Yearly{Title: title, Lang: k.Lang, Settings: j.Settings, Summary: j.Summary,
		Months: months(made, dates)}
	if len(dates) == 0 { // a spreadsheet has one tab at the least
		y.Months = []summary.YearMonth{{Month: calendar.MonthOf(b.From), Inputs: fmt.Sprintf("%q", made)}}
	}
	digest := digestOf(y)
	if f, ok := live(list, b); ok && stands(list, b) && f.Digest() == digest {
		return false, title, nil
	}
	fresh := false
	f, ok := live(list, b)
	if !ok {
		if f, fresh, err = k.Make(ctx, b.id(), title); err != nil {
			return false, title, err
		}
	}
	wrote, err = k.Publisher.Publish(ctx, publish.Job{
		File:    &f,
		Name:    "the history of a year",
		Fresh:   fresh,
		Observe: func(ctx context.Context) (*workbook.State, error) { return k.Look(ctx, f.ID) },
		Digest:  digest,
		Book: func(ctx context.Context, state *workbook.State, _ *sheets.Spreadsheet) (*workbook.Book, error) {
			return k.book(ctx, y, b.Span, state)
		},
	})
	return wrote || fresh, title, err
}

// months returns the tabs for the periods that end on some days, without the periods.
func months(made string, dates []ledger.CloseDate) []summary.YearMonth {
	var out []summary.YearMonth
	for len(dates) > 0 {
		m := summary.YearMonth{Month: calendar.MonthOf(dates[0].End)}
		h := fnv.New128a()
		fmt.Fprintf(h, "%q", made)
		for len(dates) > 0 && dates[0].End <= m.Month.To {
			fmt.Fprintf(h, " %s %q", dates[0].End, dates[0].Print)
			dates = dates[1:]
		}
		m.Inputs = fmt.Sprintf("%x", h.Sum(nil))
		out = append(out, m)
	}
	return out
}

// digestOf names all that a spreadsheet is made from.
func digestOf(y summary.Yearly) string {
	parts := []string{y.Title}
	for _, m := range y.Months {
		parts = append(parts, m.Month.String(), m.Inputs)
	}
	return strings.Join(parts, " ")
}

// book lays a spreadsheet out; tabs that stand as they should are not read from the
// ledger.
func (k Keeper) book(ctx context.Context, y summary.Yearly, span calendar.Span,
	state *workbook.State) (*workbook.Book, error) {
	y.Months = slices.Clone(y.Months)
	for i := range y.Months {
		m := &y.Months[i]
		if m.Stands = state.MadeOf(summary.YearTab(m.Month)) == m.Inputs; m.Stands {
			continue
		}
		ended := calendar.Span{From: max(span.From, m.Month.From), To: min(span.To, m.Month.To)}
		if err := k.Ledger.Closes(ctx, ended, func(c department.Closed) bool {
			m.Closed = append(m.Closed, c)
			return true
		}); err != nil {
			return nil, err
		}
	}
	return summary.YearBook(y), nil
}

// tabFields name the tabs of a spreadsheet, valueFields what stands in their cells.
const (
	tabFields = "spreadsheetId,properties(title,locale,timeZone,autoRecalc)," +
		"sheets(properties(sheetId,gridProperties(rowCount)))"
	valueFields = "sheets(properties(sheetId),data(rowData(values(userEnteredValue))))"
)

// Values reads what stands in the cells of a spreadsheet, band by band.
func (k Keeper) Values(ctx context.Context, id string, f func(*sheets.Spreadsheet)) error {
	return k.eachBand(ctx, id, valueFields, valueFields, func(*sheets.SpreadsheetProperties) {},
		func(s *sheets.Spreadsheet, _ int) { f(s) })
}

// Large reports whether a tab of a spreadsheet has more rows than one answer should show.
func (k Keeper) Large(ctx context.Context, id string) (bool, error) {
	s, err := k.Google.Spreadsheet(ctx, id, tabFields)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(s.Sheets, func(sh *sheets.Sheet) bool {
		g := sh.Properties.GridProperties
		return g != nil && k.IsLarge(int(g.RowCount))
	}), nil
}

// IsLarge reports whether so many rows are read in bands.
func (k Keeper) IsLarge(rows int) bool { return rows > 2*k.Limits.orUsual().Band }

// Look looks at a spreadsheet band by band: a year of a large department is too much for
// one answer, and so is its «История».
func (k Keeper) Look(ctx context.Context, id string) (*workbook.State, error) {
	var pieces *workbook.Pieces
	err := k.eachBand(ctx, id, workbook.LookFields, workbook.RowFields, func(p *sheets.SpreadsheetProperties) {
		pieces = workbook.NewPieces(p)
	}, func(s *sheets.Spreadsheet, from int) {
		for _, sh := range s.Sheets {
			if from == 0 {
				pieces.Add(sh)
			} else {
				pieces.More(sh)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return pieces.State(), nil
}

// eachBand reads a spreadsheet in bands of rows, tab by tab: the first rows of each with
// some fields, the rest with others. Where somebody takes rows away meanwhile, Google
// refuses those that are gone, and the next run reads again.
func (k Keeper) eachBand(ctx context.Context, id, fields, rest string, first func(*sheets.SpreadsheetProperties),
	f func(s *sheets.Spreadsheet, from int)) error {
	all, err := k.Google.Spreadsheet(ctx, id, tabFields)
	if err != nil {
		return err
	}
	first(all.Properties)
	band := k.Limits.orUsual().Band
	for _, sh := range all.Sheets {
		rows := 0 // in a tab that is a chart
		if g := sh.Properties.GridProperties; g != nil {
			rows = int(g.RowCount)
		}
		for from, mask := 0, fields; from == 0 || from < rows; from, mask = from+band, rest {
			one, err := k.Google.Rows(ctx, id, sh.Properties.SheetId, from, min(from+band, rows), mask)
			if err != nil {
				return err
			}
			f(one, from)
		}
	}
	return nil
}

// Restore reads the closed periods of a lost ledger back from the spreadsheets, and
// records which of them hold which days. It hands them to keep by spreadsheet: a company
// has more of them than fit into memory.
func (k Keeper) Restore(ctx context.Context, keep func([]department.Closed) error) error {
	list, err := k.Ledger.FilesOf(ctx, files.History)
	if err != nil {
		return err
	}
	r, err := k.record(ctx)
	if err != nil {
		return err
	}
	found := false
	for _, f := range list {
		b, ok := bookOf(f.Person)
		if !ok || f.Gone() {
			continue
		}
		read := summary.RestoreYear(b.Year)
		if err := k.Values(ctx, f.ID, read.Rows); err != nil {
			return fmt.Errorf("reading the history of %d: %w", b.Year, err)
		}
		closes := read.Closes()
		for _, c := range closes {
			if b.To.IsZero() {
				b.Span = calendar.Span{From: c.To, To: c.To}
			}
			b.From, b.To = min(b.From, c.To), max(b.To, c.To)
		}
		if b.To.IsZero() {
			continue
		}
		if err := keep(closes); err != nil {
			return err
		}
		r.Books, found = put(r.Books, b), true
	}
	if !found {
		return nil
	}
	return k.keep(ctx, record{Books: r.Books})
}
