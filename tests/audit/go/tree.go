package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// store holds a tree as golang.org/x/mod/sumdb/tlog numbers its hashes.
type store []tlog.Hash

// ReadHashes makes a store a tlog.HashReader.
func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("no such hash")
		}
		found[i] = s[index]
	}
	return found, nil
}

// tree is a log made again from its leaves.
type tree struct {
	size   int64
	hashes store
}

func (t *tree) at(level int, index int64) tlog.Hash {
	return t.hashes[tlog.StoredHashIndex(level, index)]
}

func (t *tree) leaf(index int64) tlog.Hash { return t.at(0, index) }

func (t *tree) root(size int64) tlog.Hash {
	if size == 0 {
		return sha256.Sum256(nil)
	}
	found, err := tlog.TreeHash(size, t.hashes)
	if err != nil {
		return tlog.Hash{} // nothing hashes to it
	}
	return found
}

// loadTree reads the tiles of the leaves, then demands that those above follow.
func loadTree(b *bundle, size int64) (*tree, error) {
	t := &tree{size: size}
	for n := int64(0); n*tileWidth < size; n++ {
		content, err := readTile(b, 0, n)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(content); i += tlog.HashSize {
			if err := t.add(n*tileWidth+int64(i/tlog.HashSize), content[i:]); err != nil {
				return nil, err
			}
		}
	}
	for level := 1; size>>(tileHeight*level) > 0; level++ {
		if err := t.requireLevel(b, level); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *tree) add(index int64, raw []byte) error {
	var leaf tlog.Hash
	copy(leaf[:], raw)
	made, err := tlog.StoredHashesForRecordHash(index, leaf, t.hashes)
	if err != nil {
		return unreadable("the tree can not be made")
	}
	t.hashes = append(t.hashes, made...)
	return nil
}

func (t *tree) requireLevel(b *bundle, level int) error {
	count := t.size >> (tileHeight * level)
	for n := int64(0); n*tileWidth < count; n++ {
		stored, err := readTile(b, level, n)
		if err != nil {
			return err
		}
		for i := 0; i < len(stored)/tlog.HashSize; i++ {
			place := n*tileWidth + int64(i)
			own := t.at(tileHeight*level, place)
			if !bytes.Equal(own[:], stored[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
				first := place << (tileHeight * level)
				return tamper("tree_changed", first, "a tile does not follow from the leaves")
			}
		}
	}
	return nil
}

func readTile(b *bundle, level int, n int64) ([]byte, error) {
	width := b.size>>(tileHeight*level) - n*tileWidth
	if width > tileWidth {
		width = tileWidth
	}
	name := tileName(level, n, width)
	if !b.names[name] {
		first := n * tileWidth << (tileHeight * level)
		return nil, unknown("missing_tile", first, "the tile "+name+" is missing")
	}
	content, err := b.read(name)
	if err != nil {
		return nil, err
	}
	if int64(len(content)) != width*tlog.HashSize {
		return nil, unknown("missing_tile", n*tileWidth, "the tile "+name+" is not whole")
	}
	return content, nil
}

// tileName is C2SP tlog-tiles' path, `tile/0/x001/234.p/5`.
func tileName(level int, n, width int64) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < tileWidth {
		name += fmt.Sprintf(".p/%d", width)
	}
	return fmt.Sprintf("tile/%d/%s", level, name)
}

// checkNewest demands the root everything is measured against.
func (t *tree) checkNewest(newest signed, others []signed) error {
	if t.root(newest.size) == newest.root {
		return nil
	}
	confirmed := int64(0)
	for _, c := range others {
		if c.size < newest.size && c.size > confirmed && t.root(c.size) == c.root {
			confirmed = c.size
		}
	}
	return tamper("tree_changed", confirmed, "the leaves do not give the root that was signed")
}

// checkOther demands that the log continues a checkpoint; one of an earlier epoch that it does not
// continue was left behind by the gap that was declared.
func (t *tree) checkOther(newest, other signed) (isLeftBehind bool, err error) {
	switch {
	case other.size > t.size:
		err = tamper("log_shortened", t.size, "a checkpoint of more entries was signed")
	case other.epoch > newest.epoch || t.root(other.size) != other.root:
		index := other.size - 1
		if index < 0 {
			index = 0
		}
		err = tamper("log_forked", index, "a signed checkpoint is of another tree")
	}
	if other.epoch < newest.epoch {
		return err != nil, nil
	}
	return false, err
}
