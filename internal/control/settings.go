package control

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// settingKind says how a setting's value is typed.
type settingKind uint8

const (
	ofText settingKind = iota
	ofTime
	ofShare
	ofNumber
	ofWhole
	ofMoney
	ofFlag
	ofChoice
	ofKinds
	ofShares
	ofZone
	ofMails
	ofAddresses
	ofCallZones
	ofRoles
)

// settingValue is a value understood; the kind determines which field holds it.
type settingValue struct {
	text  string
	num   float64 // ofTime: hours
	yes   bool
	kinds map[department.AbsenceKind]bool
	list  []float64
	zone  *time.Location
	mails []string // ofMails, ofAddresses
	zones map[string]*time.Location
	roles []string // keys, or department.AllRoles
}

// setting is a row of «Параметры»; its texts and default are in the templates.
type setting struct {
	key         string
	kind        settingKind
	vocab       vocabulary
	least, most float64
	mayBeEmpty  bool
	set         func(*department.Settings, settingValue)
}

var settingsTable = []setting{
	{key: "company", kind: ofText, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.Company = v.text
	}},
	{key: "zone", kind: ofZone, set: func(s *department.Settings, v settingValue) { s.Zone = v.zone }},
	{key: "country", kind: ofChoice, vocab: countries, set: func(s *department.Settings, v settingValue) {
		s.Country = calendar.Country(v.text)
	}},
	{key: "deadline", kind: ofTime, set: func(s *department.Settings, v settingValue) {
		s.Deadline = time.Duration(math.Round(v.num*60)) * time.Minute
	}},
	{key: "grace_days", kind: ofWhole, most: 60, set: func(s *department.Settings, v settingValue) {
		s.GraceDays = int(v.num)
	}},
	{key: "next_month_days", kind: ofWhole, most: 31, set: func(s *department.Settings, v settingValue) {
		s.NextMonthDays = int(v.num)
	}},
	{key: "short_days", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.ShortDays = v.yes
	}},
	{key: "keep_plan", kind: ofKinds, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.KeepPlan = v.kinds
	}},
	{key: "ramp", kind: ofShares, most: 2, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.Ramp = v.list
	}},
	{key: "grey_share", kind: ofShare, most: 1, set: func(s *department.Settings, v settingValue) {
		s.GreyShare = v.num
	}},
	{key: "above_from", kind: ofShare, least: 1, most: 3, set: func(s *department.Settings, v settingValue) {
		s.AboveFrom = v.num
	}},
	{key: "catch_up_yellow", kind: ofNumber, least: 1, most: 10, set: func(s *department.Settings, v settingValue) {
		s.CatchUpYellow = v.num
	}},
	{key: "catch_up_red", kind: ofNumber, least: 1, most: 10, set: func(s *department.Settings, v settingValue) {
		s.CatchUpRed = v.num
	}},
	{key: "rating", kind: ofChoice, vocab: ratings, set: func(s *department.Settings, v settingValue) {
		s.Rating = department.Rating(v.text)
	}},
	{key: "cap", kind: ofShare, least: 1, most: 10, set: func(s *department.Settings, v settingValue) {
		s.Cap = v.num
	}},
	{key: "lower_cap", kind: ofShare, least: 1, most: 10, set: func(s *department.Settings, v settingValue) {
		s.LowerCap = v.num
	}},
	{key: "min_reported_share", kind: ofShare, most: 1, set: func(s *department.Settings, v settingValue) {
		s.MinReportedShare = v.num
	}},
	{key: "small_deal", kind: ofMoney, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.SmallDeal = v.num
	}},
	{key: "large_deal", kind: ofMoney, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.LargeDeal = v.num
	}},
	{key: "refunds", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.NoRefunds = !v.yes
	}},
	{key: "phone_cost", kind: ofMoney, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.PhoneCost = v.num
	}},
	{key: "talk_threshold", kind: ofWhole, most: 600, set: func(s *department.Settings, v settingValue) {
		s.TalkThreshold = v.num
	}},
	{key: "call_zones", kind: ofCallZones, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.CallZones = v.zones
	}},
	{key: "risk_days", kind: ofWhole, least: 1, most: 999, set: func(s *department.Settings, v settingValue) {
		s.RiskDays = int(v.num)
	}},
	{key: "lost_days", kind: ofWhole, least: 1, most: 3650, set: func(s *department.Settings, v settingValue) {
		s.LostDays = int(v.num)
	}},
	{key: "reverse_plan", kind: ofRoles, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.ReversePlan = v.roles
	}},
	{key: "reverse_days", kind: ofWhole, least: 30, most: 180, set: func(s *department.Settings, v settingValue) {
		s.ReverseDays = int(v.num)
	}},
	{key: "announce_from", kind: ofWhole, most: 5000, set: func(s *department.Settings, v settingValue) {
		s.AnnounceFrom = int(v.num)
	}},
	{key: "teams_from", kind: ofWhole, most: 5000, set: func(s *department.Settings, v settingValue) {
		s.TeamsFrom = int(v.num)
	}},
	{key: "people_listed", kind: ofWhole, least: 1, most: 5000, set: func(s *department.Settings, v settingValue) {
		s.PeopleListed = int(v.num)
	}},
	{key: "directors", kind: ofMails, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.Directors = v.mails
	}},
	{key: "ops", kind: ofMails, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.Ops = v.mails
	}},
	{key: "remake_lost", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.RemakeLost = v.yes
	}},
	{key: "report_links", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.NoReportLinks = !v.yes
	}},
	{key: "invite_by_mail", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.InviteByMail = v.yes
	}},
	{key: "remind", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.Remind = v.yes
	}},
	{key: "remind_before", kind: ofWhole, most: 600, mayBeEmpty: true,
		set: func(s *department.Settings, v settingValue) {
			s.RemindBefore = time.Duration(v.num) * time.Minute
		}},
	{key: "digest_at", kind: ofTime, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.DigestAt = time.Duration(math.Round(v.num*60)) * time.Minute
	}},
	{key: "digest_to", kind: ofAddresses, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.DigestTo = v.mails
	}},
	{key: "digest_picture", kind: ofFlag, mayBeEmpty: true, set: func(s *department.Settings, v settingValue) {
		s.NoDigestPicture = !v.yes
	}},
}

func settingOf(key string) (setting, bool) {
	i := slices.IndexFunc(settingsTable, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return settingsTable[i], true
}

// settingKey returns the key of a row of «Параметры»: the hidden one, else that of the
// setting with this name.
func settingKey(cells map[string]any) string {
	key := strings.ToLower(textOf(cells["key"]))
	if _, ok := settingOf(key); ok {
		return key
	}
	name := norm(textOf(cells["name"]))
	for _, t := range templates.BuiltinSettings() {
		if name != "" && (name == normOwn(t.Title.RU) || name == normOwn(t.Title.EN)) {
			return t.Key
		}
	}
	return key
}

// typedSetting is a row of «Параметры».
type typedSetting struct {
	setting
	settingValue
}

// settings reads «Параметры». A setting that is missing, or not understood and never was,
// has its default.
func (r *reader) settings() department.Settings {
	l := read(r, TabSettings, settingKey, parseSetting)
	out := department.Defaults()
	// The name of a zone rather than its offset, as everywhere else.
	if z, ok := zoneOf("Europe/Moscow"); ok {
		out.Zone = z
	}
	apply := func() department.Settings {
		s := out
		for _, e := range l.entries {
			if e.val.set != nil {
				e.val.set(&s, e.val.settingValue)
			}
		}
		return s
	}
	for _, o := range ordered {
		for range 2 { // the wrong value, then a former one that is wrong too
			low, high := o.values(apply())
			if !o.wrong(low, high) {
				break
			}
			i := slices.IndexFunc(l.entries, func(e *entry[typedSetting]) bool { return e.id == o.high })
			if i < 0 {
				i = slices.IndexFunc(l.entries, func(e *entry[typedSetting]) bool { return e.id == o.low })
			}
			e := l.entries[i]
			e.line.fail("value", o.ru, o.en, settingText(e.val.setting, high, r.lang),
				settingText(e.val.setting, low, r.lang))
			l.revert(e)
		}
	}
	final := apply()
	for _, o := range ordered {
		if o.wrong(o.values(final)) {
			o.reset(&final, out)
		}
	}
	l.finish()
	return final
}

// ordered are pairs of settings of which the second must not be below the first.
var ordered = []pair{
	{
		low: "catch_up_yellow", high: "catch_up_red",
		ru:     "порог красного (%s) меньше порога жёлтого (%s): исправьте один из них",
		en:     "the bound of red (%s) is below that of yellow (%s): correct one of them",
		values: func(s department.Settings) (low, high float64) { return s.CatchUpYellow, s.CatchUpRed },
		reset: func(s *department.Settings, to department.Settings) {
			s.CatchUpYellow, s.CatchUpRed = to.CatchUpYellow, to.CatchUpRed
		},
	},
	{
		low: "small_deal", high: "large_deal", mayBeEmpty: true,
		ru:     "крупные сделки начинаются (%s) раньше, чем кончаются мелкие (%s): исправьте одну из границ",
		en:     "large deals begin (%s) before small ones end (%s): correct one of the bounds",
		values: func(s department.Settings) (low, high float64) { return s.SmallDeal, s.LargeDeal },
		reset: func(s *department.Settings, to department.Settings) {
			s.SmallDeal, s.LargeDeal = to.SmallDeal, to.LargeDeal
		},
	},
	{
		low: "risk_days", high: "lost_days",
		ru:     "«потерян» (%s) наступает раньше, чем «под угрозой» (%s): исправьте один из порогов",
		en:     "clients are lost (%s) before they are at risk (%s): correct one of the bounds",
		values: func(s department.Settings) (low, high float64) { return float64(s.RiskDays), float64(s.LostDays) },
		reset: func(s *department.Settings, to department.Settings) {
			s.RiskDays, s.LostDays = to.RiskDays, to.LostDays
		},
	},
}

type pair struct {
	low, high  string // keys
	mayBeEmpty bool   // 0 is no bound
	ru, en     string // for the higher and the lower value
	values     func(department.Settings) (low, high float64)
	reset      func(s *department.Settings, to department.Settings)
}

func (o pair) wrong(low, high float64) bool {
	return high < low && !(o.mayBeEmpty && high == 0)
}

// defaultText returns the default of a setting, as ops would type it.
func (r *reader) defaultText(key string) string {
	for _, t := range templates.BuiltinSettings() {
		if t.Key == key {
			return r.lang.T(t.Value.RU, t.Value.EN)
		}
	}
	return ""
}

func parseSetting(l *line) typedSetting {
	key := settingKey(l.Cells)
	s, ok := settingOf(key)
	if !ok {
		l.fail("value", "неизвестный параметр «%s»: уберите строку", "unknown setting “%s”: remove the row",
			textOf(l.Cells["key"]))
		return typedSetting{}
	}
	l.ifOut = l.t("действует обычное значение: %s", "the default is in force: %s", l.defaultText(key))
	v := l.value("value")
	if str, ok := v.(string); ok && strings.TrimSpace(str) == "" {
		v = nil
	}
	if v == nil && !s.mayBeEmpty {
		if !l.bad && !l.lost["value"] {
			l.warn("value", "значение не задано: действует обычное — %s", "no value: the default is in force, %s",
				l.defaultText(key))
		}
		return typedSetting{} // nothing to set
	}
	return typedSetting{s, l.settingValue(s, v)}
}

// settingValue understands the value of a setting.
func (l *line) settingValue(s setting, v any) (out settingValue) {
	shown := textOf(v)
	switch s.kind {
	case ofText:
		out.text = l.text("value")
	case ofTime:
		if v == nil {
			break
		}
		h, ok := clockOf(v)
		if !ok {
			l.fail("value", "«%s» — не время суток: введите, например, 19:00",
				"“%s” is no time of day: type, for example, 19:00", shown)
		}
		out.num = h
	case ofShare:
		x, ok := shareOf(v, s.least, s.most)
		if !ok {
			l.fail("value", "«%s» не подходит: введите процент от %s до %s",
				"“%s” does not fit: type a percentage from %s to %s", shown, percentText(s.least, l),
				percentText(s.most, l))
		}
		out.num = x
	case ofNumber, ofWhole:
		out.num = l.number("value", s.least, s.most, s.kind == ofWhole)
	case ofMoney:
		out.num = l.figure("value", kpi.Money).V
	case ofFlag:
		out.yes = l.flag("value")
	case ofChoice:
		code, ok := s.vocab.code(shown)
		if !ok {
			l.misread("value", shown, s.vocab)
		}
		out.text = code
	case ofKinds:
		out.kinds = l.kindsOf(shown)
	case ofShares:
		out.list = l.sharesOf(s, v)
	case ofZone:
		z, ok := zoneOf(shown)
		if !ok {
			l.fail("value", "часовой пояс «%s» не найден: напишите как Europe/Moscow или Asia/Yekaterinburg",
				"there is no time zone “%s”: write it as Europe/Moscow or Asia/Yekaterinburg", shown)
		}
		out.zone = z
	case ofRoles:
		out.roles = l.rolesOf(shown)
	case ofCallZones:
		out.zones = l.callZonesOf(shown)
	case ofMails:
		out.mails = l.mailsOf(shown)
	case ofAddresses:
		for part := range strings.FieldsFuncSeq(shown, func(c rune) bool {
			return c == ',' || c == ';' || c == '\n' || c == ' '
		}) {
			out.mails = append(out.mails, addressOf(part))
		}
	}
	return out
}

// kindsOf reads a list of kinds of absence.
func (l *line) kindsOf(shown string) map[department.AbsenceKind]bool {
	kinds := map[department.AbsenceKind]bool{}
	for part := range strings.FieldsFuncSeq(shown, func(c rune) bool { return c == ',' || c == ';' }) {
		code, ok := absenceKinds.code(part)
		switch {
		case norm(part) == "нет" || norm(part) == "none":
		case !ok:
			l.fail("value", "«%s» не понято: перечислите через запятую %s",
				"“%s” is not understood: list, separated by commas, %s", tidy(part),
				strings.Join(absenceKinds.list(l.lang), ", "))
		default:
			kinds[department.AbsenceKind(code)] = true
		}
	}
	return kinds
}

// sharesOf reads a list of percentages; a single one may be a number.
func (l *line) sharesOf(s setting, v any) []float64 {
	shown := textOf(v)
	if _, ok := v.(float64); ok {
		x, ok := shareOf(v, s.least, s.most)
		if !ok {
			l.fail("value", "«%s» не подходит: перечислите проценты, например 50%%; 75%%",
				"“%s” does not fit: list percentages, such as 50%%; 75%%", shown)
		}
		return []float64{x}
	}
	var list []float64
	for part := range strings.FieldsFuncSeq(shown, func(c rune) bool { return c == ';' || c == ' ' }) {
		x, ok := shareOf(strings.TrimSuffix(part, ","), s.least, s.most)
		if !ok {
			l.fail("value", "«%s» не подходит: перечислите проценты через точку с запятой, например 50%%; 75%%",
				"“%s” does not fit: list percentages separated by semicolons, such as 50%%; 75%%", part)
			break
		}
		list = append(list, x)
	}
	return list
}

// rolesOf reads a list of roles, as their keys; «все» is department.AllRoles.
func (l *line) rolesOf(shown string) []string {
	var roles []string
	for part := range strings.FieldsFuncSeq(shown, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		switch n := norm(part); n {
		case "", "нет", "none", "no":
		case "все", "всем", "all":
			roles = append(roles, department.AllRoles)
		default:
			roles = append(roles, l.plainRoleKey(part))
		}
	}
	return roles
}

// callZonesOf reads a list of call logs with the time zone of each.
func (l *line) callZonesOf(shown string) map[string]*time.Location {
	zones := map[string]*time.Location{}
	for part := range strings.FieldsFuncSeq(shown, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		name, zone, _ := strings.Cut(part, ":")
		source, known := calls.ParseSource(name)
		z, ok := zoneOf(tidy(zone))
		if !known || !ok {
			l.fail("value", "«%s» не понято: пишите источник и пояс, например скорозвон: UTC; mango: Europe/Moscow",
				"“%s” is not understood: write source and zone, such as skorozvon: UTC; mango: Europe/Moscow",
				tidy(part))
			continue
		}
		zones[string(source)] = z
	}
	return zones
}

// mailsOf reads a list of e-mail addresses.
func (l *line) mailsOf(shown string) []string {
	var mails []string
	for part := range strings.FieldsFuncSeq(shown, func(c rune) bool {
		return c == ',' || c == ';' || c == '\n' || c == ' '
	}) {
		mail := mailOf(tidy(part))
		if !emailForm.MatchString(mail) {
			l.fail("value", "«%s» — не e-mail: перечислите адреса через запятую",
				"“%s” is no e-mail: list addresses separated by commas", tidy(part))
			continue
		}
		mails = append(mails, mail)
	}
	return mails
}

// settingText returns the number of a setting's cell, as ops see it.
func settingText(s setting, v float64, lang words.Lang) string {
	switch s.kind {
	case ofTime:
		m := int(math.Round(v * 24 * 60))
		return fmt.Sprintf("%02d:%02d", m/60, m%60)
	case ofShare, ofShares:
		return kpi.FormatNum(kpi.Some(v), kpi.Percent, lang)
	case ofMoney:
		return kpi.FormatNum(kpi.Some(v), kpi.Money, lang)
	}
	return numberText(v, lang)
}

func percentText(v float64, l *line) string {
	return kpi.FormatNum(kpi.Some(v), kpi.Percent, l.lang)
}

var clockForm = lazyregexp.New(`^(\d{1,2})(?:[:.\-](\d{2})(?::\d{2})?)?$`)

// clockOf reads a time of day, in hours: 19:00 as a fraction of a day or as text, or
// plain 19.
func clockOf(v any) (hours float64, ok bool) {
	switch v := v.(type) {
	case float64:
		switch {
		case v > 0 && v < 1:
			return math.Round(v*24*60) / 60, true
		case v >= 1 && v < 24 && v == math.Trunc(v):
			return v, true
		}
	case string:
		m := clockForm.FindStringSubmatch(tidy(v))
		if m == nil {
			return 0, false
		}
		h, err := strconv.Atoi(m[1])
		if err != nil || h > 23 {
			return 0, false
		}
		min := 0
		if m[2] != "" {
			if min, err = strconv.Atoi(m[2]); err != nil || min > 59 {
				return 0, false
			}
		}
		return float64(h) + float64(min)/60, h+min > 0
	}
	return 0, false
}

// shareOf reads a share: 0.2, 20 % or 20, whichever is within the bounds.
func shareOf(v any, least, most float64) (float64, bool) {
	var x float64
	percent := false
	switch v := v.(type) {
	case float64:
		x = v
	case string:
		s := strings.ReplaceAll(tidy(v), " ", "")
		s, percent = strings.CutSuffix(s, "%")
		var err error
		if x, err = strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	in := func(x float64) bool { return x >= least-1e-9 && x <= most+1e-9 }
	switch {
	case !percent && in(x):
		return x, true
	case in(x / 100):
		return x / 100, true
	}
	return 0, false
}

// cities are zones as a Russian may write them.
var cities = map[string]string{
	"москва": "Europe/Moscow", "мск": "Europe/Moscow", "санкт-петербург": "Europe/Moscow",
	"калининград": "Europe/Kaliningrad", "самара": "Europe/Samara", "екатеринбург": "Asia/Yekaterinburg",
	"омск": "Asia/Omsk", "новосибирск": "Asia/Novosibirsk", "красноярск": "Asia/Krasnoyarsk",
	"иркутск": "Asia/Irkutsk", "якутск": "Asia/Yakutsk", "владивосток": "Asia/Vladivostok",
	"магадан": "Asia/Magadan", "камчатка": "Asia/Kamchatka",
}

// zoneOf finds a time zone by its name.
func zoneOf(name string) (*time.Location, bool) {
	if z, ok := cities[norm(name)]; ok {
		name = z
	}
	if name == "" || strings.EqualFold(name, "local") {
		return nil, false // it depends on the machine
	}
	z, err := time.LoadLocation(name)
	return z, err == nil
}
