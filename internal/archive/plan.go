package archive

import (
	"slices"
	"strconv"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/summary"
)

// Limits say when rows move, and how many are read at once, in rows of closed periods;
// zero: as usual.
type Limits struct {
	Most int // that «История» may hold; with more, the oldest move
	Left int // that then stay there, so that not every close moves some
	Book int // after which a year's spreadsheet is continued in another one
	Band int // that one call reads
}

func (l Limits) orUsual() Limits {
	if l.Most == 0 {
		// At 16 cells a row a spreadsheet of 60,000 has a tenth of the cells that Google
		// allows: it still opens on a phone, and there is room for what closes late.
		l.Most, l.Left, l.Book = summary.HistoryRows, summary.HistoryRows*3/4, 60_000
	}
	if l.Band == 0 {
		// With their looks they are an answer of 15 MB. A book of 60,000 rows takes
		// thirty such calls; a minute has room for fifty.
		l.Band = 2000
	}
	return l
}

// Book is a spreadsheet of closed periods: those that end on the days of a span of its
// year. Spans of one year do not overlap.
type Book struct {
	Year, Part int
	calendar.Span
}

// id names the spreadsheet among the worker's: «2026», «2026-2».
func (b Book) id() department.PersonID {
	s := strconv.Itoa(b.Year)
	if b.Part > 1 {
		s += "-" + strconv.Itoa(b.Part)
	}
	return department.PersonID(s)
}

// bookOf is the inverse of id.
func bookOf(id department.PersonID) (b Book, ok bool) {
	year, part, parts := strings.Cut(string(id), "-")
	b.Part = 1
	var err error
	if parts {
		if b.Part, err = strconv.Atoi(part); err != nil || b.Part < 2 {
			return b, false
		}
	}
	b.Year, err = strconv.Atoi(year)
	return b, err == nil
}

// through is the day up to which everything that is closed stands in books.
func through(books []Book) calendar.Date {
	var d calendar.Date
	for _, b := range books {
		d = max(d, b.To)
	}
	return d
}

// plan returns the books that there should be, the earliest first. dates are the ends of
// all closed periods, the earliest first, rows how many rows end on each day from that
// on which the last of the books begins; by the day settled everything that ends is
// closed.
//
// What has moved stays where it is: a period that is closed so late that its neighbours
// have moved is added to their book, whatever its size.
func plan(books []Book, dates []ledger.CloseDate, rows map[calendar.Date]int, settled calendar.Date,
	limits Limits) []Book {
	limits = limits.orUsual()
	moved := through(books)
	stay := 0
	for d, n := range rows {
		if d > moved {
			stay += n
		}
	}
	moves := stay > limits.Most
	var out []Book
	held := 0 // rows in the last book
	for _, d := range dates {
		if d.End > moved {
			if !moves || stay <= limits.Left || d.End > settled {
				break
			}
			stay -= rows[d.End]
		}
		b := owner(books, d.End)
		if n := len(out); d.End > moved && n > 0 && out[n-1].Year == d.End.Year() {
			b = out[n-1]
			if held > 0 && held+rows[d.End] > limits.Book {
				b = Book{Year: b.Year, Part: b.Part + 1}
			}
		}
		if n := len(out); n == 0 || out[n-1].Year != b.Year || out[n-1].Part != b.Part {
			b.Span = calendar.Span{From: d.End, To: d.End}
			out, held = append(out, b), 0
		}
		out[len(out)-1].To = d.End
		held += rows[d.End]
	}
	return out
}

// owner returns the book in which a period that ends on a day stands, or a new one for
// its year.
func owner(books []Book, d calendar.Date) Book {
	of := Book{Year: d.Year(), Part: 1}
	for _, b := range books {
		if b.Year == of.Year && (b.From <= d || b.Part == 1) {
			of = b
		}
	}
	return of
}

// isEmpty reports whether nothing is closed on the days of a book.
func (b Book) isEmpty(dates []ledger.CloseDate) bool { return len(b.those(dates)) == 0 }

// those returns the dates within a book.
func (b Book) those(dates []ledger.CloseDate) []ledger.CloseDate {
	first, _ := slices.BinarySearchFunc(dates, b.From, byEnd)
	last, _ := slices.BinarySearchFunc(dates, b.To+1, byEnd)
	return dates[first:last]
}

func byEnd(d ledger.CloseDate, end calendar.Date) int { return int(d.End) - int(end) }
