package calls_test

import (
	"fmt"
	"strings"
	"testing"

	"svodka/internal/calls"
)

// brief returns the calls of a file: whose, direction, answered or not, and the talk.
func brief(t *testing.T, file string) (list []string, log calls.Log) {
	t.Helper()
	log, err := calls.Read("log.csv", []byte(file), "", english)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range log.Calls {
		list = append(list, fmt.Sprintf("%s %s %d %v", c.Operator, c.Direction, c.Answer, c.Talk.V))
	}
	return list, log
}

// The telephonies' files in other forms than those of their APIs: cabinets and exports,
// some without a heading, some without ids.
func TestForms(t *testing.T) {
	for name, tc := range map[string]struct {
		file   string
		source calls.Source
		want   string
	}{
		"FreePBX": {
			"calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,uniqueid,userfield,cnum,linkedid\n" +
				"2026-05-15 10:00:00,x,74950000000,79990000001,from-internal,PJSIP/201-0000001a,PJSIP/line-0000001b,Dial,x,42,30,ANSWERED,3,,1.1,,201,1.1\n" +
				"2026-05-15 10:01:00,x,201,79990000002,from-internal,PJSIP/201-0000001c,PJSIP/line-0000001d,Dial,x,20,0,NO ANSWER,3,,1.2,,201,1.2\n" +
				"2026-05-15 10:02:00,x,201,202,from-internal,PJSIP/201-0000001e,PJSIP/202-0000001f,Dial,x,20,9,ANSWERED,3,,1.3,,201,1.3\n" +
				// A call to a queue, which rings at two phones: the queue's record
				// includes the waiting.
				"2026-05-15 10:03:00,x,79990000003,600,ext-queues,PJSIP/line-00000020,Local/202@from-queue-0001;1,Queue,600,90,90,ANSWERED,3,,1.4,,,1.4\n" +
				"2026-05-15 10:03:05,x,79990000003,203,from-queue,Local/203@from-queue-0002;2,PJSIP/203-00000021,Dial,x,15,0,NO ANSWER,3,,1.5,,,1.4\n" +
				"2026-05-15 10:03:20,x,79990000003,202,from-queue,Local/202@from-queue-0001;2,PJSIP/202-00000022,Dial,x,70,65,ANSWERED,3,,1.6,,,1.4\n" +
				// Nobody talks on a voice mail.
				"2026-05-15 10:05:00,x,79990000004,202,from-did,PJSIP/line-00000023,,VoiceMail,202@default,25,25,ANSWERED,3,,1.7,,,1.7\n",
			calls.Asterisk, "201 out 1 30; 201 out 2 0; 201 internal 1 9; 202 in 1 65; 202 in 2 0"},
		"cdr_csv": {
			`"","201","79990000001","internal","""Anna"" <201>","SIP/201-00000001","SIP/line-00000002","Dial","SIP/line/79990000001","2026-05-15 10:00:00","2026-05-15 10:00:12","2026-05-15 10:00:42",42,30,"ANSWERED","DOCUMENTATION","17.1",""` + "\n" +
				`"","79990000002","201","incoming","79990000002","SIP/line-00000003","SIP/201-00000004","Dial","SIP/201","2026-05-15 10:01:00",,"2026-05-15 10:01:20",20,0,"NO ANSWER","DOCUMENTATION","17.2",""` + "\n",
			calls.Asterisk, "201 out 1 30; 201 in 2 0"},
		"cdr_csv without ids": {
			`"","201","79990000001","internal","x","SIP/201-00000001","SIP/line-00000002","Dial","x","2026-05-15 10:00:00","2026-05-15 10:00:12","2026-05-15 10:00:42",42,30,"ANSWERED","DOCUMENTATION"` + "\n",
			calls.Asterisk, "201 out 1 30"},
		"Mango's statistics": {
			"start;finish;answer;from_extension;from_number;to_extension;to_number;entry_id\n" +
				"1778828400;1778828442;1778828412;201;sip;;79990000001;e1\n" +
				"1778828700;1778828720;0;201;sip;;79990000002;e2\n",
			calls.Mango, "201 out 1 30; 201 out 2 0"},
		"МегаФон's API": {
			"u1,out,79990000001,anna,74950000000,20260515T070000Z,12,30,http://x\n" +
				"u2,missed,79990000002,anna,74950000000,20260515T070500Z,20,0,\n",
			calls.Megafon, "anna out 1 30; anna in 2 0"},
		"МегаФон's cabinet": {
			"Тип;Клиент;Сотрудник;Через;Дата и время;Ожидание;Длительность;Запись\n" +
				"исходящий;79990000001;Иванова А.;74950000000;15.05.2026 10:00:00;0:12;0:30;\n" +
				"пропущенный;79990000002;Иванова А.;74950000000;15.05.2026 10:05:00;0:20;0:00;\n",
			calls.Megafon, "Иванова А. out 1 30; Иванова А. in 2 0"},
		"UIS's cabinet": {
			"Дата и время начала;Тип звонка;Номер абонента;Виртуальный номер;Сотрудники;Длительность разговора;Общая " +
				"длительность звонка;Время ожидания;Потерянный звонок;ID сессии\n" +
				"15.05.2026 10:00:00;исходящий;79990000001;74950000000;Иванова А.;00:00:30;00:00:42;00:00:12;Нет;1\n" +
				"15.05.2026 10:05:00;входящий;79990000002;74950000000;Иванова А.;00:00:00;00:00:20;00:00:20;Да;2\n",
			calls.UIS, "Иванова А. out 1 30; Иванова А. in 2 0"},
		"Битрикс24's cabinet": {
			"Сотрудник;Номер телефона;Тип звонка;Длительность звонка;Время звонка;Статус звонка;Стоимость звонка\n" +
				"Анна Иванова;79990000001;Исходящий;1 мин. 5 сек.;15.05.2026 10:00:00;Успешный звонок;1,20 ₽\n" +
				"Анна Иванова;79990000002;Обратный звонок;12 сек.;15.05.2026 10:05:00;Вызов отменён;-\n" +
				"Анна Иванова (201);79990000003;Входящий с перенаправлением;20 сек.;15.05.2026 10:07:00;Успешный " +
				"звонок;\n",
			calls.Bitrix24, "Анна Иванова out 1 65; Анна Иванова out 2 0; Анна Иванова (201) in 1 20"},
	} {
		t.Run(name, func(t *testing.T) {
			got, log := brief(t, tc.file)
			if s := strings.Join(got, "; "); s != tc.want || log.Source != tc.source {
				t.Errorf("%s: %s\nwant %s: %s", log.Source, s, tc.source, tc.want)
			}
		})
	}
}

// Of an operator's legs the answered or longest counts; a phone that rang while another
// took the call has missed nothing; people who talked one after the other both count.
func TestLegs(t *testing.T) {
	const head = "call_id,started_at,operator,direction,talk_sec,answered\n"
	for name, tc := range map[string]struct{ lines, want string }{
		"answered before not": {"1,1778829630,105,in,30,да\n1,1778829630,105,in,0,нет\n", "105 in 1 30"},
		"the longest": {"1,1778829630,105,in,5,да\n1,1778829630,105,in,30,да\n1,1778829630,105,in,6,да\n",
			"105 in 1 30"},
		"a colleague took it": {"1,1778829630,106,in,0,нет\n1,1778829630,105,in,30,да\n1,1778829630,107,in,0,нет\n",
			"105 in 1 30"},
		"passed on": {"1,1778829630,105,in,30,да\n1,1778829670,106,in,40,да\n", "105 in 1 30; 106 in 1 40"},
		"nobody took it": {"1,1778829630,,in,0,нет\n1,1778829630,105,in,0,нет\n1,1778829630,106,in,0,нет\n",
			"105 in 2 0; 106 in 2 0"},
		"other calls": {"1,1778829630,105,in,30,да\n2,1778829630,106,in,0,нет\n", "105 in 1 30; 106 in 2 0"},
	} {
		got, log := brief(t, head+tc.lines)
		if s := strings.Join(got, "; "); s != tc.want || log.Lines != strings.Count(tc.lines, "\n") {
			t.Errorf("%s: %d lines, %s, want %s", name, log.Lines, s, tc.want)
		}
	}
}

// Calls without ids get equal ids from the same file, different ones with another secret,
// and no id shows a number.
func TestIdentify(t *testing.T) {
	const head = "Дата и время;Сотрудник;Телефон;Тип;Разговор\n"
	ids := func(file, secret string) (out []string) {
		_, log := brief(t, head+file)
		if !log.Nameless() {
			t.Fatal("calls have ids")
		}
		log = log.Identify([]byte(secret))
		if log.Nameless() {
			t.Error("calls have no ids yet")
		}
		for _, c := range log.Calls {
			out = append(out, c.ID)
		}
		return out
	}
	const call = "15.05.2026 10:00:05;105;+7 999 000-00-01;исх;30\n"
	first := ids(call, "a")
	if len(first) != 1 || strings.Contains(first[0], "9990000001") {
		t.Fatalf("%v", first)
	}
	for name, tc := range map[string]struct {
		file, secret string
		same         bool
	}{
		"again":                 {call, "a", true},
		"written another way":   {strings.Replace(call, "+7 999 000-00-01", "8(999)0000001", 1), "a", true},
		"with more talk":        {strings.Replace(call, ";30", ";31", 1), "a", true},
		"another number":        {strings.Replace(call, "-01", "-02", 1), "a", false},
		"another moment":        {strings.Replace(call, ":05", ":06", 1), "a", false},
		"another operator":      {strings.Replace(call, "105", "106", 1), "a", false},
		"another secret":        {call, "b", false},
		"the same line, merged": {call + call, "a", true},
	} {
		if got := ids(tc.file, tc.secret); len(got) != 1 || (got[0] == first[0]) != tc.same {
			t.Errorf("%s: %v and %v", name, first, got)
		}
	}
	// If times have no seconds, two calls in a minute are two.
	minute := strings.Replace(call, ":05", "", 1)
	if got := ids(minute+minute, "a"); len(got) != 2 || got[0] == got[1] {
		t.Errorf("two calls in a minute: %v", got)
	}
}
