package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// maximumBytes bounds the file that is read into memory: MaximumPixels of four 16-bit samples.
const maximumBytes = 8 * MaximumPixels

// decoder is one file format: how to know it by its first bytes, and the functions that read it.
type decoder struct {
	magic  string // '?' stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func decoders() []decoder {
	return []decoder{
		{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
		{"\xff\xd8", jpeg.DecodeConfig, jpeg.Decode},
		{"II*\x00", tiff.DecodeConfig, tiff.Decode},
		{"MM\x00*", tiff.DecodeConfig, tiff.Decode},
		{"BM", bmp.DecodeConfig, bmp.Decode},
		{"RIFF????WEBP", webp.DecodeConfig, webp.Decode},
	}
}

// Read returns the picture in an image file. The format is told by the content, not by the name. Every error is an *Error with the path.
func Read(path string) (*Picture, error) {
	content, err := readFile(path)
	if err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err // Error names the path already
		}
		return nil, &Error{path, err}
	}
	p, err := Decode(content)
	if err != nil {
		return nil, &Error{path, err}
	}
	return p, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // reading a pipe or a device might never end
		return nil, errors.New("not a file")
	}
	if info.Size() > maximumBytes {
		return nil, fmt.Errorf("a file of %d bytes; at most %d are read", info.Size(), int64(maximumBytes))
	}
	return os.ReadFile(path)
}

// Decode returns the picture that the content of an image file holds, upright. Truncated or corrupt content is an error. A TIFF with several
// pages, or with samples that are signed or floating-point, is refused rather than read in part.
func Decode(content []byte) (p *Picture, err error) {
	// The decoders are other people's and the content is anybody's: whatever a corrupt file makes them do is that file's error.
	defer func() {
		if cause := recover(); cause != nil {
			p, err = nil, fmt.Errorf("corrupt image: the decoder failed with %v", cause)
		}
	}()
	format, err := findDecoder(content)
	if err != nil {
		return nil, err
	}
	isTIFF := format.magic[2:] == "*\x00" || format.magic[2:] == "\x00*"
	if isTIFF {
		if err := checkTIFF(content); err != nil {
			return nil, err
		}
	}
	config, err := format.config(bytes.NewReader(content))
	if err != nil {
		return nil, describe(err)
	}
	if err := checkSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	decoded, err := format.decode(bytes.NewReader(content))
	if err != nil {
		return nil, describe(err)
	}
	if format.magic[0] == 'R' {
		p, err = fromWebP(decoded)
	} else {
		p, err = fromImage(decoded)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case isTIFF:
		p.orient(orientation(content))
		first, _ := firstDirectory(content)
		p.Profile = bytes.Clone(first.profile)
	case format.magic[0] == 0xff:
		p.orient(orientation(exif(content)))
		p.Profile = jpegProfile(content)
	case format.magic[0] == 0x89:
		p.Profile = pngProfile(content)
	}
	return p, nil
}

func findDecoder(content []byte) (decoder, error) {
	if len(content) == 0 {
		return decoder{}, errors.New("the file is empty")
	}
	for _, format := range decoders() {
		if matches(format.magic, content) {
			return format, nil
		}
	}
	if matches("????ftyphei", content) || matches("????ftypmif", content) {
		return decoder{}, errors.New("a HEIC photograph, which is not read; export it as JPEG or PNG")
	}
	return decoder{}, errors.New("not a PNG, JPEG, TIFF, BMP or WebP image")
}

func matches(magic string, content []byte) bool {
	if len(content) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != content[i] {
			return false
		}
	}
	return true
}

// describe says in words what the decoders say with an end of file.
func describe(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file ends before the image does")
	}
	return err
}
