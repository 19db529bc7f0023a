package calendar

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const xml2028 = `<?xml version="1.0" encoding="UTF-8"?>
<calendar year="2028" lang="ru" date="2027.09.30" country="ru">
	<holidays><holiday id="1" title="Новогодние каникулы"/><holiday id="8" title="День народного единства"/></holidays>
	<days>
		<day d="01.03" t="1" h="1"/>
		<day d="02.22" t="2"/>
		<day d="11.04" t="1" h="8"/>
		<day d="12.29" t="1" f="01.01"/>
		<day d="12.30" t="3"/>
	</days>
</calendar>`

func TestParseXML(t *testing.T) {
	got, err := ParseXML([]byte(xml2028))
	if err != nil {
		t.Fatal(err)
	}
	want := Published{"RU", 2028, true, []PublishedDay{
		{Of(2028, 1, 3), Off, "Новогодние каникулы"}, {Of(2028, 2, 22), Short, ""},
		{Of(2028, 11, 4), Off, "День народного единства"},
		{Of(2028, 12, 29), Off, ""}, {Of(2028, 12, 30), Working, ""},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Adding the differences makes the country's calendar the published one, day by day: by
// law, 6 November and most of January would be off.
func TestDiffersMakesThePublishedYear(t *testing.T) {
	p, err := ParseXML([]byte(xml2028))
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{Country: Russia, Added: map[Date]DayKind{}}
	for _, d := range p.Differs(Russia) {
		c.Added[d.Date] = d.Kind
	}
	listed := map[Date]DayKind{}
	for _, d := range p.Days {
		listed[d.Date] = d.Kind
	}
	for d := Of(2028, 1, 1); d <= Of(2028, 12, 31); d++ {
		want, ok := listed[d]
		if !ok {
			want = NoCountry.Kind(d)
		}
		if got := c.Kind(d); got != want {
			t.Errorf("%v is %v, want %v", d, got, want)
		}
	}
	if !c.Transfers(2028) {
		t.Error("the year is not known")
	}
	saturdays := Schedule{{Days: SaturdayToSunday}}
	if c.KindFor(saturdays, Of(2028, 11, 4)).Works() {
		t.Error("a holiday on a Saturday is worked")
	}
}

// For an embedded year only the differences are added.
func TestDiffersFromWhatIsEmbedded(t *testing.T) {
	var days strings.Builder
	for d := Of(2027, 1, 1); d <= Of(2027, 12, 31); d++ {
		kind := Kazakhstan.Kind(d)
		if d == Of(2027, 5, 17) {
			kind = Working // moved to the 18th
		}
		if d == Of(2027, 5, 18) {
			kind = Off
		}
		if kind != NoCountry.Kind(d) {
			fmt.Fprintf(&days, `<day d="%s" t="%d"/>`, d.Time().Format("01.02"),
				map[DayKind]int{Off: 1, Short: 2, Working: 3}[kind])
		}
	}
	p, err := ParseXML([]byte(`<calendar year="2027" country="kz"><days>` + days.String() + `</days></calendar>`))
	if err != nil {
		t.Fatal(err)
	}
	want := []PublishedDay{{Of(2027, 5, 17), Working, ""}, {Of(2027, 5, 18), Off, ""}}
	if diff := cmp.Diff(want, p.Differs(Kazakhstan)); diff != "" {
		t.Error(diff)
	}
}

func TestParseXMLRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"date,kind": "reading the XML", "<html></html>": "no calendar",
		`<calendar year="2028"><days/></calendar>`:                                                   "no calendar",
		`<calendar><days><day d="01.01" t="1"/></days></calendar>`:                                   "of the year 0",
		`<calendar year="2028"><days><day d="31.01" t="1"/></days></calendar>`:                       "no month and day",
		`<calendar year="2027"><days><day d="02.29" t="1"/></days></calendar>`:                       "no month and day",
		`<calendar year="2028"><days><day d="01.01" t="7"/></days></calendar>`:                       "none of 1, 2, 3",
		`<calendar year="2028"><days><day d="01.01" t="1"/><day d="01.01" t="2"/></days></calendar>`: "twice",
	} {
		if got, err := ParseXML([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", text, got, err, want)
		}
	}
}
