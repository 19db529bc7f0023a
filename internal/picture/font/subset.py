#!/usr/bin/env python3
"""Makes the fonts of the picture from those of Inter (https://rsms.me/inter, static .otf of
version 4): subset.py Inter-Regular.otf Inter-SemiBold.otf. It needs fonttools.

Go draws a font without its OpenType features, so these are left out. Inter has no blocks
▁–█; they are drawn here.
"""
import sys

from fontTools import subset
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F),  # Latin
    (0x400, 0x4FF),  # Cyrillic, also of Kazakh, Tatar, Uzbek …
    (0x2010, 0x2015), (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030),
    (0x2039, 0x203A), (0x2009, 0x200A), (0x202F, 0x202F),
]
MORE = "₽€₴₸₺£¥№™−×÷±≈≠≤≥∞←↑→↓▲▼●○■□◆✓√\u0301\u0306\u0308"
BLOCKS = range(0x2581, 0x2589)


def make(source, weight, to):
    font = TTFont(source)
    chosen = {c for a, b in RANGES for c in range(a, b + 1)} | {ord(c) for c in MORE}
    options = subset.Options(
        layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], name_languages=[0x409],
        drop_tables=["GSUB", "GPOS", "GDEF", "STAT", "DSIG", "meta", "BASE"], notdef_outline=True, desubroutinize=True)
    s = subset.Subsetter(options)
    s.populate(unicodes=chosen)
    s.subset(font)
    blocks(font)
    for record in font["name"].names:
        new = {1: "Svodka Sans", 2: weight, 3: "Svodka Sans " + weight, 4: "Svodka Sans " + weight,
               6: "SvodkaSans-" + weight}.get(record.nameID)
        if new:
            record.string = new
    cff = font["CFF "].cff
    cff.fontNames[0] = "SvodkaSans-" + weight
    cff.topDictIndex[0].FullName, cff.topDictIndex[0].FamilyName = "Svodka Sans " + weight, "Svodka Sans"
    font.recalcTimestamp = False
    font.save(to)


def blocks(font):
    """Adds ▁–█: eighths of a block as high as a line of capitals and its descent."""
    units = font["head"].unitsPerEm
    width, low, high = units * 6 // 10, -units // 5, units * 4 // 5
    top = font["CFF "].cff.topDictIndex[0]
    strings = top.CharStrings
    order = font.getGlyphOrder()
    for code in BLOCKS:
        name = "uni%04X" % code
        up = low + (high - low) * (code - 0x2580) // 8
        pen = T2CharStringPen(width, None)
        pen.moveTo((0, low))
        for point in [(width, low), (width, up), (0, up)]:
            pen.lineTo(point)
        pen.closePath()
        strings.charStringsIndex.append(pen.getCharString(private=top.Private, globalSubrs=strings.globalSubrs))
        strings.charStrings[name] = len(strings.charStringsIndex) - 1
        top.charset.append(name)
        font["hmtx"].metrics[name] = (width, 0)
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name
        if name not in order:
            order.append(name)
    font.setGlyphOrder(order)
    font["maxp"].numGlyphs = len(order)


for path, weight in zip(sys.argv[1:3], ["Regular", "Bold"]):
    make(path, weight, "SvodkaSans-%s.otf" % weight)
