// Package report shows how a run goes and what came out of it: the progress bar, metrics.jsonl and timing.jsonl, the grid of validation images, and the
// plots of a run and of a sweep over noise levels.
//
// It draws what it is given and measures nothing: PSNR and SSIM are computed by engine/evaluate.
package report

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"strconv"

	"tweedie/engine/atomicfile"
)

// WritePNG replaces the file at path by a picture, atomically.
func WritePNG(path string, picture image.Image) error {
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, picture) })
}

// Number is a float64 in a line of JSON: the shortest decimal that gives the same bits back. JSON has no NaN and no infinities; both are written as null,
// which is read as NaN.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	value := float64(n)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, value, 'g', -1, 64), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	var value float64
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("%s is no number: %w", text, err)
	}
	*n = Number(value)
	return nil
}
