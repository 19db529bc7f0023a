package importing

import (
	"fmt"
	"slices"
	"strings"

	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
)

// mostListed limits how many deals are named one by one.
const mostListed = 20

// teller names deals and people.
type teller struct {
	dep  *department.Department
	lang words.Lang
}

func (t teller) name(id department.PersonID) string {
	p, _ := t.dep.Person(id)
	return p.Name
}

func (t teller) sum(d department.Deal) string {
	return kpi.FormatNum(kpi.Some(d.Amount), kpi.Money, t.lang)
}

func (t teller) day(d department.Deal) string { return d.Date.Text(t.lang) }

// became describes briefly how a deal changed.
func (t teller) became(was, is department.Deal) string {
	var parts []string
	for _, v := range [][2]string{{t.sum(was), t.sum(is)}, {t.day(was), t.day(is)},
		{"«" + was.Client + "»", "«" + is.Client + "»"}} {
		if v[0] != v[1] {
			parts = append(parts, v[0]+" → "+v[1])
		}
	}
	return strings.Join(parts, ", ")
}

// stands describes the content of a row.
func (t teller) stands(r crm.Row) string {
	switch {
	case !r.Bad:
		return fmt.Sprintf("%s, %s, %s", t.day(r.Deal), r.Deal.Client, t.sum(r.Deal))
	case r.Shows == "":
		return t.lang.T("строка очищена", "the row was cleared")
	}
	return r.Shows
}

// list returns a title with the number of items, and the first of them; nil without
// items.
func (t teller) list(title string, items []string) []string {
	if len(items) == 0 {
		return nil
	}
	return append([]string{fmt.Sprintf("%s: %d", title, len(items))}, t.firstOf(items)...)
}

// firstOf returns the first items, indented, and how many more there are.
func (t teller) firstOf(items []string) []string {
	var out []string
	for _, s := range items[:min(len(items), mostListed)] {
		out = append(out, "  "+s)
	}
	if more := len(items) - mostListed; more > 0 {
		out = append(out, fmt.Sprintf(t.lang.T("  и ещё %d", "  and %d more"), more))
	}
	return out
}

// tellPlan says what an import of deals changes, and what it leaves alone.
func tellPlan(dep *department.Department, plan crm.Plan, lang words.Lang) []string {
	t := teller{dep, lang}
	var out []string
	if plan.New > 0 {
		out = append(out, fmt.Sprintf(lang.T("новых сделок: %d", "new deals: %d"), plan.New))
	}
	var changed, moved, edited, dropped, kept []string
	for _, c := range plan.Changed {
		changed = append(changed, fmt.Sprintf("%s, %s, %s: %s", c.Deal.ID, t.name(c.Deal.Person), c.Deal.Client,
			t.became(c.Row.Deal, c.Deal)))
	}
	for _, c := range plan.Moved {
		moved = append(moved, fmt.Sprintf("%s, %s, %s: %s → %s", c.Deal.ID, c.Deal.Client, t.sum(c.Deal),
			t.name(c.Row.Deal.Person), t.name(c.Deal.Person)))
	}
	for _, c := range plan.Edited {
		edited = append(edited, fmt.Sprintf(lang.T("%s: у %s в строке %d — %s; в выгрузке — %s, %s, %s, %s",
			"%s: with %s, row %d: %s; in the export: %s, %s, %s, %s"),
			c.Deal.ID, t.name(c.Row.Deal.Person), c.Row.At+1, t.stands(c.Row), t.name(c.Deal.Person), t.day(c.Deal),
			c.Deal.Client, t.sum(c.Deal)))
	}
	for _, g := range plan.Gone {
		item := fmt.Sprintf(lang.T("%s, %s, строка %d: %s", "%s, %s, row %d: %s"), g.Row.Deal.ID,
			t.name(g.Row.Deal.Person), g.Row.At+1, t.stands(g.Row))
		if g.Reason != "" {
			item += lang.T(" — в выгрузке: ", "; in the export: ") + g.Reason
		}
		if g.Dropped {
			dropped = append(dropped, item)
		} else {
			kept = append(kept, item)
		}
	}
	return slices.Concat(out,
		t.list(lang.T("меняется сделок", "deals that change"), changed),
		t.list(lang.T("переходит к другому сотруднику", "deals of another person now"), moved),
		t.list(lang.T(
			"остаётся как есть: эти строки правили или ввели люди (исправьте их сами)",
			"left alone: people edited or typed these rows (correct them yourself)"), edited),
		t.list(lang.T(
			"убирается: в выгрузке этих сделок больше нет",
			"to be removed: the export has these deals no more"), dropped),
		t.list(lang.T(
			"остаётся в таблицах, хотя в выгрузке этого уже нет (--replace-period уберёт то, что никто не правил)",
			"still in the spreadsheets, though no more in the export (--replace-period removes what "+
				"nobody edited)"), kept))
}

// tellNear says which new deals nearly equal what a person has already.
func tellNear(name string, near []crm.Change, lang words.Lang) []string {
	t := teller{lang: lang}
	var out []string
	for _, c := range near {
		out = append(out, fmt.Sprintf(lang.T("%s, «%s»: в строке %d — %s, %s; в файле — %s, %s",
			"%s, “%s”: row %d has %s, %s; the file has %s, %s"),
			name, c.Deal.Client, c.Row.At+1, t.day(c.Row.Deal), t.sum(c.Row.Deal), t.day(c.Deal), t.sum(c.Deal)))
	}
	return out
}

// nearNotes returns the notes about nearly equal deals. A list is read again before it is
// written, so each note is given once.
func nearNotes(near []string, lang words.Lang) []string {
	slices.Sort(near)
	near = slices.Compact(near)
	if len(near) == 0 {
		return nil
	}
	title := fmt.Sprintf(lang.T(
		"ВНИМАНИЕ: похоже на те же сделки с другой суммой или датой, станет по две вместо одной (%d); со столбцом ID "+
			"они изменились бы на месте",
		"WARNING: these look like the same deals with another sum or day, and will be there twice (%d); with a "+
			"column ID they would change in place"), len(near))
	return append([]string{title}, teller{lang: lang}.firstOf(near)...)
}
