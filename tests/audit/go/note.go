package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// Types of signatures, C2SP signed-note.
const (
	plain = 1 // Ed25519 over the text
	timed = 4 // cosignature/v1: binds a time
)

const maxNote = 1_000_000 // characters

var (
	signatureLine = regexp.MustCompile(`\A— (\S+) ([A-Za-z0-9+/]+={0,2})\z`)
	number        = regexp.MustCompile(`\A(?:0|[1-9][0-9]{0,18})\z`)
	field         = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
)

// lowOrder holds the y coordinates of the points of small order, little endian, in hex.
var lowOrder = map[string]bool{
	"0100000000000000000000000000000000000000000000000000000000000000": true,
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"0000000000000000000000000000000000000000000000000000000000000000": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05": true,
}

// key is a public key as a note names it.
type key struct {
	name   string
	public [32]byte
	kind   byte
}

func (k key) blob() []byte { return append([]byte{k.kind}, k.public[:]...) }

func (k key) id() [4]byte {
	sum := sha256.Sum256(append([]byte(k.name+"\n"), k.blob()...))
	return [4]byte{sum[0], sum[1], sum[2], sum[3]}
}

func (k key) String() string {
	id := k.id()
	return fmt.Sprintf("%s+%x+%s", k.name, id[:], base64.StdEncoding.EncodeToString(k.blob()))
}

// named returns the same public key under another origin.
func (k key) named(name string) (key, error) {
	k.name = name
	if !isName(name) {
		return k, errors.New("a key's name has neither spaces nor a plus")
	}
	return k, nil
}

func isName(name string) bool {
	return name != "" && !strings.Contains(name, "+") && strings.IndexFunc(name, unicode.IsSpace) < 0
}

func parseKey(text string) (key, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 || !isName(parts[0]) {
		return key{}, errors.New("a key is written name+id+base64")
	}
	blob, err := decode(parts[2])
	if err != nil || len(blob) != 33 || blob[0] != plain && blob[0] != timed {
		return key{}, errors.New("a key is Ed25519 (type 1) or cosignature/v1 (type 4)")
	}
	found := key{name: parts[0], kind: blob[0]}
	copy(found.public[:], blob[1:])
	if !isGoodPoint(found.public) {
		return key{}, errors.New("the key is not a canonical point of full order")
	}
	if id := found.id(); hex.EncodeToString(id[:]) != parts[1] {
		return key{}, errors.New("the key's id does not belong to it")
	}
	return found, nil
}

func isGoodPoint(public [32]byte) bool {
	public[31] &= 0x7f
	if lowOrder[hex.EncodeToString(public[:])] {
		return false
	}
	var y big.Int
	for i := 31; i >= 0; i-- {
		y.Or(y.Lsh(&y, 8), big.NewInt(int64(public[i])))
	}
	return y.Cmp(field) < 0
}

// decode reads base64 without the line breaks Go allows inside.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("not base64")
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

// signature is one line under a note, unchecked.
type signature struct {
	name, line string
	blob       []byte // id and signature
}

func splitNote(raw []byte) (string, []signature, error) {
	isText := utf8.Valid(raw) && utf8.RuneCount(raw) <= maxNote
	for _, c := range raw {
		isText = isText && (c >= ' ' || c == '\n')
	}
	cut := bytes.LastIndex(raw, []byte("\n\n"))
	if !isText || cut < 0 || raw[len(raw)-1] != '\n' || cut+2 == len(raw) {
		return "", nil, errors.New("a note is a text, an empty line and signatures")
	}
	var found []signature
	for _, line := range strings.Split(string(raw[cut+2:len(raw)-1]), "\n") {
		match := signatureLine.FindStringSubmatch(line)
		if match == nil || !isName(match[1]) {
			return "", nil, errors.New("a signature line is not readable")
		}
		blob, err := decode(match[2])
		if err != nil || len(blob) <= 4 {
			return "", nil, errors.New("a signature is base64 of more than an id")
		}
		found = append(found, signature{match[1], line, blob})
	}
	return string(raw[:cut+1]), found, nil
}

// opened is a note whose signatures by known keys were checked; time is -1 without a cosignature.
type opened struct {
	text     string
	signedBy []key
	time     float64
}

// openNote checks each line by itself, so that repeated ones are checked as well.
func openNote(raw []byte, keys []key) (opened, error) {
	text, lines, err := splitNote(raw)
	found := opened{text: text, time: -1}
	if err != nil {
		return found, err
	}
	for _, line := range lines {
		k, isKnown := keyOf(line, keys)
		if !isKnown {
			continue
		}
		if k.kind == plain {
			err = checkPlain(k, text, line)
		} else {
			err = checkTimed(k, &found, line.blob[4:])
		}
		if err != nil {
			return found, err
		}
		if !contains(found.signedBy, k) {
			found.signedBy = append(found.signedBy, k)
		}
	}
	return found, nil
}

func keyOf(line signature, keys []key) (key, bool) {
	for _, k := range keys {
		if id := k.id(); k.name == line.name && bytes.Equal(id[:], line.blob[:4]) {
			return k, true
		}
	}
	return key{}, false
}

func contains(keys []key, wanted key) bool {
	for _, k := range keys {
		if k == wanted {
			return true
		}
	}
	return false
}

func checkPlain(k key, text string, line signature) error {
	verifier, err := note.NewVerifier(k.String())
	if err != nil {
		return err
	}
	_, err = note.Open([]byte(text+"\n"+line.line+"\n"), note.VerifierList(verifier))
	return err
}

func checkTimed(k key, found *opened, blob []byte) error {
	if len(blob) != 8+ed25519.SignatureSize {
		return errors.New("a signature has the wrong length")
	}
	at := binary.BigEndian.Uint64(blob)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, found.text)
	if !ed25519.Verify(k.public[:], []byte(message), blob[8:]) {
		return errors.New("a signature does not verify")
	}
	if float64(at) > found.time {
		found.time = float64(at)
	}
	return nil
}

// head is what a checkpoint says.
type head struct {
	origin string
	size   int64
	root   [32]byte
}

func parseHead(text string) (head, error) {
	var found head
	wrong := errors.New("a checkpoint is origin, size and root")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" || !number.MatchString(lines[1]) {
		return found, wrong
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, bad := decode(lines[2])
	if err != nil || bad != nil || len(root) != 32 {
		return found, wrong
	}
	if base64.StdEncoding.EncodeToString(root) != lines[2] {
		return found, errors.New("a checkpoint is written in one way only")
	}
	found.origin, found.size = lines[0], size
	copy(found.root[:], root)
	return found, nil
}
