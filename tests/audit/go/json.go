package main

import (
	"bytes"
	"errors"
	"sort"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	largest  = int64(1) << 53
	deepest  = 950 // arrays and objects in each other
	hexadigs = "0123456789abcdef"
)

var errForm = errors.New("it is not JSON of an entry")

// reader reads JSON of integers, texts, words, arrays and objects. A surrogate without its partner
// is kept as three bytes that are no UTF-8, and a doubled key as its last value: the canonical form
// shows both, after what is checked before it.
type reader struct {
	rest  []byte
	depth int
}

// parseObject returns an object: nil, bool, int64, string, []any and map[string]any.
func parseObject(line []byte) (map[string]any, error) {
	if !utf8.Valid(line) {
		return nil, errForm
	}
	r := &reader{rest: line}
	value, err := r.value()
	r.blank()
	found, isObject := value.(map[string]any)
	if err != nil || len(r.rest) > 0 || !isObject {
		return nil, errForm
	}
	return found, nil
}

func (r *reader) blank() { r.rest = bytes.TrimLeft(r.rest, " \t\r\n") }

// eat takes a token, with blanks before it.
func (r *reader) eat(token string) bool {
	r.blank()
	if !bytes.HasPrefix(r.rest, []byte(token)) {
		return false
	}
	r.rest = r.rest[len(token):]
	return true
}

func (r *reader) value() (any, error) {
	switch {
	case r.eat("null"):
		return nil, nil
	case r.eat("true"):
		return true, nil
	case r.eat("false"):
		return false, nil
	case r.eat(`"`):
		return r.text()
	case r.eat("["):
		return r.array()
	case r.eat("{"):
		return r.object()
	}
	return r.number()
}

func (r *reader) number() (any, error) {
	end := 0
	for end < len(r.rest) && bytes.IndexByte([]byte("+-.0123456789eE"), r.rest[end]) >= 0 {
		end++
	}
	text := string(r.rest[:end])
	digits := text
	if end > 0 && text[0] == '-' {
		digits = text[1:]
	}
	isPadded := len(digits) > 1 && digits[0] == '0'
	found, err := strconv.ParseInt(text, 10, 64)
	if err != nil || isPadded || text[0] == '+' || len(text) > 16 || found >= largest {
		return nil, errForm
	}
	r.rest = r.rest[end:]
	return found, nil
}

func (r *reader) deeper() error {
	if r.depth++; r.depth > deepest {
		return errForm
	}
	return nil
}

func (r *reader) array() (any, error) {
	if err := r.deeper(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	found := []any{}
	if r.eat("]") {
		return found, nil
	}
	for {
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		found = append(found, value)
		if r.eat("]") {
			return found, nil
		}
		if !r.eat(",") {
			return nil, errForm
		}
	}
}

func (r *reader) object() (any, error) {
	if err := r.deeper(); err != nil {
		return nil, err
	}
	defer func() { r.depth-- }()
	found := map[string]any{}
	if r.eat("}") {
		return found, nil
	}
	for {
		if !r.eat(`"`) {
			return nil, errForm
		}
		name, err := r.text()
		if err != nil || !r.eat(":") {
			return nil, errForm
		}
		if found[name], err = r.value(); err != nil {
			return nil, err
		}
		if r.eat("}") {
			return found, nil
		}
		if !r.eat(",") {
			return nil, errForm
		}
	}
}

// text reads what stands after the first quotation mark.
func (r *reader) text() (string, error) {
	var found []byte
	for len(r.rest) > 0 {
		c := r.rest[0]
		r.rest = r.rest[1:]
		switch {
		case c == '"':
			return string(found), nil
		case c < ' ':
			return "", errForm
		case c == '\\':
			var err error
			if found, err = r.escape(found); err != nil {
				return "", err
			}
		default:
			found = append(found, c)
		}
	}
	return "", errForm
}

// escape reads what stands after a backslash and adds what it means.
func (r *reader) escape(to []byte) ([]byte, error) {
	if len(r.rest) == 0 {
		return nil, errForm
	}
	letter := r.rest[0]
	r.rest = r.rest[1:]
	if letter == 'u' {
		unit, err := r.unit()
		if err != nil {
			return nil, err
		}
		return appendUnit(to, r.paired(unit)), nil
	}
	at := bytes.IndexByte([]byte(`"\/bfnrt`), letter)
	if at < 0 {
		return nil, errForm
	}
	return append(to, "\"\\/\b\f\n\r\t"[at]), nil
}

// unit reads the four digits of an escape.
func (r *reader) unit() (rune, error) {
	if len(r.rest) < 4 {
		return 0, errForm
	}
	unit := rune(0)
	for _, c := range bytes.ToLower(r.rest[:4]) {
		at := bytes.IndexByte([]byte(hexadigs), c)
		if at < 0 {
			return 0, errForm
		}
		unit = unit<<4 | rune(at)
	}
	r.rest = r.rest[4:]
	return unit, nil
}

// paired joins a first surrogate with the second that follows, if one does.
func (r *reader) paired(unit rune) rune {
	if unit < 0xd800 || unit > 0xdbff || !bytes.HasPrefix(r.rest, []byte(`\u`)) {
		return unit
	}
	ahead := &reader{rest: r.rest[2:]}
	second, err := ahead.unit()
	if err != nil || second < 0xdc00 || second > 0xdfff {
		return unit
	}
	r.rest = ahead.rest
	return utf16.DecodeRune(unit, second)
}

func appendUnit(text []byte, unit rune) []byte {
	if utf16.IsSurrogate(unit) {
		return append(text, 0xed, byte(0x80|unit>>6&0x3f), byte(0x80|unit&0x3f))
	}
	return utf8.AppendRune(text, unit)
}

// requireCanonical demands that a line is the one way to write what it says, RFC 8785.
func requireCanonical(value map[string]any, line []byte) error {
	if !bytes.Equal(write(nil, value), line) {
		return errors.New("it is not in canonical form (RFC 8785)")
	}
	return nil
}

func write(to []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(to, "null"...)
	case bool:
		return strconv.AppendBool(to, value)
	case int64:
		return strconv.AppendInt(to, value, 10)
	case string:
		return writeText(to, value)
	case []any:
		to = append(to, '[')
		for i, item := range value {
			if i > 0 {
				to = append(to, ',')
			}
			to = write(to, item)
		}
		return append(to, ']')
	case map[string]any:
		return writeObject(to, value)
	}
	return to
}

func writeObject(to []byte, value map[string]any) []byte {
	names := make([]string, 0, len(value))
	for name := range value {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return isBefore(names[i], names[j]) })
	to = append(to, '{')
	for i, name := range names {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(writeText(to, name), ':')
		to = write(to, value[name])
	}
	return append(to, '}')
}

// isBefore compares by UTF-16, RFC 8785 section 3.2.3.
func isBefore(one, other string) bool {
	a, b := utf16.Encode([]rune(one)), utf16.Encode([]rune(other))
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

func writeText(to []byte, text string) []byte {
	to = append(to, '"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if at := bytes.IndexByte([]byte("\"\\\b\f\n\r\t"), c); at >= 0 {
			to = append(to, '\\', `"\bfnrt`[at])
		} else if c < ' ' {
			to = append(to, '\\', 'u', '0', '0', hexadigs[c>>4], hexadigs[c&15])
		} else {
			to = append(to, c)
		}
	}
	return append(to, '"')
}
