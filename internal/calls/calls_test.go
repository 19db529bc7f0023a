package calls_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

func utc(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t
}

var english = tabular.Options{Lang: words.EN}

func sec(v float64) kpi.Num { return kpi.Some(v) }

// Each telephony's original file gives the same canonical rows.
func TestPresets(t *testing.T) {
	start := utc("2026-05-15 07:20:30")
	for name, tc := range map[string]struct {
		file string
		want calls.Call
	}{
		"canonical": {
			"call_id,started_at,operator,direction,phone,total_sec,talk_sec,wait_sec,answered,result,result_group,cost,source\n" +
				"a1,2026-05-15T10:20:30+03:00,Иванова Анна,out,+79990000000,90,75,15,yes,Встреча,Успешные,1.5,\n",
			calls.Call{ID: "a1", Source: calls.Canonical, Started: start,
				Operator: calls.Operator{Name: "Иванова Анна"}, Direction: calls.Outgoing,
				Total: sec(90), Talk: sec(75), Wait: sec(15), Answer: calls.Answered, Success: true, Cost: sec(1.5)},
		},
		"canonical in Russian": {
			"Дата и время;ID звонка;Сотрудник;Внутренний номер;Направление;Телефон;Длительность, сек;Длительность " +
				"разговора, сек;Статус;Стоимость\r\n" +
				"15.05.2026 10:20:30;a1;Иванова Анна;105;исходящий;8 999 000-00-00;1:30;0:01:15;отвечен;1,50 ₽\r\n",
			calls.Call{ID: "a1", Source: calls.Canonical, Started: utc("2026-05-15 10:20:30"), Floating: true,
				Operator:  calls.Operator{Ext: "105", Name: "Иванова Анна"},
				Direction: calls.Outgoing, Total: sec(90), Talk: sec(75), Answer: calls.Answered, Cost: sec(1.5)},
		},
		"another source in a canonical file": {
			"call_id,started_at,operator,source\n1,1778829630,105,Манго\n",
			calls.Call{ID: "1", Source: calls.Mango, Started: start, Operator: calls.Operator{Name: "105"}},
		},
		"skorozvon": {
			"id,started_at,duration,waiting_time,durations.without_holding,user.id,user.name,scenario_result.name,scenario_result_group.name,call_type,cost,phone\n" +
				"77,2026-05-15 07:20:30,80,12,75,9,Иванова  Анна,Встреча,Успешные,outgoing,2.1,+79990000000\n",
			calls.Call{ID: "77", Source: calls.Skorozvon, Started: start, Floating: true,
				Operator: calls.Operator{ID: "9", Name: "Иванова Анна"}, Direction: calls.Outgoing,
				Total: sec(92), Talk: sec(75), Wait: sec(12), Answer: calls.Answered, Success: true, Cost: sec(2.1)},
		},
		"skorozvon, nobody answered": {
			"id;Начало звонка;Длительность;Время дозвона;Оператор;Группа результата\n" +
				"77;2026-05-15 07:20:30;0;31;Иванова Анна;Неуспешные\n",
			calls.Call{ID: "77", Source: calls.Skorozvon, Started: start, Floating: true,
				Operator: calls.Operator{Name: "Иванова Анна"},
				Total:    sec(31), Talk: sec(0), Wait: sec(31), Answer: calls.Missed},
		},
		"mango": {
			"entry_id;call_id;from_extension;from_number;to_extension;to_number;create_time;talk_time;end_time\n" +
				"e1;c1;105;sip;;79990000000;1778829630;1778829640;1778829715\n",
			calls.Call{ID: "c1", Source: calls.Mango, Started: start, Operator: calls.Operator{Ext: "105"},
				Direction: calls.Outgoing, Talk: sec(75), Wait: sec(10), Answer: calls.Answered},
		},
		"mango, missed": {
			"entry_id;call_id;from_extension;to_extension;create_time;talk_time;end_time\n" +
				"e1;c2;;105;1778829630;0;1778829655\n",
			calls.Call{ID: "c2", Source: calls.Mango, Started: start, Operator: calls.Operator{Ext: "105"},
				Direction: calls.Incoming, Talk: sec(0), Answer: calls.Missed},
		},
		"mango, colleagues": {
			"entry_id;call_id;from_extension;to_extension;create_time;talk_time;end_time\n" +
				"e1;c3;105;106;1778829630;0;1778829655\n",
			calls.Call{ID: "c3", Source: calls.Mango, Started: start, Operator: calls.Operator{Ext: "105"},
				Direction: calls.Internal, Talk: sec(0), Answer: calls.Missed},
		},
		"uis": {
			"id,start_time,finish_time,is_lost,wait_duration,talk_duration,clean_talk_duration,total_duration,employees,direction\n" +
				`5,2026-05-15 10:20:30,2026-05-15 10:22:00,false,15,80,75,95,"[{""employee_id"":31,""employee_full_name"":""Петров Сергей""},{""employee_id"":32,""employee_full_name"":""Иванова Анна"",""is_talked"":true}]",in` + "\n",
			calls.Call{ID: "5", Source: calls.UIS, Started: utc("2026-05-15 10:20:30"), Floating: true,
				Operator:  calls.Operator{ID: "32", Name: "Иванова Анна"},
				Direction: calls.Incoming, Total: sec(95), Talk: sec(75), Wait: sec(15), Answer: calls.Answered},
		},
		"uis, lost": {
			"id,start_time,is_lost,talk_duration,clean_talk_duration,employees\n5,2026-05-15 10:20:30,true,,,\n",
			calls.Call{ID: "5", Source: calls.UIS, Started: utc("2026-05-15 10:20:30"), Floating: true, Talk: sec(0),
				Answer: calls.Missed},
		},
		"megafon": {
			"callid,type,phone,user,ext,start,wait,duration,status\n" +
				"m1,out,79990000000,anna,105,20260515T072030Z,5,75,Success\n",
			calls.Call{ID: "m1", Source: calls.Megafon, Started: start, Operator: calls.Operator{ID: "anna",
				Ext: "105"}, Direction: calls.Outgoing, Talk: sec(75), Wait: sec(5), Answer: calls.Answered},
		},
		"megafon, missed": {
			"uid,type,account,start,wait,duration\nm1,missed,anna,2026-05-15 10:20:30,20,0\n",
			calls.Call{ID: "m1", Source: calls.Megafon, Started: utc("2026-05-15 10:20:30"), Floating: true,
				Operator: calls.Operator{ID: "anna"}, Direction: calls.Incoming, Talk: sec(0), Wait: sec(20),
				Answer: calls.Missed},
		},
		"bitrix24": {
			"ID,CALL_ID,CALL_TYPE,PORTAL_USER_ID,PHONE_NUMBER,CALL_START_DATE,CALL_DURATION,CALL_FAILED_CODE,COST\n" +
				"1,b1,1,12,79990000000,2026-05-15T10:20:30+03:00,75,200,0.5000\n",
			calls.Call{ID: "b1", Source: calls.Bitrix24, Started: start, Operator: calls.Operator{ID: "12"},
				Direction: calls.Outgoing, Talk: sec(75), Answer: calls.Answered, Cost: sec(0.5)},
		},
		"bitrix24, missed": {
			"CALL_ID,CALL_TYPE,PORTAL_USER_ID,CALL_START_DATE,CALL_DURATION,CALL_FAILED_CODE\n" +
				"b1,2,12,2026-05-15T10:20:30+03:00,17,304\n",
			calls.Call{ID: "b1", Source: calls.Bitrix24, Started: start, Operator: calls.Operator{ID: "12"},
				Direction: calls.Incoming, Talk: sec(0), Answer: calls.Missed},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cp1251, err := charmap.Windows1251.NewEncoder().String(strings.ReplaceAll(tc.file, "₽", "р."))
			if err != nil {
				t.Fatal(err)
			}
			for how, file := range map[string]string{
				"utf-8": tc.file, "bom": "\ufeff" + tc.file, "windows-1251": cp1251,
			} {
				log, err := calls.Read("log.csv", []byte(file), "", english)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if d := cmp.Diff([]calls.Call{tc.want}, log.Calls); d != "" || log.Lines != 1 {
					t.Errorf("%s, %d lines: %s", how, log.Lines, d)
				}
			}
		})
	}
}

// An unknown talk time is not zero.
func TestUnknownIsNotZero(t *testing.T) {
	log, err := calls.Read("log.csv", []byte("call_id,started_at,operator,talk_sec,answered\n1,1778829630,105,,да\n"+
		"2,1778829630,105,,нет\n3,1778829630,105,0,\n"), "", english)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []kpi.Num{{}, sec(0), sec(0)} {
		if got := log.Calls[i].Talk; got != want {
			t.Errorf("call %d: talk %v, want %v", i+1, got, want)
		}
	}
	if got := log.Calls[2].Answer; got != calls.NotTold {
		t.Errorf("no talk and no word of an answer: %v", got)
	}
}

// The words with which telephonies describe the result and the direction of a call.
func TestWordsOfTelephony(t *testing.T) {
	for word, want := range map[string]calls.Answer{"NO ANSWER": calls.Missed, "занято": calls.Missed,
		"BUSY": calls.Missed, "Отвеченный вызов": calls.Answered, "ANSWERED": calls.Answered,
		"Пропущенный звонок": calls.Missed} {
		log, err := calls.Read("log.csv", []byte("call_id,started_at,answered\n1,1778829630,"+word+"\n"), "", english)
		if err != nil || log.Calls[0].Answer != want {
			t.Errorf("%s: %+v, %v", word, log.Calls, err)
		}
	}
	for word, want := range map[string]calls.Direction{"обратный звонок": calls.Outgoing,
		"Исходящий вызов": calls.Outgoing, "входящий вызов": calls.Incoming, "Внутренний звонок": calls.Internal} {
		log, err := calls.Read("log.csv", []byte("call_id,started_at,direction\n1,1778829630,"+word+"\n"), "", english)
		if err != nil || log.Calls[0].Direction != want {
			t.Errorf("%s: %+v, %v", word, log.Calls, err)
		}
	}
}

// A call that occurs twice counts once, in its last form; tabs are separators as well.
func TestTwiceInOneFile(t *testing.T) {
	log, err := calls.Read("log.csv",
		[]byte("call_id\tstarted_at\ttalk_sec\n1\t1778829630\t5\n2\t1778829630\t6\n1\t1778829630\t7\n"), "", english)
	if err != nil {
		t.Fatal(err)
	}
	if log.Lines != 3 || len(log.Calls) != 2 || log.Calls[0].Talk != sec(7) {
		t.Errorf("%+v", log)
	}
}

func TestMistakes(t *testing.T) {
	for name, tc := range map[string]struct {
		file   string
		source calls.Source
		want   string
	}{
		"fields": {"call_id,started_at,talk_sec,direction\n,вчера,долго,вверх\n", "",
			"c.csv:2: talk_sec: “долго” is no length (write seconds, 75, or 0:01:15)\n" +
				"c.csv:2: direction: “вверх” is not understood (known: "},
		"as the file calls it": {"ID звонка;Начало;Длительность разговора\n1;32.05.2026 10:00;5\n", "",
			"c.csv:2: Начало: “32.05.2026 10:00”: there is no such day"},
		"look-alikes": {"call_id,started_at,Начало звонка\n1,1,1\n", "", "c.csv:1: started_at: two columns may be " +
			"meant, “started_at” and “Начало звонка” (say which: --map started_at=\"Начало звонка\")"},
		"no heading": {"1,2,3\n", "",
			"c.csv:1: started_at: this column is missing; it may be called: started_at, start, "},
		"two presets": {"entry_id,is_lost\n", "",
			"c.csv:1: the columns may be those of mango or uis (say which: --source mango)"},
		"wrong preset": {"call_id,started_at\n1,1\n", calls.Mango, "c.csv:1: create_time: this column is missing; it " +
			"may be called: create_time, start; or name it: --map create_time="},
		"empty": {"", "",
			"c.csv: the file is empty; its first line must name the columns, for example: call_id,"},
		"binary":   {"c\x00\x00a\x01", "", "c.csv: this is no table: it must be CSV or .xlsx"},
		"too many": {"call_id,started_at\n1,1778829630,5\n", "", "c.csv:2: 3 fields, but there are 2 headings"},
		"quote": {"call_id,started_at\n\"1,1778829630\n", "",
			"c.csv:2: a quote is opened and never closed: remove it or close it"},
	} {
		t.Run(name, func(t *testing.T) {
			log, err := calls.Read("c.csv", []byte(tc.file), tc.source, english)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
			if log.Calls != nil {
				t.Error("a bad file gives calls")
			}
		})
	}
}

func TestParseSeconds(t *testing.T) {
	for s, want := range map[string]float64{"75": 75, "75,5": 75.5, "01:15": 75, "0:01:15": 75, "90:00": 5400,
		"75 сек.": 75, "0": 0, "24:00:00": 86400} {
		if got, ok := tabular.ParseSeconds(s); !ok || got != want {
			t.Errorf("%q is %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-5", "1:99", "a:b", "1:2:3:4", "999999", "-0:05", "::", "NaN"} {
		if got, ok := tabular.ParseSeconds(s); ok {
			t.Errorf("%q is taken as %v", s, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	for s, floating := range map[string]bool{
		"1778829630": false, "1778829630000": false, "2026-05-15T07:20:30Z": false,
		"2026-05-15T10:20:30.000+03:00": false, "2026-05-15 10:20:30 +0300": false,
		"2026-05-15 07:20:30 UTC": false, "20260515T072030Z": false, "2026-05-15 07:20:30": true,
		"15.05.2026 07:20:30": true, "15.05.2026, 07:20:30": true, "2026-05-15T07:20:30": true,
	} {
		got, f, ok := calls.ParseTime(s)
		if !ok || f != floating || !got.Equal(utc("2026-05-15 07:20:30")) {
			t.Errorf("%q is %v, floating %v, %v", s, got, f, ok)
		}
	}
	for _, s := range []string{"", "5", "вчера", "15/05/2026 10:00", "1878-05-15 10:00:00", "99999999999999"} {
		if got, _, ok := calls.ParseTime(s); ok {
			t.Errorf("%q is taken as %v", s, got)
		}
	}
}

// Times without a zone are in their source's zone.
func TestZones(t *testing.T) {
	log := calls.Log{Calls: []calls.Call{
		{ID: "1", Source: calls.Skorozvon, Started: utc("2026-05-15 22:30:00"), Floating: true},
		{ID: "2", Source: calls.UIS, Started: utc("2026-05-15 22:30:00"), Floating: true},
		{ID: "3", Source: calls.UIS, Started: utc("2026-05-15 22:30:00")},
	}}
	msk := time.FixedZone("MSK", 3*3600)
	got := log.In(func(s calls.Source) *time.Location {
		if s == calls.Skorozvon {
			return time.UTC
		}
		return msk
	})
	for i, want := range []string{"2026-05-15 22:30:00", "2026-05-15 19:30:00", "2026-05-15 22:30:00"} {
		if !got[i].Started.Equal(utc(want)) || got[i].Floating {
			t.Errorf("call %d began %v, want %s UTC", i+1, got[i].Started, want)
		}
	}
	if !log.Calls[1].Floating {
		t.Error("the log itself was changed")
	}
}

func TestCandidates(t *testing.T) {
	day := calendar.Of(2026, 5, 15)
	d := calls.NewDirectory([]department.Person{
		{ID: "anna", Name: "Иванова Анна", Email: "anna@example.com", Aliases: []string{"105", "оператор  Ёлка"}},
		{ID: "old", Name: "Петров Сергей", Aliases: []string{"107"}, Left: day - 1},
		{ID: "new", Name: "Сидоров Олег", Aliases: []string{"107"}, Hired: day},
		{ID: "x", Name: "Иванов Иван", Aliases: []string{"mango:200"}},
		{ID: "y", Name: "Иванов Иван", Aliases: []string{"200"}},
		{ID: "z", Name: "Кузнецов", Aliases: []string{"Иванова А."}},
	})
	for name, tc := range map[string]struct {
		source calls.Source
		op     calls.Operator
		want   department.PersonID
	}{
		"extension":              {calls.Mango, calls.Operator{Ext: "105"}, "anna"},
		"id":                     {calls.Bitrix24, calls.Operator{ID: "105"}, "anna"},
		"name in telephony":      {calls.Skorozvon, calls.Operator{ID: "9", Name: "Оператор ЕЛКА"}, "anna"},
		"alias before name":      {calls.UIS, calls.Operator{Name: "Иванова А."}, "z"},
		"name":                   {calls.UIS, calls.Operator{Name: "иванова анна"}, "anna"},
		"e-mail":                 {calls.Bitrix24, calls.Operator{ID: "Anna@example.com"}, "anna"},
		"followed by another":    {calls.Mango, calls.Operator{Ext: "107"}, "new"},
		"alias of one telephony": {calls.Mango, calls.Operator{Ext: "200"}, "x"},
		"same of another":        {calls.UIS, calls.Operator{Ext: "200"}, "y"},
		"namesakes":              {calls.UIS, calls.Operator{Name: "Иванов Иван"}, ""},
		"contradiction":          {calls.UIS, calls.Operator{Ext: "105", ID: "200"}, ""},
		"stranger":               {calls.UIS, calls.Operator{Name: "Робот"}, ""},
		"nobody":                 {calls.UIS, calls.Operator{}, ""},
	} {
		if p, ok := calls.On(d.Candidates(tc.source, tc.op), day); p.ID != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q, %v", name, p.ID, ok)
		}
	}
}

// A namesake who was entered later takes nobody's earlier calls, and neither does a
// corrected spelling.
func TestNamesakeEnteredLater(t *testing.T) {
	day := calendar.Of(2026, 5, 15)
	d := calls.NewDirectory([]department.Person{
		{ID: "a", Name: "Иванова Анна", Entered: day - 60},
		{ID: "b", Name: "Иванова Анна", Entered: day},
		{ID: "c", Name: "Петров Пётр", Former: []string{"Петроф Пётр"}},
	})
	for name, tc := range map[string]struct {
		who  string
		day  calendar.Date
		want department.PersonID
	}{
		"the day before":      {"Иванова Анна", day - 1, "a"},
		"before either":       {"Иванова Анна", day - 90, ""},
		"from the day on":     {"Иванова Анна", day, ""},
		"the former spelling": {"Петроф Пётр", day, "c"},
		"the corrected one":   {"Петров Пётр", day, "c"},
	} {
		if p, ok := calls.On(d.Candidates(calls.UIS, calls.Operator{Name: tc.who}), tc.day); p.ID != tc.want ||
			ok != (tc.want != "") {
			t.Errorf("%s: %q, %v", name, p.ID, ok)
		}
	}
}

func TestMeasure(t *testing.T) {
	var all calls.Totals
	all.Add(calls.Totals{Calls: 5, Outgoing: 3, Incoming: 2, Answered: 3, Missed: 1, Success: 1, Talks: 2,
		TalkTime: 200, Cost: 7.5, Costed: 4})
	all.Add(calls.Totals{Calls: 1, Outgoing: 1})
	want := map[string]float64{"calls": 6, "outgoing": 4, "incoming": 2, "answered": 3, "missed": 1, "talks": 2,
		"talk_time": 200, "success": 1, "cost": 7.5}
	for _, name := range kpi.CallMeasures() {
		if got := all.Measure(name); !got.OK || got.V != want[name] {
			t.Errorf("%s is %v, want %v", name, got, want[name])
		}
	}
	all.Add(calls.Totals{Calls: 1, NoTalk: 1, NoAnswer: 1})
	for name, known := range map[string]bool{"calls": true, "talks": false, "talk_time": false, "answered": false,
		"missed": false, "cost": true} {
		if got := all.Measure(name); got.OK != known {
			t.Errorf("with a call of which little is known, %s is %v", name, got)
		}
	}
	if got := all.Measure("deals"); got.OK {
		t.Errorf("calls have deals: %v", got)
	}
}

// Any file is read or refused, and phone numbers appear nowhere.
func FuzzRead(f *testing.F) {
	f.Add([]byte("call_id,started_at,operator,phone,talk_sec\n1,1778829630,105,+79990000000,75\n"))
	f.Add([]byte("entry_id;call_id;from_extension;to_extension;create_time;talk_time;end_time\n" +
		"e;c;1;;1778829630;0;0\n"))
	f.Add([]byte("id\tstart_time\tis_lost\temployees\n1\t15.05.2026 10:00\tда\t[{}]\n"))
	f.Add([]byte("\xef\xbb\xbf\xc8\xed;\"\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		log, err := calls.Read("f.csv", b, "", english)
		if err != nil {
			if log.Calls != nil {
				t.Fatal("an error and calls")
			}
			return
		}
		if len(log.Calls) > log.Lines {
			t.Fatalf("%d calls in %d lines", len(log.Calls), log.Lines)
		}
		seen := map[string]bool{}
		for _, c := range log.Calls {
			key := string(c.Source) + "/" + c.ID
			if c.ID == "" || c.Source == "" || c.Started.Year() < 2000 || seen[key] {
				t.Fatalf("bad call %+v", c)
			}
			seen[key] = true
			for _, n := range []kpi.Num{c.Total, c.Talk, c.Wait} {
				if n.OK && !(n.V >= 0) {
					t.Fatalf("length %v in %+v", n, c)
				}
			}
			if c.Talk.V > 0 && c.Answer != calls.Answered {
				t.Fatalf("a talk that nobody answered: %+v", c)
			}
		}
	})
}
