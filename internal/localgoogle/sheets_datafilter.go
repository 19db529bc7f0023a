package localgoogle

import (
	"slices"
	"strconv"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// filterMatch is a range that data filters found, with those filters.
type filterMatch struct {
	at      located
	filters []*sheets.DataFilter
}

// match finds the ranges of data filters. A lookup without a match adds nothing.
func (d *document) match(filters []*sheets.DataFilter) ([]filterMatch, error) {
	var out []filterMatch
	add := func(at located, f *sheets.DataFilter) {
		for i := range out {
			if out[i].at.sh == at.sh && out[i].at.area == at.area {
				out[i].filters = append(out[i].filters, f)
				return
			}
		}
		out = append(out, filterMatch{at, []*sheets.DataFilter{f}})
	}
	for _, f := range filters {
		switch {
		case f == nil:
			return nil, wire.BadRequest("dataFilter.filter must be specified.")
		case f.A1Range != "":
			l, err := d.locate(f.A1Range)
			if err != nil {
				return nil, err
			}
			add(l, f)
		case f.GridRange != nil:
			l, err := d.locateGrid(f.GridRange)
			if err != nil {
				return nil, err
			}
			add(l, f)
		case f.DeveloperMetadataLookup != nil:
			found, err := d.lookup(f.DeveloperMetadataLookup)
			if err != nil {
				return nil, err
			}
			for _, m := range found {
				if l, ok := d.place(m); ok {
					add(l, f)
				}
			}
		default:
			return nil, wire.BadRequest("dataFilter.filter must be specified.")
		}
	}
	return out, nil
}

// place returns the range that metadata is on.
func (d *document) place(m devMeta) (located, bool) {
	sh := d.sheet(m.sheet)
	if sh == nil || m.location == "SPREADSHEET" {
		return located{}, false
	}
	switch m.location {
	case "ROW":
		return onSheet(sh, rect{m.start, m.end, 0, open}), true
	case "COLUMN":
		return onSheet(sh, rect{0, open, m.start, m.end}), true
	}
	return onSheet(sh, rect{0, open, 0, open}), true
}

// lookup finds developer metadata, in the order in which it was made.
func (d *document) lookup(l *sheets.DeveloperMetadataLookup) ([]devMeta, error) {
	ofAll := l.MetadataLocation != nil && l.MetadataLocation.Spreadsheet
	exact := ofAll // by default a lookup finds what is inside its place
	switch l.LocationMatchingStrategy {
	case "", "DEVELOPER_METADATA_LOCATION_MATCHING_STRATEGY_UNSPECIFIED":
	case "INTERSECTING_LOCATION":
		if ofAll {
			return nil, wire.BadRequest("DeveloperMetadataLookup.spreadsheet is true, but locationMatchingStrategy " +
				"was specified as INTERSECTING")
		}
	case "EXACT_LOCATION":
		exact = true
	default:
		return nil, badEnum("location_matching_strategy",
			"DeveloperMetadataLookup.DeveloperMetadataLocationMatchingStrategy", l.LocationMatchingStrategy)
	}
	if l.MetadataLocation != nil {
		if _, err := d.metaPlace(l.MetadataLocation); err != nil {
			return nil, err
		}
	}
	var out []devMeta
	for _, m := range d.meta {
		if l.MetadataId != 0 && m.id != l.MetadataId ||
			l.MetadataKey != "" && m.key != l.MetadataKey ||
			l.MetadataValue != "" && m.value != l.MetadataValue ||
			l.Visibility != "" && m.visibility != l.Visibility ||
			l.LocationType != "" && m.location != l.LocationType {
			continue
		}
		if l.MetadataLocation != nil {
			at, err := d.metaPlace(l.MetadataLocation)
			if err != nil {
				return nil, err
			}
			if exact && !m.sameAt(at) || !exact && !m.meets(at) {
				continue
			}
		}
		out = append(out, m)
	}
	return out, nil
}

// metaPlace reads a location; it leaves the other fields empty.
func (d *document) metaPlace(l *sheets.DeveloperMetadataLocation) (devMeta, error) {
	switch {
	case l.DimensionRange != nil:
		dr := l.DimensionRange
		sh := d.sheet(dr.SheetId)
		if sh == nil {
			return devMeta{}, wire.BadRequest("No grid with id: %d", dr.SheetId)
		}
		m := devMeta{sheet: dr.SheetId, start: int(dr.StartIndex), end: int(dr.EndIndex)}
		size := sh.rowCount()
		switch dr.Dimension {
		case "ROWS":
			m.location = "ROW"
		case "COLUMNS":
			m.location, size = "COLUMN", sh.colCount()
		default:
			return devMeta{}, wire.BadRequest("Must specify a dimension.")
		}
		if m.end == 0 {
			m.end = size
		}
		if m.start < 0 || m.end <= m.start || m.end > size {
			return devMeta{}, wire.BadRequest("Invalid dimension range: [%d, %d) of %d.", m.start, m.end, size)
		}
		return m, nil
	case l.Spreadsheet:
		return devMeta{location: "SPREADSHEET"}, nil
	case l.SheetId != 0 || slices.Contains(l.ForceSendFields, "SheetId") || l.LocationType == "SHEET":
		if d.sheet(l.SheetId) == nil {
			return devMeta{}, wire.BadRequest("No grid with id: %d", l.SheetId)
		}
		return devMeta{location: "SHEET", sheet: l.SheetId}, nil
	}
	return devMeta{}, wire.BadRequest("Must specify a developer metadata location.")
}

func (m devMeta) sameAt(p devMeta) bool {
	return m.location == p.location && m.sheet == p.sheet && m.start == p.start && m.end == p.end
}

// meets reports whether metadata is on the looked-up place, on a part of it, or across
// it. Metadata of something larger, as the tab is to a row, does not count.
func (m devMeta) meets(p devMeta) bool {
	switch {
	case m.location == "SPREADSHEET" || m.sheet != p.sheet:
		return false
	case p.location == "SHEET":
		return true
	case m.location == "SHEET":
		return false
	case m.location != p.location: // a row and a column
		return true
	}
	return m.start < p.end && p.start < m.end
}

func (c *call) metadataGet() (*answer, error) {
	id, err := strconv.ParseInt(c.arg, 10, 64)
	if err != nil {
		return nil, wire.BadRequest("Invalid value at 'metadata_id' (TYPE_INT32), %q", c.arg)
	}
	var out *sheets.DeveloperMetadata
	err = c.s.viewing(c, c.file, func(v *view) error {
		for _, m := range v.doc.meta {
			if m.id == id {
				out = m.api()
				return nil
			}
		}
		return &wire.Error{Code: 404, Status: "NOT_FOUND", Message: "No developer metadata with id " + c.arg}
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (c *call) metadataSearch() (*answer, error) {
	var in sheets.SearchDeveloperMetadataRequest
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	out := &sheets.SearchDeveloperMetadataResponse{}
	err := c.s.viewing(c, c.file, func(v *view) error {
		found, err := v.doc.search(in.DataFilters)
		if err != nil {
			return err
		}
		for _, f := range found {
			out.MatchedDeveloperMetadata = append(out.MatchedDeveloperMetadata,
				&sheets.MatchedDeveloperMetadata{DeveloperMetadata: f.meta.api(), DataFilters: f.filters})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

type metaMatch struct {
	meta    devMeta
	filters []*sheets.DataFilter
}

// search finds developer metadata by filters: by lookup, or everything on exactly the
// rows, columns or tab of a range.
func (d *document) search(filters []*sheets.DataFilter) ([]metaMatch, error) {
	var out []metaMatch
	add := func(m devMeta, f *sheets.DataFilter) {
		for i := range out {
			if out[i].meta.id == m.id {
				out[i].filters = append(out[i].filters, f)
				return
			}
		}
		out = append(out, metaMatch{m, []*sheets.DataFilter{f}})
	}
	for _, f := range filters {
		if f != nil && f.DeveloperMetadataLookup != nil {
			found, err := d.lookup(f.DeveloperMetadataLookup)
			if err != nil {
				return nil, err
			}
			for _, m := range found {
				add(m, f)
			}
			continue
		}
		ranges, err := d.match([]*sheets.DataFilter{f})
		if err != nil {
			return nil, err
		}
		for _, r := range ranges {
			for _, m := range d.meta {
				if at, ok := d.place(m); ok && at.sh == r.at.sh && at.area.overlaps(r.at.area) {
					add(m, f)
				}
			}
		}
	}
	return out, nil
}
