package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"svodka/internal/departments"
)

// departmentFlag takes --department NAME out of the arguments, wherever it stands: every
// command has it.
func departmentFlag(args []string) (name string, rest []string, err error) {
	const flag = "department"
	for i := 0; i < len(args); i++ {
		arg, value, given := strings.Cut(args[i], "=")
		if arg != "--"+flag && arg != "-"+flag {
			rest = append(rest, args[i])
			continue
		}
		if !given {
			if i++; i < len(args) {
				value = args[i]
			}
		}
		switch {
		case value == "" || strings.HasPrefix(value, "-"):
			return "", nil, usagef("a name is missing after --%s (all departments: svodka department list)", flag)
		case name != "":
			return "", nil, usagef("--%s is given twice: %s and %s", flag, name, value)
		}
		name = value
	}
	return name, rest, nil
}

// enterDepartment makes the program work for a department: its settings take the place of
// the deployment's.
func (a *app) enterDepartment(ctx context.Context, name string) error {
	r, err := a.registry(ctx)
	if err != nil {
		return err
	}
	if r == nil {
		return errors.New("--department: no database is set, so there is one department, without a name (set " +
			"SVODKA_DATABASE_URL to have several)")
	}
	defer r.Close()
	d, err := findDepartment(ctx, r, name)
	if err != nil {
		return err
	}
	*a = *a.of(d)
	return nil
}

// findDepartment finds a department; its error says what else was probably meant.
func findDepartment(ctx context.Context, r *departments.Registry, name string) (departments.Department, error) {
	d, err := r.Find(ctx, name)
	if !errors.Is(err, departments.ErrUnknown) {
		return d, err
	}
	all, err := r.All(ctx)
	if err != nil {
		return d, err
	}
	if guess := closest(name, departmentNames(all)); guess != "" {
		return d, fmt.Errorf("there is no department %q; did you mean %q? (all departments: svodka department list)",
			name, guess)
	}
	return d, fmt.Errorf("there is no department %q (all departments: svodka department list; a new one: svodka "+
		"department add)", name)
}

func departmentNames(all []departments.Department) []string {
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	return names
}

// registry opens the list of departments, for a command; nil: no database is set.
func (a *app) registry(ctx context.Context) (*departments.Registry, error) {
	return a.registryFor(ctx, connections)
}

// registryFor opens the list of departments with at most that many connections; nil: no
// database is set.
func (a *app) registryFor(ctx context.Context, most int) (*departments.Registry, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	address, err := s.database()
	if err != nil || address == "" {
		return nil, err
	}
	r, err := departments.Open(ctx, address, most)
	if err != nil {
		return nil, unreachable(err)
	}
	if a.claim > 0 {
		r.ClaimFor(a.claim)
	}
	return r, nil
}

// unnamed fails if there are departments in the database and the command names none: it
// would work for one more, which nobody meant.
func (a *app) unnamed(ctx context.Context) error {
	if a.department != "" {
		return nil
	}
	r, err := a.registry(ctx)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	all, err := r.All(ctx)
	if err != nil || len(all) == 0 {
		return err
	}
	return fmt.Errorf("which department is meant? (add to the command: --department %s; all departments: svodka "+
		"department list)", all[0].Name)
}

// of returns the program as it works for a department.
func (a *app) of(d departments.Department) *app {
	own := *a
	own.department, own.env = d.Name, nil
	vars := departmentVars(a.vars(), d)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		own.env = append(own.env, name+"="+vars[name])
	}
	return &own
}

// vars returns the environment.
func (a *app) vars() map[string]string {
	vars := map[string]string{}
	for _, kv := range a.env {
		k, v, _ := strings.Cut(kv, "=")
		vars[k] = v
	}
	return vars
}

// departmentVars returns the environment as it holds for a department: what its own
// variables say, such as SVODKA_DEPARTMENT_NORTH_ZONE, else its settings in the database,
// else what holds for the deployment. Its schema, its folder inside the data folder and
// the name of its files at Google follow from its name.
func departmentVars(vars map[string]string, d departments.Department) map[string]string {
	out := map[string]string{}
	for name, value := range vars {
		if !strings.HasPrefix(name, ownPrefix) {
			out[name] = value
		}
	}
	dir := out[prefix+"DATA_DIR"]
	if dir == "" {
		dir = defaultDir
	}
	out[prefix+"DATA_DIR"] = filepath.Join(dir, d.Name)
	out[prefix+"DATABASE_SCHEMA"] = d.Name
	out[prefix+"SPACE"] = d.Name
	kept, own := map[string]string{}, map[string]string{}
	for _, s := range settingNames() {
		if value, ok := d.Settings[s.name]; ok && s.scope == "" {
			kept[s.name] = value
		}
		if value, ok := vars[ownPrefix+strings.ToUpper(d.Name)+"_"+s.name]; ok && s.scope != ofDeployment {
			own[s.name] = value
		}
	}
	replace(out, kept)
	replace(out, own)
	return out
}

// replace puts settings in the place of others. A value also takes the place of a file
// that holds it, and the other way round.
func replace(vars, own map[string]string) {
	const file = "_FILE"
	for name := range own {
		if twin, ok := strings.CutSuffix(name, file); ok {
			delete(vars, prefix+twin)
		} else {
			delete(vars, prefix+name+file)
		}
	}
	for name, value := range own {
		vars[prefix+name] = value
	}
}

// ownPrefix begins the name of a variable that holds for one department; its name in
// capitals and the setting follow.
const ownPrefix = prefix + "DEPARTMENT_"

// The scopes of settings; empty: a department can have its own in the database.
const (
	ofDeployment = "deployment" // of the process, for all departments
	ofSecrets    = "secret"     // a department can have its own, but not in the database
)

// settingName is a setting's name without the prefix, and its scope.
type settingName struct{ name, scope string }

// settingNames lists the settings in the order of the struct.
func settingNames() []settingName {
	var all []settingName
	for f := range reflect.TypeFor[settings]().Fields() {
		all = append(all, settingName{f.Tag.Get("env"), f.Tag.Get("of")})
	}
	return all
}
