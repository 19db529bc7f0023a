// Package words holds the language of the spreadsheets: Russian by default,
// English by choice. It is pure. Logs and errors for administrators are always
// English and do not come from here.
package words

// Lang is the language of everything that managers, directors and ops read.
type Lang string

// The languages.
const (
	RU Lang = "ru"
	EN Lang = "en"
)

// T picks the text in the language: words.RU.T("план", "plan").
func (l Lang) T(ru, en string) string {
	if l == EN {
		return en
	}
	return ru
}

// Locale is the spreadsheet locale of the language.
func (l Lang) Locale() string { return l.T("ru_RU", "en_US") }
