package imports

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// Deal is a row of a file of deals.
type Deal struct {
	Where
	Date            calendar.Date
	Manager, Client string // no client: unknown
	Amount          float64
	ID              string // in the CRM; empty: not in the file
	// Left is why the deal is not taken: another stage or currency. Then only its id is
	// read. Empty: it is taken.
	Left string
	// At is the moment, if the file gives it with a zone: in the department's zone it may
	// be another day.
	At time.Time
}

// Pick says which deals of a file to take.
type Pick struct {
	Stages   []string // of any of these stages; none: of all
	Currency string   // only in this one; empty: in any
}

// dealFields have the headings that people write, and those of the exports of Bitrix24
// (its grid, and crm.deal.list) and of amoCRM (its list, and api/v4/leads with names in
// place of numbers).
var dealFields = []tabular.Field{
	{Name: "date", Must: true, Titles: append(slices.Clone(day.Titles), "Дата закрытия", "Дата сделки", "Дата продажи",
		"Дата оплаты", "Дата завершения", "Закрыта",
		"Close date", "Closed", "Closed at", "Deal date", "CLOSEDATE", "closed_at")},
	manager, client,
	{Name: "amount", Must: true, Titles: []string{"Сумма", "Бюджет", "Сумма сделки", "Бюджет сделки", "Сумма продажи",
		"Стоимость", "Выручка", "Sum", "Value", "Deal value", "Price", "Revenue", "Total", "OPPORTUNITY"}},
	{Name: "id", Titles: []string{"ID", "ID сделки", "Номер сделки", "№ сделки", "Идентификатор", "Deal ID",
		"Lead ID"}},
	{Name: "stage", Titles: []string{"Стадия", "Стадия сделки", "Этап", "Этап сделки", "Этап воронки", "Статус",
		"Статус сделки", "Deal stage", "Pipeline stage", "Status", "STAGE_ID", "STAGE_NAME", "status_id",
		"status_name"}},
	{Name: "currency", Titles: []string{"Валюта", "Валюта сделки", "CURRENCY_ID", "Currency code"}},
}

// Deals reads the picked deals of `date,manager,client,amount[,id,stage,currency]`; of
// the others it reads only the ids, because lost and open deals usually have neither a
// day nor a client. If it does not pick by a column of stages or currencies, notes say
// how many deals and how much money of each it takes.
func (p Pick) Deals(file string, data []byte, o tabular.Options) (File[Deal], error) {
	t, err := match(file, data, o, dealFields)
	if err != nil {
		return File[Deal]{}, err
	}
	if err := p.checkColumns(t, o); err != nil {
		return File[Deal]{}, err
	}
	var out File[Deal]
	seen := seenDeals{stages: tally{}, currencies: tally{}, left: map[string]int{}}
	for l := range t.Lines() {
		d := Deal{Where: l.Where, ID: l.Text("id")}
		stage, currency := l.Text("stage"), l.Text("currency")
		inStage, inCurrency := seen.stages.of(stage), seen.currencies.of(currency)
		if d.Left = p.leaves(stage, currency, o); d.Left != "" {
			seen.left[d.Left]++
			out.Rows = append(out.Rows, d)
			continue
		}
		d.Manager, d.Client, d.Amount = l.Must("manager"), strings.TrimSpace(l.Text("client")), l.MustAmount("amount")
		if l.Must("date") != "" {
			d.Date, d.At = l.DayAt("date")
		}
		if d.Client == "" {
			seen.nameless++
		}
		inStage.add(d.Amount)
		inCurrency.add(d.Amount)
		out.Rows = append(out.Rows, d)
	}
	if err := p.checkFound(t, seen, o); err != nil {
		return File[Deal]{}, err
	}
	if err := t.Err(); err != nil {
		return File[Deal]{}, err
	}
	out.Notes, out.Heads = append(t.Notes(), p.notes(t, seen, o)...), t.Heads()
	return out, nil
}

// seenDeals sums up the deals of a file.
type seenDeals struct {
	stages, currencies tally
	nameless           int            // without a client
	left               map[string]int // not taken, by reason
}

// checkColumns fails if the file lacks a column by which to pick.
func (p Pick) checkColumns(t *tabular.Table, o tabular.Options) error {
	var missing []error
	for field, asked := range map[string]bool{"stage": len(p.Stages) > 0, "currency": p.Currency != ""} {
		if asked && !t.Has(field) {
			missing = append(missing, t.Top().Errorf(field, "%s",
				say(o, "этого столбца в файле нет: назовите его --map %[1]s=\"…\" или уберите --%[1]s",
					"the file has no such column: name it by --map %[1]s=\"…\", or leave out --%[1]s", field)))
		}
	}
	return errors.Join(missing...)
}

// leaves returns why a deal is not picked; empty: it is.
func (p Pick) leaves(stage, currency string, o tabular.Options) string {
	same := func(s string) bool { return tabular.Fold(s) == tabular.Fold(stage) }
	switch {
	case len(p.Stages) > 0 && !slices.ContainsFunc(p.Stages, same):
		return say(o, "стадия «%s»", "the stage “%s”", stage)
	case p.Currency != "" && currencyOf(currency) != currencyOf(p.Currency):
		return say(o, "валюта «%s»", "the currency “%s”", currency)
	}
	return ""
}

// checkFound fails if no line has the stage or currency to pick.
func (p Pick) checkFound(t *tabular.Table, seen seenDeals, o tabular.Options) error {
	for _, s := range p.Stages {
		if _, known := seen.stages[tabular.Fold(s)]; !known {
			return t.Top().Errorf("stage", "%s", say(o, "стадии «%s» нет ни в одной строке; есть: %s",
				"no line has the stage “%s”; there are: %s", s, seen.stages.names()))
		}
	}
	same := func(s *share) bool { return currencyOf(s.name) == currencyOf(p.Currency) }
	if p.Currency != "" && !slices.ContainsFunc(seen.currencies.list(), same) {
		return t.Top().Errorf("currency", "%s", say(o, "валюты «%s» нет ни в одной строке; есть: %s",
			"no line has the currency “%s”; there are: %s", p.Currency, seen.currencies.names()))
	}
	return nil
}

// notes says what is taken but may not be meant, and what is not taken.
func (p Pick) notes(t *tabular.Table, seen seenDeals, o tabular.Options) []tabular.Note {
	var notes []tabular.Note
	note := func(ru, en string, args ...any) {
		notes = append(notes, tabular.Note{Text: say(o, ru, en, args...)})
	}
	if t.Has("stage") && len(p.Stages) == 0 {
		note("ВНИМАНИЕ: столбец «%s» не отбирает, берутся сделки всех стадий: %s. Только нужные: --stage \"…\"",
			"WARNING: the column “%s” picks nothing, deals of all stages are taken: %s. To take some: --stage \"…\"",
			t.Heading("stage"), seen.stages.shares(o))
	}
	if t.Has("currency") && p.Currency == "" && seen.currencies.foreign() {
		note("ВНИМАНИЕ: в столбце «%s» разные валюты, суммы сложатся как рубли: %s. Только одна: --currency RUB",
			"WARNING: the column “%s” has several currencies, whose sums add up as if they were one: %s. To take "+
				"one: --currency RUB",
			t.Heading("currency"), seen.currencies.shares(o))
	}
	reasons := make([]string, 0, len(seen.left))
	for reason, n := range seen.left {
		reasons = append(reasons, fmt.Sprintf("%s (%d)", reason, n))
	}
	if slices.Sort(reasons); len(reasons) > 0 {
		note("не взято: %s", "not taken: %s", strings.Join(reasons, ", "))
	}
	if seen.nameless > 0 {
		note("сделок без клиента: %d (считаются, но повторных покупок по ним не видно)",
			"deals without a client: %d (they count, but tell no repeat purchases)", seen.nameless)
	}
	return notes
}

// share is the share of one stage or currency in a file.
type share struct {
	name  string
	deals int
	sum   float64
}

// tally holds the shares of a column, by the folded name.
type tally map[string]*share

// of returns the share of a name.
func (t tally) of(name string) *share {
	key := tabular.Fold(name)
	if t[key] == nil {
		t[key] = &share{name: name}
	}
	return t[key]
}

func (s *share) add(sum float64) {
	s.deals++
	s.sum += sum
}

func (t tally) list() []*share {
	out := make([]*share, 0, len(t))
	for _, s := range t {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *share) int { return strings.Compare(a.name, b.name) })
	return out
}

func (t tally) names() string {
	var names []string
	for _, s := range t.list() {
		names = append(names, "«"+s.name+"»")
	}
	return strings.Join(names, ", ")
}

func (t tally) shares(o tabular.Options) string {
	var out []string
	for _, s := range t.list() {
		out = append(out, say(o, "«%s» — %d на %s", "“%s”: %d, %s in all", s.name, s.deals,
			kpi.FormatNum(kpi.Some(s.sum), kpi.Count, o.Lang)))
	}
	return strings.Join(out, "; ")
}

// foreign reports whether some are not in roubles.
func (t tally) foreign() bool {
	for _, s := range t {
		if c := currencyOf(s.name); c != "" && c != "RUB" {
			return true
		}
	}
	return false
}

// currencies maps the names that programs write, folded, to codes.
var currencies = map[string]string{
	"rub": "RUB", "rur": "RUB", "руб": "RUB", "руб.": "RUB", "₽": "RUB", "р.": "RUB", "рубль": "RUB", "рубли": "RUB",
	"российский рубль": "RUB", "российские рубли": "RUB", "russian ruble": "RUB", "ruble": "RUB",
	"usd": "USD", "$": "USD", "доллар": "USD", "доллар сша": "USD", "доллары сша": "USD", "us dollar": "USD",
	"eur": "EUR", "€": "EUR", "евро": "EUR", "euro": "EUR",
	"kzt": "KZT", "₸": "KZT", "тенге": "KZT", "казахстанский тенге": "KZT",
	"byn": "BYN", "byr": "BYN", "белорусский рубль": "BYN",
	"uah": "UAH", "гривна": "UAH", "cny": "CNY", "юань": "CNY", "китайский юань": "CNY",
}

// currencyOf returns the code of a currency, or its name if it is unknown.
func currencyOf(name string) string {
	f := tabular.Fold(name)
	if code, ok := currencies[f]; ok {
		return code
	}
	return strings.ToUpper(f)
}
