package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What our packages set up at every start, even to print the version, must not grow
// unnoticed: large tables and all patterns wait until they are needed. Most of what is
// set up are the functions of the local Google's formulas.
func TestStartSetsUpLittle(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "version")
	c.Args[0] = "svodka"
	c.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	c.Stderr = &trace
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &trace)
	}
	form := regexp.MustCompile(`^init (\S+) @.*, (\d+) bytes, \d+ allocs$`)
	packages, all := 0, 0
	for lines := bufio.NewScanner(&trace); lines.Scan(); {
		m := form.FindStringSubmatch(lines.Text())
		if m == nil || m[1] != "main" && !strings.HasPrefix(m[1], "svodka/") {
			continue
		}
		size, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		packages, all = packages+1, all+size
		if size > 130_000 {
			t.Errorf("package %s sets up %d bytes: do it when it is needed", m[1], size)
		}
	}
	t.Logf("%d packages set up %d bytes", packages, all)
	if packages < 10 || all > 300_000 {
		t.Errorf("%d of our packages set up %d bytes at every start", packages, all)
	}
}
