package control

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/lazyregexp"
)

// TeamStatus is what «Команды» shows of a team.
type TeamStatus struct {
	Link   string // URL of the team's summary
	Status string // short, in the language of the sheets
}

func teamID(cells map[string]any) string { return textOf(cells["id"]) }

// teams reads «Команды». It refuses rows that name a team twice; a parent team does not
// hold if it is unknown, or is part of the team itself.
func (r *reader) teams(d *department.Department) {
	l := readRows(r, TabTeams, r.identifyTeams(), teamID, parseTeam)
	r.teamNames = map[string]string{}
	seen := map[string]*entry[department.Team]{}
	for _, e := range slices.Clone(l.entries) {
		if first, twice := seen[norm(e.val.Name)]; twice {
			l.refuseCopy(e.line, first.line)
			l.drop(e)
			continue
		}
		seen[norm(e.val.Name)] = e
		r.teamNames[norm(e.val.Name)] = e.val.Name
	}
	r.formerTeams = map[string]string{}
	for _, e := range l.entries {
		for _, name := range l.former(e) {
			if r.teamNames[norm(name)] == "" {
				r.formerTeams[norm(name)] = e.val.Name
			}
		}
	}
	for {
		teams := r.placed(l)
		circle := department.Circle(teams)
		if circle == nil {
			d.Teams = teams
			break
		}
		r.breakCircle(l, circle)
	}
	r.next[TabTeams] = nil
	for i, e := range l.finish() {
		d.Teams[i].ID = e.id
	}
}

// placed returns the teams in force, each with the present name of its parent.
func (r *reader) placed(l *list[department.Team]) []department.Team {
	l.order()
	var out []department.Team
	for _, e := range l.entries {
		t := e.val
		t.PartOf = cmp.Or(r.teamNames[norm(t.PartOf)], r.formerTeams[norm(t.PartOf)])
		if e.val.PartOf != "" && t.PartOf == "" {
			var names []string
			for _, o := range l.entries {
				names = append(names, o.val.Name)
			}
			e.line.note("part", r.t("команды «%s» на этой вкладке нет: %s", "the team “%s” is not on this tab: %s",
				e.val.PartOf, r.perhaps(e.val.PartOf, names, "выберите из списка или впишите её отдельной строкой",
					"choose from the list or give it a row of its own")), r.apart())
			e.val.PartOf = ""
		}
		out = append(out, t)
	}
	return out
}

// apart returns what is in force of a team whose parent is wrong.
func (r *reader) apart() string {
	return r.t("команда пока ни во что не входит", "the team is part of no other meanwhile")
}

// breakCircle takes out of force what closed a circle: the parent in that of its rows
// that was edited last.
func (r *reader) breakCircle(l *list[department.Team], circle []string) {
	of := func(e *entry[department.Team]) bool { return slices.Contains(circle, e.val.Name) }
	var last *entry[department.Team]
	for _, e := range l.entries {
		if !of(e) {
			continue
		}
		was, known := l.byID[e.id]
		edited := !e.old && !(known && textOf(was.Cells["part"]) == textOf(e.cells["part"]))
		if last == nil || edited {
			last = e
		}
	}
	text := r.t("получился круг: %s. Уберите одну из связей", "a circle: %s. Remove one of these",
		strings.Join(circle, " → "))
	was, known := l.byID[last.id]
	if known && !last.old && textOf(was.Cells["part"]) != textOf(last.cells["part"]) {
		last.line.failText("part", text)
		l.revert(last)
		return
	}
	last.line.note("part", text, r.apart())
	last.val.PartOf = ""
}

// identifyTeams returns the rows of «Команды» with corrected ids: a copied row brings
// another's id along, and a known name decides.
func (r *reader) identifyTeams() []Row {
	rows := r.rowsOf(TabTeams, teamID)
	names := map[string]string{} // as last read, by id
	for _, p := range r.prev[TabTeams] {
		names[p.ID] = norm(textOf(p.Cells["name"]))
	}
	ids, taken := make([]string, len(rows)), map[string]bool{}
	give := func(is func(row Row) string) {
		for i, row := range rows {
			if id := is(row); ids[i] == "" && id != "" && !taken[id] {
				ids[i], taken[id] = id, true
			}
		}
	}
	name := func(row Row) string { return norm(textOf(row.Cells["name"])) }
	give(func(row Row) string {
		if id := teamID(row.Cells); names[id] != "" && names[id] == name(row) {
			return id
		}
		return ""
	})
	give(func(row Row) string {
		for _, p := range r.prev[TabTeams] {
			if names[p.ID] == name(row) {
				return p.ID
			}
		}
		return ""
	})
	give(func(row Row) string { return teamID(row.Cells) })
	give(func(row Row) string { // like people's, so that it is the same again if the ledger is lost
		return "t" + newID(identity{name: cmp.Or(name(row), "?")}, func(id string) bool {
			_, known := names["t"+id]
			return known || taken["t"+id]
		})
	})
	for i := range rows {
		rows[i].Cells["id"] = ids[i]
	}
	return rows
}

func parseTeam(l *line) department.Team {
	t := department.Team{Name: l.text("name"), PartOf: l.text("part")}
	if t.Name == "" {
		l.fail("name", "нет названия: впишите, как называется команда", "no name: type what the team is called")
	}
	for part := range strings.FieldsFuncSeq(rawText(l.value("leads")), func(c rune) bool {
		return strings.ContainsRune(",; \n\t", c)
	}) {
		mail := mailOf(part)
		switch {
		case mail == "":
		case !emailForm.MatchString(mail):
			l.fail("leads", "«%s» — не e-mail: введите, например, ivanova@example.ru; нескольких — через запятую",
				"“%s” is no e-mail: type, for example, ivanova@example.com; several separated by commas", tidy(part))
			return t
		case !slices.Contains(t.Leads, mail):
			t.Leads = append(t.Leads, mail)
		}
	}
	return t
}

// leadsOfNobody warns of teams that have leads but nobody in them or below.
func (r *reader) leadsOfNobody(d *department.Department) {
	tree, peopled := d.Tree(), map[string]bool{}
	for _, p := range d.People {
		peopled[p.Team] = true
		for _, s := range p.TeamsBefore {
			peopled[s.Team] = true
		}
	}
	for i, t := range d.Teams {
		if len(t.Leads) == 0 || slices.ContainsFunc(tree.Below(t.Name), func(name string) bool {
			return peopled[name]
		}) {
			continue
		}
		r.say(Problem{Severity: Warning, Tab: TabTeams, Row: r.next[TabTeams][i].At, Column: "leads",
			Message: r.t("в команде «%s» никого нет: укажите её у сотрудников на вкладке «Сотрудники» или сотрите "+
				"руководителя", "nobody is in the team “%s”: give it to people on the tab People, or delete the lead",
				t.Name)})
	}
}

// teamSince is a team with the day from which a person is in it.
type teamSince struct {
	name string
	from calendar.Date // zero: from the beginning
}

var (
	// sinceForm is a team with its first day: «Север с 01.12».
	sinceForm = lazyregexp.New(`(?i)^(.+?),?\s+(?:с|c|со|from|since)\s+(\d.*)$`)
	dayLike   = lazyregexp.New(`^\d{1,4}[./-]\d`)
)

// teamCell reads «Команда» of a person: «Север», «Север с 01.12», «Юг; Север с
// 01.12.2026». The result is never empty; if it does not understand the cell, the row
// fails.
func (l *line) teamCell() []teamSince {
	near := l.day
	if near.IsZero() {
		near = calendar.Of(2026, 1, 1) // the row was read before: its days are stored beside it
	}
	var out []teamSince
	for part := range strings.FieldsFuncSeq(l.text("team"), func(c rune) bool { return c == ';' }) {
		t := teamSince{name: tidy(part)}
		if m := sinceForm.FindStringSubmatch(t.name); m != nil {
			day, ok := calendar.ParseDay(m[2], near)
			switch {
			case ok && day >= earliest && day <= latest:
				t = teamSince{l.teamName(m[1]), day}
			case dayLike.MatchString(m[2]):
				l.fail("team", "«%s» — не дата: введите, например, Север с 01.12.2026",
					"“%s” is no date: type, for example, North from 2026-12-01", m[2])
			}
		}
		if t.from.IsZero() {
			t.name = l.teamName(t.name)
		}
		if t.name == "" && t.from.IsZero() && len(out) > 0 {
			continue
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return []teamSince{{}}
	}
	for i := 1; i < len(out); i++ {
		if out[i].from <= out[i-1].from {
			l.fail("team", "у каждой следующей команды должна быть дата, с которой сотрудник в ней: Юг; Север с "+
				"01.12.2026", "every next team needs the day from which the person is in it: South; North from "+
				"2026-12-01")
			return out[:1]
		}
	}
	return out
}

// teamName returns a team's present name, by what ops call it; a team that is not listed
// has the name that ops use, and «без команды» is none.
func (l *line) teamName(text string) string {
	n := norm(text)
	switch name, was := l.teamNames[n], l.formerTeams[n]; {
	case name != "":
		return name
	case was != "":
		l.warn("team", "команда теперь называется «%s»: впишите новое название",
			"the team is called “%s” now: type the new name", was)
		return was
	case n == norm(noTeam[0]) || n == norm(noTeam[1]):
		return ""
	}
	return tidy(text)
}

// noTeam means none among earlier teams.
var noTeam = ruEN{"без команды", "no team"}

// parseMoves reads earlier teams: «Юг по 30.11.2026; …». If it does not understand the
// cell, the row fails.
func (l *line) parseMoves(text string) []department.TeamStint {
	var out []department.TeamStint
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ';' || c == '\n' }) {
		if part = tidy(part); part == "" {
			continue
		}
		m := stintForm.FindStringSubmatch(part)
		if m == nil {
			l.fail("moves", "«%s» не понято: введите команду и последний день в ней, например, Юг по 30.11.2026",
				"“%s” is not understood: type the team and the last day in it, for example, South to 2026-11-30", part)
			return nil
		}
		day, ok := parseDate(m[2])
		if !ok {
			l.fail("moves", "«%s» — не дата: введите, например, 30.11.2026",
				"“%s” is no date: type, for example, 2026-11-30", m[2])
			return nil
		}
		out = append(out, department.TeamStint{Team: l.teamName(m[1]), To: day})
	}
	slices.SortStableFunc(out, func(a, b department.TeamStint) int { return cmp.Compare(a.To, b.To) })
	return slices.CompactFunc(out, func(a, b department.TeamStint) bool { return a.To == b.To })
}

// movesText returns earlier teams as a cell shows them.
func (r *reader) movesText(moves []department.TeamStint) string {
	var out []string
	for _, s := range moves {
		out = append(out, cmp.Or(s.Team, noTeam.in(r.lang))+r.t(" по ", " to ")+s.To.Text(r.lang))
	}
	return strings.Join(out, "; ")
}

// moves finds a person's earlier teams. A move counts from the day typed with the team,
// else from the day on which it is seen, and the worker writes the earlier team beside
// the team, where ops can correct it: so it survives a loss of the ledger.
func (r *reader) moves(l *list[department.Person], e *entry[department.Person]) {
	quiet := &line{reader: r, Row: Row{At: e.line.At, ID: e.id, Cells: e.cells}, tab: l.tab}
	was, known := l.byID[e.id]
	if known && was.MovedTeams != nil && textOf(e.cells["moves"]) == textOf(was.Cells["moves"]) { // not written yet
		e.val.TeamsBefore, e.movedTeams = quiet.parseMoves(*was.MovedTeams), was.MovedTeams
	}
	now := quiet.teamCell()
	var before []teamSince // what counted until now
	switch {
	case e.old, known && textOf(was.Cells["team"]) == textOf(e.cells["team"]),
		!known && len(e.val.TeamsBefore) > 0:
		return
	case known:
		old := &line{reader: r, Row: Row{Cells: was.Cells}, tab: l.tab}
		typed := old.teamCell()
		before = r.countedUntil(e.val.TeamsBefore, typed[len(typed)-1].name)
	}
	listed := func(name string) bool { return r.teamNames[norm(name)] != "" }
	if now[0].from.IsZero() {
		if n := len(before); n > 0 && !r.day.IsZero() && r.day > e.val.Hired &&
			(n > 1 || before[0].name != "") && (listed(before[n-1].name) || listed(now[0].name)) {
			now[0].from = r.day
		} else {
			before = nil // there was no team before, or it was renamed
		}
	} else if len(before) == 0 {
		before = []teamSince{{}}
	}
	if now[0].from.IsZero() && len(now) == 1 && len(e.val.TeamsBefore) == 0 {
		return
	}
	before = slices.DeleteFunc(before, func(t teamSince) bool { return t.from >= now[0].from && !now[0].from.IsZero() })
	all := slices.CompactFunc(append(before, now...), func(a, b teamSince) bool { return a.name == b.name })
	e.val.TeamsBefore = nil
	for i, t := range all[1:] {
		e.val.TeamsBefore = append(e.val.TeamsBefore, department.TeamStint{Team: all[i].name, To: t.from - 1})
	}
	text := r.movesText(e.val.TeamsBefore)
	e.movedTeams = &text
}

// countedUntil returns the teams that counted until the day of the reading; it leaves out
// those that start later.
func (r *reader) countedUntil(moves []department.TeamStint, now string) []teamSince {
	out := []teamSince{}
	from := calendar.Date(0)
	for _, s := range moves {
		out = append(out, teamSince{s.Team, from})
		from = s.To + 1
	}
	out = append(out, teamSince{now, from})
	for len(out) > 1 && !r.day.IsZero() && out[len(out)-1].from > r.day {
		out = out[:len(out)-1]
	}
	return out
}
