package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// Tags of a TIFF directory (TIFF revision 6.0), which is also the form of Exif.
const (
	tagSubfileType  = 254
	tagOrientation  = 274
	tagPlanar       = 284
	tagSampleFormat = 339
)

// directory is the first value of each tag with unsigned integers in one TIFF directory, the colour profile, and where the next directory
// lies (0: nowhere).
type directory struct {
	values  map[uint16]uint32
	profile []byte
	next    uint32
}

// readDirectory reads the directory at an offset into content. What lies outside the content is left out.
func readDirectory(content []byte, order binary.ByteOrder, offset uint32) directory {
	found := directory{values: map[uint16]uint32{}}
	at := func(offset, n uint64) []byte {
		if offset+n > uint64(len(content)) {
			return nil
		}
		return content[offset : offset+n]
	}
	head := at(uint64(offset), 2)
	if head == nil {
		return found
	}
	entries := int(order.Uint16(head))
	for i := range entries {
		entry := at(uint64(offset)+2+12*uint64(i), 12)
		if entry == nil {
			return found
		}
		const short, long, undefined = 3, 4, 7
		tag, kind, count := order.Uint16(entry), order.Uint16(entry[2:]), order.Uint32(entry[4:])
		value := entry[8:]
		if kind == short && count > 2 { // several values lie elsewhere
			value = at(uint64(order.Uint32(value)), 2)
		}
		switch {
		case value == nil || count == 0:
		case tag == tagProfile && kind == undefined:
			found.profile = at(uint64(order.Uint32(value)), uint64(count))
		case kind == short:
			found.values[tag] = uint32(order.Uint16(value))
		case kind == long && count == 1:
			found.values[tag] = order.Uint32(value)
		}
	}
	if next := at(uint64(offset)+2+12*uint64(entries), 4); next != nil {
		found.next = order.Uint32(next)
	}
	return found
}

// firstDirectory reads the first directory of a TIFF file or an Exif block; it is empty if the content is neither.
func firstDirectory(content []byte) (directory, binary.ByteOrder) {
	var order binary.ByteOrder
	switch {
	case matches("II*\x00????", content):
		order = binary.LittleEndian
	case matches("MM\x00*????", content):
		order = binary.BigEndian
	default:
		return directory{}, nil
	}
	return readDirectory(content, order, order.Uint32(content[4:])), order
}

// checkTIFF refuses what the decoder would misread without a word: further pages, signed and floating-point samples, separate planes.
func checkTIFF(content []byte) error {
	first, order := firstDirectory(content)
	if format, ok := first.values[tagSampleFormat]; ok && format != 1 {
		return fmt.Errorf("the samples are of TIFF format %d (2 is signed, 3 floating-point); convert them to unsigned 8 or 16 bits", format)
	}
	if planar, ok := first.values[tagPlanar]; ok && planar != 1 {
		return errors.New("the colours lie in separate planes of the TIFF; convert it to interleaved samples")
	}
	if first.next != 0 {
		const reduced = 1 // bit 0 of the subfile type: a smaller copy of another page
		if second := readDirectory(content, order, first.next); second.values[tagSubfileType]&reduced == 0 {
			return errors.New("the TIFF has several pages; split it into one file a page")
		}
	}
	return nil
}

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

const app1, app2 = 0xe1, 0xe2 // markers of JPEG segments for applications

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
