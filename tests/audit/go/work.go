package main

import (
	"bytes"
	"fmt"
	"os"
)

// work is a verification under way.
type work struct {
	acceptsGap bool
	bundle     *bundle
	read       int64
	ids        map[string]bool
}

// start reads what the auditor gave, then the bundle.
func (w *work) start(chosen options) error {
	var policy []byte
	var held [][]byte
	var err error
	if chosen.policy != "" {
		if policy, err = os.ReadFile(chosen.policy); err != nil {
			return unreadable("the policy can not be read")
		}
	}
	for _, name := range chosen.checkpoints {
		raw, err := os.ReadFile(name)
		if err != nil {
			return unreadable("a checkpoint can not be read")
		}
		held = append(held, raw)
	}
	found, err := openBundle(chosen.folder)
	if err != nil {
		return err
	}
	w.bundle, w.ids = found, map[string]bool{}
	if err := w.run(policy, held, chosen.policy != ""); err != nil {
		return err
	}
	if chosen.policy == "" {
		return unknown("policy_not_yours", none, "the keys are the bundle's own: give --policy")
	}
	return nil
}

// run does every check in the order of audit-bundle.md, section 3; the first that fails counts.
func (w *work) run(policy []byte, raw [][]byte, isYours bool) error {
	changed, err := w.bundle.changes()
	if err != nil {
		return err
	}
	ring, err := w.keyring(policy, isYours)
	if err != nil {
		return err
	}
	everything, err := w.checkpoints(ring, raw)
	if err != nil {
		return err
	}
	newest := everything[0]
	grown, continued, err := w.tree(newest, everything[1:])
	if err != nil {
		return err
	}
	if err := w.entries(grown, continued); err != nil {
		return err
	}
	if newest.epoch > 1 && !w.acceptsGap {
		return unknown("log_gap", none, "entries were lost, and a new epoch was declared")
	}
	if len(changed) > 0 {
		return tamper("bundle_changed", none, changed[0]+" is not as the manifest lists it")
	}
	return nil
}

// tree returns the log under its newest checkpoint, and the checkpoints it continues.
func (w *work) tree(newest signed, others []signed) (*tree, []signed, error) {
	b := w.bundle
	if b.origin != newest.origin || b.size != newest.size || b.epoch != newest.epoch {
		detail := "the manifest speaks of another checkpoint"
		return nil, nil, tamper("bundle_changed", none, detail)
	}
	grown, err := loadTree(b, newest.size)
	if err != nil {
		return nil, nil, err
	}
	if err := grown.checkNewest(newest, others); err != nil {
		return nil, nil, err
	}
	continued := []signed{newest}
	for _, other := range inOrder(others) {
		isLeftBehind, err := grown.checkOther(newest, other)
		if err != nil {
			return nil, nil, err
		}
		if !isLeftBehind {
			continued = append(continued, other)
		}
	}
	return grown, continued, nil
}

func (w *work) keyring(policy []byte, isYours bool) (*keyring, error) {
	if !isYours {
		own, err := w.bundle.read("policy.txt")
		if err != nil {
			return nil, err
		}
		policy = own
	}
	ring, err := parsePolicy(policy)
	if err != nil {
		return nil, err
	}
	var notes [][]byte
	for i := range w.bundle.under("keys/") {
		raw, err := w.bundle.read(fmt.Sprintf("keys/%d.note", i+2))
		if err != nil {
			return nil, err
		}
		notes = append(notes, raw)
	}
	for _, raw := range notes {
		if err := ring.follow(raw); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

// checkpoints returns the newest, those of the bundle, and those held outside.
func (w *work) checkpoints(ring *keyring, held [][]byte) ([]signed, error) {
	var found []signed
	for _, name := range append([]string{"checkpoint"}, w.bundle.under("checkpoints/")...) {
		raw, err := w.bundle.read(name)
		if err != nil {
			return nil, err
		}
		one, err := ring.open(raw)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	for _, raw := range held {
		one, err := ring.open(raw)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

// entries looks at each entry in one pass, then at what only the whole shows.
func (w *work) entries(grown *tree, checkpoints []signed) error {
	rules, err := w.rules(grown, checkpoints)
	if err != nil {
		return err
	}
	if !w.bundle.names["entries.csv"] {
		return incomplete("entries.csv is missing")
	}
	var made bytes.Buffer
	writeRow(&made, columns)
	err = w.each(func(e *entry) error {
		err := w.entry(e, grown, rules)
		if err == nil {
			writeRow(&made, e.row())
			w.read++
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, each := range rules {
		if err := each.finish(); err != nil {
			return err
		}
	}
	return requireTable(w.bundle, made.Bytes())
}

// each gives the entries in the order of their places.
func (w *work) each(see func(e *entry) error) error {
	last := none
	return w.bundle.lines("entries.jsonl", func(line []byte) error {
		e, err := split(line)
		if err != nil {
			return tamper("form_changed", last+1, err.Error())
		}
		if e.index <= last || e.index >= w.bundle.size {
			return tamper("form_changed", e.index, "indexes do not ascend")
		}
		last = e.index
		return see(e)
	})
}

func requireTable(b *bundle, made []byte) error {
	said, err := os.ReadFile(b.folder + "/entries.csv")
	if err != nil || !bytes.Equal(said, made) {
		return tamper("bundle_changed", none, "entries.csv says something else")
	}
	return nil
}

func (w *work) entry(e *entry, grown *tree, rules []rule) error {
	if e.leaf() != grown.leaf(e.index) {
		return tamper("entry_changed", e.index, "the bytes do not hash to the leaf")
	}
	if err := e.read(); err != nil {
		return err
	}
	if w.ids[e.text("id")] {
		return tamper("tree_changed", e.index, "one entry is in the tree twice")
	}
	if e.text("controller") != w.bundle.controller {
		return tamper("form_changed", e.index, "the entry is another's")
	}
	w.ids[e.text("id")] = true
	for _, each := range rules {
		if err := each.see(e); err != nil {
			return err
		}
	}
	return nil
}
