package main

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const maxEntry = 60 * 1024

var (
	lineStart = regexp.MustCompile(`\A\{"index":(0|[1-9][0-9]{0,15}),"body":`)
	stampForm = regexp.MustCompile(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\z`)
	columns   = []string{
		"index", "id", "at", "act", "outcome", "purpose",
		"actor_kind", "actor_role", "actor", "object", "members",
	}
)

// entry is one line of entries.jsonl; body and env are there after read.
type entry struct {
	index           int64
	rawBody, rawEnv []byte
	body, env       map[string]any
}

// split returns the entry of a line, unparsed.
func split(line []byte) (*entry, error) {
	start := lineStart.FindSubmatchIndex(line)
	cut := bytes.LastIndex(line, []byte(`,"env":{"at":"`))
	if start == nil || cut < start[1] || !bytes.HasSuffix(line, []byte("}}")) {
		return nil, errors.New("a line is not index, body and env")
	}
	index, err := strconv.ParseInt(string(line[start[2]:start[3]]), 10, 64)
	env := line[cut+len(`,"env":`) : len(line)-1]
	return &entry{index: index, rawBody: line[start[1]:cut], rawEnv: env}, err
}

func (e *entry) raw() []byte {
	return bytes.Join([][]byte{e.rawBody, e.rawEnv}, []byte("\n"))
}

func (e *entry) leaf() tlog.Hash { return tlog.RecordHash(e.raw()) }

func (e *entry) broken(why string) error {
	return tamper("form_changed", e.index, "the entry can not be read: "+why)
}

// read takes the entry apart and demands its one form.
func (e *entry) read() (err error) {
	if e.body, err = parseObject(e.rawBody); err != nil {
		return e.broken(err.Error())
	}
	if e.env, err = parseObject(e.rawEnv); err != nil {
		return e.broken(err.Error())
	}
	return e.requireForm()
}

func (e *entry) requireForm() error {
	if len(e.rawBody)+1+len(e.rawEnv) > maxEntry {
		return e.broken("it is larger than 60 KiB")
	}
	if err := requireCanonical(e.body, e.rawBody); err != nil {
		return e.broken(err.Error())
	}
	if err := requireCanonical(e.env, e.rawEnv); err != nil {
		return e.broken(err.Error())
	}
	if !bodyForm(e.body) || !envForm(e.env) {
		return e.broken("a member is missing, unknown or not of its type")
	}
	return nil
}

// at returns the stamp in Unix seconds.
func (e *entry) at() (float64, error) {
	text, _ := e.env["at"].(string)
	found, err := time.Parse("2006-01-02T15:04:05.000000Z", text)
	if err != nil || !stampForm.MatchString(text) || found.Year() == 0 {
		return 0, e.broken("the time of its stamp can not be read")
	}
	return seconds(found), nil
}

func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }

func (e *entry) value(path ...string) any {
	var value any = e.body
	for _, part := range path {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	return value
}

// text returns a text of the body, empty where it is not there.
func (e *entry) text(path ...string) string {
	found, _ := e.value(path...).(string)
	return found
}

// number returns an integer of the body, -1 where it is not there.
func (e *entry) number(path ...string) int64 {
	if found, isNumber := e.value(path...).(int64); isNumber {
		return found
	}
	return -1
}

// row returns an entry's row of entries.csv.
func (e *entry) row() []string {
	actor, _ := e.body["actor"].(map[string]any)
	record, _ := e.body["obj"].(map[string]any)
	members, _ := e.body["members"].(map[string]any)
	var object []string
	for _, part := range []string{"t", "id"} {
		if _, isThere := record[part]; isThere {
			object = append(object, cell(record, part))
		}
	}
	return []string{
		strconv.FormatInt(e.index, 10), cell(e.body, "id"), cell(e.env, "at"), cell(e.body, "act"),
		cell(e.body, "outcome"), cell(e.body, "purpose"), cell(actor, "k"), cell(actor, "role"),
		cell(actor, "p"), strings.Join(object, ":"), cell(members, "n"),
	}
}

// cell writes a text or a number; what is not there is empty.
func cell(object map[string]any, name string) string {
	switch value := object[name].(type) {
	case string:
		return value
	case int64:
		return strconv.FormatInt(value, 10)
	}
	return ""
}

// writeRow adds a line as Python's csv module does (QUOTE_MINIMAL), no cell a formula.
func writeRow(to *bytes.Buffer, cells []string) {
	for i, text := range cells {
		if i > 0 {
			to.WriteByte(',')
		}
		if text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 {
			text = "'" + text
		}
		if strings.ContainsAny(text, ",\"\r\n") {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		to.WriteString(text)
	}
	to.WriteString("\r\n")
}
