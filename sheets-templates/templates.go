// Package templates holds the role templates and defaults for a new control spreadsheet:
// YAML files, embedded in the binary, or read from a folder that overrides them.
//
// It parses and checks; package control knows what the rows mean.
package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed *.yaml
var embedded embed.FS

// settingsFile holds the defaults of «Параметры»; every other file is a role.
const settingsFile = "settings.yaml"

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
	Source    string  `yaml:"source"` // default: manual
	Formula   string  `yaml:"formula"`
	Plan      string  `yaml:"plan"`
	Period    string  `yaml:"period"`    // default: month
	Direction string  `yaml:"direction"` // default: higher
	Lights    string  `yaml:"lights"`
	Weight    float64 `yaml:"weight"`
	Funnel    int     `yaml:"funnel"`
	Required  bool    `yaml:"required"`
	Min       string  `yaml:"min"`
	Max       string  `yaml:"max"`
}

// Setting is one row of «Параметры».
type Setting struct {
	Key   string `yaml:"key"`
	Value Text   `yaml:"value"` // as ops would type it
	Title Text   `yaml:"title"`
	Help  Text   `yaml:"help"`
}

// Load reads and checks all role templates of a folder, in the order of the files' names;
// its error reports every mistake with file and line.
func Load(dir fs.FS) ([]Role, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list role templates: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == settingsFile })
	if len(names) == 0 {
		return nil, errors.New("no role templates: the folder has no *.yaml file of a role")
	}
	var roles []Role
	var errs []error
	seen := map[string]string{} // key or title, lower case → file
	for _, name := range names {
		f, err := open(dir, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		role := f.role()
		for _, word := range []string{role.Key, role.Title.RU, role.Title.EN} {
			word = strings.ToLower(word)
			if other, ok := seen[word]; ok && other != name && word != "" {
				f.fail(f.root, "the role %q is already in %s", word, other)
			}
			seen[word] = name
		}
		errs = append(errs, f.errs...)
		roles = append(roles, role)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return roles, nil
}

// LoadSettings reads the defaults of «Параметры»: the embedded ones, overridden by the
// folder's settings.yaml, if there is one. Its error reports every mistake with file and
// line.
func LoadSettings(dir fs.FS) ([]Setting, error) {
	own, err := loadSettings(embedded, nil)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(dir, settingsFile); errors.Is(err, fs.ErrNotExist) {
		return own, nil
	}
	return loadSettings(dir, own)
}

func loadSettings(dir fs.FS, base []Setting) ([]Setting, error) {
	f, err := open(dir, settingsFile)
	if err != nil {
		return nil, err
	}
	out := f.settings(base)
	return out, errors.Join(f.errs...)
}

// Builtin returns the embedded role templates. Do not change the slice.
var Builtin = sync.OnceValue(func() []Role { return must(Load(embedded)) })

// BuiltinSettings returns the embedded defaults of «Параметры». Do not change the slice.
var BuiltinSettings = sync.OnceValue(func() []Setting { return must(loadSettings(embedded, nil)) })

// must panics on errors in what is compiled into the binary; tests load it.
func must[T any](v T, err error) T {
	if err != nil {
		panic("templates: embedded files: " + err.Error())
	}
	return v
}
