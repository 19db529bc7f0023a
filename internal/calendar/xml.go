package calendar

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Published is a published production calendar of one year.
type Published struct {
	Country string // its code; empty: not in the file
	Year    int
	Whole   bool // unlisted days are Monday to Friday; else they are unknown
	Days    []PublishedDay
}

// PublishedDay is a day in a published calendar.
type PublishedDay struct {
	Date
	Kind  DayKind
	Title string // of the holiday; empty: none
}

// ParseXML reads a calendar of xmlcalendar: a day's t is 1 for a day off, 2 for a short
// day, 3 for a working one; h names its holiday. Unlisted days are Monday to Friday. The
// text is in UTF-8.
func ParseXML(data []byte) (Published, error) {
	var file struct {
		XMLName  xml.Name
		Year     int    `xml:"year,attr"`
		Country  string `xml:"country,attr"`
		Holidays []struct {
			ID    string `xml:"id,attr"`
			Title string `xml:"title,attr"`
		} `xml:"holidays>holiday"`
		Days []struct {
			Day     string `xml:"d,attr"`
			Kind    string `xml:"t,attr"`
			Holiday string `xml:"h,attr"`
		} `xml:"days>day"`
	}
	if err := xml.Unmarshal(data, &file); err != nil {
		return Published{}, fmt.Errorf("reading the XML of a calendar: %w", err)
	}
	if file.XMLName.Local != "calendar" || len(file.Days) == 0 {
		return Published{}, errors.New("the XML is no calendar: it has no <calendar> with <days>")
	}
	if file.Year < firstYear || file.Year > lastYear {
		return Published{}, fmt.Errorf("the calendar is of the year %d: its attribute year is missing or wrong",
			file.Year)
	}
	out := Published{Country: strings.ToUpper(strings.TrimSpace(file.Country)), Year: file.Year, Whole: true}
	titles := map[string]string{}
	for _, h := range file.Holidays {
		titles[h.ID] = h.Title
	}
	seen := map[Date]bool{}
	for _, day := range file.Days {
		t, err := time.Parse("2006.01.02", fmt.Sprintf("%d.%s", file.Year, day.Day))
		if err != nil {
			return Published{}, fmt.Errorf("the day %q is no month and day such as 01.31", day.Day)
		}
		d := FromTime(t)
		kind, ok := map[string]DayKind{"1": Off, "2": Short, "3": Working}[day.Kind]
		switch {
		case !ok:
			return Published{}, fmt.Errorf("the day %s has the kind %q, none of 1, 2, 3", day.Day, day.Kind)
		case seen[d]:
			return Published{}, fmt.Errorf("the day %s stands there twice", day.Day)
		}
		seen[d] = true
		out.Days = append(out.Days, PublishedDay{d, kind, titles[day.Holiday]})
	}
	return out, nil
}

// Differs returns, by date, the days that ops must add to turn a country's calendar into
// the published one: for an embedded year those that differ from it; for another year
// also all that differ from Monday to Friday, so that the year counts as known.
func (p Published) Differs(c Country) []PublishedDay {
	listed := map[Date]PublishedDay{}
	for _, d := range p.Days {
		listed[d.Date] = d
	}
	var out []PublishedDay
	for d := Of(p.Year, time.January, 1); d.Year() == p.Year; d++ {
		day, ok := listed[d]
		switch {
		case !ok && !p.Whole:
			continue
		case !ok:
			day = PublishedDay{Date: d, Kind: NoCountry.Kind(d)}
		}
		holiday := day.Title != "" && day.Kind == Off && !c.Holiday(d) // on a weekend for people who work then
		if day.Kind != c.Kind(d) || holiday || !c.Embeds(p.Year) && day.Kind != NoCountry.Kind(d) {
			out = append(out, day)
		}
	}
	return out
}
