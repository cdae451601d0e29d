package main

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

var originForm = regexp.MustCompile(`\A(.+/custode/)([1-9][0-9]{0,8})\z`)

// epochOf returns the part of an origin that never changes, and its epoch.
func epochOf(origin string) (string, int64, error) {
	match := originForm.FindStringSubmatch(origin)
	if match == nil {
		return "", 0, errors.New("an origin is <host>/custode/<epoch>")
	}
	epoch, err := strconv.ParseInt(match[2], 10, 64)
	return match[1], epoch, err
}

// place is a point in the life of a log: sizes count on in the next epoch.
type place struct{ epoch, size int64 }

func (p place) isAfter(other place) bool {
	return p.epoch > other.epoch || p.epoch == other.epoch && p.size > other.size
}

// generation holds the keys of one number; until is the last they may sign alone.
type generation struct {
	log, time key
	until     *place
}

// signed is a checkpoint whose signatures were checked; time in Unix seconds.
type signed struct {
	head
	epoch int64
	time  float64
}

type keyring struct {
	base        string
	generations []generation
}

// words splits a policy as ASCII: other bytes are no part of anything.
func words(policy []byte) [][]string {
	var clean strings.Builder
	for _, c := range policy {
		if c < 0x80 {
			clean.WriteByte(c)
		} else {
			clean.WriteRune('\uFFFD')
		}
	}
	isEnd := func(r rune) bool { return r >= '\n' && r <= '\r' || r >= 0x1c && r <= 0x1e }
	isBlank := func(r rune) bool { return r == ' ' || r == '\t' || r == 0x1f || isEnd(r) }
	var found [][]string
	for _, line := range strings.FieldsFunc(clean.String(), isEnd) {
		parts := strings.FieldsFunc(line, isBlank)
		if len(parts) > 0 && !strings.HasPrefix(parts[0], "#") {
			found = append(found, parts)
		}
	}
	return found
}

func parsePolicy(policy []byte) (*keyring, error) {
	wrong := unknown("policy_unreadable", none, "the policy is not that of a log")
	lines := words(policy)
	if len(lines) != 3 || len(lines[0]) != 2 || len(lines[1]) != 3 || len(lines[2]) != 2 {
		return nil, wrong
	}
	if lines[0][0] != "log" || lines[1][0] != "witness" || lines[2][0] != "quorum" {
		return nil, wrong
	}
	if lines[2][1] != lines[1][1] {
		return nil, wrong
	}
	log, err := parseKey(lines[0][1])
	time, bad := parseKey(lines[1][2])
	base, _, none := epochOf(log.name)
	if err != nil || bad != nil || none != nil {
		return nil, wrong
	}
	return &keyring{base, []generation{{log: log, time: time}}}, nil
}

// roll is what an old key signs about a new one.
type roll struct {
	n         int64
	head      head
	log, time key
}

func parseRoll(text string) (roll, error) {
	var found roll
	lines := strings.Split(text, "\n")
	if len(lines) != 8 || lines[0] != "custode key roll" || !number.MatchString(lines[2]) {
		return found, errors.New("a key note has seven lines")
	}
	var err [4]error
	found.n, err[0] = strconv.ParseInt(lines[2], 10, 64)
	found.head, err[1] = parseHead(strings.Join([]string{lines[1], lines[3], lines[4], ""}, "\n"))
	found.log, err[2] = parseKey(lines[5])
	found.time, err[3] = parseKey(lines[6])
	for _, each := range err {
		if each != nil {
			return found, each
		}
	}
	return found, nil
}

// follow takes up the key that a note introduces.
func (r *keyring) follow(raw []byte) error {
	last := &r.generations[len(r.generations)-1]
	next, epoch, err := r.introduced(raw, last)
	if err != nil {
		return tamper("signature_invalid", none, "a key note: "+err.Error())
	}
	last.until = &place{epoch, next.head.size}
	r.generations = append(r.generations, generation{log: next.log, time: next.time})
	return nil
}

func (r *keyring) introduced(raw []byte, last *generation) (roll, int64, error) {
	var found roll
	text, _, err := splitNote(raw)
	if err != nil {
		return found, 0, err
	}
	if found, err = parseRoll(text); err != nil {
		return found, 0, err
	}
	base, epoch, err := epochOf(found.head.origin)
	if err != nil {
		return found, 0, err
	}
	before, err := last.log.named(found.head.origin)
	after, bad := found.log.named(found.head.origin)
	if err != nil || bad != nil {
		return found, 0, errors.New("the origin is not a name")
	}
	note, err := openNote(raw, []key{before, after})
	if err != nil {
		return found, 0, err
	}
	if base != r.base || found.n != int64(len(r.generations))+1 || len(note.signedBy) < 2 {
		return found, 0, errors.New("a key was not introduced by the key before it")
	}
	return found, epoch, nil
}

// open returns a checkpoint of this log, signed, with its time, by keys that were in use.
func (r *keyring) open(raw []byte) (signed, error) {
	found, err := r.opened(raw)
	var known *finding
	if err != nil && !errors.As(err, &known) {
		err = tamper("signature_invalid", none, "a checkpoint: "+err.Error())
	}
	return found, err
}

func (r *keyring) opened(raw []byte) (signed, error) {
	text, _, err := splitNote(raw)
	if err != nil {
		return signed{}, err
	}
	said, err := parseHead(text)
	if err != nil {
		return signed{}, err
	}
	base, epoch, err := epochOf(said.origin)
	if err != nil {
		return signed{}, err
	}
	if base != r.base {
		return signed{}, unknown("other_log", none, "a checkpoint of another log: "+said.origin)
	}
	keys, owner, err := r.named(said.origin)
	if err != nil {
		return signed{}, err
	}
	note, err := openNote(raw, keys)
	if err == nil && !r.isInUse(note.signedBy, owner, place{epoch, said.size}) {
		err = errors.New("it is not signed by a key in use")
	}
	return signed{said, epoch, note.time}, err
}

// isInUse tells whether both keys of one generation signed, and might at that place.
func (r *keyring) isInUse(signedBy []key, owner map[key]int, at place) bool {
	for n, g := range r.generations {
		kinds := map[byte]bool{}
		for _, k := range signedBy {
			if owner[k] == n {
				kinds[k.kind] = true
			}
		}
		if kinds[plain] && kinds[timed] && (g.until == nil || !at.isAfter(*g.until)) {
			return true
		}
	}
	return false
}

// named returns all keys under an origin, and of each the generation.
func (r *keyring) named(origin string) ([]key, map[key]int, error) {
	var keys []key
	owner := map[key]int{}
	for n, g := range r.generations {
		for _, k := range []key{g.log, g.time} {
			k, err := k.named(origin)
			if err != nil {
				return nil, nil, err
			}
			keys = append(keys, k)
			owner[k] = n
		}
	}
	return keys, owner, nil
}
