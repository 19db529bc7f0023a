// Package numfmt formats numbers by Google's number patterns and parses typed text as
// numbers, in the locale of a spreadsheet. Both the formula engine (TEXT, VALUE,
// concatenation) and the cell formats need it, so it knows only plain floats and strings:
// no cells, no API types, no clock of its own.
package numfmt

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Locale holds what the text of a number depends on.
type Locale struct {
	Decimal, Group string // separators of numbers
	Date           string // default pattern of a date
	Time           string // default pattern of a time
	Order          string // order of day, month and year in typed dates: "dmy", "mdy" or "ymd"
	Sep            string // separator of typed dates
	Currency       string // default pattern of money
	Symbol         string // the local currency
	True, False    string

	months, monthsShort, monthsOf []string // monthsOf is used next to a day: 5 ноября
	days, daysShort               []string
}

// DecimalComma reports whether numbers have a decimal comma, and formulas therefore
// semicolons.
func (l *Locale) DecimalComma() bool { return l.Decimal == "," }

const nbsp = "\u00a0"

var (
	english = &Locale{
		Decimal: ".", Group: ",", Date: "m/d/yyyy", Time: "h:mm:ss am/pm", Order: "mdy", Sep: "/",
		Currency: `"$"#,##0.00`, Symbol: "$", True: "TRUE", False: "FALSE",
		months: strings.Fields(
			"January February March April May June July August September October November December"),
		monthsShort: strings.Fields("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
		days:        strings.Fields("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		daysShort:   strings.Fields("Sun Mon Tue Wed Thu Fri Sat"),
	}
	russian = &Locale{
		Decimal: ",", Group: nbsp, Date: "dd.mm.yyyy", Time: "h:mm:ss", Order: "dmy", Sep: ".",
		Currency: "#,##0.00" + nbsp + `"₽"`, Symbol: "₽", True: "ИСТИНА", False: "ЛОЖЬ",
		months:      strings.Fields("январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь"),
		monthsShort: strings.Fields("янв. февр. март апр. май июнь июль авг. сент. окт. нояб. дек."),
		monthsOf: strings.Fields(
			"января февраля марта апреля мая июня июля августа сентября октября ноября декабря"),
		days:      strings.Fields("воскресенье понедельник вторник среда четверг пятница суббота"),
		daysShort: strings.Fields("вс пн вт ср чт пт сб"),
	}
	ukrainian = &Locale{
		Decimal: ",", Group: nbsp, Date: "dd.mm.yyyy", Time: "h:mm:ss", Order: "dmy", Sep: ".",
		Currency: "#,##0.00" + nbsp + `"₴"`, Symbol: "₴", True: "TRUE", False: "FALSE",
		months: strings.Fields(
			"січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень"),
		monthsShort: strings.Fields("січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд."),
		monthsOf: strings.Fields(
			"січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"),
		days:      strings.Fields("неділя понеділок вівторок середа четвер пʼятниця субота"),
		daysShort: strings.Fields("нд пн вт ср чт пт сб"),
	}
	german = &Locale{
		Decimal: ",", Group: ".", Date: "dd.mm.yyyy", Time: "hh:mm:ss", Order: "dmy", Sep: ".",
		Currency: "#,##0.00" + nbsp + `"€"`, Symbol: "€", True: "WAHR", False: "FALSCH",
		months: strings.Fields(
			"Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
		monthsShort: strings.Fields("Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez"),
		days:        strings.Fields("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
		daysShort:   strings.Fields("So Mo Di Mi Do Fr Sa"),
	}
	french = &Locale{
		Decimal: ",", Group: "\u202f", Date: "dd/mm/yyyy", Time: "hh:mm:ss", Order: "dmy", Sep: "/",
		Currency: "#,##0.00" + nbsp + `"€"`, Symbol: "€", True: "VRAI", False: "FAUX",
		months: strings.Fields(
			"janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
		monthsShort: strings.Fields("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
		days:        strings.Fields("dimanche lundi mardi mercredi jeudi vendredi samedi"),
		daysShort:   strings.Fields("dim. lun. mar. mer. jeu. ven. sam."),
	}
)

var cache sync.Map // name of a locale → *Locale

// Get returns the locale of that name, such as "ru_RU" or "ru". A language without its
// own table has English names and the separators of Unicode's locale data.
func Get(name string) *Locale {
	if l, ok := cache.Load(name); ok {
		return l.(*Locale)
	}
	l := find(name)
	if len(name) <= 20 { // a caller's names must not fill the memory
		cache.Store(name, l)
	}
	return l
}

func find(name string) *Locale {
	lang, region, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
	switch strings.ToLower(lang) {
	case "", "en":
		return englishOf(strings.ToUpper(region))
	case "ru":
		l := *russian
		switch strings.ToUpper(region) {
		case "BY":
			l.Symbol, l.Currency = "Br", "#,##0.00"+nbsp+`"Br"`
		case "KZ":
			l.Symbol, l.Currency = "₸", "#,##0.00"+nbsp+`"₸"`
		}
		return &l
	case "uk":
		return ukrainian
	case "de":
		if strings.EqualFold(region, "CH") {
			l := *german
			l.Decimal, l.Group, l.Currency, l.Symbol = ".", "’", `"CHF"`+nbsp+"#,##0.00", "CHF"
			return &l
		}
		return german
	case "fr":
		return french
	}
	tag, err := language.Parse(strings.ReplaceAll(name, "_", "-"))
	if err != nil {
		return english
	}
	l := *english
	l.Order, l.Sep, l.Date, l.Time = "dmy", "/", "dd/mm/yyyy", "hh:mm:ss"
	switch strings.ToLower(lang) {
	case "ja", "zh", "ko", "hu", "lt", "sv":
		l.Order, l.Sep, l.Date = "ymd", "-", "yyyy-mm-dd"
	case "pl", "cs", "sk", "fi", "nb", "no", "da", "tr", "ro", "bg", "kk", "be", "et", "lv", "sr", "hr", "sl", "ka",
		"hy", "az":
		l.Sep, l.Date = ".", "dd.mm.yyyy"
	}
	l.Symbol, l.Currency = "¤", "#,##0.00"
	text := message.NewPrinter(tag).Sprint(number.Decimal(12345.5))
	if dec, group, ok := separators(text); ok {
		l.Decimal, l.Group = dec, group
	}
	return &l
}

// separators derives the signs of a locale from its rendering of 12345.5.
func separators(text string) (dec, group string, ok bool) {
	i, j, k := strings.Index(text, "12"), strings.Index(text, "345"), strings.LastIndex(text, "5")
	if i != 0 || j < 2 || k < j+3 { // other digits: leave the default
		return "", "", false
	}
	return text[j+3 : k], text[2:j], true
}

func englishOf(region string) *Locale {
	l := *english
	switch region {
	case "", "US":
		return english
	case "GB":
		l.Symbol, l.Currency = "£", `"£"#,##0.00`
	case "IN":
		l.Symbol, l.Currency = "₹", `"₹"#,##0.00`
	case "IE":
		l.Symbol, l.Currency = "€", `"€"#,##0.00`
	case "CA":
		l.Order, l.Sep, l.Date = "ymd", "-", "yyyy-mm-dd"
		return &l
	}
	l.Order, l.Date, l.Time = "dmy", "dd/mm/yyyy", "hh:mm:ss"
	return &l
}

// Default returns the pattern that Google uses for a number format of that type without
// one.
func Default(kind string, l *Locale) string {
	switch kind {
	case "NUMBER":
		return "#,##0.00"
	case "PERCENT":
		return "0.00%"
	case "CURRENCY":
		return l.Currency
	case "SCIENTIFIC":
		return "0.00E+00"
	case "DATE":
		return l.Date
	case "TIME":
		return l.Time
	case "DATE_TIME":
		return l.Date + " " + strings.TrimSuffix(l.Time, " am/pm")
	case "TEXT":
		return "@"
	}
	return ""
}
