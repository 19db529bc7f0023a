package worker

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/planfact"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// unit is one spreadsheet and the people who report in it: one person as a
// rule, several where ops gave them the same link.
type unit struct {
	file   files.File // without an ID: still to be made
	people []department.Person
	shared bool
	wrote  bool // by this run
	// What is missing in its lists, as it was read in this run; urgent: worth a write
	// of its own.
	mend   []workbook.CellAt
	urgent bool
	err    error // why this spreadsheet could not be served in this run
	closed error // why it could not be shared in this run
}

// name is what the unit is called in errors.
func (u *unit) name() string {
	if len(u.people) == 0 {
		return string(u.file.Person)
	}
	s := u.people[0].Name
	if len(u.people) > 1 {
		s += " and others"
	}
	return s
}

// tag begins the tab keys of one of several people who share a spreadsheet.
func (u *unit) tag(p department.Person) string {
	if !u.shared {
		return ""
	}
	return string(p.ID) + "/"
}

// nobody is needed beside those employed.
func nobody(department.Person) bool { return false }

var linkID = regexp.MustCompile(`/d/([A-Za-z0-9_-]{20,})`)

// units pairs the people with their spreadsheets: the one whose link ops typed,
// else the one made for the person, else one to be made. People who left long
// ago or are not hired yet and have no spreadsheet have no unit, unless they are
// needed: for their history.
func (w *Worker) units(ctx context.Context, dep *department.Department, at planfact.AsOf, needed func(department.Person) bool) ([]*unit, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	byID := map[string]files.File{}
	own := map[department.PersonID]files.File{}
	for _, f := range list {
		if f.Kind != files.Report || f.Gone() {
			continue
		}
		byID[f.ID] = f
		if _, ok := own[f.Person]; f.Person != "" && !ok {
			own[f.Person] = f
		}
	}
	var units []*unit
	linked := map[string]*unit{}
	for _, p := range dep.People {
		file, has := own[p.ID]
		if m := linkID.FindStringSubmatch(p.Link); m != nil && m[1] != file.ID && !w.goneFile(list, m[1]) {
			id := m[1]
			u := linked[id]
			if u == nil {
				f, ok := byID[id]
				if !ok {
					f = files.Found(id, files.Report, "", w.Link(id))
				}
				u = &unit{file: f, shared: true}
				linked[id] = u
				units = append(units, u)
			}
			u.people = append(u.people, p)
			continue
		}
		if !has && !p.Employed(at.Today) && !needed(p) {
			continue
		}
		if !has {
			file = files.File{Kind: files.Report, Person: p.ID}
		}
		units = append(units, &unit{file: file, people: []department.Person{p}})
	}
	return units, nil
}

// goneFile tells whether the spreadsheet is one of ours that was deleted.
func (w *Worker) goneFile(list []files.File, id string) bool {
	return slices.ContainsFunc(list, func(f files.File) bool { return f.ID == id && f.Gone() })
}

// statuses is what «Сотрудники» shows of each person. resting tells that Google
// lets the account share no more for now.
func statuses(dep *department.Department, at planfact.AsOf, units []*unit, resting bool, lang words.Lang) (map[department.PersonID]control.PersonStatus, error) {
	m := map[department.PersonID]control.PersonStatus{}
	for _, u := range units {
		had, err := sharesOf(u.file)
		if err != nil {
			return nil, err
		}
		want := u.wanted(dep, at)
		for _, p := range u.people {
			s := control.PersonStatus{Link: u.file.URL, Status: lang.T("отчёт готов", "report is ready")}
			email := strings.ToLower(p.Email)
			_, wanted := want[email]
			switch closed := wanted && had.Roles[email] == ""; {
			case u.err != nil:
				s.Status = lang.T("таблица недоступна: ", "spreadsheet is out of reach: ") + reason(u.err, lang)
			case p.Gone(at.Today):
				s.Status = lang.T("в архиве: доступ закрыт, таблица и история сохранены", "archived: access has ended, spreadsheet and history are kept")
			case closed && had.Failed != "":
				s.Status = lang.T("отчёт готов, но доступ не открылся (", "report is ready, but could not be shared (") + had.Failed +
					lang.T("): проверьте e-mail", "): check the e-mail")
			case closed && resting:
				s.Status = lang.T("отчёт готов; доступ откроется позже: Google ограничивает, сколько таблиц открыть за раз",
					"report is ready; shared later: Google limits how much can be shared at once")
			}
			if u.file.ID == "" {
				s.Link = ""
			}
			m[p.ID] = s
		}
	}
	return m, nil
}

// strangers tells ops who can open the spreadsheets though nobody asked the worker
// to let them. It is said, not undone: somebody may have had a reason.
func (w *Worker) strangers(cfg *configuration.Config, list []shared) ([]control.Problem, error) {
	var out []control.Problem
	for _, f := range list {
		others, err := f.others()
		if err != nil {
			return nil, err
		}
		if len(others) == 0 {
			continue
		}
		var who []string
		for _, o := range others {
			role := w.Lang.T("может смотреть", "may look")
			if o.Role != reader {
				role = w.Lang.T("может править", "may edit")
			}
			if o.Role == "commenter" {
				role = w.Lang.T("может комментировать", "may comment")
			}
			who = append(who, cmp.Or(o.Who, w.Lang.T("все, у кого есть ссылка", "everybody who has the link"))+" ("+role+")")
		}
		p := control.Problem{
			Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			InForce: w.Lang.T("доступ остаётся; если он лишний, закройте его в «Настройках доступа» таблицы", "they keep it; if that is wrong, take it away in the spreadsheet's sharing dialog"),
		}
		name := w.Lang.T("«Настройки отчётности»", "the control spreadsheet")
		switch {
		case f.unit != nil:
			name = w.Lang.T("таблица сотрудника ", "the spreadsheet of ") + f.unit.name()
			if row, ok := cfg.Typed.RowOf(f.unit.people[0].ID); ok {
				p.Row, p.Column = row, "link"
			}
		case f.file.Kind == files.Summary:
			name = w.Lang.T("сводка руководителя", "the director's summary")
		}
		p.Message = name + w.Lang.T(": доступ открыт вручную: ", ": somebody shared it by hand with ") + strings.Join(who, ", ")
		out = append(out, p)
	}
	return out, nil
}

// months are the months whose tabs a person's spreadsheet must have laid out
// now: today's, the one before while its days can still be mended and until it is
// closed, so that it shows for ever what was closed, and the next one some days
// ahead. Of the months before the day from which they count there is
// nothing to lay out.
func months(set department.Settings, p department.Person, counts, today calendar.Date, closed bool) []calendar.Period {
	var out []calendar.Period
	cur := calendar.MonthOf(today)
	if int(today-cur.From) < set.GraceDays || !closed {
		out = append(out, cur.Prev())
	}
	out = append(out, cur)
	if int(cur.To-today) < set.NextMonthDays {
		out = append(out, cur.Next())
	}
	if p.Hired > today { // whose spreadsheet is made ahead
		out = append(out, calendar.MonthOf(p.Hired))
	}
	out = calendar.Distinct(out)
	return slices.DeleteFunc(out, func(m calendar.Period) bool {
		return m.To < min(counts, today) || !p.Hired.IsZero() && m.To < p.Hired || !p.Left.IsZero() && m.From > p.Left
	})
}
