package notify

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"

	"svodka/internal/lazyregexp"
)

const hidden = "***"

// secretsOf finds everything in a URL that may be a secret, whole and in pieces, because
// services recombine the pieces.
func secretsOf(u *url.URL, scheme string) *strings.Replacer {
	var found []string
	if u.User != nil {
		found = append(found, u.User.Username())
		if p, ok := u.User.Password(); ok {
			found = append(found, p)
		}
	}
	if scheme != smtp.Scheme { // in an smtp URL they help to find the fault
		if host := u.Hostname(); host != scheme && host != "localhost" && !strings.Contains(host, ".") {
			found = append(found, host)
		}
		found = append(found, strings.Split(u.Path, "/")...)
		for _, values := range u.Query() {
			found = append(found, values...)
		}
	}
	var all []string
	add := func(s string, least int) {
		if len(s) >= least && s != standIn {
			all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	for _, s := range found {
		add(s, 3)
		for _, piece := range strings.FieldsFunc(s, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_'
		}) {
			add(piece, 6)
		}
	}
	// Longer ones first: a Replacer takes the first that fits.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, s := range all {
		pairs = append(pairs, s, hidden)
	}
	return strings.NewReplacer(pairs...)
}

var (
	anyURL  = lazyregexp.New(`([a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s"'/@]*@)?([^\s"'/?]*)[^\s"']*`)
	anyMail = lazyregexp.New(`[^\s<>"'@]+@[^\s<>"'@]+`)
)

// mostSaid limits how much of a service's words goes into a line of the log.
const mostSaid = 300

// scrub turns what the library or a service said into one line without secrets or
// anybody's address.
func (c *channel) scrub(said, address string) string {
	said = c.secrets.Replace(said)
	if address != "" {
		said = strings.ReplaceAll(said, address, "the address")
		said = strings.ReplaceAll(said, url.QueryEscape(address), "the address")
	}
	said = anyURL.ReplaceAllString(said, "$1$2")
	said = anyMail.ReplaceAllString(said, "the address")
	said = strings.Join(strings.Fields(said), " ")
	if len(said) > mostSaid {
		said = said[:mostSaid]
		for !utf8.ValidString(said) {
			said = said[:len(said)-1]
		}
		said += "…"
	}
	return said
}
