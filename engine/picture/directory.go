package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
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
