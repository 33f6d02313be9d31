// Checks a log from outside with an implementation that is not ours: golang.org/x/mod/sumdb/tlog and /note.
//
// Usage: independent BASE VERIFIER_KEY < questions.json. It reads the checkpoint, tiles and proofs over HTTP, fails with
// a sentence on standard error where they don't fit, and prints proofs of its own making for the other side to check.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Size int64 `json:"size"` // of a tree
	Leaf int64 `json:"leaf"` // an index in it, from 0
	Old  int64 `json:"old"`  // size of an earlier tree, at least 1
}

type answer struct {
	Root        string   `json:"root"`
	Inclusion   []string `json:"inclusion"`
	Consistency []string `json:"consistency"`
}

type proofs struct {
	Leaf        string   `json:"leaf_hash"`
	Root        string   `json:"root_hash"`
	Inclusion   []string `json:"inclusion_path"`
	FromRoot    string   `json:"from_root"`
	ToRoot      string   `json:"to_root"`
	Consistency []string `json:"consistency_path"`
}

var base string

func main() {
	base = os.Args[1]
	head := checkpoint(os.Args[2])
	var questions []question
	must(json.NewDecoder(os.Stdin).Decode(&questions))
	answers := []answer{}
	for _, each := range questions {
		answers = append(answers, examine(head, each))
	}
	must(json.NewEncoder(os.Stdout).Encode(answers))
}

// The newest head, as note.Open and tlog.ParseTree see it: the reserved first line of their own log is put in its place.
func checkpoint(key string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	must(err)
	opened, err := note.Open(get("/checkpoint"), note.VerifierList(verifier))
	must(err)
	if len(opened.Sigs) != 1 {
		fail("the checkpoint has %d signatures by the key", len(opened.Sigs))
	}
	_, rest, _ := strings.Cut(opened.Text, "\n")
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	must(err)
	return tree
}

func examine(head tlog.Tree, asked question) answer {
	// The root of the earlier tree is believed only as far as it is a prefix of the signed one.
	both := ask("/v1/proofs/consistency?from=%d&to=%d", asked.Size, head.N)
	tree := tlog.Tree{N: asked.Size, Hash: hash(both.FromRoot)}
	must(tlog.CheckTree(hashes(both.Consistency), head.N, head.Hash, tree.N, tree.Hash))
	included := ask("/v1/proofs/inclusion?position=%d&size=%d", asked.Leaf+1, asked.Size)
	must(tlog.CheckRecord(hashes(included.Inclusion), tree.N, tree.Hash, asked.Leaf, hash(included.Leaf)))
	older := ask("/v1/proofs/consistency?from=%d&to=%d", asked.Old, asked.Size)
	must(tlog.CheckTree(hashes(older.Consistency), tree.N, tree.Hash, asked.Old, hash(older.FromRoot)))

	// Every hash that this reader gives was checked against the root, tile by tile.
	reader := tlog.TileHashReader(tree, tiles{})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, asked.Leaf)})
	must(err)
	if root != tree.Hash || stored[0] != hash(included.Leaf) {
		fail("size %d: the tiles and the proofs have different hashes", asked.Size)
	}
	record, err := tlog.ProveRecord(tree.N, asked.Leaf, reader)
	must(err)
	prefix, err := tlog.ProveTree(tree.N, asked.Old, reader)
	must(err)
	return answer{text(root), texts(record), texts(prefix)}
}

// Tiles of height 8, at the addresses of C2SP tlog-tiles, which leave out the height.
type tiles struct{}

func (tiles) Height() int                         { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := [][]byte{}
	for _, each := range wanted {
		found = append(found, get("/"+strings.Replace(each.Path(), "tile/8/", "tile/", 1)))
	}
	return found, nil
}

func ask(format string, values ...any) proofs {
	var found proofs
	must(json.Unmarshal(get(fmt.Sprintf(format, values...)), &found))
	return found
}

func get(path string) []byte {
	response, err := http.Get(base + path)
	must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(err)
	if response.StatusCode != 200 {
		fail("%s: %s: %s", path, response.Status, body)
	}
	return body
}

func hash(encoded string) tlog.Hash {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	must(err)
	var made tlog.Hash
	if copy(made[:], raw) != tlog.HashSize {
		fail("%q is no hash", encoded)
	}
	return made
}

func hashes(encoded []string) []tlog.Hash {
	made := []tlog.Hash{}
	for _, each := range encoded {
		made = append(made, hash(each))
	}
	return made
}

func text(each tlog.Hash) string { return base64.StdEncoding.EncodeToString(each[:]) }

func texts(all []tlog.Hash) []string {
	made := []string{}
	for _, each := range all {
		made = append(made, text(each))
	}
	return made
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
