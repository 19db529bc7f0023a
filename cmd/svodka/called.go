package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"svodka/internal/lazyregexp"
)

// fromSource runs the program from its source.
const fromSource = "go run ./cmd/svodka"

// buildFolder matches the folders of go run's binaries, which are deleted later or a
// cache.
var buildFolder = lazyregexp.New(`^go-build[0-9]*$`)

// calledAs returns what people type to run the program again, from its first argument.
func calledAs(arg0 string) string {
	if known, err := exec.LookPath("svodka"); err == nil && sameFile(known, arg0) {
		return "svodka"
	}
	for dir := filepath.Dir(arg0); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if buildFolder.MatchString(filepath.Base(dir)) {
			return fromSource
		}
	}
	if strings.ContainsRune(arg0, ' ') {
		return `"` + arg0 + `"`
	}
	return arg0
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// mention finds the program's name with one of its commands in a text.
var mention = lazyregexp.New(
	`(^|[\s(:;,«"])svodka (demo|local|init|auth|check|sync|run|status|healthy|notify|backup|ledger|department|import|` +
		`export|show|version|help)\b`)

// forOne finds the commands that are for one department.
var forOne = lazyregexp.New(
	`(^|[\s(:;,«"])svodka (init|auth|check|sync|notify|backup|ledger|import|export|show)\b`)

// typeable returns the text with its commands as they must be typed by somebody who
// started the program in this way, and for this department.
func (a *app) typeable(text string) string {
	if a.department != "" && !strings.Contains(text, "--department") {
		text = forOne.ReplaceAllString(text, "${1}svodka ${2} --department "+a.department)
	}
	if a.called == "" || a.called == "svodka" {
		return text
	}
	return mention.ReplaceAllString(text, "${1}"+strings.ReplaceAll(a.called, "$", "$$")+" ${2}")
}
