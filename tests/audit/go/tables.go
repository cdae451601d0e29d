package main

import (
	"math"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// parts of a time as Python's strptime takes it for %Y-%m-%dT%H:%M:%S.%fZ
var looseTime = regexp.MustCompile(`(?i)\A([0-9]{4})-(1[0-2]|0[1-9]|[1-9])-` +
	`(3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9])T(2[0-3]|[01][0-9]|[0-9]):([0-5][0-9]|[0-9]):` +
	`([0-5][0-9]|[0-9])\.([0-9]{1,6})Z\z`)

// rules reads the tables beside the entries and returns what has to hold, in order.
func (w *work) rules(grown *tree, checkpoints []signed) ([]rule, error) {
	pruned, err := w.pruned()
	if err != nil {
		return nil, err
	}
	people, err := w.people()
	if err != nil {
		return nil, err
	}
	newest := checkpoints[0].time
	for _, c := range checkpoints {
		newest = math.Max(newest, c.time)
	}
	destroyed, err := w.destroyed(newest)
	if err != nil {
		return nil, err
	}
	return []rule{
		newLinks(grown, pruned), newTimes(checkpoints), &members{found: people},
		newPruning(pruned, checkpoints), newCounted(pruned), destroyed,
	}, nil
}

func (w *work) pruned() (map[int64]int64, error) {
	found := map[int64]int64{}
	return found, w.bundle.rows("pruned.csv", "index,by", func(first, second string) error {
		index, err := parseIndex(first)
		if err != nil {
			return err
		}
		found[index], err = parseIndex(second)
		return err
	})
}

func (w *work) people() (map[int64][]string, error) {
	found := map[int64][]string{}
	return found, w.bundle.rows("members.csv", "index,pseudonym", func(first, second string) error {
		index, err := parseIndex(first)
		found[index] = append(found[index], second)
		return err
	})
}

func (w *work) destroyed(until float64) (*keys, error) {
	found := newKeys(until)
	return found, w.bundle.rows("keys.csv", "destroyed_at,ordered_by", func(when, by string) error {
		at, err := parseTime(when)
		found.add(at, by)
		return err
	})
}

// parseIndex takes any digits; a number no tree can reach is the largest there is.
func parseIndex(text string) (int64, error) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, unreadable("a table has an index that is none")
	}
	found, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return math.MaxInt64, nil
	}
	return found, nil
}

func parseTime(text string) (float64, error) {
	wrong := unreadable("keys.csv has a time that is none")
	match := looseTime.FindStringSubmatch(text)
	if match == nil {
		return 0, wrong
	}
	var parts [8]int
	for i := 1; i < 7; i++ {
		parts[i], _ = strconv.Atoi(strings.TrimSpace(match[i]))
	}
	parts[7], _ = strconv.Atoi((match[7] + "00000")[:6])
	at := time.Date(parts[1], time.Month(parts[2]), parts[3], parts[4], parts[5], parts[6],
		parts[7]*1000, time.UTC)
	if at.Day() != parts[3] || parts[1] == 0 {
		return 0, wrong
	}
	return seconds(at), nil
}

// inOrder returns checkpoints by size, epoch and time.
func inOrder(checkpoints []signed) []signed {
	found := append([]signed(nil), checkpoints...)
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i], found[j]
		if a.size != b.size {
			return a.size < b.size
		}
		if a.epoch != b.epoch {
			return a.epoch < b.epoch
		}
		return a.time < b.time
	})
	return found
}
