// Package words holds the language of the spreadsheets: Russian by default, English by
// choice; the names of months and days, and the forms of counted nouns. It is pure and
// knows nothing of sales: package terms defines the names and looks of their states.
//
// Texts in both languages stand beside each other, so that neither is forgotten: in a
// call of Lang.T if a text is used once, otherwise in a table of this package, of terms
// or of the package that owns the texts. A third language is a third column of those
// tables and a third argument of T, which the compiler then demands everywhere.
//
// Logs and errors for administrators are always in English and do not come from here.
package words

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

// Lang is the language of everything that managers, directors and ops read.
type Lang string

// The languages.
const (
	RU Lang = "ru"
	EN Lang = "en"
)

// NBSP keeps a number and what belongs to it on one line.
const NBSP = "\u00a0"

// T picks the text in the language: words.RU.T("план", "plan").
func (l Lang) T(ru, en string) string {
	if l == EN {
		return en
	}
	return ru
}

// Locale returns the spreadsheet locale of the language.
func (l Lang) Locale() string { return l.T("ru_RU", "en_US") }

// Clock formats a time of day as people write it: 19:00.
func Clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d/time.Minute)%60)
}

// Capital capitalises the first letter: «отпуск» gives «Отпуск».
func Capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}
