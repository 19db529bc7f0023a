package control_test

import (
	"slices"
	"testing"
	"time"
)

// Where people are reminded, and what ops chose about reminders and the digest.
func TestNotifying(t *testing.T) {
	d := office(t)
	d.set("people", 2, "notify", 123456789)
	d.set("people", 3, "notify", "mailto:Petr@Home.example.RU")
	d.set("people", 4, "notify", "Нет")
	res := d.read(nil)
	if len(res.Problems) > 0 {
		t.Errorf("%+v", res.Problems)
	}
	var got []string
	for _, p := range res.Department.People {
		got = append(got, p.Address())
	}
	if want := []string{"123456789", "petr@home.example.ru", "", "oleg@example.ru"}; !slices.Equal(got, want) {
		t.Errorf("addresses %q, want %q", got, want)
	}
	set := res.Department.Settings
	if !set.Remind || set.RemindBefore != 0 || set.DigestAt != 19*time.Hour+30*time.Minute || set.DigestTo != nil ||
		set.NoDigestPicture {
		t.Errorf("defaults: %+v", set)
	}

	for row := 2; d.get("settings", row, "key") != nil; row++ {
		switch d.get("settings", row, "key") {
		case "remind":
			d.set("settings", row, "value", false)
		case "remind_before":
			d.set("settings", row, "value", 45)
		case "digest_at":
			d.set("settings", row, "value", nil)
		case "digest_picture":
			d.set("settings", row, "value", false)
		case "digest_to":
			d.set("settings", row, "value", "-1001234567890; Boss@Example.com, @channel")
		}
	}
	d.set("people", 5, "notify", "12, 13")
	res = d.read(nil)
	set = res.Department.Settings
	if set.Remind || !set.NoDigestPicture || set.RemindBefore != 45*time.Minute || set.DigestAt != 0 ||
		!slices.Equal(set.DigestTo, []string{"-1001234567890", "boss@example.com", "@channel"}) {
		t.Errorf("typed: %+v", set)
	}
	if got := problems(res); got !=
		"«12, 13» — не один адрес: введите номер чата или e-mail, пока напоминания уходят на e-mail []\n" {
		t.Error(got)
	}
}

// A spreadsheet of a version without addresses lacks their column: that is not a mistake,
// until somebody deletes one with addresses in it.
func TestTheColumnOfAddressesMayBeMissing(t *testing.T) {
	d := office(t)
	d.cutColumn("people", "notify", false)
	if got := problems(d.read(nil)); got != "" {
		t.Error(got)
	}
	d = office(t)
	d.set("people", 2, "notify", "@anna")
	res := d.read(nil)
	d.cutColumn("people", "notify", false)
	res = d.read(&res.Snapshot)
	if got := problems(res); got != "нет колонки «Куда напоминать»: программа вернёт её вместе с тем, что в ней было "+
		"[действует то, что было в ней раньше]\n" {
		t.Error(got)
	}
	if p := res.Department.People[0]; p.Notify != "@anna" {
		t.Errorf("%+v", p)
	}
}
