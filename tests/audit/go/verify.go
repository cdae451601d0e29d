// An independent verifier of bundles, written from docs/spec/audit-log.md and audit-bundle.md on
// golang.org/x/mod/sumdb (note, tlog), to be compared with the one in audit/verifier.
//
//	verify full BUNDLE_FOLDER [--policy FILE] [--checkpoint FILE]... [--accept-gap] [--json]
//
// Exit codes: 0 ok, 1 tampered, 2 cannot tell, 3 usage.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

const (
	ok = iota
	tampered
	cannotTell
	usage
)

const none = int64(-1) // no index can be named

// finding is why a bundle is not ok.
type finding struct {
	code   int
	kind   string
	index  int64
	detail string
}

func (f *finding) Error() string { return f.kind + ": " + f.detail }

func tamper(kind string, index int64, detail string) error {
	return &finding{tampered, kind, index, detail}
}

func unknown(kind string, index int64, detail string) error {
	return &finding{cannotTell, kind, index, detail}
}

func incomplete(detail string) error { return unknown("incomplete", none, detail) }

func unreadable(detail string) error { return unknown("unreadable", none, detail) }

// verdict is what is printed; the members are those of the verifier in Python.
type verdict struct {
	Verdict string  `json:"verdict"`
	Class   *string `json:"class"`
	Index   *int64  `json:"index"`
	Detail  string  `json:"detail"`
	Entries int64   `json:"entries"`
	Size    int64   `json:"size"`
}

// options are the command line after `full`.
type options struct {
	folder, policy string
	checkpoints    []string
	acceptsGap     bool
	isJSON         bool
}

func parse(arguments []string) (options, error) {
	var found options
	wrong := errors.New("verify full BUNDLE_FOLDER --policy FILE [--checkpoint FILE]... [--json]")
	if len(arguments) == 0 || arguments[0] != "full" {
		return found, wrong
	}
	rest := arguments[1:]
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		switch {
		case word == "--json":
			found.isJSON = true
		case word == "--accept-gap":
			found.acceptsGap = true
		case word == "--policy" && len(rest) > 0:
			found.policy, rest = rest[0], rest[1:]
		case word == "--checkpoint" && len(rest) > 0:
			found.checkpoints, rest = append(found.checkpoints, rest[0]), rest[1:]
		case found.folder == "" && word != "" && word[0] != '-':
			found.folder = word
		default:
			return found, wrong
		}
	}
	if info, err := os.Stat(found.folder); err != nil || !info.IsDir() {
		return found, wrong
	}
	return found, nil
}

func main() {
	chosen, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(usage)
	}
	w := &work{acceptsGap: chosen.acceptsGap}
	err = w.start(chosen)
	code := ok
	said := verdict{Verdict: "ok", Entries: w.read}
	if w.bundle != nil {
		said.Size = w.bundle.size
	}
	var found *finding
	if errors.As(err, &found) {
		code = found.code
		said.Verdict = map[int]string{tampered: "tampered", cannotTell: "cannot_tell"}[code]
		said.Class, said.Detail = &found.kind, found.detail
		if found.index != none {
			said.Index = &found.index
		}
	}
	report(said, chosen.isJSON)
	os.Exit(code)
}

func report(said verdict, isJSON bool) {
	if isJSON {
		written, _ := json.Marshal(said)
		fmt.Println(string(written))
		return
	}
	if said.Class == nil {
		fmt.Printf("ok: %d entries in a tree of %d\n", said.Entries, said.Size)
		return
	}
	title, place := "TAMPERED", ""
	if said.Verdict == "cannot_tell" {
		title = "CANNOT TELL"
	}
	if said.Index != nil {
		place = fmt.Sprintf(" at index %d", *said.Index)
	}
	fmt.Printf("%s: %s%s: %s\n", title, *said.Class, place, said.Detail)
}
