package words

import "strconv"

// Noun is a noun in the forms for different counts: 1 звонок, 2 звонка, 5 звонков; 1
// call, 2 calls.
type Noun struct {
	One, Few, Many string
	EN, ENs        string
}

// Nouns that several packages count.
var (
	Days   = Noun{"день", "дня", "дней", "day", "days"}
	Calls  = Noun{"звонок", "звонка", "звонков", "call", "calls"}
	People = Noun{"человек", "человека", "человек", "person", "people"}
	Teams  = Noun{"команда", "команды", "команд", "team", "teams"}
)

// Form returns the form of the noun for the count.
func (n Noun) Form(count int, lang Lang) string {
	if lang == EN {
		if count == 1 {
			return n.EN
		}
		return n.ENs
	}
	count = max(count, -count) % 100
	switch {
	case count >= 11 && count <= 14:
		return n.Many
	case count%10 == 1:
		return n.One
	case count%10 >= 2 && count%10 <= 4:
		return n.Few
	}
	return n.Many
}

// Count returns a count with its noun: «2 отчёта», "2 reports".
func (n Noun) Count(count int, lang Lang) string {
	return strconv.Itoa(count) + NBSP + n.Form(count, lang)
}
