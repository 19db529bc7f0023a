package files_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/files"
)

var now = time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)

// transition is one way in which what is remembered of a file changes.
type transition struct {
	name, means string
	do          func(*files.File)
}

// transitions are all transitions.
var transitions = []transition{
	{"Tell", "the feed told of somebody's edit", func(f *files.File) { f.Tell(now.Add(time.Hour), false) }},
	{"Tell, no news", "… of our own write, or of no edit", func(f *files.File) {
		if !f.Gone() {
			f.Tell(now.Add(-2*time.Hour), true)
		}
	}},
	{"Reread", "it is to be read whatever the feed says", (*files.File).Reread},
	{"Distrust", "somebody else may have written what is ours", (*files.File).Distrust},
	{"Return", "it was found again", (*files.File).Return},
	{"Trash", "deleted or in the trash", func(f *files.File) { f.Trash(now) }},
	{"Locate", "looked at, for a write at once", func(f *files.File) { f.Locate([]byte("new")) }},
	{"Recognise", "found, and laid out as a digest says", func(f *files.File) { f.Recognise("new") }},
	{"BeginWrite", "before the first request of a write", (*files.File).BeginWrite},
	{"EndWrite", "its answer, nothing typed meanwhile", func(f *files.File) {
		f.EndWrite([]byte("new"), "new", false, now)
	}},
	{"EndWrite, typed", "its answer shows what is still to be read", func(f *files.File) {
		f.EndWrite([]byte("new"), "new", true, now)
	}},
	{"Confirm", "it stands as it should, people type there", func(f *files.File) {
		f.Confirm([]byte("new"), "new", false)
	}},
	{"Confirm, ours", "it stands as it should, nobody types there", func(f *files.File) {
		f.Confirm([]byte("new"), "new", true)
	}},
	{"BeginAside", "before a tab that is refused is set aside", func(f *files.File) { f.BeginAside(aside) }},
	{"RefuseAside", "Google would not have it set aside", func(f *files.File) { f.RefuseAside(aside) }},
	{"DropAside", "it was not: nothing was sent", func(f *files.File) { f.DropAside(aside.Tab) }},
	{"Forget", "Google's answer told that it stands otherwise", (*files.File).Forget},
	{"Read", "read, and laid out as written last", func(f *files.File) { f.Read([]byte("new"), true) }},
	{"Read, strange", "read, and laid out in another way", func(f *files.File) { f.Read([]byte("new"), false) }},
	{"Broken", "read, and parts are missing", (*files.File).Broken},
	{"See", "a reading leaves closed months out", func(f *files.File) { f.See(unseen) }},
	{"Fail", "it could not be read or written", func(f *files.File) { f.Fail("no access") }},
	{"Follow", "more edits of it may be told", func(f *files.File) { f.Follow(now) }},
	{"Unfollow", "no more will", (*files.File).Unfollow},
}

// unseen are the months up to April, without March.
var unseen = files.Unseen{To: calendar.Of(2026, time.April, 30), Since: calendar.Of(2026, time.May, 14),
	But: []calendar.Date{calendar.Of(2026, time.March, 1)}}

// aside is a tab that is set aside.
var aside = files.Aside{Tab: 7, Title: "Май", Copy: 8, Kept: "Май (прежний)", At: now}

// starts returns files on which to try each transition: one up to date, and one of which
// nothing good is known.
func starts(kind string) (good, bad files.File) {
	good = files.Made("1", kind, "anna", "https://x/1")
	good.BeginAside(aside)
	good.EndWrite([]byte("old"), "old", false, now.Add(-2*time.Hour))
	bad = files.Made("1", kind, "anna", "https://x/1")
	bad.EndWrite([]byte("old"), "old", false, now.Add(-2*time.Hour))
	bad.BeginAside(aside)
	bad.Fail("no access")
	bad.Trash(now.Add(-time.Hour))
	bad.Follow(now.Add(-time.Hour))
	return good, bad
}

// facts returns what is remembered, briefly.
func facts(f files.File) map[string]string {
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	layout, known := f.Layout()
	m := map[string]string{
		"layout": "unknown", "digest": "none", "unread": yes(f.Unread()), "writing": yes(f.BeingWritten()),
		"trouble": yes(f.Trouble() != ""), "gone": yes(f.Gone()), "followed": yes(!f.ChangedAt().IsZero()),
		"aside": "none", "unseen": "none",
	}
	for _, a := range f.Asides() {
		m["aside"] = string(a.Stage)
	}
	if !f.Unseen().None() {
		m["unseen"] = "new"
	}
	if known {
		m["layout"] = string(layout)
	}
	if f.Digest() != "" {
		m["digest"] = f.Digest()
	}
	return m
}

// columns are the facts in the order of the table.
var columns = []string{"layout", "digest", "unread", "writing", "trouble", "gone", "followed", "aside", "unseen"}

// table returns what each transition makes of each fact: a value, or nothing if it does
// not change it.
func table(kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| transition | means | %s |\n|---|---|%s\n", strings.Join(columns, " | "),
		strings.Repeat("---|", len(columns)))
	for _, tr := range transitions {
		good, bad := starts(kind)
		goodWas, badWas := facts(good), facts(bad)
		tr.do(&good)
		tr.do(&bad)
		goodIs, badIs := facts(good), facts(bad)
		fmt.Fprintf(&b, "| %s | %s |", tr.name, tr.means)
		for _, c := range columns {
			cell := ""
			switch {
			case goodIs[c] == badIs[c]:
				cell = goodIs[c]
			case goodIs[c] != goodWas[c] || badIs[c] != badWas[c]:
				cell = goodIs[c] + " or " + badIs[c]
			}
			if goodIs[c] == goodWas[c] && badIs[c] == badWas[c] {
				cell = ""
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The table in the architecture page says what every transition does to every fact.
// Change it there by hand, after thinking about what a run will believe that is
// interrupted there.
func TestTransitions(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := table(files.Report); !strings.Contains(string(page), want) {
		t.Errorf("docs/architecture.md does not hold the table of transitions as they are:\n%s", want)
	}
}

// kept keeps layouts by number.
type kept map[int64][]byte

func (k kept) Layout(num int64) []byte { return k[num] }

// A reading that found all where it stood leaves the layout where it is kept.
func TestReadingOfWhatStandsKeepsTheLayout(t *testing.T) {
	f := files.Row{ID: "1", Kind: files.Report, Kept: 7, Digest: "old", Unread: true, Trouble: "no access"}.File(
		kept{7: []byte("old")})
	f.Read(nil, true)
	if r := f.Row(); r.Kept != 7 || r.Digest != "old" || f.ToRead() {
		t.Errorf("after the reading: %+v", r)
	}
	f.Read([]byte("new"), true)
	if r := f.Row(); r.Kept != 0 || string(r.Layout) != "new" {
		t.Errorf("after one that found lines elsewhere: %+v", r)
	}
}

// What only the worker writes is not believed after an edit of somebody else.
func TestChangeOfTheSummary(t *testing.T) {
	for kind, known := range map[string]bool{files.Report: true, files.Control: true, files.Summary: false} {
		f, _ := starts(kind)
		f.Tell(now, false)
		if f.Known() != known || !f.Unread() {
			t.Errorf("%s: known %t, unread %t", kind, f.Known(), f.Unread())
		}
	}
}

// After a write that was interrupted anywhere the layout is not believed, whatever
// happens except a look or a reading.
func TestNothingBelievesACutWrite(t *testing.T) {
	for _, tr := range transitions {
		f, _ := starts(files.Report)
		f.BeginWrite()
		tr.do(&f)
		looked := strings.HasPrefix(tr.name, "EndWrite") || strings.HasPrefix(tr.name, "Confirm") ||
			strings.HasPrefix(tr.name, "Read") && tr.name != "Reread" || tr.name == "Locate"
		if f.Known() != looked {
			t.Errorf("after %s the layout is known: %t", tr.name, f.Known())
		}
		if seen := looked && tr.name != "Locate" && tr.name != "Confirm" && tr.name != "EndWrite, typed" ||
			tr.name == "Broken"; f.Unread() == seen {
			t.Errorf("after %s it is unread: %t", tr.name, f.Unread())
		}
	}
}

// A file survives the ledger's row unchanged; the time when it was first lost is kept.
func TestRow(t *testing.T) {
	_, f := starts(files.Summary)
	f.See(unseen)
	if got := f.Row().File(nil); !got.Equal(f) {
		t.Errorf("%+v became %+v", f, got)
	}
	at := f.GoneAt()
	f.Trash(now)
	if !f.GoneAt().Equal(at) {
		t.Errorf("lost at %v, then %v", at, f.GoneAt())
	}
	if g := files.Found("1", files.Report, "anna", ""); g.Known() || !g.Unread() || g.Gone() {
		t.Errorf("a file that was found is %+v", g.Row())
	}
}

// A tab is set aside once in a week, whatever came of it, and what was set aside longer
// ago is forgotten with the next one.
func TestAside(t *testing.T) {
	var f files.File
	other := aside
	other.Tab, other.At = 9, now.Add(files.AsideRest)
	for name, do := range map[string]func(){
		"begun":   func() { f.BeginAside(aside) },
		"refused": func() { f.RefuseAside(aside) },
		"done":    func() { f.BeginAside(aside); f.EndWrite([]byte("new"), "new", false, now) },
	} {
		f = files.Made("1", files.Report, "anna", "")
		if do(); f.MayAside(7, now.Add(files.AsideRest-1)) || !f.MayAside(7, now.Add(files.AsideRest)) ||
			!f.MayAside(9, now) {
			t.Errorf("%s: %+v", name, f.Asides())
		}
		if f.BeginAside(other); len(f.Asides()) != 1 && name != "begun" {
			t.Errorf("%s: a week later there are %+v", name, f.Asides())
		}
	}
	if f.DropAside(9); !f.MayAside(9, other.At) {
		t.Errorf("it was not set aside: %+v", f.Asides())
	}
}

// An entry of the feed, however late, is about our own write if our account made it no
// later than that write; anything else is news, once.
func TestTell(t *testing.T) {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	written := func(kind string) files.File {
		f := files.Made("1", kind, "anna", "")
		f.BeginWrite()
		f.EndWrite([]byte("layout"), "digest", false, at(3)) // Google did it at 2
		return f
	}
	type entry struct {
		modified time.Time
		byUs     bool
		news     bool
	}
	for name, c := range map[string]struct {
		kind    string
		entries []entry
	}{
		"our write": {files.Report, []entry{{at(2), true, false}, {at(2), true, false}}},
		"typed with our account before it": {files.Report,
			[]entry{{at(-5), true, false}, {at(2), true, false}}},
		"typed with our account after it": {files.Report, []entry{{at(4), true, true}, {at(4), true, false}}},
		"typed by a person before it, told late": {files.Report,
			[]entry{{at(-5), false, true}, {at(2), true, false}}},
		"typed by a person": {files.Report,
			[]entry{{at(2), true, false}, {at(60), false, true}}},
		"viewed or shared: nothing was modified": {files.Report,
			[]entry{{at(60), false, true}, {at(60), false, false}}},
		"a time before the one that was told": {files.Report,
			[]entry{{at(60), false, true}, {at(59), false, true}}},
		"the control spreadsheet is like a report": {files.Control, []entry{{at(2), true, false}, {at(4), true, true}}},
		"nobody but us writes into the summary": {files.Summary,
			[]entry{{at(60), true, false}, {at(61), false, true}}},
		"Drive tells no time": {files.Report,
			[]entry{{time.Time{}, true, true}, {time.Time{}, true, true}}},
	} {
		f := written(c.kind)
		for i, e := range c.entries {
			f.Read([]byte("layout"), true)
			if news := f.Tell(e.modified, e.byUs); news != e.news || f.Unread() != e.news {
				t.Errorf("%s: entry %d: news %t, unread %t, want %t", name, i, news, f.Unread(), e.news)
			}
		}
	}
	// During a write, or after an interrupted one, nothing is ours.
	f := written(files.Report)
	f.BeginWrite()
	if !f.Tell(at(2), true) {
		t.Error("an entry is taken for ours though a write was cut off")
	}
	f = written(files.Report)
	f.Trash(now)
	if !f.Tell(at(2), true) || f.Gone() {
		t.Error("a file that came out of the trash is not news")
	}
}

// The months that a reading left out survive their text; a text that is not one is an
// error.
func TestUnseen(t *testing.T) {
	month := func(m time.Month) calendar.Period { return calendar.MonthOf(calendar.Of(2026, m, 1)) }
	for text, has := range map[string][4]bool{ // February to May
		"":                                 {},
		"2026-04-30 2026-05-14":            {true, true, true, false},
		"2026-04-30 2026-05-14 2026-03-01": {true, false, true, false},
	} {
		u, err := files.ParseUnseen(text)
		if err != nil || u.String() != text {
			t.Errorf("%q became %q, %v", text, u, err)
		}
		for i, want := range has {
			if m := month(time.February + time.Month(i)); u.Has(m) != want {
				t.Errorf("%q has %s: %t", text, m, !want)
			}
		}
	}
	for _, text := range []string{"2026-04-30", "2026-04-30 so"} {
		if u, err := files.ParseUnseen(text); err == nil {
			t.Errorf("%q was read as %+v", text, u)
		}
	}
}
