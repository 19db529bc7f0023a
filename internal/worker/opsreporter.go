package worker

import (
	"context"
	"errors"
	"slices"
	"strings"

	"svodka/internal/callfigures"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/notices"
	"svodka/internal/sharing"
	"svodka/internal/words"
)

// opsReporter tells ops in the control spreadsheet what they should know.
type opsReporter struct {
	ledger        *ledger.Ledger
	configuration configuration.Keeper
	lang          words.Lang
}

// tell writes into the control spreadsheet what ops should see of a cycle: people's links
// and states, the status of rows, who can open list and who cannot, «Проверка».
func (t opsReporter) tell(ctx context.Context, r *run, list []sharing.File, access *sharing.Run) error {
	dep := &r.cfg.Department
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
	asides, err := t.asideProblems(ctx, r)
	if err != nil {
		return err
	}
	return t.configuration.Write(ctx, r.cfg, configuration.Told{
		Status: statuses(r, access, t.lang),
		Teams:  t.teamStatuses(r, list, access),
		Notes: slices.Concat(r.lostProblems(t.lang), r.clocks, rowless,
			access.Problems(list, dep.Settings, r.cfg.Typed, t.lang), calls,
			undelivered, asides),
	})
}

// unattributedCalls tells ops of calls that count for nobody.
func (t opsReporter) unattributedCalls(ctx context.Context, dep *department.Department) ([]control.Problem, error) {
	list, err := callfigures.Unattributed(ctx, t.ledger, dep)
	if err != nil {
		return nil, err
	}
	var out []control.Problem
	for _, text := range callfigures.Tell(list, t.lang) {
		out = append(out, control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1, Column: "aliases",
			Message: text,
			InForce: t.lang.T("звонки сохранены и засчитаются, как только станет ясно, чьи они",
				"the calls are kept, and count as soon as it is clear whose they are")})
	}
	return out, nil
}

// statuses returns what «Сотрудники» shows of each person.
func statuses(r *run, access *sharing.Run, lang words.Lang) map[department.PersonID]control.PersonStatus {
	m := map[department.PersonID]control.PersonStatus{}
	for _, u := range r.units {
		f := u.toShare(r.cfg, r.at, r.homes)
		for _, p := range u.people {
			s := control.PersonStatus{Link: inCell(u, p, r), Status: control.ReportReady(lang)}
			_, wanted := f.Want[strings.ToLower(p.Email)]
			switch closed := wanted && !u.shared && !access.HasAccess(f.ID, p.Email); {
			case u.err != nil:
				s.Status = control.OutOfReach(lang) + reason(u.err, lang)
			case p.Gone(r.at.Today) && u.shared:
				s.Status = control.Archived(lang) + lang.T("; таблица дана вами: закройте доступ к ней сами",
					"; the spreadsheet is yours: take the access away yourself")
			case p.Gone(r.at.Today):
				s.Status = control.Archived(lang) + lang.T(": доступ закрыт, таблица и история сохранены",
					": access has ended, spreadsheet and history are kept")
			case u.shared:
				s.Status = control.ReportReady(lang) + lang.T("; таблица дана вами: доступ к ней открываете вы",
					"; the spreadsheet is yours, and so is sharing it")
			case closed && u.closed != nil:
				s.Status = control.ReportReady(lang) +
					lang.T(", но доступ пока не открылся: программа попробует ещё раз",
						", but could not be shared yet: it is tried again")
			case closed && access.Resting():
				s.Status = control.ReportReady(lang) + lang.T(
					"; доступ откроется позже: Google ограничивает, сколько таблиц открыть за раз",
					"; shared later: Google limits how much can be shared at once")
			}
			if u.file.ID == "" {
				s.Link = ""
			}
			m[p.ID] = s
		}
	}
	return m
}

// reason tells ops briefly why a spreadsheet is out of reach.
func reason(err error, lang words.Lang) string {
	if errors.Is(err, errLost) {
		return lang.T("она в корзине или удалена вместе с другими; что делать, сказано на вкладке «Проверка»",
			"it is in the trash or deleted, with others; the tab Checks says what to do")
	}
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
