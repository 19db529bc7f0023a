package notices

import (
	"context"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/notify"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// Lead is somebody who is told of a team.
type Lead struct {
	Team    department.Team
	mail    string // as in «Команды»
	address string // where they want to be reminded themselves if they are in «Сотрудники», else mail
}

// who names a lead among the notices of a kind.
func (l Lead) who() string { return l.Team.ID + " " + l.address }

// leadsOf returns the leads whom a channel leads to, each with their teams. Who leads a
// team above is told of that alone.
func leadsOf(dep *department.Department, n Notifier) []Lead {
	where := map[string]string{} // by e-mail
	for _, p := range dep.People {
		where[strings.ToLower(p.Email)] = p.Address()
	}
	tree := dep.Tree()
	leads := map[string][]string{}
	for _, t := range dep.Led() {
		leads[t.Name] = t.Leads
	}
	var out []Lead
	for _, t := range dep.Led() {
		for _, mail := range t.Leads {
			address, listed := where[strings.ToLower(mail)]
			if !listed {
				address = mail
			}
			above := slices.ContainsFunc(tree.Above(t.Name), func(name string) bool {
				return slices.ContainsFunc(leads[name], func(other string) bool {
					return strings.EqualFold(other, mail)
				})
			})
			if n.Way(address) != "" && !above {
				out = append(out, Lead{t, mail, address})
			}
		}
	}
	return out
}

// TeamDigestTo returns who gets the digest of which team: its leads, but those who get
// the digest of the whole department.
func TeamDigestTo(dep *department.Department, n Notifier) []Lead {
	whole := DigestTo(dep, n)
	return slices.DeleteFunc(leadsOf(dep, n), func(l Lead) bool {
		return slices.Contains(whole, l.address) || slices.Contains(whole, l.mail)
	})
}

// toLeads returns what to tell leads who have not been told yet: who of their team has
// not reported today. people are those whose figures are known.
func (s Sender) toLeads(ctx context.Context, n Notifier, engine *planfact.Engine, dep *department.Department,
	people []department.Person, today calendar.Date, done map[ledger.Notice]ledger.NoticeRecord) ([]message, error) {
	var out []message
	var links map[string]string
	for _, l := range leadsOf(dep, n) {
		m := message{Notice: ledger.Notice{Day: today, Kind: kindLead, Who: l.who()},
			name: "telling a lead who has not reported", address: l.address}
		if !toSend(done, m.Notice) {
			continue
		}
		if links == nil {
			var err error
			if links, err = s.Source.TeamLinks(ctx, dep); err != nil {
				return nil, err
			}
		}
		if of, missing := summary.Missing(dep, engine, people, l.Team.Name, today, links[l.Team.Name],
			s.Lang); missing {
			m.Message = notify.Message{Title: of.Title, Text: of.Text}
			out = append(out, m)
		}
	}
	return out, nil
}
