package discovery_test

import (
	"net/url"
	"strings"
	"testing"

	"svodka/internal/google/discovery"
)

func load(t *testing.T) *discovery.Checker {
	t.Helper()
	dir, err := discovery.Module(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := discovery.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	c := load(t)
	const batch = "/v4/spreadsheets/1abc:batchUpdate"
	for _, k := range []struct {
		verb, url, body string
		want            string // part of the one problem; empty: no problem
	}{
		{"GET", "/v4/spreadsheets/1abc?includeGridData=true&ranges=A1&ranges=B2&fields=sheets", "", ""},
		{"GET", "/v4/spreadsheets/1abc?includeGridData=perhaps", "", "includeGridData"},
		{"GET", "/v4/spreadsheets/1abc?includeData=true", "", "no parameter includeData"},
		{"GET", "/v4/spreadsheets/1abc?fields=a&fields=b", "", "stands 2 times"},
		{"GET", "/v4/spreadsheets/1abc/values", "", "no such method"},
		{"PATCH", "/v4/spreadsheets/1abc", "", "no such method"},
		{"PUT", "/v4/spreadsheets/1abc/values/%27%D0%9C%D0%B0%D0%B9%27%21A1?valueInputOption=USER_ENTERED",
			`{"values":[["1",2,true]]}`, ""},
		{"PUT", "/v4/spreadsheets/1abc/values/A1?valueInputOption=TYPED", `{"values":[["1"]]}`, "valueInputOption"},
		{"POST", batch,
			`{"requests":[{"addSheet":{"properties":{"sheetId":7,"title":"Май","gridProperties":{"rowCount":3}}}}]}`,
			""},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"sheetId":"7"}}}]}`, "sheetId"},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"sheetId":7.5}}}]}`, "sheetId"},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"sheetId":5000000000}}}]}`, "sheetId"},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"name":"Май"}}}]}`, "no field name"},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"sheetType":"TABLE"}}}]}`, "sheetType"},
		{"POST", batch, `{"requests":[{"addSheet":{},"deleteSheet":{"sheetId":1}}]}`, "one must be set"},
		{"POST", batch, `{"requests":{"addSheet":{}}}`, "requests"},
		{"POST", batch, `{"requests":[]} {}`, "behind the body"},
		{"POST", batch, `{"requests":`, "no JSON"},
		{"POST", "/drive/v3/files?supportsAllDrives=true",
			`{"name":"x","mimeType":"y","appProperties":{"svodka":"main"},"parents":["root"]}`, ""},
		{"POST", "/drive/v3/files", `{"appProperties":{"svodka":1}}`, "svodka"},
		{"POST", batch,
			` { "requests" : [ { "addSheet" : { "properties" : { "title" : "\"}]" , "index" : -1 } } } ] } `, ""},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"title":"a\\","hidden":1}}}]}`,
			".requests[0].addSheet.properties.hidden is 1"},
		{"POST", batch, `{"requests":[{"deleteSheet":[]}]}`, ".requests[0].deleteSheet is []"},
		{"POST", batch, `{"requests":[{"deleteSheet":{"sheetId":{"a":[1,"}"]}}}]}`, `is {"a":[1,"}"]}`},
		{"POST", batch, `{"requests":[{"addSheet":{"properties":{"\u006eame":"Май"}}}]}`, "no field name"},
		{"POST", batch, `{"requests":[null],"responseRanges":null,"includeSpreadsheetInResponse":false}`, ""},
		{"POST", batch, `[]`, " is [], which is no object"},
		{"POST", "/drive/v3/files", `{"size":12}`, "size"},
		{"POST", "/drive/v3/files", `{"createdTime":"yesterday"}`, "createdTime"},
		{"GET", "/drive/v3/changes", "", "pageToken is missing"},
		{"GET", "/drive/v3/changes/startPageToken?driveId=0A", "", ""},
		{"DELETE", "/drive/v3/files/1abc", `{"name":"x"}`, "takes no body"},
		{"DELETE", "/drive/v3/files/1abc/permissions/17?supportsAllDrives=true", "", ""},
	} {
		u, err := url.Parse(k.url)
		if err != nil {
			t.Fatal(err)
		}
		_, got := c.Check(k.verb, u, []byte(k.body))
		switch {
		case k.want == "" && len(got) > 0:
			t.Errorf("%s %s %s: %q", k.verb, k.url, k.body, got)
		case k.want != "" && (len(got) != 1 || !strings.Contains(got[0], k.want)):
			t.Errorf("%s %s %s: got %q, want one with %q", k.verb, k.url, k.body, got, k.want)
		}
	}
}
