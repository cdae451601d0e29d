"""Strings that break programs: for spreadsheets, parsers, terminals, pages, databases and eyes."""

from itertools import product

STARTS = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BEFORE = ("", " ", "  ", "\t", "\r", "\n", "\r\n", "\x00", "\u00a0", "\ufeff", "\u200b", "\u2060", "\u3000",
          '"', "'", ";", ",", "x;", "x,", "x\t", "x\n", 'x",', 'x";')  # fmt: skip
PAYLOADS = (
    "1+1",
    "SUM(A1:A9)",
    'HYPERLINK("https://example.org/?"&A1,"Rossi")',
    "cmd|' /C calc'!A0",
)

FORMULAS = tuple(
    f"{before}{start}{rest}" for before, start, rest in product(BEFORE, STARTS, PAYLOADS)
)
"""Every start of a formula behind everything that a spreadsheet may take away or split at."""

STRINGS = (
    # nothing, and what looks like nothing
    "", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\u3164", "\u2800", "\u180e", "\u00ad", "null", "None", "nil",
    "undefined", "NaN", "Infinity", "-Infinity", "true", "FALSE", "N/A", "#N/A", "#REF!", "#DIV/0!", "\\N", "-", "–",
    # numbers that are none, and dates that become others
    "0", "-0", "00123", "1e9", "1E400", "0x1F", "0b1", "1_000", "1.000,00", "1,000.00", "١٢٣", "½", "²", "Ⅷ", "1/2",
    "01/02/03", "MAR1", "SEPT2", "2-1", "1-1-1", "12:30", "31/02/2026", "29/02/2025", "9999999999999999999999",
    "3.1415926535897932384626433832795", "00393331234567", "+39 333 1234567", "(02) 1234567", "1E5A", "£5", "5%",
    # separators and quotes
    '"', '""', "'", "''", "`", "«»", "“”", ",", ";", "\t;", "|", "\\", "\\\\", "\\n", "a,b", "a;b", 'a"b', "a'b",
    'a","b', '";"', "\r\n", "a\rb", "a\nb", "a\r\nb", "a\n\nb", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029",
    # control and format signs
    "\x01", "\x07", "\x08", "\x1b[31mrosso\x1b[0m", "\x7f", "\x9b31m", "\u202eosseR", "\u2066a\u2069", "\u200fאב",
    # letters
    "Nicolò D'Angiò", "Zoë", "Å", "A\u030a", "ﬁ", "ß", "ẞ", "İ", "ı", "Ǆ", "Ω", "Œuvre", "Łódź", "Ñandú", "Þór",
    "Мария", "Αγγελική", "יעקב", "محمد", "राम", "王小明", "山田太郎", "김민수", "ไทย", "ქართული", "𐍈", "𝒜𝓃𝓃𝒶", "🧑🏽‍⚖️",
    "👨‍👩‍👧‍👦", "🇮🇹", "e\u0301\u0301\u0301", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "ﷺ", "a" * 300, "\ud7ff", "\ue000", "\ufffd", "\uffff",
    "\U0010ffff",
    # pages, addresses and templates
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</title><svg/onload=alert(1)>", "&lt;b&gt;", "&amp;",
    "javascript:alert(1)", "data:text/html,<b>x", "//example.org", "{{ 7*7 }}", "{% debug %}", "${7*7}", "<%= 7 %>",
    "#{7*7}", "%(name)s", "%s%s%s%n", "{0}", "{name}", "$HOME", "`id`", "$(id)", "; ls", "&& true", "| cat", "> x",
    # databases, paths and others' formats
    "' OR '1'='1", "'; DROP TABLE users; --", '" OR ""="', "1; SELECT pg_sleep(9)", "\\'; --", "%", "_", "*", "?",
    "../../etc/passwd", "..\\..\\x", "/dev/null", "C:\\con", "file.csv\x00.exe", "CON", "aux.txt", ".", "..", "~",
    '{"a": 1}', "[]", "<?xml version='1.0'?>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "]]>", "<!--", "-->",
    "BEGIN:VCARD", "Subject: x\r\nBcc: y@example.org", "a@b", "a@@b.it", "anna@example.it\n", "anna@éxample.it",
    # words that filters stumble over
    "Scunthorpe", "Mr. Null", "Test", "admin", "root", "O'Neill", "Di Dio", "Bastardo", "Nudo", "Sexy Shop S.r.l.",
)  # fmt: skip
"""Written for this suite; none has a lone surrogate, which no store of ours takes."""

EVERYTHING = STRINGS + FORMULAS
