package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

const (
	maxFile = 1 << 26 // bytes of a file that is read as a whole
	maxLine = 1 << 18
)

var fileName = regexp.MustCompile(`\A[A-Za-z0-9_.\-]+(?:/[A-Za-z0-9_.\-]+)*\z`)

// bundle is a folder in which nothing is trusted, not even names.
type bundle struct {
	folder             string
	names              map[string]bool
	listed             map[string]string
	origin, controller string
	size, epoch        int64
}

func openBundle(folder string) (*bundle, error) {
	b := &bundle{folder: folder, names: map[string]bool{}, listed: map[string]string{}}
	if err := filepath.WalkDir(folder, b.take); err != nil {
		return nil, err
	}
	raw, err := b.read("manifest.json")
	if err != nil {
		return nil, err
	}
	return b, b.readManifest(raw)
}

func (b *bundle) take(path string, entry fs.DirEntry, err error) error {
	if err != nil || path == b.folder {
		return nil // what can not be read is missing
	}
	if entry.IsDir() && entry.Name() == "__pycache__" {
		return filepath.SkipDir
	}
	if entry.Type()&fs.ModeSymlink != 0 {
		return unreadable("the bundle holds a link")
	}
	if entry.IsDir() {
		return nil
	}
	name, err := filepath.Rel(b.folder, path)
	name = filepath.ToSlash(name)
	if err != nil || !fileName.MatchString(name) || strings.Contains("/"+name+"/", "/../") {
		return unreadable("the bundle holds a name that is not allowed")
	}
	b.names[name] = true
	return nil
}

func (b *bundle) readManifest(raw []byte) error {
	wrong := unreadable("the manifest is not one of this version")
	found, err := parseObject(raw)
	if err != nil || requireCanonical(found, raw) != nil {
		return wrong
	}
	version, isNumber := found["bundle"].(int64)
	origin, isOrigin := found["origin"].(string)
	controller, isController := found["controller"].(string)
	size, isSize := found["size"].(int64)
	epoch, isEpoch := found["epoch"].(int64)
	files, isFiles := found["files"].(map[string]any)
	isWhole := isNumber && isOrigin && isController && isSize && isEpoch && isFiles
	if !isWhole || version != 1 || size < 0 {
		return wrong
	}
	for name, digest := range files {
		text, isText := digest.(string)
		if !isText {
			return wrong
		}
		b.listed[name] = text
	}
	b.origin, b.controller, b.size, b.epoch = origin, controller, size, epoch
	return nil
}

func (b *bundle) open(name string) (io.ReadCloser, error) {
	if !b.names[name] {
		return nil, incomplete(name + " is missing")
	}
	file, err := os.Open(filepath.Join(b.folder, filepath.FromSlash(name)))
	if err != nil {
		return nil, incomplete(name + " can not be read")
	}
	return file, nil
}

func (b *bundle) read(name string) ([]byte, error) {
	file, err := b.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(content) > maxFile {
		return nil, unreadable(name + " is too large")
	}
	return content, nil
}

// changes returns what differs from the manifest.
func (b *bundle) changes() ([]string, error) {
	var listed, found []string
	for name := range b.listed {
		listed = append(listed, name)
	}
	sort.Strings(listed)
	for _, name := range listed {
		if !b.names[name] {
			return nil, incomplete(name + " is missing")
		}
	}
	for _, name := range b.under("") {
		if _, isListed := b.listed[name]; !isListed && name != "manifest.json" {
			found = append(found, name)
		}
	}
	for _, name := range listed {
		digest, err := b.digest(name)
		if err != nil {
			return nil, err
		}
		if digest != b.listed[name] {
			found = append(found, name)
		}
	}
	return found, nil
}

func (b *bundle) digest(name string) (string, error) {
	file, err := b.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", incomplete(name + " can not be read")
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// under returns the names that begin so, sorted.
func (b *bundle) under(prefix string) []string {
	var found []string
	for name := range b.names {
		if strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	sort.Strings(found)
	return found
}

// lines gives each line of a file without its end; nothing else than 0x0A ends one.
func (b *bundle) lines(name string, see func(line []byte) error) error {
	file, err := b.open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, maxLine)
	for {
		line, err := reader.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return incomplete(name + " ends in the middle of a line")
		}
		if err := see(line[:len(line)-1]); err != nil {
			return err
		}
	}
}

// rows gives each row of a file of two columns.
func (b *bundle) rows(name, header string, see func(first, second string) error) error {
	isHeader, wrong := true, unreadable(name+" has another header, or a row that is not two values")
	err := b.lines(name, func(line []byte) error {
		if isHeader {
			isHeader = false
			if string(line) != header {
				return wrong
			}
			return nil
		}
		first, second, isPair := strings.Cut(string(line), ",")
		if !isPair || strings.Contains(second, ",") {
			return wrong
		}
		return see(first, second)
	})
	if err == nil && isHeader {
		return wrong
	}
	return err
}
