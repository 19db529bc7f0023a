package callfigures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/words"
)

// Nobodys is an operator with calls that count for nobody.
type Nobodys struct {
	Source   calls.Source
	Operator string   // as the log names it; empty: the log names none
	Calls    int      // how many count for nobody
	May      []string // names of the people whom it may be
}

// UnattributedLedger is the part of the ledger that Unattributed uses.
type UnattributedLedger interface {
	Operators
	CountCalls(ctx context.Context, operator int64, from, to time.Time, taken bool) (int, error)
}

// Unattributed returns the operators with calls that count for nobody, those with most
// calls first: they match nobody in «Сотрудники», or several. Calls that were lost before
// they reached an operator rightly belong to nobody.
func Unattributed(ctx context.Context, l UnattributedLedger, dep *department.Department) ([]Nobodys, error) {
	own, err := readOwners(ctx, l, dep)
	if err != nil {
		return nil, err
	}
	var list []Nobodys
	for _, op := range own.operators {
		s := Nobodys{Source: op.Source, Operator: op.Operator.String()}
		for _, p := range own.candidates[op.Num] {
			s.May = append(s.May, p.Name)
		}
		for _, span := range own.unowned(op) {
			n, err := l.CountCalls(ctx, op.Num, midnight(dep, span.From), midnight(dep, span.To+1),
				op.Operator == calls.Operator{})
			if err != nil {
				return nil, err
			}
			s.Calls += n
		}
		// Merge an operator that the log names twice, with and without a name.
		i := slices.IndexFunc(list, func(x Nobodys) bool { return x.Source == s.Source && x.Operator == s.Operator })
		switch {
		case s.Calls == 0:
		case i >= 0:
			list[i].Calls += s.Calls
		default:
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b Nobodys) int { return cmp.Compare(b.Calls, a.Calls) })
	return list, nil
}

// mostTold limits how many operators are listed one by one.
const mostTold = 20

// Tell reports to ops, line by line, whose calls count for nobody and what to do about
// it.
func Tell(list []Nobodys, lang words.Lang) []string {
	var out []string
	rest := 0
	for i, s := range list {
		if i < mostTold {
			out = append(out, s.text(lang))
		} else {
			rest += s.Calls
		}
	}
	if rest > 0 {
		out = append(out, fmt.Sprintf(lang.T("ещё операторов без сотрудника: %d, %s",
			"more operators of nobody: %d, %s"), len(list)-mostTold, words.Calls.Count(rest, lang)))
	}
	return out
}

func (s Nobodys) text(lang words.Lang) string {
	n, source := words.Calls.Count(s.Calls, lang), s.Source.Title()
	switch {
	case s.Operator == "":
		return fmt.Sprintf(lang.T(
			"%s: %s без оператора, хотя на них ответили. Никому не засчитано: проверьте, выгружается ли оператор",
			"%s: %s without an operator, though somebody took them. They count for nobody: look whether the log "+
				"names operators"), source, n)
	case len(s.May) > 1:
		return fmt.Sprintf(lang.T(
			"%s: оператор «%s» подходит нескольким: %s. Не засчитано: %s. Оставьте это имя в телефонии одному",
			"%s: operator “%s” may be several people: %s. Not counted: %s. Leave this name in telephony to "+
				"one of them"),
			source, s.Operator, strings.Join(s.May, ", "), n)
	case len(s.May) == 1:
		return fmt.Sprintf(lang.T(
			"%s: оператор «%s» — %s, но в эти дни сотрудник не работал. Не засчитано: %s. Проверьте даты приёма "+
				"и ухода",
			"%s: operator “%s” is %s, who was not employed then. Not counted: %s. Check the dates of hiring "+
				"and leaving"),
			source, s.Operator, s.May[0], n)
	}
	return fmt.Sprintf(lang.T(
		"%s: оператора «%s» нет среди сотрудников. Не засчитано: %s. Впишите номер или имя в «Имена в телефонии» "+
			"нужного сотрудника",
		"%s: operator “%s” is nobody here. Not counted: %s. Type the number or name into “Names in telephony” "+
			"of the person"),
		source, s.Operator, n)
}
