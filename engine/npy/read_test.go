package npy

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"
)

// recorded is what NumPy 2.4.6 wrote: numpy.lib.format.write_array(file, array) of the array that the name says, in format 2.0 where it says so.
var recorded = map[string]string{
	"[[1,-2.5,0],[3,nan,1e-40]]": "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAgwAAAAAAAAEBAAADAf8IWAQA=",
	"[0.1,-7] as float64":        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqamZmZmZm5PwAAAAAAABzA",
	"[[[1.5]]] in format 2":      "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwgMSwgMSksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/",
	"7 without dimensions":       "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAOBA",
	"zeros by columns":           "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"arange(3) as int64":         "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAAAgAAAAAAAAA=",
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	bytes, err := base64.StdEncoding.DecodeString(recorded[name])
	if err != nil || len(bytes) == 0 {
		t.Fatal(err)
	}
	return bytes
}

func TestReadIsNumPys(t *testing.T) {
	nan := float32(math.NaN())
	for name, want := range map[string]Array{
		"[[1,-2.5,0],[3,nan,1e-40]]": {[]int{2, 3}, []float32{1, -2.5, 0, 3, nan, 1e-40}},
		"[0.1,-7] as float64":        {[]int{2}, []float32{0.1, -7}},
		"[[[1.5]]] in format 2":      {[]int{1, 1, 1}, []float32{1.5}},
		"7 without dimensions":       {nil, []float32{7}},
	} {
		got, err := Read(bytes.NewReader(file(t, name)))
		same := func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b }
		if err != nil || !slices.Equal(got.Shape, want.Shape) || !slices.EqualFunc(got.Values, want.Values, same) {
			t.Errorf("%s is read as %v, %v", name, got, err)
		}
	}
}

func TestReadExplainsWhatIsWrong(t *testing.T) {
	whole := file(t, "[[1,-2.5,0],[3,nan,1e-40]]")
	shaped := func(shape string) []byte { return bytes.Replace(whole, []byte("(2, 3), }"), []byte(shape+", }"), 1) }
	for want, text := range map[string][]byte{
		"numpy.ascontiguousarray":         file(t, "zeros by columns"),
		"type <i8":                        file(t, "arange(3) as int64"),
		"no .npy file":                    []byte("P5 2 2 255\n...."),
		"is cut off":                      whole[:len(whole)-1],
		"header is cut off":               whole[:40],
		"goes on after its 6 values":      append(slices.Clone(whole), 0),
		"format 9":                        append([]byte("\x93NUMPY\x09\x00"), whole[8:]...),
		"not that of an array of numbers": bytes.Replace(whole, []byte("shape"), []byte("shame"), 1),
		"more than 2147483648 elements":   shaped("(3, 99999999999)"),
		"not one of numbers":              shaped("(2 3)"),
	} {
		if _, err := Read(bytes.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
