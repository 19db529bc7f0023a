package postgres

import (
	"fmt"
	"testing"
)

func TestOldServersAreRefused(t *testing.T) {
	for version, want := range map[string]string{
		"15.8 (Debian 15.8-0+deb12u1)": "",
		"17.2":                         "",
		"19devel":                      "",
		"19beta1":                      "",
		"14.13":                        "connect to the database: PostgreSQL 14 is too old: use 15 or newer",
		"9.6.24":                       "connect to the database: PostgreSQL 9 is too old: use 15 or newer",
		"":                             `connect to the database: read the server's version "": strconv.Atoi: parsing "": invalid syntax`,
	} {
		got := ""
		if err := check(version); err != nil {
			got = Failed(fmt.Errorf("failed to connect: AfterConnect error: %w", err)).Error()
			if want != "" && version == "" {
				got = Failed(err).Error()
			}
		}
		if got != want {
			t.Errorf("version %q: %q", version, got)
		}
	}
}
