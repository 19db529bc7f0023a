package summary

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// company returns a crowd in a division of teams 0 to 4 and teams 5 to 9 on their own; in
// the second half few report, person 3 has moved from team 9 to team 3, and 20 has no
// team.
func company(n int) Input {
	in := crowd(n, 30)
	dep := in.Dep
	dep.Teams = []department.Team{{ID: "t0", Name: "Дивизион"}}
	for i := range 5 {
		dep.Teams = append(dep.Teams, department.Team{Name: fmt.Sprintf("Команда %d", i), PartOf: "Дивизион"})
	}
	dep.People[3].TeamsBefore = []department.TeamStint{{Team: "Команда 9", To: day("2026-11-10")}}
	if n > 20 {
		dep.People[20].Team = ""
	}
	in.Engine = in.Engine.AsOf(in.At)
	return in
}

// inTeams returns the column in «Команды» of an open column of «Месяц», for the k-th KPI:
// there the pace stands first.
func inTeams(k, c int) int { return 1 + k*openColumns + (c+1)%openColumns }

// «Команды» shows the same of a team as «Месяц»; the top-level teams add up to the total,
// which is the role's.
func TestTeamsAddUp(t *testing.T) {
	in := company(30)
	b := Layout(in)
	teams, month := tabOf(t, b, TabTeams), tabOf(t, b, TabMonth)
	from := 0
	for i, r := range teams.Cells {
		if len(r) > 0 && r[0].Str == "Продажи" {
			from = i
		}
	}
	matrix := &workbook.Tab{Key: "matrix", Cells: teams.Cells[from:]}
	total, monthTotal := rowWith(t, matrix, "Итого"), rowWith(t, month, "Итого")
	top := []string{"Дивизион", "Без команды"}
	for i := 5; i < 10; i++ {
		top = append(top, fmt.Sprintf("Команда %d", i))
	}
	const kpis = 5
	for k := range kpis {
		for c := range openColumns {
			at, inMonth := inTeams(k, c), 1+k*len(periodColumns)+c
			if total[at].Num != monthTotal[inMonth].Num {
				t.Errorf("KPI %d, figure %d: the total is %v, in «Месяц» %v", k, c, total[at].Num,
					monthTotal[inMonth].Num)
			}
			for i := range 10 {
				name := fmt.Sprintf("Команда %d", i)
				if a, b := rowWith(t, matrix, name)[at], rowWith(t, month, name)[inMonth]; a.Num != b.Num {
					t.Errorf("%s, KPI %d, figure %d: %v, in «Месяц» %v", name, k, c, a.Num, b.Num)
				}
			}
			if k == 4 || c == 2 {
				continue // ratios and paces do not add up
			}
			sum := 0.0
			for _, name := range top {
				sum += rowWith(t, matrix, name)[at].Num
			}
			if math.Abs(sum-total[at].Num) > 1e-6 {
				t.Errorf("KPI %d, figure %d: the teams add up to %v, the total is %v", k, c, sum, total[at].Num)
			}
		}
	}
	// The average check is revenue / deals of the sums.
	sums := total[inTeams(3, 0)].Num / total[inTeams(2, 0)].Num
	if got, want := total[inTeams(4, 0)].Num, sums; math.Abs(got-want) > 1e-6 {
		t.Errorf("the average check of all is %v, want %v", got, want)
	}
	// A person who moved is in both teams of the month, with the days in each.
	var rows [][]workbook.Cell
	for _, r := range month.Cells {
		if len(r) > 0 && r[0].Str == "Сотрудник 0003" {
			rows = append(rows, r)
		}
	}
	role := in.Dep.Roles[0]
	if len(rows) != 2 {
		t.Fatalf("who moved stands %d times in «Месяц»", len(rows))
	}
	whole := in.Engine.Person(in.Dep.People[3], calendar.MonthOf(in.At.Today))
	if sum := rows[0][1].Num + rows[1][1].Num; math.Abs(sum-whole[0].Fact.V) > 1e-6 || rows[0][1].Num == 0 {
		t.Errorf("who moved has %v + %v, together %v of %s", rows[0][1].Num, rows[1][1].Num, whole[0].Fact.V,
			role.KPIs[0].Title)
	}
}

// The costliest team is first, with its parts below it; the table of who is behind ends
// with the figures of «Главное», and counts everybody once.
func TestTeamsByCost(t *testing.T) {
	in := company(60)
	in.Dep.Settings.TeamsFrom = 40
	b := Layout(in)
	teams, main := tabOf(t, b, TabTeams), tabOf(t, b, TabMain)
	var cost []float64
	for _, s := range newBuilder(&in).standings() {
		cost = append(cost, s.cost())
	}
	if !slices.IsSortedFunc(cost, func(a, b float64) int { return int(b - a) }) || len(cost) != 7 {
		t.Errorf("costs %v", cost)
	}
	total := rowWith(t, teams, "Итого")
	if total[teamPeople].Num != 60 || total[teamSilent].Str != itoa(NotReported(in)) {
		t.Errorf("people %v, silent %s, want 60 and %d", total[teamPeople].Num, total[teamSilent].Str, NotReported(in))
	}
	lead := rowWith(t, main, "Выручка")
	if lead[colPace].Num != total[teamPace].Num {
		t.Errorf("pace of all %v, in «Главное» %v", total[teamPace].Num, lead[colPace].Num)
	}
	at := func(tab *workbook.Tab, begin string) int {
		return slices.IndexFunc(tab.Cells, func(r []workbook.Cell) bool {
			return len(r) > 0 && strings.HasPrefix(r[0].Str, begin)
		})
	}
	if a, b := at(main, "Какие команды отстают"), at(main, "Кому помочь"); a < 0 || b < a {
		t.Errorf("teams in row %d, people in %d", a, b)
	}
	for _, s := range newBuilder(&in).behindTeams() {
		if s.name == "" {
			continue // beyond the eight that are named
		}
		row := rowWith(t, main, s.name)
		if row[colPace].Num != rowWith(t, teams, s.name)[teamPace].Num {
			t.Errorf("%s: two paces", s.name)
		}
		if s.lead.line.Light == kpi.Red && newBuilder(&in).teamCause(s) == "" {
			t.Errorf("%s is red for no cause", s.name)
		}
	}
	in.Dep.Settings.TeamsFrom = 60
	if at(tabOf(t, Layout(in), TabMain), "Какие команды отстают") >= 0 {
		t.Error("teams come first of 60 people, too")
	}
}

// For more people than the setting allows the tabs show teams, with the same totals.
func TestTooManyToList(t *testing.T) {
	in := company(60)
	listed := Layout(in)
	in.Dep.Settings.PeopleListed = 59
	in.Links = nil
	short := Layout(in)
	for _, key := range []string{TabDay, TabWeek, TabMonth, TabFunnel} {
		long, brief := tabOf(t, listed, key), tabOf(t, short, key)
		for _, r := range brief.Cells {
			if len(r) > 0 && strings.HasPrefix(r[0].Str, "Сотрудник 0") {
				t.Errorf("%s: %s is listed", key, r[0].Str)
				break
			}
		}
		a, b := rowWith(t, long, "Итого"), rowWith(t, brief, "Итого")
		for i := range a {
			if a[i].Num != b[i].Num || a[i].Str != b[i].Str {
				t.Errorf("%s: total %d is %v, with people listed %v", key, i, b[i], a[i])
			}
		}
		rowWith(t, brief, "Команда 7")
	}
}

// The summary of a team has the figures that «Команды» shows for it, and nobody outside
// it; a person who moved is there with the days in it.
func TestOfTeam(t *testing.T) {
	in := company(30)
	all := tabOf(t, Layout(in), TabTeams)
	for _, name := range []string{"Дивизион", "Команда 3", "Команда 9"} {
		of := ByTeam(in).Of(name)
		b := Layout(of)
		if b.Title != "Сводка команды: "+name {
			t.Errorf("it is called %q", b.Title)
		}
		total := rowWith(t, tabOf(t, b, TabMonth), "Итого")
		row := []workbook.Cell(nil)
		for _, r := range all.Cells { // the matrix is below
			if len(r) > 0 && r[0].Str == name {
				row = r
			}
		}
		for k := range 5 {
			for c := range openColumns {
				if got, want := total[1+k*len(periodColumns)+c].Num, row[inTeams(k, c)].Num; got != want {
					t.Errorf("%s, KPI %d, figure %d: %v, in the director's «Команды» %v", name, k, c, got, want)
				}
			}
		}
		below := in.Dep.Tree().Below(name)
		for _, p := range of.Dep.People {
			if !slices.Contains(below, p.Team) {
				t.Errorf("%s has %s of %q", name, p.Name, p.Team)
			}
		}
		if len(of.Links) != 0 || of.Health.Problems != 0 {
			t.Errorf("%s shows what its leads cannot open", name)
		}
	}
	if got := len(ByTeam(in).Of("Команда 9").Dep.People); got != 4 { // 9, 19, 29, and the one who has left it
		t.Errorf("team 9 has %d people", got)
	}
}

// Where «Главное» names teams first, so do the digest and its picture, with the same
// figures, causes and order.
func TestDigestOfTeams(t *testing.T) {
	in := company(60)
	main := strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n")
	d := Digest(in, "")
	_, listed, found := strings.Cut(d.Text, "Какие команды отстают: ")
	if !found {
		t.Fatalf("the digest names no teams:\n%s", d.Text)
	}
	listed, _, _ = strings.Cut(listed, "\n\n")
	lines := strings.Split(listed, "\n")[1:]
	if len(lines) < 2 || len(d.Glance.Behind) < 2 {
		t.Fatalf("lines %q, picture %v", lines, d.Glance.Behind)
	}
	for i, text := range lines {
		if i >= len(d.Glance.Behind) || strings.HasPrefix(text, "и ещё") {
			break
		}
		p := d.Glance.Behind[i]
		if !strings.Contains(text, " "+p.Name+": "+p.KPI+", темп ") || !strings.HasSuffix(text, p.Cause) {
			t.Errorf("line %d is %q, in the picture stands %+v", i, text, p)
		}
		if !strings.Contains(main, p.Name) || !strings.Contains(main, strings.ReplaceAll(p.Cause, words.NBSP, " ")) {
			t.Errorf("%+v is not in «Главное»:\n%s", p, main)
		}
	}
	in.Dep.Settings.TeamsFrom = 60
	if d := Digest(in, ""); strings.Contains(d.Text, "Какие команды") || d.Glance.BehindIs == words.Teams {
		t.Error("teams are named although there are few people")
	}
}

// Above the setting «Главное», digest and picture say of how many people of which teams
// reports are missing, as many as with people.
func TestManyAreNotNamed(t *testing.T) {
	in := company(60)
	in.At = planfact.AsOf{Today: day("2026-11-23"), Over: true} // nobody has reported
	in.Engine = in.Engine.AsOf(in.At)
	_, all, _ := strings.Cut(Digest(in, "").Text, "Сегодня не сдали")
	in.Dep.Settings.PeopleListed = 20
	d := Digest(in, "")
	head, _, _ := strings.Cut(all, " — ")
	_, now, _ := strings.Cut(d.Text, "Сегодня не сдали")
	now, _, _ = strings.Cut(now, "\n")
	if !strings.HasPrefix(now, head+" — Команда ") {
		t.Errorf("the digest says %q, with people named %.80q", now, all)
	}
	_, listed, found := strings.Cut(now, " — ")
	if !found {
		t.Fatalf("nobody is named in %q", now)
	}
	sum := 0
	for _, part := range strings.Split(listed, ", ") {
		var n int
		if _, err := fmt.Sscanf(part[strings.LastIndex(part, ":")+1:], "%d", &n); err != nil {
			t.Fatalf("%q: %v", part, err)
		}
		sum += n
		main := strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n")
		if !strings.Contains(main, part) {
			t.Errorf("«Главное» does not say %q", part)
		}
	}
	var missing int
	if _, err := fmt.Sscanf(head[strings.LastIndex(head, ": ")+2:], "%d", &missing); err != nil || sum != missing {
		t.Errorf("teams miss %d reports in all, the head of %q says %d, %v", sum, now, missing, err)
	}
	names := 0
	for _, r := range d.Glance.Reports {
		names += len(r.Names)
		if r.MoreOf != words.Teams {
			t.Errorf("the picture counts %+v", r)
		}
	}
	if names == 0 || strings.Contains(strings.Join(rowsOf(tabOf(t, Layout(in), TabMain)), "\n"),
		"и ещё 48 человек — вкладка «День»") {
		t.Error("people are named one by one")
	}
}

// Who is not named among those who need help is to be found where people are named: not
// in «Месяц», if that shows teams.
func TestWhereTheOthersAre(t *testing.T) {
	in := company(60)
	for i := range in.Dep.Roles[0].KPIs {
		in.Dep.Roles[0].KPIs[i].Plan = kpi.Some(1e9) // all are behind
	}
	in.Engine = in.Engine.AsOf(in.At)
	for _, tt := range []struct {
		listed int
		links  map[string]string
		want   string
	}{
		{60, nil, "и ещё 55 человек — вкладка «Месяц»"},
		{20, nil, "и ещё 55 человек — в своих отчётах"},
		{20, map[string]string{"Дивизион": "https://docs.example/team"}, "и ещё 55 человек — в сводках своих команд"},
	} {
		in.Dep.Settings.TeamsFrom, in.Dep.Settings.PeopleListed, in.TeamLinks = 40, tt.listed, tt.links
		book := Layout(in)
		for what, text := range map[string]string{"«Главное»": strings.Join(rowsOf(tabOf(t, book, TabMain)), "\n"),
			"the digest": strings.ReplaceAll(Digest(in, "").Text, words.NBSP, " ")} {
			if !strings.Contains(text, tt.want) {
				t.Errorf("%d people at most by name: %s does not say %q", tt.listed, what, tt.want)
			}
		}
		named := strings.Contains(strings.Join(rowsOf(tabOf(t, book, TabMonth)), "\n"), "Сотрудник 0059")
		if named != strings.HasSuffix(tt.want, "«Месяц»") {
			t.Errorf("%d people at most by name: that «Месяц» names people is %t", tt.listed, named)
		}
	}
}

// Above the setting the rating is of teams, by their totals: each of those in «Месяц»
// once, with its points, and nobody by name. In the summary of a team with fewer people
// it is of people.
func TestRatingOfTeams(t *testing.T) {
	in := company(60)
	in.Dep.Settings.PeopleListed = 59
	in.TeamLinks = map[string]string{"Команда 7": "http://seven"}
	rating := tabOf(t, Layout(in), TabRating)
	role := in.Dep.Roles[0]
	var places []float64
	var names []string
	last, people := math.Inf(1), 0.0
	for _, r := range rating.Cells {
		if len(r) < 5 || r[0].Kind != workbook.Number {
			continue
		}
		name := strings.Replace(r[1].Str, "Без команды", "", 1)
		names, places, people = append(names, name), append(places, r[0].Num), people+r[2].Num
		sum, weights := 0.0, 0.0
		for k, l := range in.Engine.Team(role, name, calendar.MonthOf(in.At.Today)) {
			if got := r[4+k].Num; math.Abs(got-l.Pace.V) > 1e-6 {
				t.Errorf("%q, %s: pace %v, in «Команды» %v", name, l.KPI.Key, got, l.Pace.V)
			}
			sum, weights = sum+l.KPI.Weight*min(l.Pace.V, in.Dep.Settings.Cap), weights+l.KPI.Weight
		}
		if points := 100 * sum / weights; math.Abs(r[3].Num-points) > 0.06 || r[3].Num > last {
			t.Errorf("%q has %v points after %v, want %v", name, r[3].Num, last, points)
		}
		last = r[3].Num
		if (name == "Команда 7") != (r[1].Link != "") {
			t.Errorf("%q leads to %q", name, r[1].Link)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != 11 || len(places) != 11 || places[0] != 1 || !slices.IsSorted(places) ||
		people != 60 {
		t.Errorf("teams %q at places %v with %v people", names, places, people)
	}
	if text := strings.Join(rowsOf(rating), "\n"); strings.Contains(text, "Сотрудник") ||
		!strings.Contains(text, "Место|Команда|Людей|Баллы") {
		t.Errorf("the rating of teams is\n%s", text)
	}
	of := strings.Join(rowsOf(tabOf(t, Layout(ByTeam(in).Of("Команда 7")), TabRating)), "\n")
	if strings.Count(of, "Сотрудник 0") != 6 || !strings.Contains(of, "Место|Сотрудник|Команда|Баллы") {
		t.Errorf("the rating of a team's summary is\n%s", of)
	}
}

// behindIn returns a team of ten people and a division of two teams, whose leading KPI is
// the given one.
func behindIn(k kpi.KPI, fact func(person int) float64, skipped ...int) *builder {
	role := department.Role{Key: "rep", Title: "Продажи", KPIs: []kpi.KPI{k}}
	dep := &department.Department{Roles: []department.Role{role}, Settings: department.Defaults(),
		Teams: []department.Team{{ID: "d", Name: "Дивизион"}, {ID: "a", Name: "Альфа", PartOf: "Дивизион"},
			{ID: "b", Name: "Бета", PartOf: "Дивизион"}, {ID: "g", Name: "Гамма"}}}
	for i := range 30 {
		dep.People = append(dep.People, department.Person{ID: department.PersonID(fmt.Sprintf("p%02d", i)),
			Name: fmt.Sprintf("Человек %02d", i), Role: "rep", Team: []string{"Альфа", "Бета", "Гамма"}[i/10]})
	}
	facts := planfact.NewFacts(dep, calendar.Span{From: day("2026-11-01"), To: day("2026-11-20")})
	for i, p := range dep.People {
		for d := day("2026-11-01"); d <= day("2026-11-20"); d++ {
			if dep.Calendar().Kind(d).Works() && !(slices.Contains(skipped, i) && d >= day("2026-11-18")) {
				facts.Add(department.Entry{Person: p.ID, KPI: k.Key, Date: d, Value: fact(i)})
			}
		}
	}
	at := planfact.AsOf{Today: day("2026-11-20"), Over: true}
	in := Input{Dep: dep, Engine: planfact.New(dep, facts, at), At: at, Lang: words.RU, First: day("2026-11-02")}
	return newBuilder(&in)
}

// A team's cause never only repeats by how much it is behind: without a stage of a funnel
// it says whose reports are missing, else which part or how many people are behind, and
// who the most.
func TestTeamCauses(t *testing.T) {
	calls := kpi.KPI{Role: "rep", Key: "calls", Title: "Звонки", Unit: kpi.Count, Source: kpi.Manual,
		Plan: kpi.Some(2000), PlanFor: calendar.Month, Direction: kpi.Higher, Weight: 1, Required: true}
	gamma := func(m *builder, name string) string {
		cause := ""
		each(m.standings(), func(s *standing) {
			if s.name == name {
				cause = strings.ReplaceAll(m.teamCause(s), words.NBSP, " ")
			}
		})
		return cause
	}
	slow := func(which ...int) func(int) float64 {
		return func(i int) float64 {
			if slices.Contains(which, i) {
				return float64(i)
			}
			return 100
		}
	}
	for _, c := range []struct {
		name, team string
		m          *builder
		want       string
	}{
		{"people", "Гамма", behindIn(calls, slow(20, 21, 22, 23)),
			"отстают 4 из 10 человек, больше всех Человек 20 — на "},
		{"one", "Гамма", behindIn(calls, slow(25)), "отстаёт 1 из 10 человек: Человек 25 — на "},
		{"parts", "Дивизион", behindIn(calls, slow(1, 2, 3, 12, 13)), "отстают 2 из 2 команд, больше всех Альфа — на "},
		{"missing", "Гамма", behindIn(calls, slow(20), 22, 21, 29),
			"нет отчётов: 9 дней у 3 человек (Человек 21, Человек 22 и ещё 1)"},
		{"all is well", "Гамма", behindIn(calls, slow()), ""},
	} {
		got := gamma(c.m, c.team)
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || strings.Contains(got, "отстаёт от плана") {
			t.Errorf("%s: %q, want %q…", c.name, got, c.want)
		}
	}
}

// On a phone, 360 pixels wide with 30 for the numbers of rows, each table of «Команды»
// shows team and pace, whatever teams are called.
func TestTeamsOnAPhone(t *testing.T) {
	in := company(60)
	for i := range in.Dep.Teams {
		in.Dep.Teams[i].Name = strings.Replace(in.Dep.Teams[i].Name, "Дивизион", "Северо-Западный макрорегион", 1)
		in.Dep.Teams[i].PartOf = strings.Replace(in.Dep.Teams[i].PartOf, "Дивизион", "Северо-Западный макрорегион", 1)
	}
	tab := tabOf(t, Layout(in), TabTeams)
	if px := tab.Columns[0].Width + tab.Columns[1].Width; px > 330 {
		t.Errorf("team and pace take %d pixels", px)
	}
	heads := 0
	for _, r := range tab.Cells {
		if len(r) > 1 && strings.Contains(r[1].Str, "Темп") {
			heads++
		}
	}
	if heads != 2 {
		t.Errorf("the pace is beside the name in %d of 2 tables", heads)
	}
	reach := 0
	for _, c := range tab.Columns[teamWhy:teamCols] {
		reach += c.Width
	}
	for _, r := range tab.Cells {
		if len(r) == teamCols && float64(len([]rune(r[teamWhy].Str)))*charPx > float64(reach) {
			t.Errorf("%d pixels hold no %q", reach, r[teamWhy].Str)
		}
	}
}

// The summary of a team in which there are no others has no tab that compares teams.
func TestOneTeamIsNotCompared(t *testing.T) {
	of := ByTeam(company(60))
	for name, want := range map[string]bool{"Дивизион": true, "Команда 7": false} {
		book := Layout(of.Of(name))
		got := slices.ContainsFunc(book.Tabs, func(tab *workbook.Tab) bool {
			return tab.Key == TabTeams
		})
		if dropped := slices.Contains(book.Drop, TabTeams); got != want || dropped == want {
			t.Errorf("%s has «Команды»: %v", name, got)
		}
	}
}
