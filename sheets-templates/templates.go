// Package templates holds the role templates and defaults that a new control
// spreadsheet is seeded from: YAML files, embedded in the binary, or read from
// a folder that overrides them.
//
// It may parse and check; what the rows mean is package control's business.
package templates

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml
var embedded embed.FS

// Embedded is the folder of templates in the binary.
func Embedded() fs.FS { return embedded }

// Text is a text in both languages.
type Text struct {
	RU string `yaml:"ru"`
	EN string `yaml:"en"`
}

// Role is one role template.
type Role struct {
	Key   string `yaml:"key"`
	Title Text   `yaml:"title"`
	KPIs  []KPI  `yaml:"kpis"`
}

// KPI is one row of «Роли и KPI» as a template gives it. Values are those that
// ops would type; money in roubles, durations as 1:30:00, percentages as 25%.
type KPI struct {
	Key       string  `yaml:"key"`
	Title     Text    `yaml:"title"`
	Unit      string  `yaml:"unit"`
	Source    string  `yaml:"source"`
	Formula   string  `yaml:"formula"`
	Plan      string  `yaml:"plan"`
	Period    string  `yaml:"period"`
	Direction string  `yaml:"direction"`
	Lights    string  `yaml:"lights"`
	Weight    float64 `yaml:"weight"`
	Funnel    int     `yaml:"funnel"`
	Required  bool    `yaml:"required"`
	Min       string  `yaml:"min"`
	Max       string  `yaml:"max"`
}

// Load reads and checks all templates of a folder; every mistake is in the
// error, each with file and line.
func Load(dir fs.FS) ([]Role, error) { panic("templates: to be written") }
