package main

import (
	"strings"
	"testing"

	"svodka/internal/departments"
)

// A department's own variable goes before its setting in the database, that before what
// holds for all; a value replaces the file that would hold it.
func TestSettingsOfADepartment(t *testing.T) {
	d := departments.Department{Name: "north", Settings: map[string]string{
		"ZONE": "Asia/Omsk", "SYNC_CRON": "@every 10m", "SKOROZVON_API_KEY_FILE": "/run/north-key",
		"LOG_LEVEL": "debug", "NOTIFY_URLS": "never from the database",
	}}
	got := departmentVars(map[string]string{
		"PATH": "/bin", "SVODKA_ZONE": "Europe/Moscow", "SVODKA_LANGUAGE": "en", "SVODKA_DATA_DIR": "/var/svodka",
		"SVODKA_LOG_LEVEL": "info", "SVODKA_NOTIFY_URLS_FILE": "/run/all", "SVODKA_SKOROZVON_API_KEY": "of all",
		"SVODKA_DEPARTMENT_NORTH_SYNC_CRON": "@every 1m", "SVODKA_DEPARTMENT_NORTH_NOTIFY_URLS": "hook",
		"SVODKA_DEPARTMENT_SOUTH_ZONE": "UTC", "SVODKA_DEPARTMENT_NORTH_LOG_LEVEL": "error",
	}, d)
	for name, want := range map[string]string{
		"PATH": "/bin", "SVODKA_ZONE": "Asia/Omsk", "SVODKA_LANGUAGE": "en", "SVODKA_SYNC_CRON": "@every 1m",
		"SVODKA_DATA_DIR": "/var/svodka/north", "SVODKA_DATABASE_SCHEMA": "north", "SVODKA_SPACE": "north",
		"SVODKA_LOG_LEVEL": "info", "SVODKA_NOTIFY_URLS": "hook", "SVODKA_NOTIFY_URLS_FILE": "",
		"SVODKA_SKOROZVON_API_KEY_FILE": "/run/north-key", "SVODKA_SKOROZVON_API_KEY": "",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	for name := range got {
		if strings.HasPrefix(name, ownPrefix) {
			t.Errorf("%s is left", name)
		}
	}
}

// A variable of one department can be meant in one way only, whatever the departments are
// called.
func TestVariablesOfDepartmentsAreClear(t *testing.T) {
	scopes := map[string]bool{"": true, ofDeployment: true, ofSecrets: true}
	for _, one := range settingNames() {
		if !scopes[one.scope] {
			t.Errorf("%s is of an unknown scope, %q", one.name, one.scope)
		}
		for _, other := range settingNames() {
			if strings.HasSuffix(one.name, "_"+other.name) {
				t.Errorf("%sX_%s can also be %s of another department", ownPrefix, one.name, other.name)
			}
		}
	}
}

func TestDepartmentFlag(t *testing.T) {
	for _, c := range []struct{ args, name, rest string }{
		{"sync --as-of 2026-05-15", "", "sync --as-of 2026-05-15"},
		{"--department north sync", "north", "sync"},
		{"sync --department=north --as-of 2026-05-15", "north", "sync --as-of 2026-05-15"},
		{"sync -department north", "north", "sync"},
	} {
		name, rest, err := departmentFlag(strings.Fields(c.args))
		if err != nil || name != c.name || strings.Join(rest, " ") != c.rest {
			t.Errorf("%s: %q, %q, %v", c.args, name, rest, err)
		}
	}
	for _, bad := range []string{"sync --department", "sync --department=", "--department --as-of x",
		"--department a sync --department a"} {
		if _, _, err := departmentFlag(strings.Fields(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
