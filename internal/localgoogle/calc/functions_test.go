package calc_test

import (
	"testing"

	"svodka/internal/localgoogle/calc"
)

// The rest of the functions, and their messages about wrong arguments.
func TestMoreFunctions(t *testing.T) {
	tests := []struct{ formula, want string }{
		{"=ROUND(ACOS(-1),4)", "3.1416"}, {"=ROUND(ASIN(1),4)", "1.5708"}, {"=ROUND(ATAN(1),4)", "0.7854"}, {
			"=ROUND(ATAN2(-1,1),4)", "2.3562"}, {"=COS(0)", "1"}, {"=COSH(0)", "1"}, {"=SIN(0)", "0"},
		{"=SINH(0)", "0"}, {"=TAN(0)", "0"}, {"=TANH(0)", "0"}, {"=ROUND(DEGREES(PI()),6)", "180"}, {
			"=ROUND(RADIANS(180),4)", "3.1416"}, {"=EXP(0)", "1"}, {"=LOG(8,2)", "3"}, {"=LOG(100)", "2"},
		{"=LOG(-1)", "NUM: Function LOG parameters must be greater than 0, and the base not 1."},
		{"=ADD(1,2)", "3"}, {"=MINUS(1,2)", "-1"}, {"=MULTIPLY(2,3)", "6"},
		{"=DIVIDE(1,0)", "DIVIDE_BY_ZERO: Function DIVIDE parameter 2 cannot be zero."}, {"=EQ(1,1)", "TRUE"}, {
			"=GT(1,2)", "FALSE"}, {"=GTE(2,2)", "TRUE"}, {"=LT(1,2)", "TRUE"}, {"=LTE(3,2)", "FALSE"},
		{"=NE(1,2)", "TRUE"}, {"=CONCAT(\"a\",1)", `"a1"`}, {"=UMINUS(5)", "-5"}, {"=UPLUS(5)", "5"}, {
			"=UNARY_PERCENT(50)", "0.5"}, {"=POW(2,3)", "8"},
		{"=POW(0,-1)", "DIVIDE_BY_ZERO: Function POWER caused a divide by zero error."},
		{"=(-8)^0.5", "NUM: POW(-8,0.5) is not a real number."},
		{"=1e308*10", "NUM: Result was not a number in function MULTIPLY."},
		{"=AVERAGEA(1,TRUE,E1:E2)", "0.75"}, {"=MAXA(E1:E2,-1)", "1"}, {"=MINA(C1:C7)", "0"}, {
			"=AVERAGE.WEIGHTED({1,2,3},{3,2,1})", "1.66666666666667"}, {"=GEOMEAN(4,9)", "6"}, {"=HARMEAN(1,1)", "1"}, {
			"=RANK.AVG(2,{1,2,2,3})", "2.5"}, {"=RANK.EQ(20,B2:B7)", "4"}, {"=STDEV.S(1,3)", "1.4142135623731"}, {
			"=STDEV.P(1,3)", "1"}, {"=VAR.S(1,3)", "2"}, {"=VAR.P(1,3)", "1"}, {"=MODE.SNGL(1,1,2)", "1"},
		{"=MODE(1,2)", "N_A: Function MODE could not find a value that occurs more than once."},
		{"=STDEV(1)", "DIVIDE_BY_ZERO: Evaluation of function STDEV caused a divide by zero error."},
		{"=MEDIAN(F1:F9)", "NUM: MEDIAN has no valid input data."},
		{"=PERCENTILE.INC(B2:B7,0)", "10"}, {"=QUARTILE.INC(B2:B7,4)", "60"}, {"=PERCENTRANK.INC(B2:B7,45)", "0.625"}, {
			"=PERCENTRANK(B2:B7,99)", "N_A: Function PERCENTRANK parameter 2 value is out of range."}, {
			"=PERCENTILE(B2:B7,2)", "NUM: Function PERCENTILE parameter 2 value is 2. Valid values are between 0 and " +
				"1 inclusive."}, {"=LARGE(B2:B7,9)", "NUM: Function LARGE parameter 2 value 9 is out of range."},
		{"=CEILING.MATH(-2.5)", "-2"}, {"=CEILING.MATH(-2.5,1,1)", "-3"}, {"=FLOOR.MATH(-2.5)", "-3"}, {
			"=FLOOR.MATH(-2.5,1,1)", "-2"}, {"=CEILING.PRECISE(-2.5)", "-2"}, {"=FLOOR.PRECISE(-2.5)", "-3"}, {
			"=CEILING(0.3,0.1)", "0.3"}, {"=FLOOR(0.7,0.1)", "0.7"},
		{"=FLOOR(1,0)", "DIVIDE_BY_ZERO: Function FLOOR parameter 2 cannot be zero."},
		{"=CEILING(1,-1)", "NUM: Function CEILING parameter 2 value is -1, but it should be greater than or " +
			"equal to 0."}, {"=CEILING(-2.5,-1)", "-3"},
		{"=MROUND(5,-2)", "NUM: Parameters of MROUND must have same signs."}, {"=MROUND(-7,-5)", "-5"},
		{"=LCM(4,6)", "12"}, {"=FACT(171)",
			"NUM: Function FACT parameter 1 value is 171. It should be between 0 and 170."}, {"=INT(8.0000001)", "8"}, {
			"=ROUND(8.345,2)", "8.35"}, {"=ROUNDUP(120.5,-2)", "200"}, {"=TRUNC(-8.9)", "-8"},
		{"=QUOTIENT(-7,2)", "-3"}, {"=MOD(5.5,2)", "1.5"}, {"=AND(RAND()>=0,RAND()<1)", "TRUE"},
		{"=RANDBETWEEN(3,3)", "3"}, {"=RANDBETWEEN(4,3)",
			"NUM: Function RANDBETWEEN parameter 2 value is 3. It should be greater than or equal to 4."}, {
			"=SUBTOTAL(101,B2:B7)", "36"}, {"=SUBTOTAL(99,B2:B7)",
			"VALUE: Function SUBTOTAL parameter 1 value is 99. Valid values are between 1 and 11 or 101 and 111."},
		{"=TRUE()", "TRUE"}, {"=FALSE()", "FALSE"}, {"=XOR(TRUE,TRUE,TRUE)", "TRUE"}, {"=AND(F1)", "FALSE"}, {
			"=OR(\"x\")", "VALUE: Function OR parameter 1 expects boolean values. But 'x' is a text and cannot be " +
				"coerced to a boolean."}, {"=IF(\"x\",1,2)", "VALUE: Function IF parameter 1 expects boolean values. " +
			"But 'x' is a text and cannot be coerced to a boolean."}, {"=IF(\"true\",1,2)", "1"}, {"=IF(F1,1,2)", "2"},
		{"=IF(1/0,1,2)", "DIVIDE_BY_ZERO: Function DIVIDE parameter 2 cannot be zero."},
		{"=IFS(FALSE,1)", "N_A: No match."}, {"=SWITCH(1,2,3)", "N_A: No match."},
		{"=CHOOSE(3,1,2)", "NUM: Function CHOOSE parameter 1 value is 3. Valid values are between 1 and 2 inclusive."},
		{"=ISDATE(A2)", "TRUE"}, {"=ISDATE(B2)", "FALSE"}, {"=ISERR(NA())", "FALSE"}, {"=ISERR(1/0)", "TRUE"}, {
			"=ISEVEN(2)", "TRUE"}, {"=ISODD(3)", "TRUE"}, {"=ISFORMULA(H1)", "TRUE"}, {"=ISFORMULA(A1)", "FALSE"}, {
			"=ISLOGICAL(E1)", "TRUE"}, {"=ISNONTEXT(1)", "TRUE"}, {"=ISREF(A1)", "TRUE"}, {"=ISREF(1)", "FALSE"}, {
			"=ERROR.TYPE(1/0)", "2"}, {"=ERROR.TYPE(1)", "N_A: Value is not an error."}, {"=TYPE(\"a\")", "2"}, {
			"=TYPE(TRUE)", "4"}, {"=TYPE(1/0)", "16"}, {"=TYPE(A1:A2)", "64"}, {"=N(TRUE)", "1"}, {"=N(\"7\")", "0"}, {
			"=SHEETS()", "3"}, {"=ROWS(1)", "1"}, {"=COLUMNS({1,2})", "2"}, {"=ROW()", "1"}, {"=COLUMN()", "8"},
		{"=CLEAN(\"a\"&CHAR(7))", `"a"`}, {"=LOWER(\"АБ\")", `"аб"`}, {"=ENCODEURL(\"a b\")", `"a%20b"`}, {
			"=UNICHAR(1025)", `"Ё"`}, {"=UNICODE(\"Ё\")", "1025"},
		{"=CODE(\"\")", "VALUE: Function CODE parameter 1 value should be non-empty."},
		{"=CHAR(0)", "NUM: Function CHAR parameter 1 value 0 is out of range."}, {"=TO_TEXT(1.5)", `"1.5"`}, {
			"=TO_DATE(46327)", "46327"}, {"=TO_PERCENT(0.5)", "0.5"}, {"=TO_PURE_NUMBER(A2)", "46327"}, {
			"=LEFT(\"a\",-1)", "VALUE: Function LEFT parameter 2 value is -1. It should be greater than or " +
				"equal to 0."}, {"=MID(\"abc\",0,1)",
			"NUM: Function MID parameter 2 value is 0. It should be greater than or equal to 1."}, {
			"=REPT(\"abc\",99999)", "VALUE: Text result of a formula is longer than the limit of 50000 characters."}, {
			"=JOIN(\"-\",1,2)", `"1-2"`}, {"=TEXTJOIN(\"-\",FALSE,B2:B4)", `"10-20-"`},
		{"=REGEXMATCH(\"a\",\"(\")", "REF: Function REGEXMATCH parameter 2 value \"(\" is not a valid regular " +
			"expression."}, {"=REGEXEXTRACT(\"a\",\"b\")", "N_A: Function REGEXEXTRACT parameter 2 value \"b\" does " +
			"not match text of Function REGEXEXTRACT parameter 1 value \"a\"."}, {"=SEARCH(\"~?\",\"a?\")", "2"}, {
			"=SUBSTITUTE(\"aaa\",\"a\",\"b\")", `"bbb"`}, {"=TEXT(\"x\",\"0\")", `"x"`},
		{"=TEXT(TRUE,\"0\")", `"TRUE"`}, {"=TEXT(1,\"\")", `""`},
		{"=VALUE(\"x\")", "VALUE: VALUE parameter 'x' cannot be parsed to number."}, {"=LEN(12.5)", "4"},
		{"=TIMEVALUE(\"1:30\")", "0.0625"}, {"=SECOND(TIME(0,0,5))", "5"}, {"=DAYS360(DATE(2026,1,31),DATE(2026,2,28))",
			"28"}, {"=WORKDAY.INTL(A2,1,\"1111110\")", "46334"}, {"=WORKDAY.INTL(A2,1,11)", "46328"}, {
			"=NETWORKDAYS.INTL(A2,A3,\"11\")",
			"VALUE: Function NETWORKDAYS.INTL parameter 3 value is not a valid weekend."},
		{"=WEEKDAY(A2,9)", "NUM: Function WEEKDAY parameter 2 value is 9. Valid values are 1, 2 and 3."}, {
			"=WEEKDAY(A2,3)", "6"}, {"=WEEKDAY(A2,11)", "7"}, {"=WEEKNUM(A3,2)", "45"}, {"=WEEKNUM(A3,21)", "45"}, {
			"=DATE(99,1,1)=DATE(1999,1,1)", "TRUE"},
		{"=DATE(99999,1,1)", "NUM: Function DATE parameters are out of range."},
		{"=YEAR(1e9)", "NUM: Function YEAR parameter 1 value is out of range."},
		{"=YEAR(\"x\")", "VALUE: Function YEAR parameter 1 expects number values. But 'x' is a text and cannot be " +
			"coerced to a number."}, {"=DATEDIF(A3,A2,\"D\")", "NUM: Function DATEDIF parameter 1 (2026-11-02) " +
			"should be on or before Function DATEDIF parameter 2 (2026-11-01)."}, {
			"=DATEDIF(DATE(2025,11,15),A2,\"YM\")", "11"}, {"=DATEDIF(DATE(2025,11,15),A2,\"MD\")", "17"}, {
			"=DATEDIF(DATE(2025,11,15),A2,\"YD\")", "351"}, {"=DATEDIF(DATE(2020,11,1),A2,\"Y\")", "6"}, {
			"=DATEDIF(A2,A3,\"D\")", "1"}, {"=EDATE(A2,1e9)", "NUM: Function EDATE parameter 2 value is out of range."},
		{"=DATE(2026,2,30)", "46083"},
		{"=HLOOKUP(\"нет\",A1:D7,2,FALSE)", "N_A: Did not find value 'нет' in HLOOKUP evaluation."}, {
			"=VLOOKUP(1,A1:B2,9,FALSE)", "REF: VLOOKUP evaluates to an out of bounds range."}, {
			"=VLOOKUP(2.5,Сделки!A1:B4,2)", `"два"`}, {"=VLOOKUP(\"ан*\",D2:D7,1,FALSE)", `"Анна"`}, {
			"=MATCH(2.5,{4,3,2},-1)", "2"}, {"=MATCH(1,A1:B2)",
			"N_A: MATCH range must be a single row or a single column."}, {"=XMATCH(\"д*\",Сделки!B1:B4,2)", "2"}, {
			"=XMATCH(2,{2,3,2},0,-1)", "3"}, {"=XLOOKUP(2,Сделки!A1:A4,Сделки!B1:B3)",
			"VALUE: Array arguments to XLOOKUP are of different size."}, {"=XLOOKUP(\"Звонки\",A1:D1,A3:D3)", "20"}, {
			"=LOOKUP(3,{1,2,3},{\"a\",\"b\",\"c\"})", `"c"`},
		{"=LOOKUP(0,{1,2})", "N_A: Did not find value '0' in LOOKUP evaluation."},
		{"=ADDRESS(1,1,4,TRUE,\"Мой лист\")", `"'Мой лист'!A1"`}, {"=INDEX({1,2;3,4},2,1)", "3"}, {
			"=SUM(INDEX({1,2;3,4},0,2))", "6"}, {"=INDEX({5,6,7},3)", "7"},
		{"=HYPERLINK(\"https://x\")", `"https://x"`}, {"=HYPERLINK(\"https://x\",5)", "5"},
		{"={1,2}", "ERROR: Array results are not supported by the local Google"}, {"={7}", "7"},
		{"={1,2;3}", "ERROR: Formula parse error."},
		{"=SUM({1,A1:A2})", "ERROR: Arrays of ranges are not supported by the local Google"},
		{"=SUMIF(1,1)", "N_A: Argument must be a range."},
		{"=SUMIF(1/0,1)", "DIVIDE_BY_ZERO: Function DIVIDE parameter 2 cannot be zero."},
		{"=SUM(B2,1/0)", "DIVIDE_BY_ZERO: Function DIVIDE parameter 2 cannot be zero."},
		{"=SUM(\"x\")", "VALUE: Function SUM parameter 1 expects number values. But 'x' is a text and cannot be " +
			"coerced to a number."}, {"=SUM()",
			"N_A: Wrong number of arguments to SUM. Expected at least 1 arguments, but got 0 arguments."}, {
			"=COUNTIFS(A1:A2,1,B1:B2)", "N_A: Wrong number of arguments to COUNTIFS: every range needs a criterion."}, {
			"=SUMIF(A2:A7,\">46328\",B2)", "150"}, {"=#N/A", "N_A: Value not available."},
		{"=-\"x\"", "VALUE: Function UMINUS parameter 1 expects number values. But 'x' is a text and cannot be " +
			"coerced to a number."}, {"=\"x\"%", "VALUE: Function UNARY_PERCENT parameter 1 expects number values. " +
			"But 'x' is a text and cannot be coerced to a number."}, {"=+\"x\"", `"x"`},
		{"=IRR({1,2,3})", "NUM: Function IRR cannot be calculated from these values."},
		{"=PMT(1/0,1,1)", "DIVIDE_BY_ZERO: Function DIVIDE parameter 2 cannot be zero."},
	}
	for _, tt := range tests {
		b := sales().set(0, "H1", tt.formula)
		if got := show(calc.New(b, options("en_US")).Value(0, 0, 7)); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.formula, got, tt.want)
		}
	}
}

// Every refused function says so, and none is refused although the package has it.
func TestUnsupported(t *testing.T) {
	for _, name := range []string{"ARRAYFORMULA", "FILTER", "UNIQUE", "LET", "OFFSET", "INDIRECT", "QUERY",
		"IMPORTRANGE", "LAMBDA", "SORT", "SEQUENCE", "TRANSPOSE", "GOOGLEFINANCE", "SPLIT"} {
		for _, formula := range []string{"=" + name + "(1)", "=1+" + name + "()", "=IF(TRUE," + name + "(A1:A2),0)"} {
			got := calc.New(sales().set(0, "H1", formula), options("en_US")).Value(0, 0, 7)
			if want := "Function " + name + " is not supported by the local Google"; got.Err != calc.ErrError ||
				got.Msg != want {
				t.Errorf("%s = %+v", formula, got)
			}
		}
	}
}

func TestExcel(t *testing.T) {
	title := func(s string) string { return "s" + s }
	tests := []struct {
		formula string
		comma   bool
		want    string
	}{
		{"=SUM(A1;1,5)", true, "SUM(A1,1.5)"}, {"=SUM(A1,1.5)", false, "SUM(A1,1.5)"},
		{"=SUM(Лист!B12:B)", true, "SUM(sЛист!B12:B1048576)"}, {"=SUM(B:B)+SUM(2:4)", true, "SUM(B:B)+SUM(2:4)"}, {
			"=SUM(A2:2)", true, "SUM(A2:XFD2)"},
		{`="a;b"&A1`, true, `"a;b"&A1`}, {`=IFS(A1>1;"x")`, true, `_xlfn.IFS(A1>1,"x")`},
		{"={1\\2;3\\4}", true, "{1,2;3,4}"}, {"={1,2;3,4}", false, "{1,2;3,4}"}, {"=План*2", true, "План*2"}, {
			"=networkdays.intl(A1;A2)", true, "NETWORKDAYS.INTL(A1,A2)"},
		{"=SPARKLINE(A1:A2)", true, ""}, {"=QUERY(A1)", true, ""}, {"=НЕТ(1)", true, ""}, {"=1+", true, ""},
		{"5", true, ""}, {"=XFE1", false, ""},
	}
	for _, tt := range tests {
		got, ok := calc.Excel(tt.formula, tt.comma, title)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Excel(%s) = %q, %v; want %q", tt.formula, got, ok, tt.want)
		}
	}
}
