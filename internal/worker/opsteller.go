package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"svodka/internal/callfigures"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/notices"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// opsTeller tells ops in the control spreadsheet what they should know.
type opsTeller struct {
	ledger        *ledger.Ledger
	configuration configuration.Keeper
	lang          words.Lang
}

// tell writes into the control spreadsheet what ops should see of a cycle: people's
// links and states, row states, «Проверка». resting tells that Google lets the account
// share no more for now.
func (t opsTeller) tell(ctx context.Context, r *run, list []shared, resting bool) error {
	dep := &r.cfg.Department
	status, err := statuses(dep, r.at, r.units, resting, t.lang)
	if err != nil {
		return err
	}
	access, err := t.externalAccess(r.cfg, list)
	if err != nil {
		return err
	}
	calls, err := t.unattributedCalls(ctx, dep)
	if err != nil {
		return err
	}
	rowless, err := t.configuration.Rowless(ctx, r.cfg)
	if err != nil {
		return err
	}
	undelivered, err := notices.Undelivered(ctx, t.ledger, dep.People, r.cfg.Typed.RowOf, r.at.Today, t.lang)
	if err != nil {
		return err
	}
	return t.configuration.Write(ctx, r.cfg, configuration.Told{Status: status, Notes: slices.Concat(r.clocks, rowless, access, calls, undelivered)})
}

// unattributedCalls tells ops of calls that count for nobody.
func (t opsTeller) unattributedCalls(ctx context.Context, dep *department.Department) ([]control.Problem, error) {
	list, err := callfigures.Unattributed(ctx, t.ledger, dep)
	if err != nil {
		return nil, err
	}
	var out []control.Problem
	for _, text := range callfigures.Tell(list, t.lang) {
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1, Column: "aliases", Message: text,
			InForce: t.lang.T("звонки сохранены и засчитаются, как только станет ясно, чьи они", "the calls are kept, and count as soon as it is clear whose they are")})
	}
	return out, nil
}

// externalAccess tells ops who can open the spreadsheets though nobody asked the worker
// to let them. It is said, not undone: somebody may have had a reason.
func (t opsTeller) externalAccess(cfg *configuration.Config, list []shared) ([]control.Problem, error) {
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
			role := t.lang.T("может смотреть", "may look")
			if o.Role != reader {
				role = t.lang.T("может править", "may edit")
			}
			if o.Role == "commenter" {
				role = t.lang.T("может комментировать", "may comment")
			}
			who = append(who, cmp.Or(o.Who, t.lang.T("все, у кого есть ссылка", "everybody who has the link"))+" ("+role+")")
		}
		p := control.Problem{
			Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			InForce: t.lang.T("доступ остаётся; если он лишний, закройте его в «Настройках доступа» таблицы", "they keep it; if that is wrong, take it away in the spreadsheet's sharing dialog"),
		}
		name := t.lang.T("«Настройки отчётности»", "the control spreadsheet")
		switch {
		case f.unit != nil:
			name = t.lang.T("таблица сотрудника ", "the spreadsheet of ") + f.unit.name()
			if row, ok := cfg.Typed.RowOf(f.unit.people[0].ID); ok {
				p.Row, p.Column = row, "link"
			}
		case f.file.Kind == files.Summary:
			name = t.lang.T("сводка руководителя", "the director's summary")
		}
		p.Message = name + t.lang.T(": доступ открыт вручную: ", ": somebody shared it by hand with ") + strings.Join(who, ", ")
		out = append(out, p)
	}
	return out, nil
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

// reason says why a spreadsheet is out of reach, briefly, to ops.
func reason(err error, lang words.Lang) string {
	var ge *google.Error
	if errors.As(err, &ge) {
		switch ge.Status {
		case 403:
			return lang.T("нет доступа", "no access")
		case 404:
			return lang.T("файл не найден", "no such file")
		}
		return ge.Reason
	}
	return strings.TrimSpace(err.Error())
}
