package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// A colour profile (ICC.1:2010) says what the samples look like; a photograph from a phone shown without its own is pale. It is carried from
// file to file untouched, in the places that the formats have for it: PNG's iCCP chunk, JPEG's APP2 segments, TIFF's tag 34675. BMP and WebP
// are read and written without.

// maximumProfile bounds the bytes of a compressed profile once unpacked.
const maximumProfile = 1 << 24

const (
	jpegProfileHeader = "ICC_PROFILE\x00"
	pngHeaderEnd      = 8 + 25 // signature and the IHDR chunk
	tagProfile        = 34675
)

// profileFor returns the profile if it speaks of the colours that the file will have, else nil.
func (p *Picture) profileFor(colour bool) []byte {
	space := "GRAY"
	if colour {
		space = "RGB "
	}
	if len(p.Profile) < 128 || string(p.Profile[16:20]) != space {
		return nil
	}
	return p.Profile
}

// pngProfile returns the profile in a PNG file, or nil; a broken one counts as none, since the samples are whole.
func pngProfile(content []byte) []byte {
	for rest := content[min(pngHeaderEnd, len(content)):]; len(rest) >= 12; {
		length := uint64(binary.BigEndian.Uint32(rest))
		kind := string(rest[4:8])
		if length+12 > uint64(len(rest)) || kind == "IDAT" {
			return nil
		}
		if kind == "iCCP" {
			_, packed, named := bytes.Cut(rest[8:8+length], []byte{0})
			if !named || len(packed) == 0 || packed[0] != 0 { // method 0 is the only one
				return nil
			}
			unpacked, err := zlib.NewReader(bytes.NewReader(packed[1:]))
			if err != nil {
				return nil
			}
			profile, err := io.ReadAll(io.LimitReader(unpacked, maximumProfile))
			if err != nil {
				return nil
			}
			return profile
		}
		rest = rest[12+length:]
	}
	return nil
}

// jpegProfile joins the parts of the profile in a JPEG file: each begins with its number, from 1, and the number of all.
func jpegProfile(content []byte) []byte {
	parts := map[byte][]byte{}
	count := byte(0)
	for marker, body := range segments(content) {
		part, ok := bytes.CutPrefix(body, []byte(jpegProfileHeader))
		if marker == app2 && ok && len(part) > 2 {
			parts[part[0]], count = part[2:], part[1]
		}
	}
	var profile []byte
	for i := range int(count) {
		part, ok := parts[byte(i+1)]
		if !ok {
			return nil
		}
		profile = append(profile, part...)
	}
	return profile
}

// splice writes everything to w, with an insertion after the first bytes.
type splice struct {
	w         io.Writer
	after     int // bytes that come before the insertion
	insertion []byte
}

func (s *splice) Write(content []byte) (int, error) {
	before := min(s.after, len(content))
	n, err := s.w.Write(content[:before])
	s.after -= n
	if err != nil || s.after > 0 {
		return n, err
	}
	if len(s.insertion) > 0 {
		if _, err := s.w.Write(s.insertion); err != nil {
			return n, err
		}
		s.insertion = nil
	}
	rest, err := s.w.Write(content[before:])
	return n + rest, err
}

// pngProfileChunk returns the iCCP chunk, or nothing without a profile.
func pngProfileChunk(profile []byte) []byte {
	if profile == nil {
		return nil
	}
	body := bytes.NewBufferString("iCCPprofile\x00\x00")
	packer := zlib.NewWriter(body)
	packer.Write(profile) // a buffer takes everything
	packer.Close()
	chunk := binary.BigEndian.AppendUint32(nil, uint32(body.Len()-4))
	chunk = append(chunk, body.Bytes()...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body.Bytes()))
}

// jpegProfileSegments returns the APP2 segments of a profile; one that is too long for 255 of them is left out.
func jpegProfileSegments(profile []byte) []byte {
	const largest = 65535 - 2 - len(jpegProfileHeader) - 2
	count := (len(profile) + largest - 1) / largest
	if count > 255 {
		return nil
	}
	var segments []byte
	for i := range count {
		part := profile[i*largest : min((i+1)*largest, len(profile))]
		segments = append(segments, 0xff, app2)
		segments = binary.BigEndian.AppendUint16(segments, uint16(2+len(jpegProfileHeader)+2+len(part)))
		segments = append(segments, jpegProfileHeader...)
		segments = append(segments, byte(i+1), byte(count))
		segments = append(segments, part...)
	}
	return segments
}
