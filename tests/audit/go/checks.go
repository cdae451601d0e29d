package main

import (
	"math"
	"sort"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	early      = 6 * 3600 // seconds
	late       = 5 * 60
	neighbours = 3
)

// rule is what entries have to agree on; it sees them in order.
type rule interface {
	see(e *entry) error
	finish() error
}

// version is one change of a record.
type version struct {
	index, wseq int64
	prev        string
}

// links: the versions of each record follow each other without a hole.
type links struct {
	grown   *tree
	pruned  map[string]bool // leaves in hex
	records []string
	found   map[string]map[int64]version
}

func newLinks(grown *tree, pruned map[int64]int64) *links {
	leaves := map[string]bool{}
	for index := range pruned {
		if index < grown.size {
			leaves[hexOf(grown.leaf(index))] = true
		}
	}
	return &links{grown: grown, pruned: leaves, found: map[string]map[int64]version{}}
}

func (l *links) see(e *entry) error {
	record := e.text("obj", "id")
	ver, isChange := e.env["ver"].(int64)
	if !isChange {
		if e.body["mut"] == true && record != "" {
			return tamper("link_broken", e.index, "a change has no version")
		}
		return nil
	}
	prev, _ := e.env["prev"].(string)
	if (ver == 1) != (prev == "") {
		return tamper("link_broken", e.index, "a change has no proper link")
	}
	if l.found[record] == nil {
		l.found[record] = map[int64]version{}
		l.records = append(l.records, record)
	}
	if _, isThere := l.found[record][ver]; isThere {
		return tamper("link_broken", e.index, "two changes have one version")
	}
	wseq, _ := e.env["wseq"].(int64)
	l.found[record][ver] = version{e.index, wseq, prev}
	return nil
}

func (l *links) finish() error {
	for _, record := range l.records {
		versions := l.found[record]
		var order []int64
		for ver := range versions {
			order = append(order, ver)
		}
		sort.Slice(order, func(i, j int) bool { return order[i] < order[j] })
		for _, ver := range order {
			if ver != 1 && !l.holds(versions, ver) {
				detail := "the change before this one is missing, or another"
				return tamper("link_broken", versions[ver].index, detail)
			}
		}
	}
	return nil
}

func (l *links) holds(versions map[int64]version, ver int64) bool {
	own := versions[ver]
	before, isThere := versions[ver-1]
	if !isThere {
		return l.pruned[own.prev]
	}
	return hexOf(l.grown.leaf(before.index)) == own.prev && before.wseq < own.wseq
}

// stamped is an entry in the order of stamping.
type stamped struct {
	wseq, index int64
	isEarly     bool
}

// times: stamps lie between the checkpoints around their entries.
type times struct {
	sizes     []int64
	at        []float64
	seen      []stamped
	restored  [][2]int64 // size restored to, index of the entry that says so
	firstLate int64
}

func newTimes(checkpoints []signed) *times {
	first := map[int64]float64{}
	for _, c := range checkpoints {
		if at, isThere := first[c.size]; !isThere || c.time < at {
			first[c.size] = c.time
		}
	}
	t := &times{firstLate: none}
	for size := range first {
		t.sizes = append(t.sizes, size)
	}
	sort.Slice(t.sizes, func(i, j int) bool { return t.sizes[i] < t.sizes[j] })
	for _, size := range t.sizes {
		t.at = append(t.at, first[size])
	}
	return t
}

func (t *times) see(e *entry) error {
	if version, _ := e.body["v"].(int64); version == 1 {
		if len(t.seen) > 0 {
			return tamper("backdated", e.index, "an entry of the first version came after newer ones")
		}
		return nil
	}
	wseq, isNumber := e.env["wseq"].(int64)
	if !isNumber {
		return e.broken("it has no writer sequence")
	}
	at, err := e.at()
	if err != nil {
		return err
	}
	place := sort.Search(len(t.sizes), func(i int) bool { return t.sizes[i] > e.index })
	isEarly := place > 0 && at < t.at[place-1]-early
	if place < len(t.sizes) && at > t.at[place]+late && t.firstLate == none {
		t.firstLate = e.index
	}
	t.seen = append(t.seen, stamped{wseq, e.index, isEarly})
	if e.text("act") == "log.restored" {
		t.restored = append(t.restored, [2]int64{e.number("counts", "to"), e.index})
	}
	return nil
}

func (t *times) finish() error {
	sort.Slice(t.seen, func(i, j int) bool {
		a, b := t.seen[i], t.seen[j]
		return a.wseq < b.wseq || a.wseq == b.wseq && a.index < b.index
	})
	for i, s := range t.seen {
		if i > 0 && t.seen[i-1].wseq == s.wseq && !t.isAgain(t.seen[i-1].index, s.index) {
			return tamper("tree_changed", s.index, "two entries have one place in the order of stamping")
		}
		if !s.isEarly {
			continue
		}
		if t.isJump(i) {
			return unknown("clock_changed", s.index, "the database's clock was set back")
		}
		return tamper("backdated", s.index, "its stamp is older than what was sealed before it")
	}
	if t.firstLate != none {
		return unknown("clock_changed", t.firstLate, "a stamp is after its checkpoint")
	}
	for i := 1; i < len(t.at); i++ {
		if t.at[i] < t.at[i-1] {
			return unknown("clock_changed", t.sizes[i]-1, "the times of checkpoints go back")
		}
	}
	return nil
}

// isAgain tells whether a number was drawn again between a restore and its recovery.
func (t *times) isAgain(before, index int64) bool {
	for _, r := range t.restored {
		if before < r[0] && r[0] <= index && index < r[1] {
			return true
		}
	}
	return false
}

// isJump tells whether the entries after an early one are early as well.
func (t *times) isJump(i int) bool {
	after := t.seen[i+1:]
	if len(after) > neighbours {
		after = after[:neighbours]
	}
	for _, s := range after {
		if !s.isEarly {
			return false
		}
	}
	return len(after) > 0
}

// counted: there are as many entries of the controller as the log counted.
type counted struct {
	present, gone []int64
	said          [][3]int64 // size, leaves, index
	completeTo    int64
}

func newCounted(pruned map[int64]int64) *counted {
	return &counted{gone: sorted(pruned)}
}

func (c *counted) see(e *entry) error {
	c.present = append(c.present, e.index)
	if e.text("act") != "log.counted" {
		return nil
	}
	size, leaves := e.number("counts", "size"), e.number("counts", "leaves")
	if leaves < 0 || leaves > size || size > e.index {
		return e.broken("what it counts is not possible")
	}
	c.said = append(c.said, [3]int64{size, leaves, e.index})
	return nil
}

func (c *counted) finish() error {
	sort.Slice(c.said, func(i, j int) bool {
		a, b := c.said[i], c.said[j]
		return a[0] < b[0] || a[0] == b[0] && a[1] < b[1]
	})
	for _, said := range c.said {
		if below(c.present, said[0])+below(c.gone, said[0]) != said[1] {
			return tamper("entry_missing", c.completeTo, "fewer or more entries than were counted")
		}
		c.completeTo = said[0]
	}
	return nil
}

func below(indexes []int64, size int64) int64 {
	return int64(sort.Search(len(indexes), func(i int) bool { return indexes[i] >= size }))
}

func sorted(pruned map[int64]int64) []int64 {
	var found []int64
	for index := range pruned {
		found = append(found, index)
	}
	sort.Slice(found, func(i, j int) bool { return found[i] < found[j] })
	return found
}

// later returns the same moment so many calendar months later, UTC, the day clamped.
func later(at float64, months int64) float64 {
	if months > 12*9999 {
		return math.Inf(1)
	}
	from := time.Unix(int64(at), 0).UTC()
	first := time.Date(from.Year(), from.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	day := from.Day()
	if last := first.AddDate(0, 1, -1).Day(); day > last {
		day = last
	}
	hour, minute, second := from.Clock()
	return seconds(first.Add(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute+
		time.Duration(second)*time.Second).AddDate(0, 0, day-1))
}

func hexOf(hash tlog.Hash) string { return lowerHex(hash[:]) }
