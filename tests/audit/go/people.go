package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
)

const (
	hour         = 3600 // seconds: a bundle holds every hour's last checkpoint
	shortly      = 120
	fewestMonths = 6
)

func lowerHex(data []byte) string { return hex.EncodeToString(data) }

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return lowerHex(sum[:])
}

// members: the people of an entry are those it committed to.
type members struct {
	found map[int64][]string
	seen  int
}

func (m *members) see(e *entry) error {
	found := m.found[e.index]
	if len(found) > 0 {
		m.seen++
	}
	if !isCommitted(e, found) {
		detail := "the people listed are not those the entry is about"
		return tamper("members_changed", e.index, detail)
	}
	return nil
}

func (m *members) finish() error {
	if m.seen != len(m.found) {
		return tamper("members_changed", none, "people are listed for no entry")
	}
	return nil
}

func isCommitted(e *entry, found []string) bool {
	said, isObject := e.body["members"].(map[string]any)
	if !isObject {
		named, _ := e.body["subj"].([]any)
		return len(found) == 0 && len(named) == 0
	}
	listed, raw := map[string]bool{}, make([][]byte, 0, len(found))
	for _, text := range found {
		// blanks between bytes are nothing, as where Python reads hex
		one, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return false
		}
		listed[text] = true
		raw = append(raw, one)
	}
	sort.Slice(raw, func(i, j int) bool { return bytes.Compare(raw[i], raw[j]) < 0 })
	if said["n"] != int64(len(found)) || len(listed) != len(found) {
		return false
	}
	return said["digest"] == digestOf(bytes.Join(raw, nil)) && areListed(e.body, listed)
}

func areListed(body map[string]any, listed map[string]bool) bool {
	names, _ := body["subj"].([]any)
	for _, name := range names {
		if !listed[name.(string)] {
			return false
		}
	}
	return true
}

// pruning: what is gone was removed at the end of its period, and said so.
type pruning struct {
	pruned      map[int64]int64
	by          map[int64][]int64
	order       []int64 // of who removed, by the first index that is gone
	checkpoints []signed
}

func newPruning(pruned map[int64]int64, checkpoints []signed) *pruning {
	p := &pruning{pruned: pruned, by: map[int64][]int64{}, checkpoints: checkpoints}
	for _, index := range sorted(pruned) {
		by := pruned[index]
		if p.by[by] == nil {
			p.order = append(p.order, by)
		}
		p.by[by] = append(p.by[by], index)
	}
	return p
}

func (p *pruning) see(e *entry) error {
	if _, isGone := p.pruned[e.index]; isGone {
		return tamper("pruned_wrongly", e.index, "the entry is there, and is listed as removed")
	}
	if e.text("act") != "log.pruned" {
		return nil
	}
	gone := p.by[e.index]
	delete(p.by, e.index)
	said, _ := e.body["pruned"].(map[string]any)
	months, isNumber := said["months"].(int64)
	if !isNumber || len(gone) == 0 || !isSaid(said, gone) || gone[len(gone)-1] >= e.index {
		detail := "what was removed is not what the entry says"
		return tamper("pruned_wrongly", e.index, detail)
	}
	return p.requireAge(e, gone[len(gone)-1], months)
}

func isSaid(said map[string]any, gone []int64) bool {
	var whole bytes.Buffer
	for _, index := range gone {
		fmt.Fprintf(&whole, "%d\n", index)
	}
	return len(said) == 5 && said["digest"] == digestOf(whole.Bytes()) && said["first"] == gone[0] &&
		said["last"] == gone[len(gone)-1] && said["removed"] == int64(len(gone))
}

func (p *pruning) requireAge(e *entry, last, months int64) error {
	sealed := float64(-1)
	for _, c := range p.checkpoints {
		if c.size > last && (sealed < 0 || c.time < sealed) {
			sealed = c.time
		}
	}
	at, err := e.at()
	if err != nil {
		return err
	}
	if months < fewestMonths || sealed < 0 || at+hour < later(sealed, months) {
		return tamper("pruned_early", e.index, "entries were removed before their period was over")
	}
	return nil
}

func (p *pruning) finish() error {
	for _, by := range p.order {
		if gone := p.by[by]; len(gone) > 0 {
			return tamper("pruned_wrongly", gone[0], "the entry is gone, and no entry says who removed it")
		}
	}
	return nil
}

// keys: every key that was destroyed has an entry that ordered it.
type keys struct {
	rows   map[string]int64
	recent map[string]bool
	order  []string
	until  float64 // Unix seconds
}

func newKeys(until float64) *keys {
	return &keys{rows: map[string]int64{}, recent: map[string]bool{}, until: until}
}

func (k *keys) add(at float64, by string) {
	if k.rows[by] == 0 {
		k.order = append(k.order, by)
	}
	k.rows[by]++
	if at > k.until-shortly {
		k.recent[by] = true
	}
}

func (k *keys) see(e *entry) error {
	if e.text("act") != "key.destroyed" {
		return nil
	}
	rows := k.rows[e.text("id")]
	delete(k.rows, e.text("id"))
	if rows > e.number("counts", "rows") {
		detail := "more keys were destroyed than the entry says"
		return tamper("key_destroyed_without_entry", e.index, detail)
	}
	return nil
}

func (k *keys) finish() error {
	for _, by := range k.order {
		if k.rows[by] == 0 {
			continue
		}
		if by != "" && k.recent[by] {
			return unknown("not_yet", none, "a key was destroyed just now: export again")
		}
		detail := "a key was destroyed, and no entry ordered it"
		return tamper("key_destroyed_without_entry", none, detail)
	}
	return nil
}
