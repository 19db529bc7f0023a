package picture

import (
	"bytes"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"strings"
	"testing"

	"svodka/internal/kpi"
	"svodka/internal/summary"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// sample returns a typical department: two leading KPIs, a few people behind.
func sample(lang words.Lang) summary.Glance {
	n := words.NBSP
	plain := func(head, text string) summary.GlanceFigure { return summary.GlanceFigure{Head: head, Text: text} }
	lit := func(head, text string, l kpi.Light) summary.GlanceFigure {
		return summary.GlanceFigure{Head: head, Text: terms.LightSign(l) + n + text, Light: l}
	}
	pace, ahead, left := lang.T("Темп", "Pace"), lang.T("Прогноз", "Forecast"), lang.T("Осталось", "Left")
	need, toDate := lang.T("Нужно в день", "Needed per day"), lang.T("План на дату", "Plan to date")
	person := func(ru, en, pace string, l kpi.Light, deviation, ruWhy, enWhy string) summary.GlancePerson {
		return summary.GlancePerson{Name: lang.T(ru, en), KPI: lang.T("Выручка", "Revenue"),
			Pace: lit("", pace, l), Deviation: plain("", deviation), Cause: lang.T(ruWhy, enWhy)}
	}
	return summary.Glance{
		Lang:     lang,
		Title:    lang.T("Сводка отдела продаж · ООО «Ромашка»", "Sales department summary · Acme"),
		Day:      lang.T("Пятница, 27 ноября 2026", "Friday, 27 November 2026"),
		Progress: lang.T("Закрыто 18 из 19 рабочих дней.", "Closed: 18 of 19 working days."),
		Freshness: lang.T("Данные на 19:31, таблиц прочитано: 12 из 12.",
			"Data as of 19:31, spreadsheets read: 12 of 12."),
		Month: lang.T("Ноябрь 2026", "November 2026"),
		KPIs: []summary.GlanceKPI{
			{
				Title: lang.T("Выручка", "Revenue"), Pace: lit(pace, "82,4"+n+"%", kpi.Red),
				Fact: plain("", "12"+n+"340"+n+"000"+n+"₽"), Plan: plain("", "15"+n+"900"+n+"000"+n+"₽"),
				PlanToDate: plain(toDate, "14"+n+"976"+n+"000"+n+"₽"),
				Bar: summary.GlanceBar{Fact: 0.776, ToDate: 0.942, OK: true,
					Colors: terms.Colors{Ink: "#C8505E", Back: "#F6E3E5"}},
				More: []summary.GlanceFigure{plain(ahead, "13"+n+"025"+n+"556"+n+"₽"),
					plain(left, "3"+n+"560"+n+"000"+n+"₽"),
					{Head: need, Text: lang.T("не догнать", "out of reach"), Light: kpi.Red}},
			},
			{
				Title: lang.T("Звонки", "Calls"), Pace: lit(pace, "101"+n+"%", kpi.Green),
				Fact: plain("", "7"+n+"340"), Plan: plain("", "15"+n+"900"), PlanToDate: plain(toDate, "7"+n+"310"),
				Bar: summary.GlanceBar{Fact: 0.46, ToDate: 0.45, OK: true,
					Colors: terms.Colors{Ink: "#55A377", Back: "#E3F1E8"}},
				More: []summary.GlanceFigure{plain(ahead, "15"+n+"900"), plain(left, "8"+n+"560"),
					lit(need, "1"+n+"200", kpi.Yellow)},
			},
		},
		ReportsHead: lang.T("Кто не сдал отчёт", "Who has not reported"),
		Reports: []summary.GlanceReports{
			{Head: lang.T("Сегодня не сдали: 3 из 12", "Not reported today: 3 of 12"),
				Names: []string{lang.T("Волков Артём", "Artyom Volkov"),
					lang.T("Петров Сергей (не всё)", "Sergey Petrov (incomplete)"),
					lang.T("Ильина Мария", "Maria Ilyina")}},
			{Head: lang.T("Не сдали за вчера: 1 из 12", "Not reported for yesterday: 1 of 12"),
				Names: []string{lang.T("Волков Артём", "Artyom Volkov")}},
		},
		BehindHead: lang.T("Кому помочь", "Who needs help") + ": ▼" + n + "2  ●" + n + "1",
		Behind: []summary.GlancePerson{
			person("Волков Артём", "Artyom Volkov", "61,2"+n+"%", kpi.Red, "−382"+n+"000"+n+"₽",
				"потеряно на стадии «Встреча»: 12 вместо 24; 2 дня без отчёта",
				"lost at the stage “Meeting”: 12 instead of 24; 2 days without a report"),
			person("Петров Сергей", "Sergey Petrov", "70,9"+n+"%", kpi.Red, "−120"+n+"000"+n+"₽",
				"нет оплат от «Вектор» с 3 ноября", "“Vector” has paid nothing since 3 November"),
			person("Ильина Мария", "Maria Ilyina", "94,1"+n+"%", kpi.Yellow, "−18"+n+"000"+n+"₽",
				"больничный 9–13 ноября", "sick leave 9–13 November"),
		},
	}
}

// glances returns what the picture must be able to show, by name.
func glances() map[string]summary.Glance {
	long := sample(words.RU)
	long.Title = "Сводка отдела продаж · Общество с ограниченной ответственностью «Научно-производственное объединение»"
	long.Progress = "Закрыто 17–21 из 19–24 рабочих дней, у каждого по своему графику."
	long.Unreadable = "Не открылись таблицы: " + strings.Repeat("Константинопольский Константин, ", 4) + "и ещё 10."
	huge := strings.Repeat("999"+words.NBSP, 7) + "₽"
	for i := range long.KPIs {
		k := &long.KPIs[i]
		k.Title = "Сумма оплаченных счетов по действующим договорам обслуживания"
		k.Fact.Text, k.Plan.Text, k.PlanToDate.Text = huge, huge, huge
		for j := range k.More {
			k.More[j].Text = huge
		}
		k.Bar.Fact, k.Bar.ToDate = 1, 1
	}
	long.KPIs = append(long.KPIs, long.KPIs...)
	long.KPIs = append(long.KPIs, long.KPIs...)
	for i := range long.Reports {
		long.Reports[i].Names = strings.Split(strings.Repeat("Константинопольский Константин|", 12), "|")
		long.Reports[i].More = 500
	}
	for i := range long.Behind {
		p := &long.Behind[i]
		p.Name = "Константинопольская-Задунайская Александра Константиновна"
		p.KPI, p.Cause = long.KPIs[0].Title, strings.Repeat("непроизносимодлинноесловобезпробелов", 3)+" и причина"
	}
	long.Behind = append(long.Behind, long.Behind...)
	long.BehindMore = 480

	strange := sample(words.EN)
	strange.Title = "Сводка 🚀\t“x”\nу 漢字"
	strange.Behind[0].Name = "👨‍👩‍👧 Ольга ❤️"
	strange.KPIs[0].Bar = summary.GlanceBar{}
	strange.KPIs[0].Pace = summary.GlanceFigure{Head: "Pace", Text: "—"}
	strange.KPIs[1].Bar.Fact, strange.KPIs[1].Bar.ToDate = 0, 0

	good := sample(words.RU)
	good.Reports, good.Behind = nil, nil
	good.ReportsNote = summary.GlanceNote{Text: "✓ Все отчёты сданы.", Good: true}
	good.BehindNote = summary.GlanceNote{Text: "Судить пока рано: светофоры зажгутся, когда закроется 10" + words.NBSP +
		"% рабочих дней месяца."}
	return map[string]summary.Glance{"Russian": sample(words.RU), "English": sample(words.EN), "long": long,
		"strange": strange, "good": good, "empty": {}}
}

// Whatever the picture shows, each text is within the margins, on no other text, and
// legible. With SVODKA_PICTURES, a folder, the pictures are written there for looking at.
func TestNothingOverflows(t *testing.T) {
	for name, g := range glances() {
		c, err := paint(g)
		if err != nil {
			t.Fatal(err)
		}
		height := float64(c.img.Bounds().Dy()) / scale
		for i, m := range c.marks {
			b := m.box
			if b.x < margin-0.01 || b.x+b.w > width-margin+0.01 || b.y < 0 || b.y+b.h > height {
				t.Errorf("%s: %q stands at %v of %v × %v", name, m.text, b, width, height)
			}
			if r := contrast(m.ink, m.back); r < 4.5 {
				t.Errorf("%s: %q has a contrast of %.1f", name, m.text, r)
			}
			for _, o := range c.marks[:i] {
				across := min(b.x+b.w, o.box.x+o.box.w) - max(b.x, o.box.x)
				down := min(b.y+b.h, o.box.y+o.box.h) - max(b.y, o.box.y)
				if across > 0.01 && down > 0.01 {
					t.Errorf("%s: %q at %v lies on %q at %v", name, m.text, b, o.text, o.box)
				}
			}
		}
		if dir := os.Getenv("SVODKA_PICTURES"); dir != "" {
			b, err := Draw(g)
			if err == nil {
				err = os.WriteFile(dir+"/"+name+".png", b, 0o600)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// contrast returns the contrast of WCAG 2, 1 to 21.
func contrast(a, b color.RGBA) float64 {
	of := func(c color.RGBA) float64 {
		channel := func(v uint8) float64 {
			s := float64(v) / 255
			if s <= 0.03928 {
				return s / 12.92
			}
			return math.Pow((s+0.055)/1.055, 2.4)
		}
		return 0.2126*channel(c.R) + 0.7152*channel(c.G) + 0.0722*channel(c.B)
	}
	x, y := of(a), of(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// For a typical department everything given is shown, and whole.
func TestEverythingIsShown(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		g := sample(lang)
		c, err := paint(g)
		if err != nil {
			t.Fatal(err)
		}
		var drawn []string
		for _, m := range c.marks {
			drawn = append(drawn, m.text)
		}
		all := strings.Join(drawn, " ")
		want := []string{g.Title, g.Day, g.Progress, g.Freshness, g.Month, g.ReportsHead,
			strings.Join(strings.Fields(g.BehindHead), " ")}
		for _, k := range g.KPIs {
			want = append(want, k.Title, k.Pace.Head, k.Pace.Text, k.Fact.Text, k.Plan.Text,
				k.PlanToDate.Head+" "+k.PlanToDate.Text)
			for _, f := range k.More {
				want = append(want, f.Head, f.Text)
			}
		}
		for _, r := range g.Reports {
			want = append(want, r.Head+": "+strings.Join(r.Names, ", "))
		}
		for _, p := range g.Behind {
			want = append(want, p.Name, p.Pace.Text, p.KPI+" "+p.Deviation.Text+": "+p.Cause)
		}
		for _, w := range want {
			if !strings.Contains(strings.ReplaceAll(all, words.NBSP, " "), strings.ReplaceAll(w, words.NBSP, " ")) {
				t.Errorf("%q is not in the picture: %s", w, all)
			}
		}
	}
}

// A long figure gets a line of its own: cutting would change it. People without room are
// counted.
func TestNothingThatCountsIsCut(t *testing.T) {
	g := glances()["long"]
	c, err := paint(g)
	if err != nil {
		t.Fatal(err)
	}
	drawn, names := map[string]int{}, 0
	var rest []string
	for _, m := range c.marks {
		drawn[m.text]++
		names += strings.Count(m.text, "Константинопольский") // a word each
		if strings.HasSuffix(m.text, "человек") && strings.HasPrefix(m.text, "5") {
			rest = append(rest, m.text)
		}
	}
	fact := g.KPIs[0].Fact.Text
	if n := drawn[fact]; n != 4*mostKPIs {
		t.Errorf("%q stands there %d times as fact and ahead, want %d", fact, n, 4*mostKPIs)
	}
	if n := drawn["из "+fact]; n != mostKPIs {
		t.Errorf("%q stands there %d times as plan", fact, n)
	}
	if len(rest) != 2 || names == 0 {
		t.Errorf("%d names, and of the rest: %q", names, rest)
	}
}

// As many people are shown as fit, and never fewer than three.
func TestPeopleThatFit(t *testing.T) {
	g := sample(words.RU)
	one := g.Behind[0]
	for _, tc := range []struct{ kpis, people, more, want int }{
		{0, 8, 0, 6}, {2, 8, 2, 3}, {4, 8, 0, 3}, {1, 2, 0, 2},
	} {
		g := g
		g.KPIs = nil
		for range tc.kpis {
			g.KPIs = append(g.KPIs, sample(words.RU).KPIs[0])
		}
		g.Behind, g.BehindMore = nil, tc.more
		for range tc.people {
			g.Behind = append(g.Behind, one)
		}
		c, err := paint(g)
		if err != nil {
			t.Fatal(err)
		}
		shown, rest := 0, ""
		for _, m := range c.marks {
			if m.text == one.Pace.Text {
				shown++
			}
			if strings.HasPrefix(m.text, "и ещё ") {
				rest = m.text
			}
		}
		want := ""
		if n := tc.people + tc.more - tc.want; n > 0 {
			want = "и ещё " + words.People.Count(n, words.RU)
		}
		if shown != tc.want || rest != want {
			t.Errorf("%+v: %d people and %q, want %d and %q", tc, shown, rest, tc.want, want)
		}
	}
}

// The bytes are a PNG for a phone's width, the same each time, and small enough for any
// mail server.
func TestBytes(t *testing.T) {
	for _, name := range []string{"Russian", "long"} {
		g := glances()[name]
		b, err := Draw(g)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Draw(g)
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: drawn twice it differs: %v", name, err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		// Telegram takes up to 10,000 pixels of width and height together.
		if s := img.Bounds().Size(); s.X != width*scale || s.Y < 100 || s.X+s.Y > 10_000 || s.Y > 20*s.X {
			t.Errorf("%s: %v pixels", name, s)
		}
		if len(b) > 300<<10 {
			t.Errorf("%s: %d bytes", name, len(b))
		}
	}
}

// The font has all characters of department summaries, its licence is beside it, and it
// is small.
func TestFont(t *testing.T) {
	faces, err := newTypefaces()
	if err != nil {
		t.Fatal(err)
	}
	const needed = "АЯаяЁёІіЎўӘәҚқҢңӨөҰұҮүҺһ AZaz09 ₽€$№%«»“”„—–−…·✓□ ▲●▼○ ▁▂▃▄▅▆▇█ ↑↓ \u00a0\u202f"
	for i, face := range faces {
		for _, r := range needed {
			if _, ok := face.GlyphAdvance(r); !ok {
				t.Errorf("face %d has no %q", i, r)
			}
		}
	}
	list, err := fs.Glob(fontFiles, "font/*")
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, name := range list {
		b, err := fontFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		size += len(b)
	}
	if size > 300<<10 {
		t.Errorf("the fonts take %d bytes", size)
	}
	licence, err := os.ReadFile("font/OFL.txt")
	if err != nil || !bytes.Contains(licence, []byte("SIL OPEN FONT LICENSE Version 1.1")) {
		t.Errorf("the licence of the font: %v", err)
	}
}
