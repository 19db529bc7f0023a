package main

import "testing"

func TestCalledAs(t *testing.T) {
	for arg0, want := range map[string]string{
		"svodka":                                 "svodka",
		"./svodka":                               "./svodka",
		"/tmp/go-build112233/b001/exe/svodka":    fromSource,
		"/root/.cache/go-build/ab/0123-d/svodka": fromSource,
		"/opt/my tools/svodka":                   `"/opt/my tools/svodka"`,
		"/home/me/go-builds/svodka":              "/home/me/go-builds/svodka",
	} {
		if got := calledAs(arg0); got != want {
			t.Errorf("%s: %s, want %s", arg0, got, want)
		}
	}
}

// Every command in a text can be typed as shown.
func TestTypeable(t *testing.T) {
	from := &app{called: fromSource}
	for text, want := range map[string]string{
		"next: svodka sync":                         "next: go run ./cmd/svodka sync",
		"(or: svodka import people FILE.csv)":       "(or: go run ./cmd/svodka import people FILE.csv)",
		"svodka show summary, svodka check":         "go run ./cmd/svodka show summary, go run ./cmd/svodka check",
		"is served by another svodka, at 127.0.0.1": "is served by another svodka, at 127.0.0.1",
		"svodka: it failed":                         "svodka: it failed",
		"дальше: svodka sync)":                      "дальше: go run ./cmd/svodka sync)",
	} {
		if got := from.typeable(text); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
	north := &app{called: "./svodka", department: "north"}
	for text, want := range map[string]string{
		"there is nothing yet (run: svodka init)": "there is nothing yet (run: ./svodka init --department north)",
		"svodka import people X.csv, then: svodka sync": "./svodka import --department north people X.csv, then: " +
			"./svodka sync --department north",
		"svodka department list, svodka run": "./svodka department list, ./svodka run",
		"svodka init --department south":     "./svodka init --department south",
		"svodka: it failed":                  "svodka: it failed",
	} {
		if got := north.typeable(text); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", text, got, want)
		}
	}
	if got := (&app{called: "svodka"}).typeable("svodka sync"); got != "svodka sync" {
		t.Error(got)
	}
	// The pattern knows exactly the existing commands.
	for _, c := range commands() {
		if got := from.typeable("svodka " + c.name); got != fromSource+" "+c.name {
			t.Errorf("svodka %s stays %s", c.name, got)
		}
	}
}
