package main

import (
	"regexp"
	"strings"
)

// form tells whether a value is of a type.
type form func(value any) bool

const beyond = int64(1_000_000_000_000_000) // 10^15

var (
	word      = matching(`[A-Za-z][A-Za-z0-9_.:\-]*`)
	uuid      = matching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	hash      = matching(`[0-9a-f]{64}`)
	pseudonym = matching(`[0-9a-f]{32}`)
	isWord    = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9_.:\-]*\z`)
)

var bodyForm = object("act actor controller id month outcome purpose v", map[string]form{
	"act": word, "activity": word, "basis": word, "operation": word, "purpose": word, "reason": word,
	"actor":      object("k role", map[string]form{"k": word, "p": pseudonym, "role": word}),
	"controller": uuid, "id": uuid,
	"counts":   counts,
	"evidence": list(1<<20, object("ct kc p", map[string]form{"ct": matching(`([0-9a-f]{2})*`), "kc": hash, "p": pseudonym})),
	"fields":   list(1<<20, word),
	"members":  object("digest n unnamed", map[string]form{"digest": hash, "n": count, "unnamed": count}),
	"month":    matching(`[0-9]{4}-[0-9]{2}`),
	"mut":      func(value any) bool { return value == true },
	"obj":      object("t", map[string]form{"id": uuid, "t": word}),
	"outcome":  matching(`done|refused|failed`),
	"pruned": object("digest first last months removed", map[string]form{
		"digest": hash, "first": count, "last": count, "months": count, "removed": count}),
	"subj": list(20, pseudonym),
	"v":    func(value any) bool { return value == int64(1) || value == int64(2) },
})

var envForm = object("at db_user xid", map[string]form{
	"at":      matching(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z`),
	"db_user": func(value any) bool { _, isText := value.(string); return isText },
	"prev":    hash, "ver": count, "wseq": count,
	"xid": matching(`[1-9][0-9]{0,19}`),
})

func matching(expression string) form {
	whole := regexp.MustCompile(`\A(?:` + expression + `)\z`)
	return func(value any) bool {
		text, isText := value.(string)
		return isText && whole.MatchString(text)
	}
}

func count(value any) bool {
	number, isNumber := value.(int64)
	return isNumber && number >= 0 && number < beyond
}

func counts(value any) bool {
	found, isObject := value.(map[string]any)
	for name, figure := range found {
		if !isWord.MatchString(name) || !count(figure) {
			return false
		}
	}
	return isObject && len(found) > 0
}

func list(most int, item form) form {
	return func(value any) bool {
		found, isList := value.([]any)
		for _, one := range found {
			if !item(one) {
				return false
			}
		}
		return isList && len(found) <= most
	}
}

// object has every member it needs, and no other than it may have.
func object(needed string, members map[string]form) form {
	return func(value any) bool {
		found, isObject := value.(map[string]any)
		for _, name := range strings.Fields(needed) {
			if _, isThere := found[name]; !isThere {
				return false
			}
		}
		for name, member := range found {
			is, isKnown := members[name]
			if !isKnown || !is(member) {
				return false
			}
		}
		return isObject
	}
}
