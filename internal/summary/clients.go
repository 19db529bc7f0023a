package summary

import (
	"cmp"
	"slices"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// TabClients is the key of «Клиенты».
const TabClients = "clients"

// clientRows is the maximum number of clients that «Клиенты» lists: those who need a call
// come first, and nobody reads thousands of rows.
const clientRows = 1000

// The names of clients and of who looks after them fill a phone together.
const (
	clientWidth = 200
	ownerWidth  = 150
)

// clientOwner is a person who has clients.
type clientOwner struct {
	department.Person
	role    string
	clients []planfact.ClientLine
	month   planfact.Repeat
}

// ownedClient is a client with the person who looks after them.
type ownedClient struct {
	planfact.ClientLine
	owner *clientOwner
}

// urgency is the order in which standings appear.
var urgency = []planfact.Standing{planfact.AtRisk, planfact.Lost, planfact.Active, planfact.NoDeals}

// clients lays out «Клиенты»: each person's clients in figures this month, then the
// clients one by one, those at risk first and among these the ones who have brought the
// most.
func (m *builder) clients() *workbook.Tab {
	s := newSheet(m.in, m.st, TabClients, "Клиенты", "Clients")
	set := &m.in.Dep.Settings
	ofDays := words.Noun{One: "дня", Few: "дней", Many: "дней", EN: "day", ENs: "days"}
	days := func(n int) string { return ofDays.Count(n, m.lang) }
	s.title(m.lang.T("Клиенты", "Clients"), m.lang.T(
		"Под угрозой — без сделок от "+days(set.RiskDays)+", потерян — от "+days(set.LostDays)+
			". Дни считаются от последней сделки, а если их не было — от передачи.",
		"At risk: no deals for "+days(set.RiskDays)+" or more; lost: for "+days(set.LostDays)+
			". Days count from the last deal or, without any, from the handover."))
	owners := m.owners()
	if len(owners) == 0 {
		s.add(workbook.Txt(m.lang.T(
			"Показывать пока нечего: клиенты появятся, когда сотрудники заполнят вкладки «Сделки» и «Клиенты» в "+
				"своих отчётах.",
			"Nothing to show yet: clients appear once people fill in the tabs Deals and Clients of their reports."),
			m.st.text(textLook{use: textUnder})))
		return s.done()
	}
	s.widen(0, clientWidth)
	s.widen(1, ownerWidth)
	m.ownerTable(s, owners)
	m.clientTable(s, owners)
	s.width[0], s.width[1] = clientWidth, ownerWidth
	s.named = []int{0, 1}
	return s.done()
}

// owners returns the present people who have clients, in the order of the control tab
// within their roles.
func (m *builder) owners() []*clientOwner {
	var out []*clientOwner
	for _, st := range m.staff {
		for _, p := range st.people {
			if !p.Employed(m.in.At.Today) {
				continue
			}
			k := &clientOwner{Person: p, role: st.role.Title, clients: m.in.Engine.Clients(p)}
			if len(k.clients) > 0 {
				k.month, _ = m.in.Engine.Repeat(p, m.month)
				out = append(out, k)
			}
		}
	}
	return out
}

func count(clients []planfact.ClientLine, s planfact.Standing) int {
	n := 0
	for _, c := range clients {
		if c.Standing == s {
			n++
		}
	}
	return n
}

// headed is a heading with its explanation.
type headed struct{ ru, en, noteRU, noteEN string }

// heads adds the headings of a table whose first two columns are texts; centred are the
// columns whose content is.
func (m *builder) heads(s *sheet, names []headed, centred ...int) int {
	cells := make([]workbook.Cell, len(names))
	for i, n := range names {
		use := textHead
		switch {
		case i < 2:
			use = textHeadLeft
		case slices.Contains(centred, i):
			use = textHeadMid
		}
		cells[i] = workbook.Txt(m.lang.T(n.ru, n.en), m.st.text(textLook{use: use}))
		cells[i].Note = m.lang.T(n.noteRU, n.noteEN)
		s.widen(i, 108)
	}
	r := s.add(cells...)
	s.Heights[r] = 40
	return r
}

func (m *builder) ownerTable(s *sheet, owners []*clientOwner) {
	s.gap()
	s.heading(m.ownersHead() + m.monthWithin())
	of := [2]headed{{"Сотрудник", "Person", "", ""}, {"Роль", "Role", "", ""}}
	if !m.listed() {
		of = [2]headed{{"Команда", "Team", "", ""},
			{"Людей", "People", "Сколько человек ведут этих клиентов.", "How many people look after these clients."}}
	}
	m.heads(s, []headed{
		of[0],
		of[1],
		{"Клиентов", "Clients", "Все клиенты сотрудника: из списка «Клиенты» и те, у кого есть сделки.",
			"All clients of the person: those of the list and those with deals."},
		{"● Под угрозой", "● At risk", "", ""},
		{"▼ Потеряны", "▼ Lost", "", ""},
		{"Повторные покупатели", "Repeat buyers", "Клиенты с повторной сделкой в этом месяце / все клиенты со " +
			"сделкой в этом месяце. Повторная — любая сделка клиента после первой, даже если первая была раньше.",
			"Clients with a repeat deal this month / all clients with a deal this month. Repeat: any deal of a " +
				"client after the first one, even if that was earlier."},
		{"Сумма повторных", "Repeat revenue", "Сумма повторных сделок месяца.", "Sum of the month's repeat deals."},
		{"Доля в сумме", "Share of revenue", "Сумма повторных сделок / сумма всех сделок месяца.",
			"Sum of repeat deals / sum of all the month's deals."},
		{"Средний чек повторной", "Average repeat deal", "Сумма повторных сделок / их количество.",
			"Sum of repeat deals / their count."},
		{"Продолжили", "Retained", "Купившие в этом месяце / клиенты списка на его первый день. Список заморожен на " +
			"этот день: убранные позже остаются в нём.",
			"Those who bought this month / the clients of the list on its first day. The list is frozen on that day: " +
				"whoever is taken out later stays in it."},
		{"Из списка", "Of the list", "Сколько клиентов списка на первый день месяца купили.",
			"How many clients of the list on the month's first day bought."},
		{"Переданы позже", "Handed over later",
			"Клиенты, переданные после первого дня месяца: в «Продолжили» они не входят.",
			"Clients handed over after the month's first day: they are not part of the retained."},
	}, 2, 3, 4, 10, 11)
	var all planfact.Repeat
	total := [3]int{}
	byTeam, names := map[string]*ownerTotal{}, []string(nil)
	for _, k := range owners {
		n := [3]int{len(k.clients), count(k.clients, planfact.AtRisk), count(k.clients, planfact.Lost)}
		for i := range n {
			total[i] += n[i]
		}
		all = all.Add(k.month)
		if m.listed() {
			m.ownerRow(s.row(bandPerson, 12).person(k.Person, textName).text(k.role, textName), n, k.month)
			continue
		}
		name := k.TeamOn(m.in.At.Today)
		if byTeam[name] == nil {
			byTeam[name], names = &ownerTotal{}, append(names, name)
		}
		byTeam[name].add(n, k.month)
	}
	for _, name := range names {
		r := s.row(bandPerson, 12).text(m.teamName(name), textName)
		r.cells[0].Link = m.in.TeamLinks[name]
		r.loose(grouped(byTeam[name].people, m.lang), textName)
		m.ownerRow(r, byTeam[name].n, byTeam[name].month)
	}
	if len(owners) > 1 {
		m.ownerRow(s.row(bandTotal, 12).text(m.lang.T("Итого", "Total"), textName).blank(1), total, all)
	}
}

// ownerTotal adds up the clients of several people.
type ownerTotal struct {
	people int
	n      [3]int
	month  planfact.Repeat
}

func (t *ownerTotal) add(n [3]int, month planfact.Repeat) {
	t.people++
	for i := range n {
		t.n[i] += n[i]
	}
	t.month = t.month.Add(month)
}

func (m *builder) ownerRow(r *line, n [3]int, month planfact.Repeat) {
	light := func(n int, l kpi.Light) kpi.Light {
		if n == 0 {
			return kpi.NoLight
		}
		return l
	}
	r.whole(n[0], textState)
	r.state(itoa(n[1]), light(n[1], kpi.Yellow)).state(itoa(n[2]), light(n[2], kpi.Red))
	r.figure(figShare, kpi.Percent, month.Share(), kpi.NoLight, true)
	r.figure(figValue, kpi.Money, kpi.Some(month.RepeatSum), kpi.NoLight, false)
	r.figure(figShare, kpi.Percent, month.SumShare(), kpi.NoLight, false)
	r.figure(figValue, kpi.Money, month.Check(), kpi.NoLight, false)
	r.figure(figShare, kpi.Percent, month.Retention(), kpi.NoLight, true)
	of, later := dash, dash
	if month.Start > 0 {
		of = itoa(month.Kept) + m.lang.T(" из ", " of ") + itoa(month.Start)
	}
	if month.Later > 0 {
		later = itoa(month.Later) + m.lang.T(", купили ", ", bought: ") + itoa(month.LaterBought)
	}
	r.text(of, textState).text(later, textState).end()
}

func (m *builder) clientTable(s *sheet, owners []*clientOwner) {
	groups := map[planfact.Standing][]ownedClient{}
	stake := map[planfact.Standing]float64{}
	all := 0
	for _, k := range owners {
		for _, c := range k.clients {
			groups[c.Standing] = append(groups[c.Standing], ownedClient{c, k})
			stake[c.Standing] += c.Sum
			all++
		}
	}
	s.gap()
	s.heading(m.lang.T("Клиенты: ", "Clients: ") + itoa(all))
	said := ""
	for _, st := range urgency[:2] {
		if n := len(groups[st]); n > 0 {
			if said != "" {
				said += "   "
			}
			said += terms.StandingText(st, m.lang) + ": " + itoa(n)
			if stake[st] > 0 {
				said += m.lang.T(", купили раньше на ", ", bought before for ") + figure(stake[st], kpi.Money, m.lang)
			}
		}
	}
	if said == "" {
		said = m.lang.T("Никто не под угрозой и не потерян.", "Nobody is at risk or lost.")
	}
	s.add(workbook.Txt(said, m.st.text(textLook{use: textUnder})))
	if all > clientRows {
		n := itoa(clientRows)
		s.add(workbook.Txt(m.lang.T("Показаны первые "+n+"; остальные — в отчётах сотрудников.",
			"The first "+n+" are shown; the others are in people's reports."), m.st.text(textLook{use: textUnder})))
	}
	head := m.heads(s, []headed{
		{"Клиент", "Client", "", ""},
		{"Менеджер", "Manager", "", ""},
		{"Статус", "Status", "", ""},
		{"Последняя сделка", "Last deal", "", ""},
		{"Дней без сделок", "Days without deals", "Дней от последней сделки; если их не было — от передачи клиента.",
			"Days since the last deal or, without any, since the handover."},
		{"Сделок", "Deals", "За всё время у этого сотрудника.", "Of all time, with this person."},
		{"Сумма", "Sum", "Сумма всех сделок клиента у этого сотрудника.",
			"Sum of all deals of the client with this person."},
		{"В этом месяце", "This month", "", ""},
		{"Передан", "Handed over", "Прочерк: с самого начала, или клиента нет в списке «Клиенты».",
			"A dash: from the beginning, or the client is not in the list."},
		{"Повторный", "Repeat", "Купил больше одного раза.", "Bought more than once."},
	}, 2, 3, 4, 5, 8, 9)
	rows := 0
	for _, st := range urgency {
		list := groups[st]
		slices.SortStableFunc(list, func(a, b ownedClient) int {
			return cmp.Or(cmp.Compare(b.Sum, a.Sum), cmp.Compare(b.Silent, a.Silent), cmp.Compare(a.Name, b.Name))
		})
		for _, c := range list[:min(len(list), clientRows-rows)] {
			m.clientRow(s, c)
			rows++
		}
	}
	s.Filter = &workbook.Area{R0: head, C0: 0, R1: s.next(), C1: len(s.Cells[head])}
}

func (m *builder) clientRow(s *sheet, c ownedClient) {
	r := s.row(bandPerson, 10).text(c.Name, textName).person(c.owner.Person, textName)
	r.state(terms.StandingText(c.Standing, m.lang), terms.StandingLight(c.Standing))
	if c.Last.IsZero() {
		r.loose(dash, textState)
	} else {
		r.date(c.Last)
	}
	if c.Silent < 0 {
		r.loose(dash, textState)
	} else {
		r.whole(c.Silent, textState)
	}
	r.whole(c.Deals, textState)
	r.figure(figValue, kpi.Money, kpi.Some(c.Sum), kpi.NoLight, false)
	r.figure(figValue, kpi.Money, kpi.Num{V: c.Month, OK: c.Month != 0}, kpi.NoLight, false)
	if c.HandedOver.IsZero() {
		r.loose(dash, textState)
	} else {
		r.date(c.HandedOver)
	}
	again := ""
	if c.Repeat() {
		again = m.lang.T("да", "yes")
	}
	r.loose(again, textState).end()
}

func (m *builder) ownersHead() string {
	if m.listed() {
		return m.lang.T("По менеджерам: ", "By manager: ")
	}
	return m.lang.T("По командам: ", "By team: ")
}
