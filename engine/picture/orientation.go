package picture

import (
	"bytes"
	"encoding/binary"
	"iter"
)

const app1, app2 = 0xe1, 0xe2 // markers of JPEG segments for applications

// orientation returns the orientation (1 to 8) in the first directory of a TIFF file or Exif block; 1, upright, if there is none.
func orientation(content []byte) int {
	first, _ := firstDirectory(content)
	if value := first.values[tagOrientation]; value >= 1 && value <= 8 {
		return int(value)
	}
	return 1
}

// exif returns the Exif block of a JPEG file without its header (the part in TIFF's form), or nil.
func exif(content []byte) []byte {
	for marker, body := range segments(content) {
		if block, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == app1 {
			return block
		}
	}
	return nil
}

// segments yields the marker and body of each segment of a JPEG file before its first scan.
func segments(content []byte) iter.Seq2[byte, []byte] {
	const startOfScan = 0xda
	return func(yield func(byte, []byte) bool) {
		rest := content[2:]
		for len(rest) >= 4 && rest[0] == 0xff {
			if rest[1] == 0xff { // a fill byte
				rest = rest[1:]
				continue
			}
			marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
			if marker == startOfScan || length < 2 || 2+length > len(rest) || !yield(marker, rest[4:2+length]) {
				return
			}
			rest = rest[2+length:]
		}
	}
}

// orient turns a picture that was stored in an Exif orientation (1 to 8) upright.
//
// The orientation names the visual side of the stored first row and first column: 1 top left, 2 top right, 3 bottom right, 4 bottom left,
// 5 left top, 6 right top, 7 right bottom, 8 left bottom (Exif 2.3, tag 0x0112).
func (p *Picture) orient(orientation int) {
	if orientation == 1 {
		return
	}
	transposed := orientation >= 5
	mirrored := orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7
	upsideDown := orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8
	width, height := p.Width, p.Height
	if transposed {
		width, height = height, width
	}
	turn := func(stored []uint16) []uint16 {
		upright := make([]uint16, len(stored))
		for y := range height {
			for x := range width {
				column, row := x, y
				if mirrored {
					column = width - 1 - x
				}
				if upsideDown {
					row = height - 1 - y
				}
				if transposed {
					column, row = row, column
				}
				upright[y*width+x] = stored[row*p.Width+column]
			}
		}
		return upright
	}
	for i, plane := range p.Planes {
		p.Planes[i] = turn(plane)
	}
	if p.Alpha != nil {
		p.Alpha = turn(p.Alpha)
	}
	p.Width, p.Height = width, height
}
