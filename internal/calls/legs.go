package calls

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"svodka/internal/tabular"
)

// legKey identifies a leg of a call.
type legKey struct {
	source Source
	call   string // the id; in logs without ids what the id is made from
	op     Operator
}

// merge selects the legs that count from the lines of a file. numbers are the lines'
// phone numbers, in a log without ids.
func (log *Log) merge(read []Call, numbers []string) {
	// A log with times in whole minutes may have two calls to one number within one:
	// count the lines of that minute.
	minutes := !slices.ContainsFunc(read, func(c Call) bool { return c.Started.Second() != 0 })
	place, times := map[legKey]int{}, map[string]int{}
	var legs []Call
	var keys []legKey
	for i, c := range read {
		k := legKey{c.Source, c.ID, c.Operator}
		if c.ID == "" {
			seed := seed(c, numbers[i])
			if times[seed]++; minutes && times[seed] > 1 {
				seed += fmt.Sprintf("\n%d", times[seed])
			}
			k.call = seed
		}
		at, twice := place[k]
		switch {
		case !twice:
			place[k] = len(legs)
			legs, keys = append(legs, c), append(keys, k)
		case !better(legs[at], c):
			legs[at] = c
		}
	}
	for i, ok := range counting(legs, keys) {
		if !ok {
			continue
		}
		log.Calls = append(log.Calls, legs[i])
		if legs[i].ID == "" {
			log.seeds = append(log.seeds, keys[i].call)
		}
	}
}

// better reports whether a leg says more about a call than another of the same operator.
func better(a, b Call) bool {
	if (a.Answer == Answered) != (b.Answer == Answered) {
		return a.Answer == Answered
	}
	if a.Talk.V != b.Talk.V {
		return a.Talk.V > b.Talk.V
	}
	return a.Total.V > b.Total.V
}

// counting reports which legs count. A phone that rang while a colleague took the call
// has missed nothing, and a leg that belongs to nobody, such as that of a menu, gives way
// to those of people.
func counting(legs []Call, keys []legKey) []bool {
	type call struct {
		source Source
		id     string
	}
	type known struct{ taken, somebody bool }
	all := map[call]known{}
	of := func(i int) call { return call{keys[i].source, keys[i].call} }
	for i, c := range legs {
		k := all[of(i)]
		k.taken = k.taken || c.Answer == Answered && c.Direction != Internal
		k.somebody = k.somebody || c.Operator != Operator{}
		all[of(i)] = k
	}
	out := make([]bool, len(legs))
	for i, c := range legs {
		k := all[of(i)]
		out[i] = !(k.taken && c.Answer == Missed || k.somebody && c.Operator == Operator{})
	}
	return out
}

// seed identifies a call without an id by the moment as written, so that another zone
// does not make it another call, by the operator, and by the number.
func seed(c Call, number string) string {
	return fmt.Sprintf("%d\n%s\n%s\n%s\n%s", c.Started.Unix(), tabular.Fold(c.Operator.ID),
		tabular.Fold(c.Operator.Ext), tabular.Fold(c.Operator.Name), number)
}

// Nameless reports whether the calls of the log have no ids; Identify adds them.
func (log Log) Nameless() bool { return len(log.seeds) > 0 }

// Identify gives calls without ids new ones, made from their moment, operator and number
// with a secret key: an id does not reveal the number, even to somebody who tries all
// numbers. The same secret gives the same ids.
func (log Log) Identify(secret []byte) Log {
	log.Calls = slices.Clone(log.Calls)
	for i, s := range log.seeds {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(string(log.Calls[i].Source) + "\n" + s))
		log.Calls[i].ID = "-" + hex.EncodeToString(mac.Sum(nil)[:16])
	}
	log.seeds = nil
	return log
}

// numberHeads are the headings of the columns that may hold the other party's number.
var numberHeads = []string{"phone", "phone_number", "number", "client", "contact", "from", "to", "from_number",
	"to_number", "src", "dst", "caller", "callee",
	"телефон", "номер", "номер_телефона", "номер_абонента", "номер_клиента", "телефон_клиента", "клиент", "абонент",
	"контакт", "кто_звонил", "кому_звонили", "откуда", "куда", "от_кого", "кому"}

// withNumbers adds to a preset's fields the columns of numbers that are not among them.
func withNumbers(fields []tabular.Field) []tabular.Field {
	taken := map[string]bool{}
	for _, f := range fields {
		taken[tabular.Norm(f.Name)] = true
		for _, t := range f.Titles {
			taken[tabular.Norm(t)] = true
		}
	}
	fields = slices.Clone(fields)
	for _, h := range numberHeads {
		if !taken[h] {
			fields = append(fields, tabular.Field{Name: h})
		}
	}
	return fields
}

// number joins the columns of numbers; of a phone it takes only the digits, so that all
// ways to write it are equal.
func (l *line) number() string {
	var out []string
	for _, h := range numberHeads {
		s := tabular.Fold(l.Text(h))
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
		if len(digits) == 11 && digits[0] == '8' {
			digits = "7" + digits[1:]
		}
		if len(digits) >= 5 {
			s = digits
		}
		if s != "" {
			out = append(out, h+"="+s)
		}
	}
	return strings.Join(out, "\n")
}
