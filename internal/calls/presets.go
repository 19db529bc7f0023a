package calls

import (
	"slices"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// preset describes a telephony's own columns and their meaning.
type preset struct {
	source Source
	// fields are the columns. Their English names come from the programs' interfaces, the
	// Russian ones from their exports.
	fields []tabular.Field
	ids    []string         // fields of the id: the first that is filled in counts
	marks  [][]string       // sets of headings, normalised by tabular.Norm, that only this source has together
	call   func(*line) Call // everything but the id
	// bare are the headings for a file that comes without one; isBare recognises such a
	// file by its first line.
	bare   []string
	isBare func(cells []string) bool
}

// each makes marks of single headings.
func each(heads ...string) (out [][]string) {
	for _, h := range heads {
		out = append(out, []string{h})
	}
	return out
}

// directions maps the values of columns. Presets have no columns of phones and clients:
// those are read only in a log without ids, see Log.Identify.

var directions = map[string]Direction{
	"out": Outgoing, "outgoing": Outgoing, "outbound": Outgoing, "originating": Outgoing, "placed": Outgoing,
	"исх": Outgoing, "исх.": Outgoing,
	"callback": Outgoing, "call back": Outgoing, "local": Outgoing, "infocall": Outgoing,
	"in": Incoming, "incoming": Incoming, "inbound": Incoming, "terminating": Incoming, "received": Incoming,
	"вх": Incoming, "вх.": Incoming, "missed": Incoming,
	"internal": Internal,
}

// directionStems are the beginnings of Russian words: «Исходящий вызов», «входящие с
// перенаправлением».
var directionStems = []stem[Direction]{
	{"исход", Outgoing}, {"обратный", Outgoing}, {"перезвон", Outgoing}, {"местный", Outgoing},
	{"информационный", Outgoing}, {"автообзвон", Outgoing}, {"callback", Outgoing},
	{"вход", Incoming}, {"пропущен", Incoming}, {"внутр", Internal},
}

var answers = map[string]Answer{
	"1": Answered, "yes": Answered, "true": Answered, "да": Answered, "success": Answered, "answered": Answered,
	"answer": Answered, "ok": Answered, "completed": Answered, "placed": Answered,
	"0": Missed, "no": Missed, "false": Missed, "нет": Missed, "missed": Missed, "no answer": Missed,
	"noanswer": Missed, "no_answer": Missed, "no-answer": Missed, "not answered": Missed,
	"unanswered": Missed, "busy": Missed, "failed": Missed, "congestion": Missed, "cancel": Missed, "canceled": Missed,
	"cancelled": Missed, "chanunavail": Missed, "unavailable": Missed,
	"rejected": Missed, "declined": Missed, "abandoned": Missed, "lost": Missed, "notavailable": Missed,
	"notallowed": Missed, "notfound": Missed, "voicemail": Missed,
}

// answerStems are the beginnings of Russian words, negative ones first.
var answerStems = []stem[Answer]{
	{"не ", Missed}, {"нет ", Missed}, {"неотвеч", Missed}, {"непринят", Missed}, {"неуспешн", Missed},
	{"недозвон", Missed}, {"недоступ", Missed}, {"неверный", Missed}, {"несостояв", Missed},
	{"недостаточно", Missed}, {"пропущен", Missed}, {"потерян", Missed}, {"занят", Missed}, {"сброс", Missed},
	{"отклон", Missed}, {"отмен", Missed}, {"временно", Missed}, {"запрещ", Missed}, {"абонент ", Missed},
	{"вызов от", Missed}, {"звонок от", Missed}, {"ошибк", Missed}, {"блокир", Missed}, {"заблокир", Missed}, {
		"данное направление", Missed}, {"голосовая почта", Missed}, {"автоответчик", Missed},
	{"отвеч", Answered}, {"ответил", Answered}, {"принят", Answered}, {"успеш", Answered}, {"состоя", Answered}, {
		"разговор", Answered}, {"дозвон", Answered},
}

// stem is the common beginning of words with one meaning.
type stem[T any] struct {
	start string
	value T
}

// success reports whether a group of results, such as «Успешные», is one of successes.
func success(group string) bool {
	g := tabular.Fold(group)
	return strings.HasPrefix(g, "успешн") || strings.HasPrefix(g, "success")
}

// presets are the known kinds of files, the canonical one first: a file without the mark
// of any other counts as canonical.
var presets = []preset{
	{
		source: Canonical,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"call_id", "id", "id_звонка", "ид_звонка", "ид", "номер_звонка",
				"идентификатор"}},
			{Name: "started_at", Must: true, Titles: []string{"started_at", "start", "start_time", "date", "дата",
				"дата_и_время", "дата_время", "начало", "начало_звонка", "время_начала", "дата_звонка"}},
			{Name: "time", Titles: []string{"время", "время_звонка"}},
			{Name: "operator", Titles: []string{"operator", "manager", "employee", "user", "оператор", "сотрудник",
				"менеджер", "пользователь"}},
			{Name: "operator_id", Titles: []string{"operator_id", "employee_id", "user_id", "id_оператора",
				"id_сотрудника"}},
			{Name: "operator_ext", Titles: []string{"operator_ext", "ext", "extension", "внутренний_номер",
				"добавочный", "добавочный_номер"}},
			{Name: "operator_name", Titles: []string{"operator_name", "имя_оператора", "фио"}},
			{Name: "direction", Titles: []string{"direction", "type", "направление", "тип", "тип_звонка",
				"вид_звонка"}},
			{Name: "total_sec", Titles: []string{"total_sec", "total", "duration", "длительность", "общая_длительность",
				"длительность_звонка"}},
			{Name: "talk_sec", Titles: []string{"talk_sec", "talk", "talk_time", "разговор", "длительность_разговора",
				"время_разговора"}},
			{Name: "wait_sec", Titles: []string{"wait_sec", "wait", "ожидание", "время_ожидания",
				"длительность_ожидания"}},
			{Name: "answered", Titles: []string{"answered", "status", "статус", "статус_звонка", "отвечен", "принят",
				"состоялся"}},
			{Name: "result", Titles: []string{"result", "результат", "результат_звонка"}},
			{Name: "result_group", Titles: []string{"result_group", "группа_результата", "группа_результатов"}},
			{Name: "cost", Titles: []string{"cost", "price", "стоимость", "стоимость_звонка", "цена"}},
			{Name: "source", Titles: []string{"source", "источник", "телефония"}},
		},
		call: func(l *line) Call {
			c := Call{
				Operator: called(l.Text("operator_id"), l.Text("operator_ext"), l.First("operator_name", "operator")),
				Total:    l.Seconds("total_sec"), Talk: l.Seconds("talk_sec"), Wait: l.Seconds("wait_sec"),
				Direction: choice(l, "direction", directions, directionStems),
				Answer:    choice(l, "answered", answers, answerStems),
				Success:   success(l.Text("result_group")), Cost: l.money("cost"),
			}
			l.when(&c, "started_at")
			if s := l.Text("source"); s != "" {
				known, ok := ParseSource(s)
				if c.Source = known; !ok {
					c.Source = Source(tabular.Fold(s))
				}
			}
			return c
		},
	},
	{
		source: Skorozvon,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"id", "call_id", "id_звонка"}},
			{Name: "started_at", Must: true, Titles: []string{"started_at", "дата_и_время", "начало", "начало_звонка",
				"дата_звонка", "дата"}},
			{Name: "duration", Must: true, Titles: []string{"duration", "длительность", "длительность_звонка",
				"длительность_разговора"}},
			{Name: "talk", Titles: []string{"durations_without_holding", "without_holding",
				"длительность_без_удержания", "разговор_без_удержания"}},
			{Name: "wait", Titles: []string{"waiting_time", "время_дозвона", "время_ожидания", "ожидание"}},
			{Name: "user_id", Titles: []string{"user_id", "id_оператора", "id_пользователя"}},
			{Name: "user", Titles: []string{"user_name", "user", "оператор", "пользователь", "сотрудник"}},
			{Name: "result", Titles: []string{"scenario_result_name", "scenario_result", "результат",
				"результат_сценария"}},
			{Name: "group", Titles: []string{"scenario_result_group_name", "scenario_result_group", "группа_результата",
				"группа_результатов", "группа_результата_сценария"}},
			{Name: "type", Titles: []string{"call_type", "тип_звонка", "тип", "направление"}},
			{Name: "cost", Titles: []string{"cost", "стоимость"}},
		},
		marks: each("waiting_time", "scenario_result", "scenario_result_name", "scenario_result_group",
			"scenario_result_group_name",
			"durations_without_holding", "время_дозвона", "результат_сценария", "группа_результата_сценария",
			"длительность_без_удержания"),
		call: func(l *line) Call {
			c := Call{
				Operator:  Operator{ID: l.Text("user_id"), Name: tidy(l.Text("user"))},
				Direction: choice(l, "type", directions, directionStems), Success: success(l.Text("group")),
				Cost: l.money("cost"),
			}
			c.Skorozvon(l.Seconds("duration"), l.Seconds("talk"), l.Seconds("wait"))
			l.when(&c, "started_at")
			return c
		},
	},
	{
		source: Mango,
		// Mango's statistics have no call_id: the lines of an entry are its legs.
		ids: []string{"call_id", "entry"},
		fields: []tabular.Field{
			{Name: "entry", Titles: []string{"entry_id"}},
			{Name: "call_id", Titles: []string{"call_id", "entry_id_call_id"}},
			{Name: "create_time", Must: true, Titles: []string{"create_time", "start"}},
			{Name: "talk_time", Must: true, Titles: []string{"talk_time", "answer"}},
			{Name: "end_time", Must: true, Titles: []string{"end_time", "finish"}},
			{Name: "from_ext", Must: true, Titles: []string{"from_extension", "from_ext"}},
			{Name: "to_ext", Must: true, Titles: []string{"to_extension", "to_ext"}},
		},
		marks: each("entry_id", "from_extension", "to_extension"),
		call: func(l *line) Call {
			var c Call
			l.when(&c, "create_time")
			from, to := l.Text("from_ext"), l.Text("to_ext")
			switch {
			case from != "" && to != "":
				c.Direction, c.Operator.Ext = Internal, from
			case from != "":
				c.Direction, c.Operator.Ext = Outgoing, from
			default:
				c.Direction, c.Operator.Ext = Incoming, to
			}
			// talk = end_time − talk_time if there was a talk (domain 4).
			end, ended := l.moment("end_time")
			talk, talked := l.moment("talk_time")
			switch {
			case talked && ended:
				c.Talk, c.Answer = kpi.Some(max(0, end-talk)), Answered
				if !c.Floating && !c.Started.IsZero() {
					c.Wait = kpi.Some(max(0, talk-float64(c.Started.Unix())))
				}
			case talked:
				c.Answer = Answered
			default:
				c.Talk, c.Answer = kpi.Some(0), Missed
			}
			return c
		},
	},
	{
		source: UIS,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"id", "call_session_id", "id_сессии", "id_сеанса", "id_звонка",
				"идентификатор_сессии"}},
			{Name: "start_time", Must: true, Titles: []string{"start_time", "дата_и_время", "дата_и_время_начала",
				"начало", "дата"}},
			{Name: "lost", Titles: []string{"is_lost", "потерян", "потерянный", "потерянный_звонок"}},
			{Name: "wait", Titles: []string{"wait_duration", "время_ожидания", "длительность_ожидания",
				"ожидание_ответа"}},
			{Name: "talk", Titles: []string{"talk_duration", "длительность_разговора"}},
			{Name: "clean", Titles: []string{"clean_talk_duration", "чистая_длительность_разговора",
				"чистое_время_разговора"}},
			{Name: "total", Titles: []string{"total_duration", "общая_длительность", "общая_длительность_звонка"}},
			{Name: "employees", Titles: []string{"employees", "employee_full_name", "сотрудник", "сотрудники"}},
			{Name: "direction", Titles: []string{"direction", "направление", "тип_звонка"}},
		},
		marks: each("is_lost", "clean_talk_duration", "call_session_id", "чистая_длительность_разговора",
			"чистое_время_разговора", "id_сессии", "потерянный_звонок", "виртуальный_номер"),
		call: func(l *line) Call {
			c := Call{Total: l.Seconds("total"), Wait: l.Seconds("wait"),
				Direction: choice(l, "direction", directions, directionStems)}
			if c.Talk = l.Seconds("clean"); !c.Talk.OK { // prefer the talk without hold and transfer
				c.Talk = l.Seconds("talk")
			}
			switch choice(l, "lost", answers, answerStems) {
			case Answered: // lost: yes
				c.Answer = Missed
			case Missed:
				c.Answer = Answered
			}
			op, ok := employees(l.Text("employees"))
			if !ok {
				l.fail("employees", "список непонятен", "the list is not understood")
			}
			c.Operator = op
			l.when(&c, "start_time")
			return c
		},
	},
	{
		source: Megafon,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"callid", "uid", "id_звонка"}},
			{Name: "type", Must: true, Titles: []string{"type", "тип", "тип_звонка"}},
			{Name: "user", Titles: []string{"user", "account"}},
			{Name: "name", Titles: []string{"сотрудник", "пользователь"}},
			{Name: "ext", Titles: []string{"ext", "внутренний_номер", "добавочный"}},
			{Name: "start", Must: true, Titles: []string{"start", "начало", "дата_и_время", "дата"}},
			{Name: "wait", Titles: []string{"wait", "ожидание", "время_ожидания"}},
			{Name: "duration", Must: true, Titles: []string{"duration", "длительность", "длительность_разговора"}},
			{Name: "status", Titles: []string{"status", "статус"}},
		},
		// The cabinet's export has no id, but the line through which a call went.
		marks: append(each("callid", "uid"), []string{"тип", "сотрудник", "через"}),
		// The API's history comes without a heading.
		bare: []string{"uid", "type", "client", "account", "via", "start", "wait", "duration", "record"},
		isBare: func(c []string) bool {
			return (len(c) == 8 || len(c) == 9) && slices.Contains([]string{"in", "out", "missed"}, c[1]) &&
				isMoment(c[5])
		},
		call: func(l *line) Call {
			c := Call{
				Operator:  called(l.Text("user"), l.Text("ext"), l.Text("name")),
				Direction: choice(l, "type", directions, directionStems), Talk: l.Seconds("duration"),
				Wait: l.Seconds("wait"),
			}
			kind := tabular.Fold(l.Text("type"))
			switch status := tabular.Fold(l.Text("status")); {
			case status == "success" || status == "успешно" || status == "успешный":
				c.Answer = Answered
			case status != "" || kind == "missed" || strings.HasPrefix(kind, "пропущен"):
				c.Answer, c.Talk = Missed, kpi.Some(0)
			case c.Talk.OK && c.Talk.V == 0:
				c.Answer = Missed
			}
			l.when(&c, "start")
			return c
		},
	},
	{
		source: Bitrix24,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"call_id"}},
			{Name: "type", Must: true, Titles: []string{"call_type"}},
			{Name: "user", Titles: []string{"portal_user_id"}},
			{Name: "start", Must: true, Titles: []string{"call_start_date"}},
			{Name: "duration", Must: true, Titles: []string{"call_duration"}},
			{Name: "code", Titles: []string{"call_failed_code"}},
			{Name: "cost", Titles: []string{"cost"}},
		},
		marks: each("portal_user_id", "call_failed_code", "call_start_date"),
		call: func(l *line) Call {
			c := Call{
				Operator: Operator{ID: l.Text("user")}, Cost: l.money("cost"),
				// 3 is a redirected incoming call, 4 a call back.
				Direction: choice(l, "type", map[string]Direction{"1": Outgoing, "2": Incoming, "3": Incoming,
					"4": Outgoing, "5": Outgoing}, nil),
				Talk: l.Seconds("duration"),
			}
			switch code := l.Text("code"); {
			case code == "200":
				c.Answer = Answered
			case code != "":
				c.Answer, c.Talk = Missed, kpi.Some(0)
			}
			l.when(&c, "start")
			return c
		},
	},
	{
		// The details of calls in the cabinet have no id.
		source: Bitrix24,
		ids:    []string{"call_id"},
		fields: []tabular.Field{
			{Name: "call_id", Titles: []string{"id", "id_звонка"}},
			{Name: "user", Must: true, Titles: []string{"сотрудник"}},
			{Name: "type", Must: true, Titles: []string{"тип_звонка", "тип"}},
			{Name: "duration", Must: true, Titles: []string{"длительность_звонка", "длительность"}},
			{Name: "date", Titles: []string{"дата_звонка", "дата_и_время", "дата"}},
			{Name: "time", Must: true, Titles: []string{"время_звонка", "время"}},
			{Name: "status", Titles: []string{"статус_звонка", "статус"}},
			{Name: "cost", Titles: []string{"стоимость_звонка", "стоимость"}},
		},
		marks: [][]string{{"сотрудник", "тип_звонка", "время_звонка", "статус_звонка"},
			{"сотрудник", "тип_звонка", "время_звонка", "стоимость_звонка"}},
		call: func(l *line) Call {
			c := Call{
				Operator: called("", "", l.Text("user")), Cost: l.money("cost"),
				Direction: choice(l, "type", directions, directionStems), Talk: l.Seconds("duration"),
			}
			// Only «Успешный звонок» means success; the others say why there was none.
			switch status := tabular.Fold(l.Text("status")); {
			case strings.HasPrefix(status, "успеш"):
				c.Answer = Answered
			case !none(status):
				c.Answer, c.Talk = Missed, kpi.Some(0)
			case c.Talk.OK && c.Talk.V == 0:
				c.Answer = Missed
			}
			if l.has("date") {
				l.when(&c, "date")
			} else {
				l.when(&c, "time")
			}
			return c
		},
	},
	asterisk,
}

// Skorozvon sets the lengths of a call from Скорозвон's: the talk, the talk without hold,
// which it prefers, and the time until the answer. A call without talk was not answered.
func (c *Call) Skorozvon(duration, withoutHold, waiting kpi.Num) {
	c.Talk, c.Wait = duration, waiting
	if withoutHold.OK {
		c.Talk = withoutHold
	}
	if duration.OK && waiting.OK {
		c.Total = kpi.Some(duration.V + waiting.V)
	}
	if duration.OK {
		c.Answer = Missed
		if duration.V > 0 {
			c.Answer = Answered
		}
	}
	if c.Answer == Missed {
		c.Talk = kpi.Some(0)
	}
}

// SkorozvonType returns the direction for Скорозвон's call_type.
func SkorozvonType(s string) Direction { return directions[tabular.Fold(s)] }

// SkorozvonSuccess reports whether the group of a call's result is one of successes.
func SkorozvonSuccess(group string) bool { return success(group) }
