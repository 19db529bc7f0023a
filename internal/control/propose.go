package control

import (
	"slices"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/words"
)

// A new KPI needs a title and nothing else: its role is that of the row above, its
// key and its unit are proposed. What is proposed is in force and is said beside the
// row, but never typed into the cells: they are ops', who may be typing there.

// proposal is what the reader filled in for ops, by the column; of the unit the word.
type proposal map[string]string

// text is what is said of the proposals that a row lives by, empty for none.
func (p proposal) text(lang words.Lang) string {
	var parts []string
	for _, c := range tabOf(TabKPIs).columns {
		if v, ok := p[c.key]; ok {
			parts = append(parts, strings.ToLower(c.title.in(lang))+" "+lang.T("«"+v+"»", "“"+v+"”"))
		}
	}
	return strings.Join(parts, ", ")
}

// propose fills in what the rows of «Роли и KPI» leave out. A row keeps what was
// proposed for it before, also when it is renamed.
func (r *reader) propose(rows []Row) {
	r.proposed = map[int]proposal{}
	lost := r.grids[TabKPIs].lost
	if lost["role"] || lost["key"] || lost["title"] || lost["unit"] {
		return // put back as they were, together
	}
	fill := func(row Row, col, value string) {
		if row.Cells[col] != nil || value == "" {
			return
		}
		row.Cells[col] = value
		if r.proposed[row.At] == nil {
			r.proposed[row.At] = proposal{}
		}
		r.proposed[row.At][col] = value
	}
	above := ""
	for _, row := range rows {
		if textOf(row.Cells["title"]) != "" {
			fill(row, "role", above)
		}
		if role := textOf(row.Cells["role"]); role != "" {
			above = role
		}
	}
	taken := map[string]bool{}
	for _, row := range rows {
		if row.Cells["key"] != nil {
			taken[r.kpiID(row.Cells)] = true
		}
	}
	give := func(row Row, key string) {
		fill(row, "key", key)
		taken[r.kpiID(row.Cells)] = true
	}
	// First those that were proposed before: by their title, then by where they stand.
	for _, same := range []func(p, row Row) bool{
		func(p, row Row) bool { return norm(textOf(p.Cells["title"])) == norm(textOf(row.Cells["title"])) },
		func(p, row Row) bool { return p.At == row.At },
	} {
		for _, row := range rows {
			if row.Cells["key"] != nil || textOf(row.Cells["title"]) == "" {
				continue
			}
			for _, p := range r.prev[TabKPIs] {
				role, key, _ := strings.Cut(p.ID, "/")
				if role == r.roleKey(textOf(row.Cells["role"])) && !taken[p.ID] && same(p, row) {
					give(row, key)
					break
				}
			}
		}
	}
	for _, row := range rows {
		title := textOf(row.Cells["title"])
		if title == "" {
			continue
		}
		if row.Cells["key"] == nil {
			key := r.knownAs(rows, title, "key")
			if key == "" {
				key = keyOf(title)
			}
			prefix := r.roleKey(textOf(row.Cells["role"])) + "/"
			free := key
			for n := 2; taken[prefix+free]; n++ {
				free = key + "_" + strconv.Itoa(n)
			}
			give(row, free)
		}
		if row.Cells["unit"] == nil {
			unit := ""
			for _, p := range r.prev[TabKPIs] {
				if p.ID == r.kpiID(row.Cells) {
					unit = textOf(p.Cells["unit"])
				}
			}
			if unit == "" {
				unit = r.knownAs(rows, title, "unit")
			}
			if unit == "" {
				unit = units.word(string(unitOf(title)), r.lang)
			}
			fill(row, "unit", unit)
		}
	}
}

// knownAs is the key or the unit that a KPI of this title has in another role, or in
// the templates; empty: there is none.
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

// latin spells Russian letters as people do in file names and addresses.
var latin = strings.NewReplacer("а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ё", "e", "ж", "zh",
	"з", "z", "и", "i", "й", "y", "к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s",
	"т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch", "ш", "sh", "щ", "sch", "ъ", "", "ы", "y", "ь", "",
	"э", "e", "ю", "yu", "я", "ya", "₽", "rub", "%", "percent")

// maxKey bounds a proposed key, so that formulas stay readable.
const maxKey = 30

// keyOf makes a key of a title: latin letters, digits and _.
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

// unitWords are beginnings of words that tell a unit; the first that is met counts.
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

// unitOf guesses the unit from a title: what tells nothing is counted.
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
