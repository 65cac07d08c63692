package picture

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// encodeTIFF writes an uncompressed little-endian TIFF (revision 6.0) of one strip. Go's encoder would need a copy of the whole picture and
// always adds an alpha channel to colours.
func encodeTIFF(w io.Writer, p *Picture, profile []byte) error {
	channels := p.Planes
	if p.Alpha != nil {
		channels = append([][]uint16{p.Planes[0], p.Planes[0], p.Planes[0]}, p.Alpha)
		copy(channels, p.Planes)
	}
	n, bytesPerSample := len(channels), p.Depth/8
	length := uint64(p.Width) * uint64(p.Height) * uint64(n*bytesPerSample)
	const header = 8
	if length > math.MaxUint32-1024-uint64(len(profile)) { // offsets have 32 bits
		return errors.New("the picture is too large for a TIFF; write .png")
	}
	order := binary.LittleEndian
	padded := uint32(length+1) &^ 1 // a directory begins at an even offset
	head := append([]byte("II*\x00"), order.AppendUint32(nil, header+padded)...)
	if _, err := w.Write(head); err != nil {
		return err
	}
	row := make([]byte, p.Width*n*bytesPerSample)
	for y := range p.Height {
		for c, channel := range channels {
			for x, sample := range channel[y*p.Width : (y+1)*p.Width] {
				if i := (x*n + c) * bytesPerSample; p.Depth == 8 {
					row[i] = uint8(sample)
				} else {
					order.PutUint16(row[i:], sample)
				}
			}
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	_, err := w.Write(append(make([]byte, padded-uint32(length)), tiffDirectory(p, n, header, padded, uint32(length), profile)...))
	return err
}

// tiffDirectory returns the directory that describes n channels in one strip at the offset strip, and the values it points to.
func tiffDirectory(p *Picture, n int, strip, padded, length uint32, profile []byte) []byte {
	const short, long, undefined = 3, 4, 7
	type entry struct {
		tag, kind    uint16
		count, value uint32
	}
	const blackIsZero, rgb = 1, 2
	photometric := uint32(blackIsZero)
	if n > 1 {
		photometric = rgb
	}
	entries := []entry{
		{256, long, 1, uint32(p.Width)},
		{257, long, 1, uint32(p.Height)},
		{258, short, uint32(n), uint32(p.Depth)}, // bits per sample
		{259, short, 1, 1},                       // not compressed
		{262, short, 1, photometric},
		{273, long, 1, strip},
		{277, short, 1, uint32(n)},       // samples per pixel
		{278, long, 1, uint32(p.Height)}, // rows per strip
		{279, long, 1, length},           // bytes of the strip
		{tagPlanar, short, 1, 1},         // interleaved
	}
	if p.Alpha != nil {
		entries = append(entries, entry{338, short, 1, 2}) // extra sample: alpha that the colours are not multiplied by
	}
	if len(profile) > 0 {
		entries = append(entries, entry{tagProfile, undefined, uint32(len(profile)), 0})
	}
	// What does not fit into an entry follows the directory: the bits of each sample, then the profile.
	order := binary.LittleEndian
	var values []byte
	end := strip + padded + 2 + 12*uint32(len(entries)) + 4
	if n > 1 {
		entries[2].value = end
		for range n {
			values = order.AppendUint16(values, uint16(p.Depth))
		}
	}
	if len(profile) > 0 {
		entries[len(entries)-1].value = end + uint32(len(values))
		values = append(values, profile...)
	}
	directory := order.AppendUint16(nil, uint16(len(entries)))
	for _, e := range entries {
		directory = order.AppendUint16(directory, e.tag)
		directory = order.AppendUint16(directory, e.kind)
		directory = order.AppendUint32(directory, e.count)
		directory = order.AppendUint32(directory, e.value)
	}
	directory = order.AppendUint32(directory, 0) // no next directory
	return append(directory, values...)
}
