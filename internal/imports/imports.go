// Package imports reads the files with a department's history: people, entries, deals and
// clients.
//
// It is pure: it turns bytes into rows with package tabular and says, with file, line and
// heading, what is wrong with them. It does not know whether a person or a KPI exists.
package imports

import (
	"errors"
	"fmt"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

// Where is the place of a row, for errors found later.
type Where = tabular.Where

// File is a file that was read: its rows, and notes about it, such as skipped lines.
type File[Row any] struct {
	Rows  []Row
	Notes []tabular.Note
	// Heads are all headings of the file, by which to recognise files of the same kind.
	Heads []string
}

// Person is a row of a file of people.
type Person struct {
	Where
	Name, Email, Role, Team string
	Hired, Left             calendar.Date
	Aliases                 []string
	Cost                    float64 // roubles a month; 0: not given
	Notify                  string  // where to remind; empty: not given
	Schedule                string  // as typed, such as "2/2 с 01.05.2026"; empty: not given
}

// Entry is a figure of a file of entries.
type Entry struct {
	Where
	Date         calendar.Date
	Manager, KPI string
	// Value is text that Figure reads in only one way.
	Value string
	// Wide means that KPI is the heading of a column, and may not be a KPI at all.
	Wide bool
	// Doubt is why Value is empty in a wide table: the text is ambiguous. It matters only
	// if the column is a KPI.
	Doubt error
}

// Client is a row of a file of clients.
type Client struct {
	Where
	Manager, Client string
	HandedOver      calendar.Date
}

// The columns of people, deals and clients, with their known headings.
var (
	manager = tabular.Field{Name: "manager", Must: true, Titles: []string{"Менеджер", "Ответственный", "Сотрудник",
		"Ответственный менеджер", "Ответственный сотрудник", "Продавец", "Исполнитель", "ASSIGNED_BY_NAME",
		"responsible_user_name",
		"Куратор", "ФИО", "Ф.И.О.", "ФИО сотрудника", "ФИО менеджера", "Имя сотрудника", "Responsible", "Employee",
		"Owner", "Deal owner", "Sales rep", "Salesperson", "Sales agent", "Assigned to"}}
	client = tabular.Field{Name: "client", Must: true, Titles: []string{"Клиент", "Компания", "Контрагент", "Заказчик",
		"Покупатель", "Название компании", "Наименование клиента", "Клиент/Компания", "Партнёр",
		"Company", "Customer", "Account", "Company name", "Customer name", "Client name", "COMPANY_TITLE"}}
	day = tabular.Field{Name: "date", Must: true,
		Titles: []string{"Дата", "День", "Day", "Отчётная дата", "Дата отчёта"}}

	peopleFields = []tabular.Field{
		{Name: "name", Must: true, Titles: []string{"Имя", "ФИО", "Ф.И.О.", "Сотрудник", "Менеджер", "Имя и фамилия",
			"Фамилия и имя", "Фамилия Имя", "Фамилия, имя", "Фамилия Имя Отчество", "Full name", "Employee",
			"Manager"}},
		{Name: "role", Must: true, Titles: []string{"Роль", "Должность", "Position", "Job title"}},
		{Name: "surname", Titles: []string{"Фамилия", "Last name", "Family name"}},
		{Name: "email", Titles: []string{"E-mail", "Mail", "Почта", "Эл. почта", "Электронная почта",
			"Адрес электронной почты", "Емейл", "Имейл"}},
		{Name: "team", Titles: []string{"Команда", "Отдел", "Группа", "Подразделение", "Department", "Group"}},
		{Name: "hired", Titles: []string{"Принят", "Принята", "Дата приёма", "Дата приёма на работу", "Дата найма",
			"Работает с", "Hire date", "Start date"}},
		{Name: "left", Titles: []string{"Уволен", "Уволена", "Дата увольнения", "Последний день", "Работает по",
			"Termination date", "Last day"}},
		{Name: "schedule", Titles: []string{"График", "График работы", "Режим работы", "Work schedule"}},
		{Name: "aliases", Titles: []string{"Имена в телефонии", "Names in telephony", "Псевдонимы", "Телефония",
			"Внутренний номер", "Добавочный", "Extension"}},
		{Name: "cost", Titles: []string{"Затраты", "Затраты в месяц", "Стоимость", "Стоимость в месяц",
			"Расходы в месяц", "Monthly cost", "Cost per month"}},
		{Name: "notify", Titles: []string{"Напоминать", "Напоминания", "Куда напоминать", "Уведомления", "Reminders",
			"Remind at"}},
	}
	entryFields = []tabular.Field{
		day, manager,
		{Name: "kpi", Titles: []string{"Показатель", "КПЭ", "Метрика", "Metric", "Indicator"}},
		{Name: "value", Titles: []string{"Значение", "Факт", "Количество", "Результат", "Fact", "Actual"}},
	}
	clientFields = []tabular.Field{
		manager, client,
		{Name: "handed_over", Titles: []string{"Передан", "Передана", "Дата передачи", "Передан дата", "Закреплён с",
			"Handed over on", "Since"}},
	}
)

// People reads `name,email,role,team,hired,left[,aliases,cost,notify,schedule]`. A name
// may be in two columns, «Фамилия» and «Имя».
func People(file string, data []byte, o tabular.Options) (File[Person], error) {
	return read(file, data, o, peopleFields, func(l *tabular.Line) Person {
		p := Person{
			Where: l.Where, Name: l.Must("name"), Email: l.Text("email"), Role: l.Must("role"), Team: l.Text("team"),
			Hired: l.AnyDay("hired"), Left: l.AnyDay("left"),
			Notify: l.Text("notify"), Schedule: l.Text("schedule"),
		}
		if s := l.Text("surname"); s != "" && p.Name != "" {
			p.Name = s + " " + p.Name
		}
		if strings.ContainsAny(p.Notify, " ,;") {
			fail(l, o, "notify", "«%s» — не один адрес (напишите номер чата, e-mail или «нет»)",
				"%q is not one address (write the number of a chat, an e-mail, or no)", p.Notify)
		}
		for a := range strings.FieldsFuncSeq(l.Text("aliases"), func(r rune) bool { return r == ';' || r == '|' }) {
			if a = strings.TrimSpace(a); a != "" {
				p.Aliases = append(p.Aliases, a)
			}
		}
		p.Cost = l.Number("cost", kpi.Money).V
		if !p.Hired.IsZero() && !p.Left.IsZero() && p.Left < p.Hired {
			fail(l, o, "left", "%s раньше дня приёма, %s", "%s is before hired, %s", p.Left, p.Hired)
		}
		return p
	})
}

// Clients reads `manager,client,handed_over`.
func Clients(file string, data []byte, o tabular.Options) (File[Client], error) {
	return read(file, data, o, clientFields, func(l *tabular.Line) Client {
		return Client{l.Where, l.Must("manager"), l.Must("client"), l.Day("handed_over")}
	})
}

// Entries reads `date,manager,kpi,value`, or a wide table: `date,manager` and one column
// per KPI, with the key or the title of the KPI as its heading. Cells of a wide table
// that are empty or a dash are not figures.
func Entries(file string, data []byte, o tabular.Options) (File[Entry], error) {
	var out File[Entry]
	t, err := match(file, data, o, entryFields)
	if err != nil {
		return out, err
	}
	var wide []string
	switch {
	case t.Has("kpi") && t.Has("value"):
	case t.Has("kpi") || t.Has("value"):
		missing, there := "value", "kpi"
		if t.Has("value") {
			missing, there = there, missing
		}
		return out, t.Top().Errorf(missing, "%s", say(o, "этого столбца нет, а «%s» есть: назовите его --map %s=\"…\"",
			"this column is missing, but there is “%s”: name it by --map %s=\"…\"", t.Heading(there), missing))
	default:
		for _, h := range t.Rest() {
			if !t.Use(h) {
				return out, t.Top().Errorf(h, "%s", say(o, "столбцов с этим заголовком несколько: оставьте один",
					"several columns have this heading: leave one"))
			}
			wide = append(wide, h)
		}
		if len(wide) == 0 {
			return out, t.Top().Errorf("kpi", "%s", say(o,
				"показателей нет: нужны столбцы kpi и value («Показатель», «Значение») или по столбцу на показатель",
				"there are no KPIs: there must be the columns kpi and value, or one column per KPI"))
		}
	}
	for l := range t.Lines() {
		e := Entry{Where: l.Where, Date: l.MustDay("date"), Manager: l.Must("manager")}
		if wide == nil {
			e.KPI = l.Must("kpi")
			if l.Must("value") != "" {
				var err error
				switch e.Value, err = l.Figure("value"); {
				case err != nil:
					l.Refuse(err)
				case e.Value == "":
					fail(l, o, "value", "«%s» — не число (если его нет, уберите строку)",
						"“%s” is no number (if there is none, leave the line out)", l.Text("value"))
				}
			}
			out.Rows = append(out.Rows, e)
			continue
		}
		for _, h := range wide {
			e.KPI, e.Wide = h, true
			if e.Value, e.Doubt = l.Figure(h); e.Value != "" || e.Doubt != nil {
				out.Rows = append(out.Rows, e)
			}
		}
	}
	if err := t.Err(); err != nil {
		return File[Entry]{}, err
	}
	out.Notes, out.Heads = t.Notes(), t.Heads()
	return out, nil
}

// Figure reads the value of an entry like a typed cell of its KPI, negative if refunds
// are allowed. But in a length a plain number means seconds, as exports write it, while a
// cell takes minutes.
func Figure(k kpi.KPI, value string, refunds bool, lang words.Lang) (float64, error) {
	if k.Unit == kpi.Duration {
		if sec, ok := tabular.PlainSeconds(value); ok {
			return sec, nil
		}
	}
	read := kpi.ParseFigure(k, value, refunds)
	if !read.OK() {
		return 0, errors.New(tabular.Quote(value, read.Message.Text(lang)))
	}
	return read.Value, nil
}

func say(o tabular.Options, ru, en string, args ...any) string {
	return fmt.Sprintf(o.Lang.T(ru, en), args...)
}

func fail(l *tabular.Line, o tabular.Options, field, ru, en string, args ...any) {
	l.Fail(field, "%s", say(o, ru, en, args...))
}

func match(file string, data []byte, o tabular.Options, fields []tabular.Field) (*tabular.Table, error) {
	sheet, err := tabular.Read(file, data, o)
	if err != nil {
		return nil, err
	}
	return sheet.Match(fields)
}

// read reads a file line by line. If anything is wrong, it returns all errors joined and
// no rows.
func read[Row any](file string, data []byte, o tabular.Options, fields []tabular.Field,
	row func(*tabular.Line) Row) (File[Row], error) {
	var out File[Row]
	t, err := match(file, data, o, fields)
	if err != nil {
		return out, err
	}
	for l := range t.Lines() {
		out.Rows = append(out.Rows, row(l))
	}
	if err := t.Err(); err != nil {
		return File[Row]{}, err
	}
	out.Notes, out.Heads = t.Notes(), t.Heads()
	return out, nil
}
