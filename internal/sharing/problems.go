package sharing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/ledger"
	"svodka/internal/words"
)

// Rows finds rows of the control spreadsheet; *control.Result implements it.
type Rows interface {
	RowOf(id department.PersonID) (int, bool)
	SettingRow(key string) (int, bool)
	TeamRow(id string) (int, bool)
}

// Problems reports to ops the addresses that Google refuses, in the rows that hold them,
// and access that somebody gave by hand.
func (r *Run) Problems(list []File, set department.Settings, rows Rows, lang words.Lang) []control.Problem {
	return slices.Concat(r.refusals(list, set, rows, lang), r.externalAccess(list, rows, lang),
		r.unmoved(list, rows, lang))
}

// ByHand counts the files to which somebody gave access by hand.
func (r *Run) ByHand(list []File) int {
	n := 0
	for _, f := range list {
		if !f.Given && len(r.of(f.ID).External) > 0 {
			n++
		}
	}
	return n
}

// HasAccess reports whether the worker has given an address access.
func (r *Run) HasAccess(id, email string) bool { return r.of(id).Roles[strings.ToLower(email)] != "" }

// refusals reports each refused address once in every row that holds it.
func (r *Run) refusals(list []File, set department.Settings, rows Rows, lang words.Lang) []control.Problem {
	var out []control.Problem
	told := map[string]bool{}
	for _, f := range list {
		for _, email := range f.missing(r.of(f.ID)) {
			x := r.known(f, email)
			if x.Email == "" || told[email] {
				continue
			}
			told[email] = true
			p := control.Problem{Severity: control.Warning, Message: refusalText(x, r.invite, lang),
				InForce: r.nextTry(x, set.Zone, lang)}
			for _, at := range places(email, list, set, rows) {
				p.Tab, p.Row, p.Column = at.tab, at.row, at.column
				out = append(out, p)
			}
		}
	}
	return out
}

type place struct {
	tab, column string
	row         int
}

// places returns the rows that hold an address.
func places(email string, list []File, set department.Settings, rows Rows) []place {
	var out []place
	seen := map[department.PersonID]bool{}
	for _, f := range list {
		for _, p := range f.People {
			if row, ok := rows.RowOf(p.ID); ok && strings.EqualFold(p.Email, email) && !seen[p.ID] {
				seen[p.ID] = true
				out = append(out, place{control.TabPeople, "email", row})
			}
		}
	}
	for _, f := range list {
		if row, ok := rows.TeamRow(f.Team); ok && f.Kind == files.TeamReports && f.Want[strings.ToLower(email)] != "" {
			out = append(out, place{control.TabTeams, "leads", row})
		}
	}
	for _, s := range []struct {
		key    string
		emails []string
	}{{"ops", set.Ops}, {"directors", set.Directors}} {
		named := slices.ContainsFunc(s.emails, func(e string) bool { return strings.EqualFold(e, email) })
		if row, ok := rows.SettingRow(s.key); ok && named {
			out = append(out, place{control.TabSettings, "value", row})
		}
	}
	if len(out) == 0 {
		out = []place{{tab: control.TabPeople, row: -1}}
	}
	return out
}

// refusalText says whom Google refuses, why, and what to do.
func refusalText(x ledger.Refusal, invite bool, lang words.Lang) string {
	var why string
	switch x.Reason {
	case NoAccount:
		why = lang.T("у этого адреса нет аккаунта Google. Впишите адрес, у которого он есть, заведите аккаунт для "+
			"этого адреса или включите в «Параметрах» «Приглашать письмом»",
			"this address has no Google account. Type one that has, open an account for this address, or switch on "+
				"Invite by mail in Settings")
		if invite {
			why = lang.T("у этого адреса нет аккаунта Google, и приглашение письмом не прошло. Проверьте адрес или "+
				"впишите тот, у которого аккаунт есть",
				"this address has no Google account, and could not be invited by mail. Check it, or type one that "+
					"has an account")
		}
	case noAccountOnDrive:
		why = lang.T("файлы этого общего диска открываются только тем, у кого есть аккаунт Google. Впишите такой "+
			"адрес или попросите администратора Google Workspace разрешить на диске доступ людям без аккаунта",
			"files of this shared drive are open to Google accounts only. Type such an address, or ask the "+
				"administrator of Google Workspace to allow others on the drive")
	case "teamDriveDomainUsersOnlyRestriction":
		why = lang.T("файлы этого общего диска открываются только людям вашей организации. Впишите рабочий адрес или "+
			"попросите администратора Google Workspace разрешить на диске доступ людям извне",
			"files of this shared drive are open to your organization only. Type an address of yours, or ask the "+
				"administrator of Google Workspace to allow others on the drive")
	case "insufficientFilePermissions", "forbidden", "Forbidden":
		why = lang.T("аккаунту программы не разрешено открывать доступ к этой таблице. Сделайте его редактором с "+
			"правом менять доступ или откройте таблицу этому человеку сами",
			"the program's account may not share this spreadsheet. Make it an editor who may share, or share the "+
				"spreadsheet with this person yourself")
	default:
		why = lang.T("правила организации в Google Workspace этого не разрешают. Впишите рабочий адрес или попросите "+
			"администратора разрешить доступ извне (admin.google.com → Приложения → Google Workspace → Диск и "+
			"Документы → Настройки общего доступа)",
			"the organization's rules in Google Workspace do not allow it. Type an address of yours, or ask the "+
				"administrator to allow sharing outside (admin.google.com → Apps → Google Workspace → Drive and Docs "+
				"→ Sharing settings)")
		if !ofAddress(x.Reason) {
			why = lang.T("Google отказал и не объяснил почему. Откройте таблицу этому человеку сами",
				"Google refused without a reason that is known here. Share the spreadsheet with this person yourself")
		}
	}
	return fmt.Sprintf(lang.T("доступ для %s не открыт: %s (ответ Google: %s)",
		"not shared with %s: %s (Google says: %s)"), x.Email, why, x.Reason)
}

// nextTry says when the worker tries a refused address again.
func (r *Run) nextTry(x ledger.Refusal, zone *time.Location, lang words.Lang) string {
	if x.Again.IsZero() {
		return lang.T("сама программа больше не пробует: исправьте адрес или откройте таблицу вручную",
			"the program does not try again by itself: correct the address, or share the spreadsheet by hand")
	}
	return lang.T("программа попробует снова ", "the program tries again on ") + x.Again.In(zone).Format("02.01.2006")
}

// externalAccess reports to ops who can open the spreadsheets without the worker's doing.
// It undoes nothing: whoever gave the access may have had a reason.
func (r *Run) externalAccess(list []File, rows Rows, lang words.Lang) []control.Problem {
	var out []control.Problem
	for _, f := range list {
		external := r.of(f.ID).External
		if f.Given || len(external) == 0 {
			continue
		}
		var who []string
		for _, x := range external {
			role := lang.T("может править", "may edit")
			switch x.Role {
			case Reader:
				role = lang.T("может смотреть", "may look")
			case "commenter":
				role = lang.T("может комментировать", "may comment")
			}
			who = append(who, cmp.Or(x.Who, lang.T("все, у кого есть ссылка", "everybody who has the link"))+" ("+
				role+")")
		}
		p := control.Problem{
			Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			InForce: lang.T("доступ остаётся; если он лишний, закройте его в «Настройках доступа» таблицы",
				"they keep it; if that is wrong, take it away in the spreadsheet's sharing dialog"),
		}
		name := lang.T("«Настройки отчётности»", "the control spreadsheet")
		switch f.Kind {
		case files.Report:
			name = lang.T("таблица сотрудника ", "the spreadsheet of ") + f.Name
			if row, ok := rows.RowOf(f.People[0].ID); ok {
				p.Row, p.Column = row, "link"
			}
		case files.Summary:
			name = lang.T("сводка руководителя", "the director's summary")
		case files.History:
			name = lang.T("таблица «История ", "the spreadsheet History ") + f.Name + lang.T("»", "")
		case files.Team:
			name = lang.T("сводка команды ", "the summary of the team ") + f.Name
			p.Tab = control.TabTeams
		case files.TeamReports:
			name = lang.T("папка команды ", "the folder of the team ") + f.Name
			p.Tab = control.TabTeams
		case files.Reports:
			name = lang.T("папка «Отчёты»", "the folder Reports")
		}
		p.Message = name + lang.T(": доступ открыт вручную: ", ": somebody shared it by hand with ") +
			strings.Join(who, ", ")
		out = append(out, p)
	}
	return out
}

// unmoved reports to ops the files that directors or leads cannot open because Google
// would not move them into the folder of reports, or of a team.
func (r *Run) unmoved(list []File, rows Rows, lang words.Lang) []control.Problem {
	var out []control.Problem
	for _, f := range list {
		reason := r.of(f.ID).Unmoved
		if f.Given || reason == "" {
			continue
		}
		if f.Kind != files.Report {
			p := control.Problem{Severity: control.Warning, Tab: control.TabTeams, Row: -1,
				Message: fmt.Sprintf(
					lang.T("папка или сводка команды %s не переместилась (ответ Google: %s): руководители "+
						"команд выше её не откроют. Переместите её в папку команды сами",
						"the folder or the summary of the team %s could not be moved (Google says: %s): leads "+
							"of the teams "+
							"above cannot open it. Move it into the team's folder yourself"), f.Name, reason),
				InForce: lang.T("программа попробует снова утром", "the program tries again in the morning")}
			if row, ok := rows.TeamRow(f.Team); ok {
				p.Row, p.Column = row, "link"
			}
			out = append(out, p)
			continue
		}
		p := control.Problem{Severity: control.Warning, Tab: control.TabPeople, Row: -1,
			Message: fmt.Sprintf(lang.T("таблица сотрудника %s не переместилась в папку «Отчёты» (ответ Google: %s): "+
				"руководители её не откроют. Переместите её в эту папку сами",
				"the spreadsheet of %s could not be moved into the folder Reports (Google says: %s): directors cannot "+
					"open it. Move it there yourself"), f.Name, reason),
			InForce: lang.T("программа попробует снова утром", "the program tries again in the morning"),
		}
		if row, ok := rows.RowOf(f.People[0].ID); ok {
			p.Row, p.Column = row, "link"
		}
		out = append(out, p)
	}
	return out
}
