package calls

import (
	"strings"

	"svodka/internal/kpi"
)

// preset is a telephony's own columns, and what they mean.
type preset struct {
	source Source
	// names are the headings of each field, as normHead makes them. The names in
	// English come from the programs' interfaces, the Russian ones from their
	// exports.
	names map[string][]string
	needs []string         // fields that must be there
	marks []string         // headings that only this source has
	call  func(*line) Call // all but the id
}

// Columns of phones and clients are in no preset: what they hold is never
// looked at.

var directions = map[string]Direction{
	"out": Outgoing, "outgoing": Outgoing, "outbound": Outgoing, "исходящий": Outgoing, "исходящие": Outgoing, "исх": Outgoing, "исх.": Outgoing,
	"исходящий звонок": Outgoing,
	"in":               Incoming, "incoming": Incoming, "inbound": Incoming, "входящий": Incoming, "входящие": Incoming, "вх": Incoming, "вх.": Incoming,
	"входящий звонок": Incoming, "missed": Incoming, "пропущенный": Incoming,
	"internal": Internal, "внутренний": Internal,
}

var answers = map[string]Answer{
	"1": Answered, "yes": Answered, "true": Answered, "да": Answered, "отвечен": Answered, "принят": Answered, "success": Answered, "answered": Answered,
	"успешно": Answered, "успешный": Answered, "отвеченный": Answered, "состоялся": Answered,
	"0": Missed, "no": Missed, "false": Missed, "нет": Missed, "пропущен": Missed, "не отвечен": Missed, "missed": Missed, "пропущенный": Missed,
	"неотвеченный": Missed, "не принят": Missed, "не состоялся": Missed, "потерян": Missed,
}

// success tells whether a group of results, as «Успешные», is one of successes.
func success(group string) bool {
	g := Fold(group)
	return strings.HasPrefix(g, "успешн") || strings.HasPrefix(g, "success")
}

// presets are the known kinds of files, the canonical one first: it is what a
// file is taken for that bears no other's mark.
var presets = []preset{
	{
		source: Canonical,
		names: map[string][]string{
			"call_id":       {"call_id", "id", "id_звонка", "ид_звонка", "ид", "номер_звонка", "идентификатор"},
			"started_at":    {"started_at", "start", "start_time", "date", "дата", "дата_и_время", "дата_время", "начало", "начало_звонка", "время_начала", "дата_звонка"},
			"operator":      {"operator", "manager", "employee", "user", "оператор", "сотрудник", "менеджер", "пользователь"},
			"operator_id":   {"operator_id", "employee_id", "user_id", "id_оператора", "id_сотрудника"},
			"operator_ext":  {"operator_ext", "ext", "extension", "внутренний_номер", "добавочный", "добавочный_номер"},
			"operator_name": {"operator_name", "имя_оператора", "фио"},
			"direction":     {"direction", "type", "направление", "тип", "тип_звонка", "вид_звонка"},
			"total_sec":     {"total_sec", "total", "duration", "длительность", "общая_длительность", "длительность_звонка"},
			"talk_sec":      {"talk_sec", "talk", "talk_time", "разговор", "длительность_разговора", "время_разговора"},
			"wait_sec":      {"wait_sec", "wait", "ожидание", "время_ожидания", "длительность_ожидания"},
			"answered":      {"answered", "status", "статус", "отвечен", "принят", "состоялся"},
			"result":        {"result", "результат", "результат_звонка"},
			"result_group":  {"result_group", "группа_результата", "группа_результатов"},
			"cost":          {"cost", "price", "стоимость", "цена"},
			"source":        {"source", "источник", "телефония"},
		},
		needs: []string{"call_id", "started_at"},
		call: func(l *line) Call {
			c := Call{
				Operator: Operator{ID: l.get("operator_id"), Ext: l.get("operator_ext"), Name: tidy(l.first("operator_name", "operator"))},
				Total:    l.seconds("total_sec"), Talk: l.seconds("talk_sec"), Wait: l.seconds("wait_sec"),
				Direction: choice(l, "direction", directions), Answer: choice(l, "answered", answers),
				Success: success(l.get("result_group")), Cost: l.money("cost"),
			}
			l.when(&c, "started_at")
			if s := l.get("source"); s != "" {
				known, ok := ParseSource(s)
				if c.Source = known; !ok {
					c.Source = Source(Fold(s))
				}
			}
			return c
		},
	},
	{
		source: Skorozvon,
		names: map[string][]string{
			"call_id":    {"id", "call_id", "id_звонка"},
			"started_at": {"started_at", "дата_и_время", "начало", "начало_звонка", "дата_звонка", "дата"},
			"duration":   {"duration", "длительность", "длительность_звонка", "длительность_разговора"},
			"talk":       {"durations_without_holding", "without_holding", "длительность_без_удержания", "разговор_без_удержания"},
			"wait":       {"waiting_time", "время_дозвона", "время_ожидания", "ожидание"},
			"user_id":    {"user_id", "id_оператора", "id_пользователя"},
			"user":       {"user_name", "user", "оператор", "пользователь", "сотрудник"},
			"result":     {"scenario_result_name", "scenario_result", "результат", "результат_сценария"},
			"group":      {"scenario_result_group_name", "scenario_result_group", "группа_результата", "группа_результатов", "группа_результата_сценария"},
			"type":       {"call_type", "тип_звонка", "тип", "направление"},
			"cost":       {"cost", "стоимость"},
		},
		needs: []string{"call_id", "started_at", "duration"},
		marks: []string{"waiting_time", "scenario_result", "scenario_result_name", "scenario_result_group", "scenario_result_group_name",
			"durations_without_holding", "время_дозвона", "результат_сценария", "группа_результата_сценария", "длительность_без_удержания"},
		call: func(l *line) Call {
			c := Call{
				Operator:  Operator{ID: l.get("user_id"), Name: tidy(l.get("user"))},
				Direction: choice(l, "type", directions), Success: success(l.get("group")), Cost: l.money("cost"),
			}
			c.Skorozvon(l.seconds("duration"), l.seconds("talk"), l.seconds("wait"))
			l.when(&c, "started_at")
			return c
		},
	},
	{
		source: Mango,
		names: map[string][]string{
			"entry":       {"entry_id"},
			"call_id":     {"call_id", "entry_id_call_id"},
			"create_time": {"create_time", "start"},
			"talk_time":   {"talk_time", "answer"},
			"end_time":    {"end_time", "finish"},
			"from_ext":    {"from_extension", "from_ext"},
			"to_ext":      {"to_extension", "to_ext"},
		},
		needs: []string{"call_id", "create_time", "talk_time", "end_time", "from_ext", "to_ext"},
		marks: []string{"entry_id", "from_extension", "to_extension"},
		call: func(l *line) Call {
			var c Call
			l.when(&c, "create_time")
			from, to := l.get("from_ext"), l.get("to_ext")
			switch {
			case from != "" && to != "":
				c.Direction, c.Operator.Ext = Internal, from
			case from != "":
				c.Direction, c.Operator.Ext = Outgoing, from
			default:
				c.Direction, c.Operator.Ext = Incoming, to
			}
			// talk = end_time − talk_time where there was a talk (domain 4).
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
		names: map[string][]string{
			"call_id":    {"id", "call_session_id", "id_сессии", "id_сеанса", "id_звонка", "идентификатор_сессии"},
			"start_time": {"start_time", "дата_и_время", "дата_и_время_начала", "начало", "дата"},
			"lost":       {"is_lost", "потерян", "потерянный", "потерянный_звонок"},
			"wait":       {"wait_duration", "время_ожидания", "длительность_ожидания", "ожидание_ответа"},
			"talk":       {"talk_duration", "длительность_разговора"},
			"clean":      {"clean_talk_duration", "чистая_длительность_разговора", "чистое_время_разговора"},
			"total":      {"total_duration", "общая_длительность", "общая_длительность_звонка"},
			"employees":  {"employees", "employee_full_name", "сотрудник", "сотрудники"},
			"direction":  {"direction", "направление", "тип_звонка"},
		},
		needs: []string{"call_id", "start_time"},
		marks: []string{"is_lost", "clean_talk_duration", "call_session_id", "чистая_длительность_разговора", "чистое_время_разговора"},
		call: func(l *line) Call {
			c := Call{Total: l.seconds("total"), Wait: l.seconds("wait"), Direction: choice(l, "direction", directions)}
			if c.Talk = l.seconds("clean"); !c.Talk.OK { // talk without hold and transfer is preferred
				c.Talk = l.seconds("talk")
			}
			switch choice(l, "lost", answers) {
			case Answered: // lost: yes
				c.Answer = Missed
			case Missed:
				c.Answer = Answered
			}
			op, ok := employees(l.get("employees"))
			if !ok {
				l.fail("employees", "the list is not understood")
			}
			c.Operator = op
			l.when(&c, "start_time")
			return c
		},
	},
	{
		source: Megafon,
		names: map[string][]string{
			"call_id":  {"callid", "uid", "id_звонка"},
			"type":     {"type", "тип", "тип_звонка"},
			"user":     {"user", "account", "сотрудник", "пользователь"},
			"ext":      {"ext", "внутренний_номер", "добавочный"},
			"start":    {"start", "начало", "дата_и_время", "дата"},
			"wait":     {"wait", "ожидание", "время_ожидания"},
			"duration": {"duration", "длительность", "длительность_разговора"},
			"status":   {"status", "статус"},
		},
		needs: []string{"call_id", "type", "start", "duration"},
		marks: []string{"callid", "uid"},
		call: func(l *line) Call {
			c := Call{
				Operator:  Operator{ID: l.get("user"), Ext: l.get("ext")},
				Direction: choice(l, "type", directions), Talk: l.seconds("duration"), Wait: l.seconds("wait"),
			}
			switch status := Fold(l.get("status")); {
			case status == "success" || status == "успешно" || status == "успешный":
				c.Answer = Answered
			case status != "" || Fold(l.get("type")) == "missed":
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
		names: map[string][]string{
			"call_id":  {"call_id"},
			"type":     {"call_type"},
			"user":     {"portal_user_id"},
			"start":    {"call_start_date"},
			"duration": {"call_duration"},
			"code":     {"call_failed_code"},
			"cost":     {"cost"},
		},
		needs: []string{"call_id", "type", "start", "duration"},
		marks: []string{"portal_user_id", "call_failed_code", "call_start_date"},
		call: func(l *line) Call {
			c := Call{
				Operator: Operator{ID: l.get("user")}, Cost: l.money("cost"),
				// 3 is a redirected incoming call, 4 a call back.
				Direction: choice(l, "type", map[string]Direction{"1": Outgoing, "2": Incoming, "3": Incoming, "4": Outgoing, "5": Outgoing}),
				Talk:      l.seconds("duration"),
			}
			switch code := l.get("code"); {
			case code == "200":
				c.Answer = Answered
			case code != "":
				c.Answer, c.Talk = Missed, kpi.Some(0)
			}
			l.when(&c, "start")
			return c
		},
	},
}

// fields give the field of each heading.
func (p preset) fields() map[string]string {
	m := map[string]string{}
	for field, names := range p.names {
		for _, n := range names {
			m[n] = field
		}
	}
	return m
}

// Skorozvon sets the lengths of a call as Скорозвон tells them: the talk, the
// talk without hold, which is preferred, and the time until the answer. A call
// without talk was not answered.
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

// SkorozvonType is the direction of Скорозвон's call_type.
func SkorozvonType(s string) Direction { return directions[Fold(s)] }

// SkorozvonSuccess tells whether the group of a call's result is that of
// successes.
func SkorozvonSuccess(group string) bool { return success(group) }
