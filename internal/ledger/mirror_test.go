package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/files"
)

// What a write has put is known afterwards as it stands in the database, without asking.
func TestMirrorsShowWhatStandsThere(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	now := time.Date(2026, 11, 30, 9, 0, 0, 123456789, time.UTC)
	mine.Hold(false)
	rows := func(l *Ledger) (all []files.Row) {
		t.Helper()
		list, err := l.Files(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			r := f.Row()
			if r.Kept != 0 { // as the layout is read
				r.Layout, _ = f.Layout()
			}
			all = append(all, r)
		}
		return all
	}
	same := func(what string) {
		t.Helper()
		if got, want := rows(mine), rows(others); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: files\n%+v, in the database\n%+v", what, got, want)
		}
		for _, kind := range []string{files.Control, files.Report, "none"} {
			got, err := mine.FilesOf(ctx, kind)
			want, werr := others.FilesOf(ctx, kind)
			if err != nil || werr != nil || len(got) != len(want) {
				t.Errorf("%s: %d of the kind %s, %d in the database (%v, %v)", what, len(got), kind, len(want), err,
					werr)
			}
		}
		got, err := mine.Followed(ctx)
		want, werr := others.Followed(ctx)
		if err != nil || werr != nil || len(got) != len(want) {
			t.Errorf("%s: %d are followed, %d in the database (%v, %v)", what, len(got), len(want), err, werr)
		}
		quiet, err := mine.Quiet(ctx)
		silent, werr := others.Quiet(ctx)
		if err != nil || werr != nil || quiet != silent {
			t.Errorf("%s: quiet %v, in the database %v (%v, %v)", what, quiet, silent, err, werr)
		}
		c, err := mine.Cycle(ctx)
		d, werr := others.Cycle(ctx)
		if err != nil || werr != nil || c != d {
			t.Errorf("%s: the cycle is\n%+v, in the database\n%+v (%v, %v)", what, c, d, err, werr)
		}
		f, err := mine.Feed(ctx)
		g, werr := others.Feed(ctx)
		if err != nil || werr != nil || f != g {
			t.Errorf("%s: the feed is\n%+v, in the database\n%+v (%v, %v)", what, f, g, err, werr)
		}
	}
	save := func(s Save) {
		t.Helper()
		if err := mine.Save(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	same("empty")
	control := files.Made("c", files.Control, "", "https://example.com/\xff\x00")
	save(Save{Files: []files.File{control}})
	same("one file")
	var some []files.File
	for i := range 5 {
		f := files.Found(fmt.Sprint("r", 9-i), files.Report, "p", "")
		f.EndWrite([]byte("layout"), "digest", i == 0, now)
		some = append(some, f)
	}
	save(Save{Files: some, Feed: func(f *files.Feed) { f.Follow("17"); f.Hold(now) }})
	same("more files, and the feed")
	some[1].Tell(now, false)
	some[1].Follow(now)
	some[2].Fail("no\x00")
	some[3].BeginAside(files.Aside{Tab: 7, At: now})
	some[3].See(files.Unseen{To: 7, Since: 9, But: []calendar.Date{5}})
	some[4].Kind, some[4].Person = files.Summary, ""
	control.Trash(now)
	save(Save{Files: append(some, control), Cycle: func(c *Cycle) {
		c.Finish("now", 5, true, States{Served: 3, BadCells: 1, ByHand: 2})
		c.Touch(now)
	}})
	same("changed")
	listed := rows(mine)
	if err := others.Save(ctx, Save{Files: []files.File{files.Made("x", files.Team, "t", "")}}); err != nil {
		t.Fatal(err)
	}
	if got := rows(mine); !reflect.DeepEqual(got, listed) { // which nobody does without the claim
		t.Error("the database was asked")
	}
	refused := errors.New("refused")
	if err := mine.write(ctx, "write", func(tx *sql.Tx) error {
		some[1].Trash(now)
		return errors.Join(Save{Files: some[1:2], Cycle: (*Cycle).Outdate}.put(ctx, tx),
			tx.QueryRowContext(ctx, `SELECT 1`).Scan(new(int)), refused)
	}); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	same("after a write that was taken back")
	if err := mine.ChangeFile(ctx, "x", (*files.File).Reread); err != nil {
		t.Fatal(err)
	}
	same("by its id")
}

// Within a write, what was known before shows what the write has changed since.
func TestWriteSeesItself(t *testing.T) {
	mine, others := twins(t)
	ctx := t.Context()
	mine.Hold(false)
	if err := mine.Save(ctx, Save{Cycle: func(c *Cycle) { c.UpToDate = "one" }}); err != nil {
		t.Fatal(err)
	}
	var seen []string
	see := func(tx *sql.Tx) error {
		c, err := cycleIn(ctx, tx)
		seen = append(seen, c.UpToDate)
		return err
	}
	if err := mine.write(ctx, "write", func(tx *sql.Tx) error {
		err := see(tx)
		if err == nil {
			err = Save{Cycle: func(c *Cycle) { c.UpToDate = "two" }}.put(ctx, tx)
		}
		if err == nil {
			err = see(tx)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := mine.write(ctx, "write", see); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(seen, []string{"one", "two", "two"}) {
		t.Errorf("seen: %q", seen)
	}
	if c, err := others.Cycle(ctx); c.UpToDate != "two" || err != nil {
		t.Errorf("stored: %q, %v", c.UpToDate, err)
	}
}
