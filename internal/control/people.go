package control

import (
	"slices"
	"strings"
	"unicode"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
)

func personID(cells map[string]any) string { return textOf(cells["id"]) }

// people reads «Сотрудники».
func (r *reader) people(d *department.Department, res *Result) []*entry[department.Person] {
	ids := r.identify()
	r.keepEntryDays(ids)
	res.ids, res.roles, res.stays = map[int]department.PersonID{}, map[int]string{}, map[int]string{}
	res.moves = map[int]string{}
	read := map[string]calendar.Date{} // Row.Read, by id
	before := r.schedulesRead()
	l := readRows(r, TabPeople, ids, personID, func(ln *line) department.Person {
		p := parsePerson(ln, d)
		near := r.scheduleRead(ln, before)
		var guessed bool
		if p.Schedule, guessed = ln.schedule(near); guessed {
			read[personID(ln.Cells)] = near
		}
		return p
	})
	for _, ln := range l.lines {
		if id := personID(ln.Cells); id != "" {
			res.ids[ln.At] = department.PersonID(id)
			res.stays[ln.At] = textOf(ln.Cells["entered"])
		}
	}
	for {
		stays, refused := clash(l)
		if refused == nil {
			break
		}
		row := stays.line.At + 1
		if refused.val.Email != "" {
			refused.line.fail("email", "этот e-mail уже есть в строке %d (%s): у каждого должен быть свой",
				"this e-mail is already in row %d (%s): everybody needs their own", row, stays.val.Name)
		} else {
			refused.line.fail("email", "такое же имя в строке %d: укажите e-mail, чтобы их различать",
				"the same name stands in row %d: type an e-mail to tell them apart", row)
		}
		l.revert(refused)
	}
	for _, e := range l.entries {
		if was, ok := l.byID[e.id]; ok && !e.old {
			if k := identityOf(was.Cells); k.email != "" && e.val.Email != "" && !identityOf(e.cells).is(k) {
				e.line.warn("name", "имя и e-mail сменились вместе: если это другой человек, впишите его в новую "+
					"строку, а здесь верните %s", "name and e-mail changed together: if this is somebody else, type "+
					"them into a new row and put %s back here", textOf(was.Cells["name"]))
			}
		}
	}
	for _, e := range l.entries {
		r.stints(d, l, e)
		r.moves(l, e)
		if !e.old {
			res.roles[e.line.At] = r.stintsText(d, e.val.Before)
			res.moves[e.line.At] = r.movesText(e.val.TeamsBefore)
		}
		e.ended = r.ended(l.byID[e.id], e.val.Left)
	}
	es := l.finish()
	here := map[string]bool{}
	for i, e := range es {
		r.next[TabPeople][i].Read = read[e.id]
		e.val.ID = department.PersonID(e.id)
		res.ids[e.line.At] = e.val.ID
		here[e.id] = true
		d.People = append(d.People, e.val)
	}
	for _, ln := range l.lines {
		here[personID(ln.Cells)] = true // out of force, but there
	}
	r.nextGone = r.stillGone(here)
	for i, row := range r.next[TabPeople] {
		d.People[i].Former = row.Former
	}
	return es
}

// clash finds two rows in force that are indistinguishable: with the same e-mail, or with
// the same name if an e-mail is missing. The one known before stays, else the upper one.
func clash(l *list[department.Person]) (stays, refused *entry[department.Person]) {
	byMail, byName := map[string]*entry[department.Person]{}, map[string]*entry[department.Person]{}
	for _, b := range l.entries {
		name := norm(b.val.Name)
		a, same := byMail[b.val.Email]
		if b.val.Email == "" || !same {
			if a = byName[name]; a != nil && a.val.Email != "" && b.val.Email != "" {
				a = nil
			}
		}
		if a == nil {
			if b.val.Email != "" {
				byMail[b.val.Email] = b
			}
			// Of several with a name, the one without an e-mail clashes.
			if o := byName[name]; o == nil || o.val.Email != "" {
				byName[name] = b
			}
			continue
		}
		_, knownA := l.byID[a.id]
		_, knownB := l.byID[b.id]
		later := knownB && !knownA // the lower row was there first
		if a.val.Email != b.val.Email {
			later = a.val.Email == ""
		}
		if later {
			return b, a
		}
		return a, b
	}
	return nil, nil
}

var emailForm = lazyregexp.New(`^[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@.,;<>"]+$`)

func parsePerson(l *line, d *department.Department) department.Person {
	if l.bad { // pasted into the wrong columns: none holds what it should
		return department.Person{Name: l.text("name")}
	}
	p := department.Person{Name: l.text("name"), Hired: l.date("hired"), Left: l.date("left")}
	if p.Name == "" {
		l.fail("name", "нет имени: впишите фамилию и имя", "no name: type the person's name")
	}
	p.Email = mailOf(l.text("email"))
	if p.Email != "" && !emailForm.MatchString(p.Email) {
		l.fail("email", "«%s» — не e-mail: введите, например, ivanova@example.ru",
			"“%s” is no e-mail: type, for example, ivanova@example.com", p.Email)
	}
	switch role := l.text("role"); {
	case role == "":
		l.fail("role", "не указана роль: выберите из списка", "no role: choose one from the list")
	default:
		p.Role = l.roleKey(role)
		now, ok := d.Role(p.Role)
		switch {
		case ok && l.gone[p.Role]:
			l.note("role", l.t("роли «%s» больше нет на вкладке «Роли и KPI»: выберите другую или верните её "+
				"показатели", "the role “%s” is no longer on the tab Roles and KPIs: choose another one or put "+
				"its KPIs back", role),
				l.t("действуют прежние показатели роли", "the role's former KPIs are in force"))
		case ok && l.plainRoleKey(role) != l.plainRoleKey(now.Title) && l.renamed[l.plainRoleKey(now.Title)] == p.Role:
			l.warn("role", "роль теперь называется «%s»: выберите новое название",
				"the role is called “%s” now: choose the new name", now.Title)
		case !ok:
			l.fail("role", "роли «%s» нет на вкладке «Роли и KPI»: %s",
				"the role “%s” is not on the tab Roles and KPIs: %s",
				role, l.perhaps(role, roleTitles(d.Roles), "выберите из списка или добавьте там её показатели",
					"choose from the list or add its KPIs there"))
		}
	}
	teams := l.teamCell()
	p.Team = teams[len(teams)-1].name
	p.TeamsBefore = l.parseMoves(textOf(l.value("moves")))
	p.Before = l.parseStints(d, textOf(l.value("before")))
	if !p.Hired.IsZero() && !p.Left.IsZero() && p.Left < p.Hired {
		l.fail("left", "последний день %s раньше приёма %s: исправьте одну из дат",
			"the last day %s is before the first, %s: correct one of the dates", p.Left.Text(l.lang),
			p.Hired.Text(l.lang))
	}
	p.Aliases = aliases(l.value("aliases"))
	switch to := l.text("notify"); {
	case norm(to) == "нет" || norm(to) == "no" || norm(to) == "none" || to == department.NoNotify:
		p.Notify = department.NoNotify
	case strings.ContainsAny(to, " ,;"):
		l.warn("notify", "«%s» — не один адрес: введите номер чата или e-mail, пока напоминания уходят на e-mail",
			"“%s” is not one address: type a chat or an e-mail; until then reminders go to the e-mail", to)
	default:
		p.Notify = addressOf(to)
	}
	p.Cost = l.figure("cost", kpi.Money)
	if s, ok := parseTenure(l.Cells["entered"]); ok {
		p.Entered, p.Away = l.enteredBy(s.entered, p.ID), s.away
	}
	if link := textOf(l.Cells["link"]); isAddress(link) {
		p.Link = link
	}
	return p
}

// roleTitles returns the titles of roles.
func roleTitles(roles []department.Role) []string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = r.Title
	}
	return out
}

// aliases reads names separated by commas, semicolons or line breaks.
func aliases(v any) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(rawText(v), func(c rune) bool {
		return c == ',' || c == ';' || c == '\n'
	}) {
		if part = tidy(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// rawText returns a value as text, with its line breaks.
func rawText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return textOf(v)
}

// mailOf returns an address in the form for comparisons: spaces and capitals mean nothing
// in an address.
func mailOf(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '\u200b' || c == '\ufeff' {
			return -1
		}
		return c
	}, strings.ToLower(s))
	return strings.TrimPrefix(s, "mailto:")
}

// addressOf returns where to notify a person: an e-mail or a chat.
func addressOf(s string) string {
	if s = tidy(s); emailForm.MatchString(mailOf(s)) {
		return mailOf(s)
	}
	return s
}
