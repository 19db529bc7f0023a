package report

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"svodka/internal/words"
	"svodka/internal/workbook"
)

// People write a client's name in many ways, and repeat purchases depend on the name
// alone. So if a name on «Сделки» is not on «Клиенты» but close to one that is, the
// person is asked about it. It counts as typed all the same: only the person knows.

// clientNames searches the names of «Клиенты» for similar ones.
type clientNames struct {
	known map[string]bool // by SameName
	list  []clientName
	asked map[string]string // cached answers, by SameName; empty: none is near
}

// clientName is a name reduced to what distinguishes clients.
type clientName struct {
	name  string // as written in the list
	plain string // without signs, spaces and the legal form; similar-looking letters are one
	latin string // the same in Latin letters
	marks string // numbers and initials: if they differ, the clients do
}

// nearest returns the name on the list of which a name may be another spelling or a
// misspelling; none: the name itself is on the list, or nothing is near.
func (n *clientNames) nearest(name string) (near string, ok bool) {
	same := SameName(name)
	if n == nil || same == "" || n.known[same] {
		return "", false
	}
	near, met := n.asked[same]
	if !met {
		near = n.find(name)
		n.asked[same] = near
	}
	return near, near != ""
}

func (n *clientNames) find(name string) string {
	want := reduced(name)
	if want.plain == "" {
		return ""
	}
	letters := utf8.RuneCountInString(want.plain)
	least := min(2, letters/5) + 1 // more than one slip in five letters makes another name
	near := ""
	for _, c := range n.list {
		if c.plain == want.plain || c.latin == want.latin {
			return c.name
		}
		if c.marks != want.marks || firstLetter(c.latin) != firstLetter(want.latin) {
			continue
		}
		if d := min(slips(want.plain, c.plain, least), slips(want.latin, c.latin, least)); d < least {
			near, least = c.name, d
		}
	}
	return near
}

// newClientNames returns the list of names.
func newClientNames(names []string) *clientNames {
	n := &clientNames{known: map[string]bool{}, asked: map[string]string{}}
	for _, name := range names {
		if same := SameName(name); same != "" && !n.known[same] {
			n.known[same] = true
			c := reduced(name)
			c.name = strings.TrimSpace(name)
			n.list = append(n.list, c)
		}
	}
	return n
}

// namesOf returns the names of a list of clients, if it was found.
func namesOf(b *workbook.Book, key string, tabs map[string]columns) *clientNames {
	i := slices.IndexFunc(b.Tabs, func(t *workbook.Tab) bool { return t.Key == key })
	if i < 0 || len(tabs[key]) == 0 || !whole(b.Tabs[i], tabs[key]) {
		return nil
	}
	cols := tabs[key]
	var names []string
	_, to := cols.rows()
	for row := headRow(b.Tabs[i], cols) + 1; row < to; row++ {
		names = append(names, shown(cols.at(ColClient, row)))
	}
	return newClientNames(names)
}

// legalForms may come before a name or be left out.
var legalForms = []string{"ооо", "оао", "зао", "пао", "нао", "ао", "ип", "чп", "тоо", "llc", "ltd", "inc", "gmbh",
	"oao",
	"zao", "pao", "ao", "ip"}

// reduced reduces a name.
func reduced(name string) clientName {
	// Macs write some letters as a letter and a sign; elsewhere they are one letter
	name = strings.NewReplacer("ё", "е", "е\u0308", "е", "и\u0306", "й").Replace(strings.ToLower(name))
	all := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range all {
		all[i] = sameAlphabet(w)
	}
	parts := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(legalForms, w) })
	if len(parts) == 0 {
		parts = all
	}
	var c clientName
	var marks []string
	for _, w := range parts {
		if utf8.RuneCountInString(w) == 1 {
			marks = append(marks, w)
			continue
		}
		marks = append(marks, strings.FieldsFunc(w, func(r rune) bool { return !unicode.IsDigit(r) })...)
	}
	c.plain = strings.Join(parts, "")
	c.latin = inLatin.Replace(c.plain)
	c.marks = strings.Join(marks, " ")
	return c
}

// lookalikes maps Latin letters to the Cyrillic letters that look like them.
var lookalikes = func() map[rune]rune {
	m := map[rune]rune{}
	cyrillic := []rune("аевкмнорстухі")
	for i, r := range "aebkmhopctyxi" {
		m[r] = cyrillic[i]
	}
	return m
}()

// sameAlphabet writes a word in Cyrillic letters if it has any, or consists only of
// letters that look Cyrillic: a Latin «OOO» is «ООО».
func sameAlphabet(word string) string {
	cyrillic, looks := false, true
	for _, r := range word {
		cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, r)
		looks = looks && lookalikes[r] != 0
	}
	if !cyrillic && !looks {
		return word
	}
	return strings.Map(func(r rune) rune {
		if a, ok := lookalikes[r]; ok {
			return a
		}
		return r
	}, word)
}

// inLatin replaces Cyrillic letters by Latin ones, as people do, and unifies those that
// are written in several ways.
var inLatin = strings.NewReplacer(
	"а", "a", "б", "b", "в", "v", "г", "g", "д", "d", "е", "e", "ж", "zh", "з", "z", "и", "i", "й", "i", "к", "k", "л",
	"l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "h", "ц", "c",
	"ч", "ch", "ш", "sh", "щ", "sh", "ъ", "", "ы", "i", "ь", "", "э", "e", "ю", "iu", "я", "ia", "і", "i", "shch", "sh",
	"sch", "sh", "kh", "h", "ts", "c", "ks", "x", "yu", "iu", "ju", "iu", "ya", "ia", "ja", "ia", "yo", "e",
	"y", "i", "j", "i", "w", "v")

// slips returns how many letters differ between two names; two letters that changed
// places are one slip. Any result from most on only means that there are too many.
func slips(a, b string, most int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= most || len(y)-len(x) >= most {
		return most
	}
	d := words.Distance(a, b)
	if d == 2 && len(x) == len(y) {
		i := 0
		for x[i] == y[i] {
			i++
		}
		if i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:]) {
			return 1
		}
	}
	return d
}

func firstLetter(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
