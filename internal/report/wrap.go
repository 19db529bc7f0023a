package report

// letter is the width of a letter of the 10 point font, bold and Cyrillic on average, in
// pixels; lineHeight is that of one of its lines.
const (
	letter     = 7.4
	lineHeight = 18
)
