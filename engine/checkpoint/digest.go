package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// Two reserved keys in a file's metadata. The format has no checksum of its own, so the file carries one.
const (
	// digestKey holds the SHA-256, in lower-case hexadecimal digits, of the whole file with these digits replaced by zeros.
	digestKey = "tweedie.digest"
	// formatKey says that digestKey must be there: a flipped bit in digestKey's name must not turn a file into one without a digest.
	formatKey = "tweedie.format"

	formatVersion = "1"
	digestDigits  = 2 * sha256.Size
)

var blankDigest = strings.Repeat("0", digestDigits)

// errDamaged is the one sentence for a file whose bytes are not those that were written.
var errDamaged = errors.New("the file is damaged: its SHA-256 is not the one recorded in it")

// newDigest returns a hash that has seen everything up to the tensors: the header's length and its text with blank digits.
func newDigest(length, text []byte, digestAt int) hash.Hash {
	digest := sha256.New()
	digest.Write(length)
	digest.Write(text[:digestAt])
	digest.Write([]byte(blankDigest))
	digest.Write(text[digestAt+digestDigits:])
	return digest
}

func digits(digest hash.Hash) string { return hex.EncodeToString(digest.Sum(nil)) }
