package control

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/words"
)

// A new KPI needs only a title: it gets the role of the row above, and the reader
// proposes its key and its unit. A proposal is in force and is shown beside the row, but
// never written into the cells: they belong to ops, who may be typing there.

// proposal is what the reader filled in for ops, by column; for the unit, the word.
type proposal map[string]string

// text describes the proposals in force in a row, empty for none.
func (p proposal) text(lang words.Lang) string {
	var parts []string
	for _, c := range tabOf(TabKPIs).columns {
		if v, ok := p[c.key]; ok {
			parts = append(parts, strings.ToLower(c.title.in(lang))+" "+lang.T("«"+v+"»", "“"+v+"”"))
		}
	}
	return strings.Join(parts, ", ")
}

// proposing fills in «Роли и KPI» during one reading.
type proposing struct {
	*reader
	rows  []Row
	taken map[string]bool // by role/key
}

// propose fills in what the rows of «Роли и KPI» leave out. A row keeps its earlier
// proposals, even if it is renamed.
func (r *reader) propose(rows []Row) {
	r.proposed = map[int]proposal{}
	lost := r.grids[TabKPIs].lost
	if lost["role"] || lost["key"] || lost["title"] || lost["unit"] {
		return // restored as they were, together
	}
	p := &proposing{r, rows, map[string]bool{}}
	p.roles()
	for _, row := range rows {
		if row.Cells["key"] != nil {
			p.taken[r.kpiID(row.Cells)] = true
		}
	}
	p.keysAgain()
	for _, row := range rows {
		if title := textOf(row.Cells["title"]); title != "" {
			p.key(row, title)
			p.unit(row, title)
		}
	}
}

// fill fills in an empty cell, and records that ops did not.
func (p *proposing) fill(row Row, col, value string) {
	if row.Cells[col] != nil || value == "" {
		return
	}
	row.Cells[col] = value
	if p.proposed[row.At] == nil {
		p.proposed[row.At] = proposal{}
	}
	p.proposed[row.At][col] = value
}

// fillKey fills in a key and marks it as taken.
func (p *proposing) fillKey(row Row, key string) {
	p.fill(row, "key", key)
	p.taken[p.kpiID(row.Cells)] = true
}

// roles gives a KPI without a role that of the row above.
func (p *proposing) roles() {
	above := ""
	for _, row := range p.rows {
		if textOf(row.Cells["title"]) != "" {
			p.fill(row, "role", above)
		}
		if role := textOf(row.Cells["role"]); role != "" {
			above = role
		}
	}
}

// keysAgain gives the rows their earlier proposed keys: matched first by title, then by
// position.
func (p *proposing) keysAgain() {
	for _, same := range []func(was, row Row) bool{
		func(was, row Row) bool { return norm(textOf(was.Cells["title"])) == norm(textOf(row.Cells["title"])) },
		func(was, row Row) bool { return was.At == row.At },
	} {
		for _, row := range p.rows {
			if row.Cells["key"] == nil && textOf(row.Cells["title"]) != "" {
				p.keyAgain(row, same)
			}
		}
	}
}

func (p *proposing) keyAgain(row Row, same func(was, row Row) bool) {
	for _, was := range p.prev[TabKPIs] {
		role, key, _ := strings.Cut(was.ID, "/")
		if role == p.roleKey(textOf(row.Cells["role"])) && !p.taken[was.ID] && same(was, row) {
			p.fillKey(row, key)
			return
		}
	}
}

// key proposes a key that is free in the role.
func (p *proposing) key(row Row, title string) {
	if row.Cells["key"] != nil {
		return
	}
	key := cmp.Or(p.knownAs(p.rows, title, "key"), keyOf(title))
	prefix := p.roleKey(textOf(row.Cells["role"])) + "/"
	free := key
	for n := 2; p.taken[prefix+free]; n++ {
		free = key + "_" + strconv.Itoa(n)
	}
	p.fillKey(row, free)
}

// unit proposes a unit: the one that the KPI had, or a KPI with the same title has, or
// that the title suggests.
func (p *proposing) unit(row Row, title string) {
	if row.Cells["unit"] != nil {
		return
	}
	unit := ""
	for _, was := range p.prev[TabKPIs] {
		if was.ID == p.kpiID(row.Cells) {
			unit = textOf(was.Cells["unit"])
		}
	}
	p.fill(row, "unit", cmp.Or(unit, p.knownAs(p.rows, title, "unit"), units.word(string(unitOf(title)), p.lang)))
}

// knownAs returns the key or the unit of a KPI with this title in another role, or in the
// templates; empty: there is none.
func (r *reader) knownAs(rows []Row, title, col string) string {
	for _, row := range rows {
		if r.proposed[row.At][col] == "" && norm(textOf(row.Cells["title"])) == norm(title) {
			if v := textOf(row.Cells[col]); v != "" {
				return v
			}
		}
	}
	for _, role := range r.known {
		for _, k := range role.KPIs {
			if norm(k.Title.RU) == norm(title) || norm(k.Title.EN) == norm(title) {
				if col == "key" {
					return k.Key
				}
				return units.word(k.Unit, r.lang)
			}
		}
	}
	return ""
}

// latin transliterates Russian letters as people do in file names and addresses.
var latin = strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ё", "e", "ж", "zh",
	"з", "z", "и", "i", "й", "y", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s",
	"т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh", "щ", "sch", "ъ", "", "ы", "y", "ь", "",
	"э", "e", "ю", "yu", "я", "ya", "₽", "rub", "%", "percent")

// maxKey limits a proposed key, so that formulas stay readable.
const maxKey = 30

// keyOf derives a key from a title: latin letters, digits and _.
func keyOf(title string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(latin.Replace(strings.ToLower(title)), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	}) {
		if b.Len() > 0 && b.Len()+1+len(word) > maxKey {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('_')
		}
		b.WriteString(word[:min(len(word), maxKey)])
	}
	key := b.String()
	if key == "" || key[0] < 'a' {
		key = strings.TrimSuffix("kpi_"+key, "_")
	}
	if len(kpi.CheckRole([]kpi.KPI{{Key: key, Title: title, Unit: kpi.Count, Source: kpi.Manual,
		Direction: kpi.Higher}})) > 0 {
		key = "kpi_" + key // a word that formulas use
	}
	return key
}

// unitWords are beginnings of words that suggest a unit; the first match counts.
var unitWords = []struct {
	unit  kpi.Unit
	words string
}{
	{kpi.Count, "колич число штук кол-во number count"},
	{kpi.Percent, "процент доля доли конверс percent share rate conversion"},
	{kpi.Duration, "врем длительн продолжительн минут часы часов time duration minutes hours"},
	{kpi.Money, "выручк сумм оборот доход прибыл марж чек деньг бюджет поступлен оплат руб revenue sum amount money " +
		"profit margin income turnover budget payment"},
}

// unitOf guesses the unit from a title; the default is a count.
func unitOf(title string) kpi.Unit {
	switch {
	case strings.Contains(title, "%"):
		return kpi.Percent
	case strings.Contains(title, "₽"):
		return kpi.Money
	}
	for _, u := range unitWords {
		for _, w := range strings.FieldsFunc(norm(title), func(c rune) bool {
			return strings.ContainsRune(" ,.()/", c)
		}) {
			if slices.ContainsFunc(strings.Fields(u.words), func(begin string) bool {
				return strings.HasPrefix(w, begin)
			}) {
				return u.unit
			}
		}
	}
	return kpi.Count
}
