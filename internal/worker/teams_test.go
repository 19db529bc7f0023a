package worker_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/publish"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// leads types a team into «Команды».
func (o *office) leads(team, part, leads string) {
	o.t.Helper()
	o.adds("teams", map[string]any{"name": team, "part": part, "leads": leads})
}

// teamSummary returns the summary of a team.
func (o *office) teamSummary(name string) string {
	o.t.Helper()
	for _, t := range o.dep().Teams {
		if t.Name == name {
			return o.file(files.Team, department.PersonID(t.ID))
		}
	}
	o.t.Fatalf("there is no team %s", name)
	return ""
}

// monthFact returns the fact of a KPI in a row of a summary's tab «Месяц».
func (o *office) monthFact(file, row, kpi string) float64 {
	o.t.Helper()
	s := o.read(file, "sheets(properties(sheetId),data(rowData(values(formattedValue,effectiveValue))))")
	for _, sheet := range s.Sheets {
		if sheet.Properties.SheetId != workbook.SheetID(summary.TabMonth) {
			continue
		}
		col := -1
		for _, r := range sheet.Data[0].RowData {
			for i, c := range r.Values {
				if c.FormattedValue == kpi && col < 0 {
					col = i
				}
			}
			if col >= 0 && len(r.Values) > col && r.Values[0].FormattedValue == row &&
				r.Values[col].EffectiveValue != nil &&
				r.Values[col].EffectiveValue.NumberValue != nil {
				return *r.Values[col].EffectiveValue.NumberValue
			}
		}
	}
	o.t.Fatalf("%s has no row %q with a fact of %q", file, row, kpi)
	return 0
}

// Each team with a lead has a summary of the people in it and below, open only to its
// leads and to those of the teams above; it is renamed with the team, and a former lead
// loses access at the next sync.
func TestTeamSummaries(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com, second@example.com")
	o.leads("Юг", "Дивизион", "")
	o.settle()
	north, div := o.teamSummary("Север"), o.teamSummary("Дивизион")
	o.mayBe("the north's", north, "div@example.com reader", "north@example.com reader",
		"second@example.com reader")
	o.mayBe("the division's", div, "div@example.com reader")
	o.types(0, "2026-05-14", "deals", 3) // of the north
	o.types(1, "2026-05-14", "deals", 5) // of the south
	o.settle()
	for _, c := range []struct {
		what, file string
		want       float64
	}{{"the north", north, 3}, {"the division", div, 8}, {"all", o.summary(), 8}} {
		if got := o.monthFact(c.file, "Итого", "Сделки"); got != c.want {
			t.Errorf("%s has %v deals, want %v", c.what, got, c.want)
		}
	}
	if text := o.text(north, "month"); strings.Contains(text, personName(1)) || !strings.Contains(text, personName(0)) {
		t.Error("the north's summary shows who is not of it, or not who is")
	}
	if text := o.text(o.control(), "teams"); !strings.Contains(text, "сводка готова") {
		t.Errorf("«Команды» does not say that the summary is ready:\n%s", text)
	}

	// A person moves: what was earned stays where it was.
	o.clock.set("2026-05-15", 12, 0)
	o.config("people", "name="+personName(0), "team", "Юг")
	o.settle()
	if got := o.monthFact(north, "Итого", "Сделки"); got != 3 {
		t.Errorf("after the move the north has %v deals, want 3", got)
	}
	o.types(0, "2026-05-15", "deals", 4)
	o.settle()
	if a, b, all := o.monthFact(north, "Итого", "Сделки"), o.monthFact(div, "Юг", "Сделки"),
		o.monthFact(o.summary(), "Итого", "Сделки"); a != 3 || b != 9 || all != 12 {
		t.Errorf("the north has %v, the south %v, all %v; want 3, 9, 12", a, b, all)
	}

	// Another name, another lead.
	o.config("teams", "name=Север", "leads", "new@example.com")
	o.settle()
	o.mayBe("the north's", north, "div@example.com reader", "new@example.com reader")
	o.config("teams", "name=Север", "name", "Северо-запад")
	o.settle()
	if got := o.teamSummary("Северо-запад"); got != north {
		t.Errorf("the renamed team has the summary %s, want %s", got, north)
	}
	s, err := o.as("").Spreadsheets.Get(north).Fields("properties.title").Do()
	o.must(err)
	if s.Properties.Title != "Сводка команды: Северо-запад" {
		t.Errorf("it is called %q", s.Properties.Title)
	}
	// Without a lead nobody has access, and it stays.
	o.config("teams", "name=Северо-запад", "leads", "")
	o.settle()
	o.mayBe("the north's", north, "div@example.com reader")
	o.mayBe("the division's", div, "div@example.com reader")
}

// k people who typed cost k reads and one write of each summary that shows them: the
// director's, those of their teams and of the teams above. Without changes: one call.
func TestCallsOfTeams(t *testing.T) {
	t.Parallel()
	for _, n := range []int{6, 50, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if testing.Short() && n > 6 {
				t.Skip("it runs without -short")
			}
			o := newOffice(t).init().hire(n, "sales-rep")
			o.sync()
			o.open()
			o.leads("Дивизион", "", "div@example.com")
			o.leads("Север", "Дивизион", "north@example.com")
			o.leads("Юг", "Дивизион", "south@example.com")
			o.leads("Запад", "", "west@example.com") // nobody is in it: it has none
			for range n / 50 {                       // reports move into the folders of teams, some in each cycle
				o.sync()
			}
			o.settle()
			o.expect("nothing changed", google.Calls{Drive: 1})
			for i, who := range [][]int{{0}, {2, 4}, {1, 3, 5}, {0, 1}} {
				for _, p := range who {
					o.types(p, "2026-05-14", "deals", 10*(i+1)+p)
				}
				writes := 3 // the director's, the division's, the team's
				if slices.ContainsFunc(who, func(p int) bool { return p%2 != who[0]%2 }) {
					writes = 4
				}
				o.expect(fmt.Sprintf("%v typed", who),
					google.Calls{Drive: 1, SheetsRead: len(who), SheetsWrite: writes})
				o.expect("settled", google.Calls{Drive: 1})
			}
		})
	}
}

// teamsAreTrue checks that the summary of each team is what all figures and closes make
// it: that none was left as it was though something that it shows has changed.
func (o *office) teamsAreTrue(when string, teams ...string) {
	o.t.Helper()
	list, err := o.ledger.FilesOf(o.t.Context(), files.Team)
	o.must(err)
	for _, name := range teams {
		id := o.teamSummary(name)
		i := slices.IndexFunc(list, func(f files.File) bool { return f.ID == id })
		book, err := o.w.TeamBook(o.t.Context(), name)
		o.must(err)
		state := publish.Remembered(list[i])
		if state == nil {
			o.t.Errorf("%s: nobody knows what stands in the summary of %s", when, name)
			continue
		}
		reqs, _, err := workbook.Diff(state, book)
		o.must(err)
		reqs = slices.DeleteFunc(reqs, func(r *sheets.Request) bool {
			text, err := r.MarshalJSON()
			o.must(err)
			return strings.Contains(string(text), "Данные на") // a newer time alone is not written
		})
		if len(reqs) > 0 {
			text, err := reqs[0].MarshalJSON()
			o.must(err)
			o.t.Errorf("%s: the summary of %s is not what all figures make: %d requests, first %.300s", when, name,
				len(reqs), text)
		}
	}
}

// A team's summary is laid out only if something that it is made from has changed;
// whatever has changed is noticed.
func TestTeamLayoutsFollowTheirInputs(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.sync()
	o.past(calendar.Span{From: date("2026-03-02"), To: date("2026-05-13")}, o.typedKPIs("sales-rep")...)
	o.clock.set("2026-05-25", 12, 0)
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com")
	o.leads("Юг", "Дивизион", "south@example.com")
	teams := []string{"Дивизион", "Север", "Юг"}
	o.settle()
	o.teamsAreTrue("at first", teams...)
	for _, step := range []struct {
		name   string
		do     func()
		spared int // summaries that were not laid out; −1: any number
	}{
		{"a figure", func() { o.types(0, "2026-05-25", "deals", 3) }, 1},
		{"of another team", func() { o.types(1, "2026-05-25", "deals", 4) }, 1},
		{"of both", func() { o.types(1, "2026-05-25", "deals", 5); o.types(2, "2026-05-25", "deals", 5) }, 0},
		{"a cell that is no figure", func() { o.types(0, "2026-05-22", "deals", "?") }, 3},
		{"another program", func() { o.restart(false) }, -1},
		{"after it", func() { o.types(1, "2026-05-25", "deals", 6) }, -1},
		{"a move from today on", func() { o.config("people", "name="+personName(0), "team", "Юг") }, -1},
		{"a move back, as of earlier", func() {
			o.config("people", "name="+personName(0), "team", "Север с 18.05.2026")
		}, -1},
		{"a move long ago", func() { o.config("people", "name="+personName(2), "team", "Юг с 01.04.2026") }, -1},
		{"another name", func() { o.config("teams", "name=Юг", "name", "Юго-восток") }, -1},
		{"no more part of the division", func() { o.config("teams", "name=Юго-восток", "part", "") }, -1},
		{"an edit of a locked day", func() { o.types(1, "2026-05-12", "deals", 40) }, -1},
		{"that is allowed", func() {
			o.adds("unlocks", map[string]any{"person": personName(1), "from": date("2026-05-12").Serial(),
				"to": date("2026-05-13").Serial(), "until": date("2026-05-29").Serial()})
		}, -1},
		{"an absence", func() {
			o.adds("absences", map[string]any{"person": personName(3), "from": date("2026-05-25").Serial(),
				"to": date("2026-05-26").Serial()})
		}, -1},
		{"a week that closes", func() { o.clock.set("2026-05-28", 12, 0) }, -1},
		{"somebody who leaves the list", func() { o.deletes("people", "name="+personName(3)) }, -1},
	} {
		step.do()
		o.sync()
		if got := o.w.TeamLayoutsSpared(); step.spared >= 0 && got != step.spared {
			t.Errorf("%s: %d summaries of teams were spared, want %d", step.name, got, step.spared)
		}
		o.settle()
		if step.name == "another name" {
			teams[2] = "Юго-восток"
		}
		o.teamsAreTrue(step.name, teams...)
	}
}

// teamFolder returns the id and the name of a team's folder.
func (o *office) teamFolder(team string) (id, name string) {
	o.t.Helper()
	for _, t := range o.dep().Teams {
		if t.Name != team {
			continue
		}
		list, err := o.drive.Files.List().Q("mimeType='application/vnd.google-apps.folder' and trashed=false").
			Fields("files(id,name,appProperties)").Do()
		o.must(err)
		for _, f := range list.Files {
			if f.AppProperties["kind"] == files.TeamReports && f.AppProperties["person"] == t.ID {
				if id != "" {
					o.t.Errorf("the team %s has two folders", team)
				}
				id, name = f.Id, f.Name
			}
		}
	}
	return id, name
}

// readers checks who of some people can open the report of the i-th person.
func (o *office) readers(when string, i int, want ...string) {
	o.t.Helper()
	var got []string
	for _, who := range []string{"div@example.com", "north@example.com", "south@example.com"} {
		if o.opens(who, o.report(i)) == http.StatusOK {
			got = append(got, strings.TrimSuffix(who, "@example.com"))
		}
	}
	if !slices.Equal(got, want) {
		o.t.Errorf("%s: the report of person %d is open to %v, want %v", when, i, got, want)
	}
}

// linksOf returns whose reports the names in a summary lead to.
func (o *office) linksOf(file string) []string {
	o.t.Helper()
	var out []string
	for id, name := range o.linksIn(file) {
		if slices.Contains(o.reports(), id) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Leads see the reports of those in their team and below, and no others, by one share of
// a folder each: the names in the team's summary lead there. Who changes teams takes the
// report along, and the old lead's access ends.
func TestTeamFolders(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep") // 0 and 2 are of the north
	o.sync()
	o.open()
	o.server.Journal().Reset()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com")
	o.leads("Юг", "Дивизион", "south@example.com")
	o.settle()
	shared := 0
	for _, c := range o.server.Journal().Calls() {
		if c.Method == "drive.permissions.create" {
			shared++
		}
	}
	if shared != 3 {
		t.Errorf("%d calls let three leads in, want 3", shared)
	}
	for i, want := range [][]string{{"div", "north"}, {"div", "south"}, {"div", "north"}, {"div", "south"}} {
		o.readers("at first", i, want...)
	}
	names := []string{personName(0), personName(1), personName(2), personName(3)}
	for team, want := range map[string][]string{"Дивизион": names, "Север": {names[0], names[2]},
		"Юг": {names[1], names[3]}} {
		if got := o.linksOf(o.teamSummary(team)); !slices.Equal(got, want) {
			t.Errorf("names in the summary of %s lead to the reports of %v, want %v", team, got, want)
		}
	}
	if o.opens("div@example.com", o.teamSummary("Юг")) != http.StatusOK {
		t.Error("the lead of the division cannot open the summary of a team in it")
	}
	if o.write("north@example.com", o.report(0)) == nil {
		t.Error("a lead writes into a report")
	}
	o.expect("nothing changed", google.Calls{Drive: 1})

	// A move of a day to come, then one of today.
	o.config("people", "name="+names[0], "team", "Юг с 18.05.2026")
	o.settle()
	o.readers("before the move", 0, "div", "north")
	o.clock.set("2026-05-18", 12, 0)
	o.settle()
	o.readers("on the day", 0, "div", "south")
	if got := o.linksOf(o.teamSummary("Юг")); !slices.Contains(got, names[0]) {
		t.Errorf("the new team's names lead to %v", got)
	}
	if got := o.linksOf(o.teamSummary("Север")); slices.Contains(got, names[0]) {
		t.Errorf("the old team's names lead to %v", got)
	}

	// The lead of the division leads the north besides, and then no more.
	o.config("teams", "name=Север", "leads", "div@example.com")
	o.settle()
	o.readers("led by the division's lead", 2, "div")
	if text := o.text(o.control(), "teams"); strings.Contains(text, "не открылся") {
		t.Errorf("who can open a team by the one above is said to wait:\n%s", text)
	}
	o.config("teams", "name=Дивизион", "leads", "north@example.com")
	o.settle()
	o.readers("they have changed places", 2, "div", "north")
	o.readers("they have changed places", 1, "north", "south")
	o.config("teams", "name=Север", "leads", "")
	o.settle()
	o.readers("nobody leads the north", 2, "north")
	o.config("teams", "name=Дивизион", "leads", "div@example.com")
	o.config("teams", "name=Север", "leads", "north@example.com")
	o.settle()
	o.readers("as before", 2, "div", "north")

	// Another program, another ledger: the same folders and the same access.
	o.restart(true)
	o.settle()
	o.readers("after the loss of the ledger", 0, "div", "south")
	o.readers("after the loss of the ledger", 2, "div", "north")
	if id, name := o.teamFolder("Север"); id == "" || name != "Север" {
		t.Errorf("the north's folder is %q %q", id, name)
	}
	o.config("teams", "name=Север", "name", "Северо-запад")
	o.settle()
	if _, name := o.teamFolder("Северо-запад"); name != "Северо-запад" {
		t.Errorf("the renamed team's folder is called %q", name)
	}
	o.expect("settled", google.Calls{Drive: 1})
}

// titleOf returns the title of a spreadsheet.
func (o *office) titleOf(id string) string {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(id).Fields("properties.title").Do()
	o.must(err)
	return s.Properties.Title
}

// A team that nobody leads any more, or that has ended, leaves an archive that only those
// above can open; once it is led again, its summary goes on.
func TestTeamArchive(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com")
	o.leads("Юг", "Дивизион", "")
	o.types(0, "2026-05-14", "deals", 3)
	o.settle()
	north := o.teamSummary("Север")
	folder, _ := o.teamFolder("Север")
	o.config("teams", "name=Север", "leads", "")
	o.settle()
	if got := o.titleOf(north); got != "Сводка команды: Север (архив)" {
		t.Errorf("the summary of a team without a lead is called %q", got)
	}
	if _, name := o.teamFolder("Север"); name != "Север (архив)" {
		t.Errorf("its folder is called %q", name)
	}
	o.mayBe("the archive", north, "div@example.com reader")
	o.readers("nobody leads the north", 0, "div")
	o.expect("settled", google.Calls{Drive: 1})

	o.config("teams", "name=Север", "leads", "north@example.com")
	o.settle()
	if got := o.titleOf(north); got != "Сводка команды: Север" {
		t.Errorf("the summary of a team that is led again is called %q", got)
	}
	if got := o.monthFact(north, "Итого", "Сделки"); got != 3 {
		t.Errorf("it has %v deals, want 3", got)
	}
	if id, name := o.teamFolder("Север"); id != folder || name != "Север" {
		t.Errorf("its folder is %q %q", id, name)
	}
	o.readers("it is led again", 0, "div", "north")

	// It ends: its people go elsewhere, and its row is deleted.
	for _, i := range []int{0, 2} {
		o.config("people", "name="+personName(i), "team", "Юг")
	}
	o.deletes("teams", "name=Север")
	o.settle()
	if got := o.titleOf(north); got != "Сводка команды: Север (архив)" {
		t.Errorf("the summary of a team that ended is called %q", got)
	}
	o.mayBe("what is left of it", north, "div@example.com reader")
	if got := o.lies(o.report(0)); got == folder {
		t.Error("a report lies in the folder of a team that has ended")
	}
	o.expect("settled again", google.Calls{Drive: 1})
}

// A lead whom Google refuses is told in the team's row, and stops nobody else.
func TestRefusedLead(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.sync()
	o.open()
	o.server.Faults().Add(localgoogle.Fault{Method: "drive.permissions.create", Status: http.StatusBadRequest,
		Reason: "invalidSharingRequest", Count: 1})
	o.leads("Север", "", "nobody@example.com, north@example.com")
	o.settle()
	if s := o.refused("teams", "name=Север"); !strings.Contains(s, "nobody@example.com") ||
		!strings.Contains(s, "нет аккаунта Google") {
		t.Errorf("the row of the team says %q", s)
	}
	o.readers("the other lead", 0, "north")
}

// Each lead gets the digest of the own team once a day: of the highest one where they
// lead several in each other, of each where these are apart; whoever gets the director's
// gets that alone. Who has not reported stands in it, and nobody of another team does.
func TestTeamDigests(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(4, "sales-rep")
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com; DIV@example.com")
	o.leads("Юг", "Дивизион", "boss@example.com, "+personEmail(1))
	o.config("people", "name="+personName(1), "notify", 555) // leads the south, and reads Telegram
	o.config("settings", "key=directors", "value", "boss@example.com")
	o.types(0, "2026-05-14", "deals", 1)
	o.types(0, "2026-05-14", "revenue", 10_000)
	o.settle()
	box := &outbox{}
	sent := func(when string, want ...string) {
		t.Helper()
		box.to = nil
		_, err := o.w.SendDigest(t.Context(), box)
		o.must(err)
		if !slices.Equal(box.to, want) {
			t.Errorf("%s: sent to %q, want %q", when, box.to, want)
		}
	}
	sent("at noon")
	o.clock.set("2026-05-14", 19, 30)
	sent("in the evening", "boss@example.com", "div@example.com", "north@example.com", "555")
	sent("again")
	for address, want := range map[string]struct {
		title, link string
		missing     []int
		of          string
	}{
		"boss@example.com":  {"Сводка отдела продаж, ", o.summary(), []int{1, 2, 3}, "3 из 4"},
		"div@example.com":   {"Сводка команды: Дивизион, ", o.teamSummary("Дивизион"), []int{1, 2, 3}, "3 из 4"},
		"north@example.com": {"Сводка команды: Север, ", o.teamSummary("Север"), []int{2}, "1 из 2"},
		"555":               {"Сводка команды: Юг, ", o.teamSummary("Юг"), []int{1, 3}, "2 из 2"},
	} {
		text := box.texts[address]
		if !strings.HasPrefix(text, want.title) || !strings.Contains(text, want.link) ||
			!strings.Contains(text, "не сдали: "+want.of) {
			t.Errorf("%s gets\n%s", address, text)
		}
		_, missing, _ := strings.Cut(text, "не сдали: "+want.of)
		missing, _, _ = strings.Cut(missing, "\n")
		for i := range 4 {
			if got := strings.Contains(missing, personName(i)); got != slices.Contains(want.missing, i) {
				t.Errorf("%s is told that person %d has not reported: %t", address, i, got)
			}
			if other := address == "north@example.com" && i%2 == 1 || address == "555" && i%2 == 0; other &&
				strings.Contains(text, personName(i)) {
				t.Errorf("%s is told of person %d of another team", address, i)
			}
		}
		if len(box.pictures[address]) == 0 {
			t.Errorf("%s gets no picture", address)
		}
	}
	o.config("people", "name="+personName(1), "notify", "нет")
	o.config("teams", "name=Юг", "part", "")
	o.config("teams", "name=Юг", "leads", "north@example.com")
	o.clock.set("2026-05-15", 19, 30)
	o.settle()
	sent("on the next day", "boss@example.com", "div@example.com", "north@example.com", "north@example.com")
}

// After the deadline each lead is told once, where the digest goes too, who of the team
// has not reported: of the highest team alone, and also a director. Before the deadline,
// of a team that has reported, and of a spreadsheet that nobody has read, nothing is
// told.
func TestLeadsAreToldWhoIsMissing(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(6, "sales-rep") // the even ones are of the north
	o.sync()
	o.open()
	o.leads("Дивизион", "", "div@example.com")
	o.leads("Север", "Дивизион", "north@example.com; DIV@example.com")
	o.leads("Юг", "Дивизион", "boss@example.com, "+personEmail(1))
	o.config("people", "name="+personName(1), "notify", 555) // leads the south, and reads Telegram
	o.config("settings", "key=directors", "value", "boss@example.com")
	o.config("settings", "key=remind_before", "value", 45)
	for _, i := range []int{0, 2, 4} {
		o.types(i, "2026-05-14", "deals", 1)
		o.types(i, "2026-05-14", "revenue", 10_000)
	}
	o.types(3, "2026-05-14", "deals", 1) // the revenue is missing
	o.settle()
	box := &outbox{}
	o.clock.set("2026-05-14", 18, 15)
	o.reminded(box, "ahead", "555", mails(3)[0], mails(5)[0])
	o.types(5, "2026-05-14", "deals", 0) // read before anybody is told
	o.types(5, "2026-05-14", "revenue", 0)
	o.clock.set("2026-05-14", 19, 10)
	o.reminded(box, "after the deadline", "555", mails(3)[0], "div@example.com", "boss@example.com", "555")
	list := "Отчёт за 14\u00a0мая не сдали 2 из "
	for address, want := range map[string]string{
		"div@example.com": "Не сдали отчёт за 14\u00a0мая: 2 из 6, Дивизион\n" + list + "6, срок был в 19:00.\n" +
			"Юг: " + personName(1) + ", " + personName(3) + " (не всё)\nСводка команды: ",
		"boss@example.com": "Не сдали отчёт за 14\u00a0мая: 2 из 3, Юг\n" + list + "3, срок был в 19:00.\n" +
			personName(1) + "\n" + personName(3) + " (не всё)\nСводка команды: ",
	} {
		if text := box.texts[address]; !strings.HasPrefix(text, want) {
			t.Errorf("%s is told\n%s\nwant\n%s", address, text, want)
		}
	}
	if text := box.texts["boss@example.com"]; !strings.HasSuffix(text, o.teamSummary("Юг")) {
		t.Errorf("there is no link to the summary of the south:\n%s", text)
	}
	o.reminded(box, "once is enough")
	o.restart(false)
	o.reminded(box, "after a restart")

	// A day on which the north has not reported either.
	o.clock.set("2026-05-15", 19, 10)
	o.settle()
	o.reminded(box, "on the next day", mails(0)[0], "555", mails(2)[0], mails(3)[0], mails(4)[0], mails(5)[0],
		"div@example.com", "north@example.com", "boss@example.com", "555")
	if text := box.texts["div@example.com"]; !strings.Contains(text, "\nСевер: "+personName(0)+", "+personName(2)+
		", "+personName(4)+"\nЮг: ") {
		t.Errorf("the list of two teams is\n%s", text)
	}
	o.config("settings", "key=remind", "value", false)
	o.clock.set("2026-05-18", 19, 30)
	o.settle()
	o.reminded(box, "switched off")
}
