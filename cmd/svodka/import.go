package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	"svodka/internal/callfigures"
	"svodka/internal/calls"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

var importCommand = command{
	name: "import",
	args: "people|entries|deals|clients|calls|calendar FILE [--dry-run] [--replace] [--skip-unknown]\n" +
		"              [--map FIELD=HEADING]... [--decimal SIGN] [--sheet NAME] [--source NAME] [--zone ZONE]\n" +
		"       svodka import calls --from-skorozvon [--since DATE]",
	short: "put history into the spreadsheets",
	long: `
A file is CSV, .xlsx or a table of HTML (which many programs call .xls) as programs
give it: commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1251; title lines above the heading, empty lines and totals
below. What was passed over is told. Its columns are found by their headings, in
any order, in English or Russian and by the usual other names:

  people    name, role; email, team, hired, left, schedule, aliases, cost, notify
            («Сотрудник», «Должность», «Фамилия» and «Имя», …)
  entries   date, manager, kpi, value («Дата», «Менеджер», «Показатель», «Значение»)
            or a wide table: date, manager and one column per KPI
  deals     date, manager, client, amount («Дата закрытия», «Ответственный»,
            «Компания», «Бюджет», …); id («ID»), stage («Стадия сделки», «Этап»),
            currency («Валюта»). With ids an import is brought up to date: deals that
            changed in the CRM change here, another manager's row moves, and rows that
            people edited stay and are told with both values
  clients   manager, client; handed_over («Передан»)

  calendar  a production calendar: date, kind (off, working, short), or XML of
            xmlcalendar; the days of a year that is not built in

  calls     a call log: call_id, started_at; operator, operator_id, operator_ext,
            direction, total_sec, talk_sec, wait_sec, answered, result_group, cost,
            source; or the columns of Скорозвон, Mango Office, UIS (CoMagic,
            Novofon), МегаФон ВАТС, Битрикс24, Asterisk or FreePBX (Master.csv and
            МегаФон's history also without a heading)

Where headings do not tell, --map amount="Сумма, руб" does. A map that worked is
kept in SVODKA_DATA_DIR for files with the same headings; one can also stand
beside FILE, in FILE.map, with lines such as: amount = Сумма, руб

Dates are 2026-05-15 or 15.05.2026, with a time or not; numbers have any signs of
thousands and ₽. What can be two things, such as 12,500 or 05/06/2026, is decided
by the whole column, else refused. A manager is a name, an e-mail or one of «Имена
в телефонии»; names that are swapped, with a patronymic or initials are taken when
one person fits, and told. A role or a kpi is its key or its title. Plain numbers
of durations are seconds, also 1:30:00; percentages are fractions or 25%.

People and calendars go into the control spreadsheet; the rest goes into the
managers' spreadsheets, with the month tabs that it needs. The same file a second time
changes nothing. One bad line stops the import before anything is written. The
next sync reads what was imported.

Calls go into the ledger; the next sync writes the figures of their days into the
spreadsheets of those whose role has KPIs with the source calls. A log tells of all
days from its first call to its last: import whole days. Operators are found by
«Имена в телефонии», e-mail or name in «Сотрудники»; calls of others are kept, told
in «Проверка», and count once it is clear whose they are. Lines with one id are legs of
a call: of an operator's the answered one counts, else the longest, and whose phone
rang while a colleague took the call missed nothing. A log without ids tells calls
apart by time, operator and number; numbers are not stored.

  --dry-run   check the file and say what would be written
  --replace   entries: write over other figures that stand in the cells
  --skip-unknown
              entries, deals, clients: leave out rows of people who are not in
              «Сотрудники», and say how many
  --stage     deals: take those of this stage («Сделка успешна»), as often as needed
  --currency  deals: take those in this currency (RUB)
  --replace-period
              deals with ids: clear those of the days of the file that it has no more,
              if nobody edited them
  --map       the heading of a column, as often as needed
  --decimal   the decimal sign of the file, . or , where the columns do not tell
  --sheet     the sheet of an .xlsx (the first that is not empty)
  --source    calls: whose columns they are: canonical, skorozvon, mango, uis,
              megafon, bitrix24, asterisk (told by the columns themselves as a rule)
  --from-skorozvon
              calls: ask Скорозвон (SVODKA_SKOROZVON_…) for those since it was last
              asked, or since the day of --since; svodka run does it on schedule
  --zone      calls: the zone of times that name none, such as Europe/Moscow (as a
              rule that of «Параметры»)
`,
	run: runImport,
}

// importFlags are the flags of an import.
type importFlags struct {
	importing.Options
	pick         imports.Pick
	source, zone string // calls: the columns' source, and the zone of the times
	pull         bool   // calls: ask Скорозвон
	since        dateFlag
	how          howToRead
}

func (f *importFlags) define(fs *flag.FlagSet) {
	fs.BoolVar(&f.DryRun, "dry-run", false, "")
	fs.BoolVar(&f.Replace, "replace", false, "")
	fs.BoolVar(&f.SkipUnknown, "skip-unknown", false, "")
	fs.BoolVar(&f.ReplacePeriod, "replace-period", false, "")
	fs.Func("stage", "", func(s string) error { f.pick.Stages = append(f.pick.Stages, s); return nil })
	fs.StringVar(&f.pick.Currency, "currency", "", "")
	fs.StringVar(&f.source, "source", "", "")
	fs.StringVar(&f.zone, "zone", "", "")
	fs.BoolVar(&f.pull, "from-skorozvon", false, "")
	fs.Var(&f.since, "since", "")
	f.how.flags(fs)
}

// picks reports whether only some of the deals are wanted.
func (f *importFlags) picks() bool { return len(f.pick.Stages) > 0 || f.pick.Currency != "" }

// check fails if the flags do not fit what is imported: a kind and a file.
func (f *importFlags) check(what []string) error {
	kind := what[0]
	switch {
	case f.pull && (len(what) > 1 || kind != "calls" || f.source != "" || f.zone != "" || f.DryRun || f.Replace ||
		f.SkipUnknown || f.ReplacePeriod || f.picks() || !f.how.plain()):
		return usagef("import: --from-skorozvon is for calls, without a file and other flags but --since")
	case f.pull:
		return nil
	case !f.since.IsZero():
		return usagef("import: --since is for --from-skorozvon")
	case len(what) == 1:
		return usagef("import: something is missing (see: svodka import --help)")
	case kind != "deals" && (f.picks() || f.ReplacePeriod):
		return usagef("import: --stage, --currency and --replace-period are for deals")
	case kind != "calls" && (f.source != "" || f.zone != ""):
		return usagef("import: --source and --zone are for calls")
	}
	return nil
}

func runImport(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	var f importFlags
	f.define(fs)
	what, err := parse(fs, args, 1, 2)
	if err != nil {
		return err
	}
	if err := f.check(what); err != nil {
		return err
	}
	if f.pull {
		return pullCalls(a, ctx, f.since)
	}
	kind, file := what[0], what[1]
	if kind == "calls" {
		return importCalls(a, ctx, file, f.source, f.zone, f.Options, f.how)
	}
	// Read the whole file before opening anything: a bad one leaves no trace.
	var write func(context.Context, importing.Importer, importing.Options) (importing.Done, error)
	var in *input
	switch kind {
	case "people":
		write, in, err = reading(a, kind, file, f.how, imports.People, importing.Importer.People)
	case "entries":
		write, in, err = reading(a, kind, file, f.how, imports.Entries, importing.Importer.Entries)
	case "deals":
		write, in, err = reading(a, kind, file, f.how, f.pick.Deals, importing.Importer.Deals)
	case "clients":
		write, in, err = reading(a, kind, file, f.how, imports.Clients, importing.Importer.Clients)
	case "calendar":
		write, in, err = reading(a, kind, file, f.how, imports.Calendar, importing.Importer.Calendar)
	default:
		return usagef("import: %q is none of people, entries, deals, clients, calls, calendar", kind)
	}
	if err != nil {
		return err
	}
	return a.importing(ctx, in, f.Options, func(im importing.Importer, o importing.Options) (string, error) {
		got, err := write(ctx, im, o)
		return file + ": " + imported(in.lang, got, o.DryRun), err
	})
}

// importing imports a file that was read, and prints the result that do returns. It
// prints what people should know before anything is written.
func (a *app) importing(ctx context.Context, in *input, o importing.Options,
	do func(importing.Importer, importing.Options) (string, error)) error {
	return a.with(ctx, whatIs, func(ctx context.Context, x *session) error {
		in.tell(a.stdout, nil) // what the file is like
		o.Tell = func(notes []string) { in.tell(a.stdout, notes) }
		im, err := x.worker.Imports(ctx)
		if err != nil {
			return err
		}
		did, err := do(im, o)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, a.typeable(did))
		if o.DryRun {
			return nil
		}
		return in.keepMap(a.stdout)
	})
}

// reading reads a file of rows, and returns a function that writes them.
func reading[T any](a *app, kind, file string, how howToRead,
	read func(string, []byte, tabular.Options) (imports.File[T], error),
	write func(importing.Importer, context.Context, []T, importing.Options) (importing.Done, error),
) (func(context.Context, importing.Importer, importing.Options) (importing.Done, error), *input, error) {
	in, err := how.open(a, kind, file)
	if err != nil {
		return nil, nil, err
	}
	got, err := read(file, in.data, in.options)
	if err != nil {
		return nil, nil, err
	}
	in.heads, in.notes = got.Heads, append(in.notes, got.Notes...)
	return func(ctx context.Context, im importing.Importer, o importing.Options) (importing.Done, error) {
		return write(im, ctx, got.Rows, o)
	}, in, nil
}

// imported describes in a line what an import did.
func imported(lang words.Lang, got importing.Done, dry bool) string {
	s := fmt.Sprintf(lang.T("строк: %d, из них уже были: %d", "lines: %d, there already: %d"), got.Lines, got.Same)
	format := lang.T("; записано: %d, таблиц: %d (дальше: svodka sync)",
		"; written: %d, into spreadsheets: %d (next: svodka sync)")
	switch {
	case got.Written == 0:
		return s + lang.T("; записывать нечего", "; nothing to write")
	case dry:
		format = lang.T("; было бы записано: %d, таблиц: %d (ничего не записано: --dry-run)",
			"; would be written: %d, into spreadsheets: %d (nothing was: --dry-run)")
	}
	return s + fmt.Sprintf(format, got.Written, got.Files)
}

// importCalls stores a call log.
func importCalls(a *app, ctx context.Context, name, source, zone string, o importing.Options, how howToRead) error {
	var named calls.Source
	if source != "" {
		var ok bool
		if named, ok = calls.ParseSource(source); !ok {
			return usagef("import: --source %q is none of %s", source, join(calls.Sources()))
		}
	}
	var in *time.Location
	if zone != "" {
		var err error
		if in, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return usagef("import: --zone %q is no time zone (write it as Europe/Moscow or UTC)", zone)
		}
	}
	if o.Replace {
		return usagef("import: calls need no --replace: a call that is known is brought up to date")
	}
	if o.SkipUnknown {
		return usagef("import: calls need no --skip-unknown: those of others are kept and count for nobody")
	}
	from, err := how.open(a, "calls", name)
	if err != nil {
		return err
	}
	log, err := calls.Read(name, from.data, named, from.options)
	if err != nil {
		return err
	}
	from.heads, from.notes = log.Heads, append(from.notes, log.Notes...)
	return a.importing(ctx, from, o, func(im importing.Importer, o importing.Options) (string, error) {
		got, err := im.CallLog(ctx, log, in, o)
		return "calls: " + callsImported(from.lang, got, log.Source.Title(), o.DryRun), err
	})
}

// callsImported describes in a line or two what an import of calls did.
func callsImported(lang words.Lang, got callfigures.Stored, title string, dry bool) string {
	s := fmt.Sprintf(lang.T("строк: %d (%s), из них уже были: %d", "lines: %d (%s), there already: %d"), got.Lines,
		title, got.Same)
	switch n := got.New + got.Changed; {
	case n == 0:
		s += lang.T("; записывать нечего", "; nothing to write")
	case dry:
		s += fmt.Sprintf(lang.T("; новых: %d, изменилось бы: %d (ничего не записано: --dry-run)",
			"; new: %d, would change: %d (nothing was written: --dry-run)"), got.New, got.Changed)
	default:
		s += fmt.Sprintf(lang.T("; новых: %d, изменено: %d (дальше: svodka sync)",
			"; new: %d, changed: %d (next: svodka sync)"), got.New, got.Changed)
	}
	if got.Merged > 0 {
		s += fmt.Sprintf(lang.T("\n       слито строк, которые говорят о тех же звонках: %d",
			"\n       lines of the same calls, merged: %d"), got.Merged)
	}
	if got.Span.Days() > 0 {
		s += fmt.Sprintf(lang.T("\n       дни с %s по %s, людей: %d", "\n       days %s to %s, people: %d"),
			got.Span.From, got.Span.To, got.People)
	}
	if got.Strangers > 0 {
		s += fmt.Sprintf(lang.T("\n       звонков чужих или неясных операторов: %d (все названы в «Проверка»)",
			"\n       calls of operators who are nobody in “People”, or several: %d (“Checks” lists them)"),
			got.Strangers)
	}
	if got.NoTalk > 0 {
		s += fmt.Sprintf(lang.T("\n       звонков без длины разговора: %d (разговоры этих дней останутся пустыми)",
			"\n       calls without the length of the talk: %d (conversations of those days stay empty)"), got.NoTalk)
	}
	return s
}

func join(sources []calls.Source) string {
	var names []string
	for _, s := range sources {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}
