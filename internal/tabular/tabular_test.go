package tabular_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

// fields are the columns of the tests.
var fields = []tabular.Field{
	{Name: "date", Must: true, Titles: []string{"Дата"}},
	{Name: "client", Must: true, Titles: []string{"Клиент", "Компания"}},
	{Name: "sum", Must: true, Titles: []string{"Сумма"}},
	{Name: "length", Titles: []string{"Длительность"}},
}

var options = tabular.Options{Today: calendar.Of(2026, time.May, 15)}

// table reads a file that must be readable.
func table(t *testing.T, data string, o tabular.Options) *tabular.Table {
	t.Helper()
	sheet, err := tabular.Read("f.csv", []byte(data), o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sheet.Match(fields)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sumOf returns the sum of a line and fails if it is empty.
func sumOf(l *tabular.Line) float64 {
	if l.Must("sum") == "" {
		return 0
	}
	return l.Number("sum", kpi.Money).V
}

// told returns a table's rows as text, and then its errors.
func told(t *tabular.Table) string {
	var out []string
	for l := range t.Lines() {
		out = append(out, fmt.Sprintf("%d %v %s %v", l.Line, l.MustDay("date"), l.Must("client"),
			sumOf(l)))
	}
	if err := t.Err(); err != nil {
		return err.Error()
	}
	return strings.Join(out, "\n")
}

func notes(t *tabular.Table) string {
	var out []string
	for _, n := range t.Notes() {
		out = append(out, n.At("f.csv"))
	}
	return strings.Join(out, "\n")
}

// One table reads the same in all the forms in which programs write it.
func TestForms(t *testing.T) {
	const plain = "Дата;Клиент;Сумма\n15.05.2026;ООО Ромашка;100000,50\n"
	enc := func(e encoding.Encoding, s string) string {
		out, err := e.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, file := range map[string]string{
		"plain":             plain,
		"bom":               "\ufeff" + plain,
		"windows-1251":      enc(charmap.Windows1251, plain),
		"utf-16 le, marked": enc(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), plain),
		"utf-16 be, marked": enc(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), plain),
		"utf-16 le": enc(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
			"date;client;sum\n15.05.2026;ООО Ромашка;100000,50\n"),
		"tabs":            strings.ReplaceAll(plain, ";", "\t"),
		"commas":          "date,client,sum\n15.05.2026,ООО Ромашка,\"100000,50\"\n",
		"windows lines":   strings.ReplaceAll(plain, "\n", "\r\n"),
		"mac lines":       strings.ReplaceAll(plain, "\n", "\r"),
		"all quoted":      "\"Дата\";\"Клиент\";\"Сумма\"\n\"15.05.2026\";\"ООО Ромашка\";\"100000,50\"",
		"case and spaces": " ДАТА ; клиент;  сумма  \n 15.05.2026 ;ООО Ромашка; 100000,50 \n",
		"a unit":          "Дата;Компания;Сумма (руб.)\n15.05.2026;ООО Ромашка;100000,50\n",
		"thousands":       "Дата;Клиент;Сумма, тыс. руб.\n15.05.2026;ООО Ромашка;100,0005\n",
		"other order":     "Сумма;Дата;Клиент\n100 000,50 ₽;2026-05-15;ООО Ромашка\n",
	} {
		if got, want := told(table(t, file, options)), "2 2026-05-15 ООО Ромашка 100000.5"; got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What surrounds a table is skipped and reported with its line.
func TestPassedOver(t *testing.T) {
	got := table(t, "sep=;\nОтчёт по сделкам, май, север, юг\n\nДата;Клиент;Сумма;Стадия\n15.05.2026;А;1;Успех\n;;;\n"+
		"Дата;Клиент;Сумма;Стадия\n\n\n16.05.2026;Б;2;Успех\nИтого:;;3;\n\nСформировано 17.05.2026\n\n\n", options)
	if s := told(got); s != "5 2026-05-15 А 1\n10 2026-05-16 Б 2" {
		t.Error(s)
	}
	want := `f.csv:1: строка «sep=;» пропущена: она называет разделитель
f.csv:2: строка над заголовком пропущена: «Отчёт по сделкам, май, север, юг»
f.csv:6: пустая строка пропущена
f.csv:7: заголовок повторяется, строка пропущена
f.csv:8: пустые строки по 9 пропущены
f.csv:11: строка итогов пропущена: «Итого:»
f.csv:12: пустая строка пропущена
f.csv:13: строка под таблицей пропущена: «Сформировано 17.05.2026»
f.csv: столбцы не использованы: «Стадия»`
	if d := cmp.Diff(want, notes(got)); d != "" {
		t.Error(d)
	}
}

// A client's name may look like a total; a row with all required fields is not one.
func TestTotalAsName(t *testing.T) {
	if s := told(table(t, "client;date;sum\nИтого-Сервис;15.05.2026;5\n", options)); s !=
		"2 2026-05-15 Итого-Сервис 5" {
		t.Error(s)
	}
}

// Quotes belong to the file only if they enclose a field.
func TestQuotes(t *testing.T) {
	for field, want := range map[string]string{
		`ООО "Ромашка"`:           `ООО "Ромашка"`,
		`"ООО ""Ромашка"""`:       `ООО "Ромашка"`,
		`"ООО "Ромашка""`:         `ООО "Ромашка"`,
		`"Иванов" Пётр`:           `"Иванов" Пётр`,
		`"две` + "\n" + `строки"`: "две\nстроки",
		`"a;b"`:                   "a;b",
		` "a;b" `:                 "a;b",
		`15" монитор`:             `15" монитор`,
	} {
		got := table(t, "date;client;sum\n15.05.2026;"+field+";1\n16.05.2026;x;2\n", options)
		var clients []string
		for l := range got.Lines() {
			clients = append(clients, l.Must("client"))
		}
		if len(clients) != 2 || clients[0] != want {
			t.Errorf("%s is %q", field, clients)
		}
	}
	_, err := tabular.Read("f.csv", []byte("date;client;sum\n15.05.2026;\"Ромашка;1\n16.05.2026;x;2\n"), options)
	if err == nil || err.Error() != "f.csv:2: кавычка открыта и нигде не закрыта: уберите её или закройте" {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct{ data, want string }{
		"old Excel": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
			"f.csv: это книга Excel старого вида (.xls): сохраните её как .xlsx или CSV"},
		"damaged": {"PK\x03\x04nonsense", "f.csv: книга Excel не читается"},
		"binary":  {"a\x00\x00\x01b", "f.csv: это не таблица: нужен CSV или .xlsx"},
		"torn":    {"Дата;Клиент\nИванова;Ро\xd0машка\n", "f.csv:2: здесь испорчен знак UTF-8"},
	} {
		if _, err := tabular.Read("f.csv", []byte(tc.data), options); err == nil ||
			!strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A column decides what a number with one sign means; if it cannot, the number is
// refused.
func TestNumbers(t *testing.T) {
	for column, want := range map[string]string{
		"12,5|7,250":       "12.5|7.25",
		"12.5|7,250":       "12.5|7250",
		"1,234.50|12,500":  "1234.5|12500",
		"1.234,50|12.500":  "1234.5|12500",
		"1.234,50|12,500":  "1234.5|12.5",
		"1 234,500|12,500": "1234.5|12.5",
		"1.234.567|12,500": "1.234567e+06|12.5",
		"1.234.567|12.500": "1.234567e+06|12500",
		"0,125|12,500":     "0.125|12.5",
		"1234,567|12,500":  "1234.567|12.5",
		"1'234'567|1'234":  "1.234567e+06|1234",
		"1'234.50|1’234":   "1234.5|1234",
		"100 000 ₽|1 млн":  "100000|1e+06",
		"5 тыс. руб.|5":    "5000|5",
		"12,500":           "?--decimal",
		"12.500|7.250":     "?--decimal",
		"1,5|1.5|12,500":   "?--decimal",
		"1'234":            "?апостроф",
		"1,23,4":           "?не число",
		"5 USD":            "?не рубли",
		"$5":               "?не рубли",
		"-5":               "?меньше нуля",
		"12 или 13":        "?",
	} {
		var b strings.Builder
		b.WriteString("date;client;sum\n")
		for v := range strings.SplitSeq(column, "|") {
			b.WriteString("15.05.2026;К;" + v + "\n")
		}
		got := table(t, b.String(), options)
		var sums []string
		for l := range got.Lines() {
			sums = append(sums, fmt.Sprint(sumOf(l)))
		}
		said := strings.Join(sums, "|")
		if err := got.Err(); err != nil {
			if said = err.Error(); strings.HasPrefix(want, "?") && strings.Contains(said, want[1:]) {
				continue
			}
		}
		if said != want {
			t.Errorf("%s: %s, want %s", column, said, want)
		}
	}
	for sign, want := range map[rune]string{',': "2 2026-05-15 К 12.5", '.': "2 2026-05-15 К 12500"} {
		o := options
		o.Decimal = sign
		if got := told(table(t, "date;client;sum\n15.05.2026;К;12,500\n", o)); got != want {
			t.Errorf("--decimal %c: %s", sign, got)
		}
		if got := told(table(t, "date;client;sum\n15.05.2026;К;12"+map[rune]string{',': ".", '.': ","}[sign]+"5\n",
			o)); !strings.Contains(got, "--decimal") {
			t.Errorf("--decimal %c does not hold: %s", sign, got)
		}
	}
}

// Figures of columns with a yet unknown unit have only one reading.
func TestFigure(t *testing.T) {
	for value, want := range map[string]string{"50": "50", "1 234,5": "1234,5", "0,125": "0,1250", "1:30:00": "1:30:00",
		"-": "", "—": "", "25%": "25%", "5 тыс.": "5 тыс."} {
		got := table(t, "date;client;sum\n15.05.2026;К;"+value+"\n", options)
		for l := range got.Lines() {
			if f, err := l.Figure("sum"); f != want || err != nil {
				t.Errorf("%q is %q, %v", value, f, err)
			}
		}
	}
}

func TestDays(t *testing.T) {
	for column, want := range map[string]string{
		"15.05.2026|5.5.2026|2026-05-15|2026/05/15": "2026-05-15 2026-05-05 2026-05-15 2026-05-15",
		"15.05.2026 10:20|15.05.2026 г.|15.05.26":   "2026-05-15 2026-05-15 2026-05-15",
		"2026-05-15T03:00:00+03:00|20260515":        "2026-05-15 2026-05-15",
		"15 мая 2026|15 мая 2026 г.|15 May 2026":    "2026-05-15 2026-05-15 2026-05-15",
		"46157|46157,5|46157.37847":                 "2026-05-15 2026-05-15 2026-05-15",
		"15/05/2026|05/06/2026":                     "2026-05-15 2026-06-05",
		"15-05-2026":                                "2026-05-15",
		"05/05/2026":                                "2026-05-05",
		"05/06/2026":                                "?не различить",
		"05/15/2026":                                "?не различить",
		"15/05/2026|05/15/2026":                     "?не различить",
		"5/15/2026 9:05:00 AM":                      "?не различить",
		"30.02.2026":                                "?нет в календаре",
		"15.15.2026":                                "?нет в календаре",
		"15.05.1926":                                "?раньше 2000",
		"15.05.2062":                                "?на год вперёд",
		"1.1.1":                                     "?не дата",
		"12":                                        "?не дата",
		"вчера":                                     "?не дата",
	} {
		var b strings.Builder
		b.WriteString("date;client;sum\n")
		for v := range strings.SplitSeq(column, "|") {
			b.WriteString(v + ";К;1\n")
		}
		got := table(t, b.String(), options)
		var days []string
		for l := range got.Lines() {
			days = append(days, l.MustDay("date").String())
		}
		said := strings.Join(days, " ")
		if err := got.Err(); err != nil {
			if said = err.Error(); strings.HasPrefix(want, "?") && strings.Contains(said, want[1:]) {
				continue
			}
		}
		if said != want {
			t.Errorf("%s: %s, want %s", column, said, want)
		}
	}
}

func TestMoments(t *testing.T) {
	for cells, want := range map[string]string{
		"2026-05-15T09:05:00+0300;":   "2026-05-15 06:05:00 zoned",
		"2026-05-15 09:05:00+03;":     "2026-05-15 06:05:00 zoned",
		"2026-05-15 09:05:00 +03:00;": "2026-05-15 06:05:00 zoned",
		"2026-05-15T06:05:00Z;":       "2026-05-15 06:05:00 zoned",
		"15.05.2026 09:05 МСК;":       "2026-05-15 06:05:00 zoned",
		"1778825100;":                 "2026-05-15 06:05:00 zoned",
		"1778825100000;":              "2026-05-15 06:05:00 zoned",
		"15/05/2026 09:05:00;":        "2026-05-15 09:05:00",
		"5.5.2026 9:05;":              "2026-05-05 09:05:00",
		"15.05.2026, 09:05:30.250;":   "2026-05-15 09:05:30",
		"46157.37847;":                "2026-05-15 09:05:00",
		"15.05.2026;10:00:00":         "2026-05-15 10:00:00",
		"2026-05-15;9:05":             "2026-05-15 09:05:00",
		"2026-05-15 9:05 PM;":         "2026-05-15 21:05:00",
		"20260515T090500;":            "2026-05-15 09:05:00",
		"15.05.2026;":                 "?",
		"15.05.2026;в полдень":        "?",
		"15.05.2026 25:00;":           "?",
		"2026-05-15 09:05 EST;":       "?",
	} {
		sheet, err := tabular.Read("f.csv", []byte("start;time\n"+cells+"\n15/05/2026 10:00;\n"), options)
		if err != nil {
			t.Fatal(err)
		}
		got, err := sheet.Match([]tabular.Field{{Name: "start", Must: true}, {Name: "time"}})
		if err != nil {
			t.Fatal(err)
		}
		for l := range got.Lines() {
			if l.Line > 2 {
				continue
			}
			at, floating, ok := l.Moment("start", "time")
			said := at.Format("2006-01-02 15:04:05")
			if !floating {
				said += " zoned"
			}
			if !ok {
				said = "?"
			}
			if said != want || ok != (got.Err() == nil) {
				t.Errorf("%s: %s, want %s; %v", cells, said, want, got.Err())
			}
		}
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[string]float64{"65": 65, "65,5": 65.5, "1:05": 65, "0:01:05": 65, "0:01:05.250": 65.25,
		"90:00": 5400, "1 мин 5 сек": 65, "65 с": 65, "65 сек.": 65, "1м 5с": 65, "1 ч": 3600, "24:00:00": 86400} {
		if got, ok := tabular.ParseSeconds(s); !ok || got != want {
			t.Errorf("%q is %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-5", "1:99", "a:b", "1:2:3:4", "999999", "-0:05", "::", "NaN", "5 шт", "1:61:00"} {
		if got, ok := tabular.ParseSeconds(s); ok {
			t.Errorf("%q is taken as %v", s, got)
		}
	}
	got := table(t, "date;client;sum;Длительность, мин\n15.05.2026;К;1;2\n15.05.2026;К;1;1:05\n15.05.2026;К;1;-\n",
		options)
	var said []kpi.Num
	for l := range got.Lines() {
		said = append(said, l.Seconds("length"))
	}
	if d := cmp.Diff([]kpi.Num{kpi.Some(120), kpi.Some(65), {}}, said); d != "" || got.Err() != nil {
		t.Error(d, got.Err())
	}
}

// --map names columns that headings do not, and chooses between similar ones.
func TestMap(t *testing.T) {
	o := options
	o.Map = map[string]string{"sum": "итого, руб", "client": "Плательщик"}
	const file = "Дата;Плательщик;Клиент;Сумма;Итого, руб\n15.05.2026;А;Б;1;2\n"
	got := table(t, file, o)
	if s := told(got); s != "2 2026-05-15 А 2" || notes(got) != "f.csv: столбцы не использованы: «Клиент», «Сумма»" {
		t.Error(s, notes(got))
	}
	// The same map, stored for these headings.
	print := tabular.Print([]string{"дата", "Плательщик", "Клиент", "Сумма", "Итого, руб"})
	kept := options
	kept.Kept = func(p string) (map[string]string, error) {
		if p != print {
			return nil, nil
		}
		return tabular.ParseMap("# kept\nsum = Итого, руб\n\nclient = \"Плательщик\"\n")
	}
	if s := told(table(t, file, kept)); s != "2 2026-05-15 А 2" {
		t.Error(s)
	}
	for field, heading := range map[string]string{"price": "Сумма", "sum": "Цена"} {
		o.Map = map[string]string{field: heading}
		sheet, err := tabular.Read("f.csv", []byte(file), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = sheet.Match(fields); err == nil || !strings.Contains(err.Error(), "--map "+field) {
			t.Errorf("%s=%s: %v", field, heading, err)
		}
	}
	for _, bad := range []string{"sum", "=x", "sum=", "sum=a\nsum=b"} {
		if m, err := tabular.ParseMap(bad); err == nil {
			t.Errorf("%q is taken as %v", bad, m)
		}
	}
	m := map[string]string{"a": "Б, руб", "c": "x = y"}
	if back, err := tabular.ParseMap(tabular.FormatMap(m)); err != nil || !cmp.Equal(back, m) {
		t.Error(back, err)
	}
}

// A workbook says what kind its cells are.
func TestXLSX(t *testing.T) {
	f := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set := func(sheet, cell string, v any, format string) {
		t.Helper()
		must(f.SetCellValue(sheet, cell, v))
		if format != "" {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			must(err)
			must(f.SetCellStyle(sheet, cell, cell, id))
		}
	}
	must(f.SetSheetName("Sheet1", "Сводка"))
	_, err := f.NewSheet("Сделки")
	must(err)
	const s = "Сделки"
	set(s, "A1", "Отчёт за май", "")
	for i, h := range []string{"Дата", "Клиент", "Сумма", "Длительность", "№"} {
		set(s, string(rune('A'+i))+"3", h, "")
	}
	set(s, "A4", 46157.37847, `dd/mm/yyyy\ hh:mm`)
	set(s, "B4", "ООО \"Ромашка\"", "")
	set(s, "C4", 12.5, `#,##0.00\ "₽"`)
	set(s, "D4", 65.0/86400, "[h]:mm:ss")
	set(s, "A5", 46157, "dd.mm.yyyy")
	set(s, "B5", 12345, "")
	set(s, "C5", "12 345,5", "")
	set(s, "D5", 90, "")
	set(s, "A6", "15.05.2026", "")
	set(s, "B6", 0.5, "0%")
	set(s, "C6", 1234567.891, "General")
	set(s, "A8", "Итого", "")
	set(s, "C8", 7, "")
	var b bytes.Buffer
	must(f.Write(&b))
	for _, sheet := range []string{"", "сделки"} {
		o := options
		o.Sheet = sheet
		got := table(t, b.String(), o)
		want := "4 2026-05-15 ООО \"Ромашка\" 12.5\n5 2026-05-15 12345 12345.5\n6 2026-05-15 0.5 1.234567891e+06"
		if d := cmp.Diff(want, told(got)); d != "" {
			t.Error(d)
		}
		var lengths []kpi.Num
		for l := range got.Lines() {
			lengths = append(lengths, l.Seconds("length"))
		}
		if d := cmp.Diff([]kpi.Num{kpi.Some(65), kpi.Some(90), {}}, lengths); d != "" {
			t.Error(d)
		}
		if n := notes(got); !strings.Contains(n, "f.csv:1: строка над заголовком") ||
			!strings.Contains(n, "f.csv:8: строка итогов") {
			t.Error(n)
		}
	}
	o := options
	o.Sheet = "Лист7"
	if _, err := tabular.Read("f.xlsx", b.Bytes(), o); err == nil ||
		err.Error() != "f.xlsx: листа «Лист7» нет; есть: Сводка, Сделки" {
		t.Error(err)
	}
}

// Half a workbook is reported as damaged, whatever the library does with it.
func TestTornXLSX(t *testing.T) {
	f := excelize.NewFile()
	if err := f.SetCellValue("Sheet1", "A1", "Дата"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	for n := 4; n < b.Len(); n += 97 {
		if _, err := tabular.Read("f.xlsx", b.Bytes()[:n], options); err == nil ||
			!strings.Contains(err.Error(), "не читается") {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for n := 0; n < b.Len(); n += 31 {
		data := bytes.Clone(b.Bytes())
		data[n] ^= 0x55
		sheet, err := tabular.Read("f.xlsx", data, options)
		if err == nil {
			_, _ = sheet.Match(fields) // read in another way: it must not panic
		}
	}
}

// Errors name headings as the file has them; English is there too.
func TestWords(t *testing.T) {
	o := options
	o.Lang = words.EN
	got := table(t, "Дата;Компания;Сумма, руб\nвчера;;x\n", o)
	if d := cmp.Diff("f.csv:2: Дата: “вчера” is no date (write 2026-05-15 or 15.05.2026)\n"+
		"f.csv:2: Компания: is empty\nf.csv:2: Сумма, руб: \"x\" is no number: type a number", told(got)); d != "" {
		t.Error(d)
	}
}

// Any bytes are read or refused with a message.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"date;client;sum\n15.05.2026;ООО \"Ромашка\";12,500\n", "sep=;\n\"a;b\n",
		"Дата\tКлиент\tСумма\n\"15/05/2026\"\t\"x\"\t1'234\n;;\nИтого;;5\n",
		"\xff\xfea\x00;\x00", "\xc4\xe0\xf2\xe0;\xea\n", "PK\x03\x04",
		"date,client,sum\n5/6/2026 9:05 PM,A,\"1,234.567\"\n", "date;client;sum\n46157.37847;-;−5 тыс.\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sheet, err := tabular.Read("f", data, options)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("%q does not name the file", err)
			}
			return
		}
		got, err := sheet.Match(fields)
		if err != nil {
			return
		}
		last := 0
		for l := range got.Lines() {
			if l.Line <= last {
				t.Fatalf("line %d after %d", l.Line, last)
			}
			last = l.Line
			d, n, s := l.Day("date"), l.Number("sum", kpi.Money), l.Seconds("length")
			if f, err := l.Figure("sum"); err != nil && f != "" {
				t.Fatalf("%q and %v", f, err)
			}
			if at, _, ok := l.Moment("date", "length"); ok && (at.Year() < 1999 || at.Year() > 2101) {
				t.Fatalf("moment %v", at)
			}
			if !d.IsZero() && (d.Year() < 2000 || d > options.Today+366) {
				t.Fatalf("day %v", d)
			}
			if n.OK && (n.V-n.V != 0) || s.OK && !(s.V >= 0 && s.V <= 86400) {
				t.Fatalf("%v, %v", n, s)
			}
		}
		for _, n := range got.Notes() {
			if n.Text == "" || strings.Contains(n.Text, "\n") {
				t.Fatalf("note %q", n.Text)
			}
		}
	})
}
