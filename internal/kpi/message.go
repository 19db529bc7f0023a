package kpi

import (
	"fmt"
	"strconv"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/words"
)

// Code is the stable name of a message to a person; Message.Text has its texts.
type Code string

// Message is a message to a person, independent of the language.
type Message struct {
	Code Code
	// Args are strings, ints, Units, Quantities and dates, in the order in which
	// the text of the code uses them.
	Args []any
}

// Quantity is a number with its unit; FormatNum shows it.
type Quantity struct {
	Num  Num
	Unit Unit
}

// inWords is an argument that has a text in each language.
type inWords interface{ text(lang words.Lang) string }

// dayMonth is a day of this year as a spreadsheet may show it: 12.05.
type dayMonth calendar.Date

func (d dayMonth) text(lang words.Lang) string {
	if lang == words.EN {
		return strconv.Itoa(calendar.Date(d).Day()) + " " + lang.OfMonth(calendar.Date(d).Month())
	}
	return calendar.Date(d).ShortText(lang)
}

// typedDayMonth is the number that a spreadsheet turned into that day: 12,5.
type typedDayMonth calendar.Date

func (d typedDayMonth) text(lang words.Lang) string {
	day, month := calendar.Date(d).Day(), int(calendar.Date(d).Month())
	if lang == words.EN {
		return fmt.Sprintf("%d.%d", day, month)
	}
	return fmt.Sprintf("%d,%d", day, month)
}

// IsZero reports whether there is no message.
func (m Message) IsZero() bool { return m.Code == "" }

// Text returns the message in the language. The zero Message is empty.
func (m Message) Text(lang words.Lang) string {
	if m.Code == "" {
		return ""
	}
	t, ok := texts[m.Code]
	if !ok {
		return string(m.Code)
	}
	format := lang.T(t.ru, t.en)
	args := make([]any, len(m.Args))
	for i, a := range m.Args {
		args[i] = a
		switch a := a.(type) {
		case Quantity:
			args[i] = FormatNum(a.Num, a.Unit, lang)
		case Unit:
			args[i] = UnitName(a, lang)
		case inWords:
			args[i] = a.text(lang)
		case calendar.Date:
			args[i] = a.Text(lang)
		}
	}
	return fmt.Sprintf(format, args...)
}

// Field is the setting of a KPI that a Problem is about, and so the column of the control
// tab to point at.
type Field string

// The fields.
const (
	FieldRole      Field = "role" // the role as a whole
	FieldKey       Field = "key"
	FieldTitle     Field = "title"
	FieldUnit      Field = "unit"
	FieldSource    Field = "source"
	FieldFormula   Field = "formula"
	FieldPlan      Field = "plan"
	FieldPeriod    Field = "period"
	FieldDirection Field = "direction"
	FieldLights    Field = "lights"
	FieldWeight    Field = "weight"
	FieldFunnel    Field = "funnel"
	FieldMin       Field = "min"
	FieldMax       Field = "max"
	FieldTo        Field = "to"
)

// Problem is a mistake in the settings of a KPI. It is an error with an English text;
// Message.Text gives the text for ops.
type Problem struct {
	Role  string // of the KPI; empty from ParseExpr and ParseThresholds
	Key   string // of the KPI
	Index int    // index of the KPI in CheckRole's argument
	Field Field
	Message
	// Warning says that the KPI can be used all the same.
	Warning bool
}

// Error returns the English text.
func (p Problem) Error() string {
	where := []string{string(p.Field)}
	if p.Key != "" {
		where = append([]string{p.Key}, where...)
	}
	if p.Role != "" {
		where = append([]string{p.Role}, where...)
	}
	return strings.Join(where, " ") + ": " + p.Text("en")
}

func formulaProblem(code Code, args ...any) error {
	return Problem{Field: FieldFormula, Message: Message{code, args}}
}

// The codes of mistakes in formulas.
const (
	CodeFormulaEmpty    Code = "formula_empty"
	CodeFormulaLong     Code = "formula_long"
	CodeFormulaSign     Code = "formula_sign"
	CodeFormulaSyntax   Code = "formula_syntax"
	CodeFormulaWord     Code = "formula_word"
	CodeFormulaFunction Code = "formula_function"
	CodeFormulaArgs     Code = "formula_args"
	CodeFormulaDigits   Code = "formula_digits"
)

// The codes of mistakes in lights.
const (
	CodeLightsForm  Code = "lights_form"
	CodeLightsColor Code = "lights_color"
	CodeLightsZero  Code = "lights_zero"
	CodeLightsOrder Code = "lights_order"
)

// The codes of mistakes in a role's KPIs.
const (
	CodeKeyEmpty       Code = "key_empty"
	CodeKeyForm        Code = "key_form"
	CodeKeyReserved    Code = "key_reserved"
	CodeKeyTwice       Code = "key_twice"
	CodeTitleEmpty     Code = "title_empty"
	CodeTitleTwice     Code = "title_twice"
	CodeUnitUnknown    Code = "unit_unknown"
	CodeSourceUnknown  Code = "source_unknown"
	CodeDirection      Code = "direction_unknown"
	CodePeriodUnknown  Code = "period_unknown"
	CodeFormulaMissing Code = "formula_missing"
	CodeFormulaExtra   Code = "formula_extra"
	CodeFormulaConst   Code = "formula_const"
	CodeFormulaSelf    Code = "formula_self"
	CodeFormulaCycle   Code = "formula_cycle"
	CodeNameUnknown    Code = "name_unknown"
	CodeNameNear       Code = "name_near"
	CodeMeasureUnknown Code = "measure_unknown"
	CodeCallsUnknown   Code = "calls_unknown"
	CodeCallsRatio     Code = "calls_ratio"
	CodeUnitsMixed     Code = "units_mixed"
	CodeUnitsNone      Code = "units_none"
	CodeUnitsOther     Code = "units_other"
	CodePercentSum     Code = "percent_sum"
	CodePercentHundred Code = "percent_hundred"
	CodeRatioOperand   Code = "ratio_operand"
	CodePlanNegative   Code = "plan_negative"
	CodeWeightNegative Code = "weight_negative"
	CodeFunnelNegative Code = "funnel_negative"
	CodeFunnelTwice    Code = "funnel_twice"
	CodeFunnelStage    Code = "funnel_stage"
	CodeMinMax         Code = "min_max"
	CodeNotNumber      Code = "not_a_number"
	CodeFromTo         Code = "from_to"
	CodeTypedMany      Code = "typed_many"
	CodePercentTyped   Code = "percent_typed"
)

// The codes of cells that people fill in.
const (
	CodeUnderstood   Code = "understood"
	CodeAsMinutes    Code = "as_minutes"
	CodeAsPercent    Code = "as_percent"
	CodeCellError    Code = "cell_error"
	CodeCellText     Code = "cell_text"
	CodeCellMany     Code = "cell_many"
	CodeCellNegative Code = "cell_negative"
	CodeCellBool     Code = "cell_bool"
	CodeCellUnit     Code = "cell_unit"
	CodeCellTime     Code = "cell_time"
	CodeCellDay      Code = "cell_day"
	CodeCellHours    Code = "cell_hours"
	CodeCellDate     Code = "cell_date"
	CodeCellFarDate  Code = "cell_far_date"
	CodeCellWhole    Code = "cell_whole"
	CodeCellShare    Code = "cell_share"
	CodeBelowMin     Code = "below_min"
	CodeAboveMax     Code = "above_max"
)

// texts maps codes to messages; %[n]v is argument n, from 1.
var texts = map[Code]struct{ ru, en string }{
	CodeFormulaEmpty: {"формула пуста", "the formula is empty"},
	CodeFormulaLong:  {"формула длиннее %[1]v знаков", "the formula is longer than %[1]v characters"},
	CodeFormulaSign: {
		"знак «%[1]v» (место %[2]v) в формуле не понят: можно + - * / ( ), числа, ключи KPI, min, max, round",
		"the sign %[1]q (place %[2]v) is not known in formulas: use + - * / ( ), numbers, keys of KPIs, " +
			"min, max, round"},
	CodeFormulaSyntax: {"формула не понята с места %[1]v: «%[2]v» (дробь пишется через точку: 0.5)",
		"the formula is not understood from place %[1]v: %[2]q (a fraction is written 0.5)"},
	CodeFormulaWord: {"«%[1]v» в формуле не понято: можно + - * / ( ), числа, ключи KPI, min, max, round",
		"%[1]q is not known in formulas: use + - * / ( ), numbers, keys of KPIs, min, max, round"},
	CodeFormulaFunction: {"функции «%[1]v» нет: можно min, max, round",
		"there is no function %[1]q: use min, max, round"},
	CodeFormulaArgs: {"у функции «%[1]v» неверное число аргументов: %[2]v",
		"wrong number of arguments of %[1]v: %[2]v"},
	CodeFormulaDigits: {"второй аргумент round — целое число знаков от 0 до 6",
		"the second argument of round is a whole number of digits, 0 to 6"},

	CodeLightsForm: {"пороги «%[1]v» не поняты: пишите как 0:red;85:yellow;100:green",
		"the lights %[1]q are not understood: write them as 0:red;85:yellow;100:green"},
	CodeLightsColor: {"цвет «%[1]v» не понят: можно red, yellow, green",
		"the colour %[1]q is not known: use red, yellow, green"},
	CodeLightsZero: {"пороги должны начинаться с 0, а начинаются с %[1]v",
		"the lights must start from 0, not from %[1]v"},
	CodeLightsOrder: {"пороги должны возрастать: %[1]v стоит после %[2]v",
		"the lights must ascend: %[1]v stands after %[2]v"},

	CodeKeyEmpty: {"не задан ключ KPI", "the KPI has no key"},
	CodeKeyForm: {"ключ «%[1]v»: можно латинские буквы, цифры и _, начиная с буквы, до 40 знаков",
		"the key %[1]q: use latin letters, digits and _, starting with a letter, up to 40 characters"},
	CodeKeyReserved: {"слово «%[1]v» занято языком формул: выберите другой ключ",
		"the word %[1]q is taken by the language of formulas: choose another key"},
	CodeKeyTwice: {"ключ «%[1]v» уже есть в этой роли у KPI «%[2]v»",
		"the key %[1]q is taken in this role by the KPI %[2]q"},
	CodeTitleEmpty: {"не задано название KPI", "the KPI has no title"},
	CodeTitleTwice: {"название «%[1]v» не отличить от «%[2]v»: назовите иначе",
		"the title %[1]q looks like %[2]q: choose another"},
	CodeUnitUnknown: {"единица «%[1]v» не понята: можно count, money, duration, percent",
		"the unit %[1]q is not known: use count, money, duration, percent"},
	CodeSourceUnknown: {"источник «%[1]v» не понят: можно manual, formula, deals, clients, calls",
		"the source %[1]q is not known: use manual, formula, deals, clients, calls"},
	CodeDirection: {"направление «%[1]v» не понято: можно higher, lower",
		"the direction %[1]q is not known: use higher, lower"},
	CodePeriodUnknown: {"период плана «%[1]v» не понят: можно day, week, month",
		"the period %[1]q of the plan is not known: use day, week, month"},
	CodeFormulaMissing: {"источник «%[1]v» требует формулу", "the source %[1]q needs a formula"},
	CodeFormulaExtra: {"источник «%[1]v» не считается по формуле: уберите формулу или смените источник",
		"the source %[1]q has no formula: remove it or change the source"},
	CodeFormulaConst: {"в формуле нет ни одного KPI", "the formula uses no KPI"},
	CodeFormulaSelf:  {"формула ссылается на свой же KPI «%[1]v»", "the formula refers to its own KPI %[1]q"},
	CodeFormulaCycle: {"формулы ссылаются друг на друга по кругу: %[1]v",
		"the formulas refer to each other in a circle: %[1]v"},
	CodeNameUnknown: {"в роли нет KPI с ключом «%[1]v»", "the role has no KPI with the key %[1]q"},
	CodeNameNear: {"в роли нет KPI с ключом «%[1]v»; может быть, «%[2]v»?",
		"the role has no KPI with the key %[1]q; did you mean %[2]q?"},
	CodeCallsUnknown: {"показателя «%[1]v» нет: из журнала звонков можно %[2]v",
		"there is no measure %[1]q: a call log has %[2]v"},
	CodeCallsRatio: {
		"из журнала звонков берут то, что складывается по дням: долю или среднее считайте отдельной строкой с " +
			"источником «формула»", "a call log gives what adds up over days: compute a share or a mean in a row of " +
			"its own with the source formula"},
	CodeMeasureUnknown: {"показателя «%[1]v» нет: по сделкам и клиентам можно %[2]v",
		"there is no measure %[1]q: deals and clients have %[2]v"},
	CodeUnitsMixed: {"складываются или сравниваются разные единицы: %[1]v и %[2]v",
		"different units are added or compared: %[1]v and %[2]v"},
	CodeUnitsNone: {"у результата формулы нет понятной единицы (%[1]v)",
		"the result of the formula has no known unit (%[1]v)"},
	CodeUnitsOther: {"формула даёт единицу «%[1]v», а у KPI указана «%[2]v»",
		"the formula gives the unit %[1]q, but the KPI has %[2]q"},
	CodePercentSum: {"процент должен быть отношением: в формуле нет деления",
		"a percentage must be a ratio: the formula has no division"},
	CodePercentHundred: {"процент умножать на 100 не нужно: 1 / 4 показывается как 25 %%",
		"a percentage needs no multiplying by 100: 1 / 4 is shown as 25%%"},
	CodeRatioOperand: {"«%[1]v» — отношение, его нельзя складывать по дням: распишите его деление в самой формуле",
		"%[1]q is a ratio and does not add up over days: write its division out in this formula"},
	CodePlanNegative:   {"план меньше нуля: %[1]v", "the plan is below zero: %[1]v"},
	CodeWeightNegative: {"вес меньше нуля", "the weight is below zero"},
	CodeFunnelNegative: {"место в воронке меньше нуля", "the position in the funnel is below zero"},
	CodeFunnelTwice: {"место %[1]v в воронке уже занято KPI «%[2]v»",
		"position %[1]v in the funnel is taken by the KPI %[2]q"},
	CodeFunnelStage: {
		"в воронку входят количества и суммы, которые складываются по дням и которых чем больше, тем лучше: этот " +
			"показатель пропущен",
		"stages of a funnel are counts and sums of money that add up over days and of which more is better: this KPI " +
			"is left out"},
	CodeMinMax:    {"минимум %[1]v больше максимума %[2]v", "the minimum %[1]v is above the maximum %[2]v"},
	CodeNotNumber: {"это не число", "this is no number"},
	CodeFromTo:    {"действует по %[2]v, раньше начала %[1]v", "it ends on %[2]v, before it starts on %[1]v"},
	CodeTypedMany: {"в роли вручную заполняется %[1]v KPI; лучше 2–5: при 6–8 эффективность падает",
		"the role has %[1]v KPIs to type; 2 to 5 are best: at 6 to 8 efficiency drops"},
	CodePercentTyped: {
		"процент вводится вручную, поэтому за период берётся среднее по дням; точнее считать его формулой",
		"a typed percentage is averaged over days; a formula would be exact"},

	CodeUnderstood: {"понято как %[1]v", "understood as %[1]v"},
	CodeAsMinutes: {"число без единицы понято как минуты: %[1]v",
		"a number without a unit is understood as minutes: %[1]v"},
	CodeAsPercent:    {"понято как %[1]v", "understood as %[1]v"},
	CodeCellError:    {"в ячейке ошибка %[1]v: введите число", "the cell has the error %[1]v: type a number"},
	CodeCellText:     {"«%[1]v» — не число: введите число", "%[1]q is no number: type a number"},
	CodeCellMany:     {"в «%[1]v» больше одного числа: введите одно", "%[1]q has more than one number: type one"},
	CodeCellNegative: {"число меньше нуля: %[1]v", "the number is below zero: %[1]v"},
	CodeCellBool:     {"в ячейке галочка вместо числа", "the cell has a checkbox instead of a number"},
	CodeCellUnit: {"«%[1]v» — другая единица: здесь ожидается %[2]v",
		"%[1]q is another unit: %[2]v is expected here"},
	CodeCellTime: {"«%[1]v» — непонятное время: введите часы и минуты, например 1:30",
		"%[1]q is no clear time: type hours and minutes, such as 1:30"},
	CodeCellDay: {"%[1]v — больше суток: введите часы и минуты за день, например 1:30",
		"%[1]v is more than a day: type the hours and minutes of the day, such as 1:30"},
	CodeCellHours: {"%[1]v (или %[2]v) — непонятное время: введите часы и минуты, например 1:30",
		"%[1]v (or %[2]v) is no clear time: type hours and minutes, such as 1:30"},
	CodeCellDate: {"похоже на дату %[1]v; впишите %[2]v", "it looks like the date %[1]v; type %[2]v"},
	CodeCellFarDate: {"похоже на дату %[1]v; впишите число ещё раз",
		"it looks like the date %[1]v; type the number once more"},
	CodeCellWhole: {"%[1]v — не целое число: введите целое", "%[1]v is not whole: type a whole number"},
	CodeCellShare: {"%[1]v (или %[2]v) — не целое число: введите целое",
		"%[1]v (or %[2]v) is not whole: type a whole number"},
	CodeBelowMin: {"%[1]v меньше допустимого: не меньше %[2]v", "%[1]v is below the minimum of %[2]v"},
	CodeAboveMax: {"%[1]v больше допустимого: не больше %[2]v", "%[1]v is above the maximum of %[2]v"},
}

// UnitName names a unit in words, as the kind of figure expected.
func UnitName(u Unit, lang words.Lang) string {
	n, ok := unitNames[u]
	if !ok {
		return string(u)
	}
	return lang.T(n.ru, n.en)
}

var unitNames = map[Unit]struct{ ru, en string }{
	Count:    {"количество", "a count"},
	Money:    {"сумма в рублях", "a sum of money"},
	Duration: {"время", "a duration"},
	Percent:  {"процент", "a percentage"},
}
