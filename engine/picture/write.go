package picture

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/bmp"

	"tweedie/engine/atomicfile"
)

// jpegQuality keeps what denoising gained: at 95 the quantisation stays below the noise of a good camera.
const jpegQuality = 95

// CanWrite reports whether Write can keep the picture in a file of this name: PNG and TIFF hold every picture, JPEG and BMP 8 bits without
// alpha. It is meant to be asked before long work.
func CanWrite(path string, p *Picture) error {
	if err := canWrite(path, p); err != nil {
		return &Error{path, err}
	}
	return nil
}

func canWrite(path string, p *Picture) error {
	extension := strings.ToLower(filepath.Ext(path))
	switch extension {
	case ".png", ".tif", ".tiff":
		return nil
	case ".jpg", ".jpeg", ".bmp":
		if p.Depth != 8 {
			return fmt.Errorf("%s cannot hold %d bits a sample; write .png or .tif", extension, p.Depth)
		}
		if p.Alpha != nil {
			return fmt.Errorf("%s cannot hold transparency; write .png or .tif", extension)
		}
		return nil
	case "":
		return errors.New("no extension to tell the format by; write .png, .tif, .jpg or .bmp")
	}
	return fmt.Errorf("images are not written as %s; write .png, .tif, .jpg or .bmp", extension)
}

// Write writes the picture to a file in the format of its extension: .png, .tif, .tiff, .jpg, .jpeg (quality 95) or .bmp.
//
// The file appears whole or not at all. Without overwrite a file that exists already is an error and stays as it is. Gray with alpha becomes,
// in PNG and TIFF, colour with alpha whose colours are gray. A colour profile for another colour space than the file's is left out. Errors name the path: an *Error where the picture or the name is wrong, one of
// package atomicfile where the file system is.
func Write(path string, p *Picture, overwrite bool) error {
	err := canWrite(path, p)
	if err == nil {
		err = p.Check()
	}
	if err == nil && !overwrite {
		if _, missing := os.Lstat(path); missing == nil {
			err = errors.New("the file exists already, and is only overwritten when that is asked for")
		}
	}
	if err != nil {
		return &Error{path, err}
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		return encode(w, strings.ToLower(filepath.Ext(path)), p)
	})
}

func encode(w io.Writer, extension string, p *Picture) error {
	profile := p.profileFor(len(p.Planes) == 3 || p.Alpha != nil)
	switch extension {
	case ".png":
		return png.Encode(&splice{w, pngHeaderEnd, pngProfileChunk(profile)}, encodable{p})
	case ".tif", ".tiff":
		return encodeTIFF(w, p, profile)
	case ".bmp":
		return bmp.Encode(w, p.opaqueImage())
	default:
		const startOfImage = 2 // bytes
		return jpeg.Encode(&splice{w, startOfImage, jpegProfileSegments(profile)}, p.opaqueImage(), &jpeg.Options{Quality: jpegQuality})
	}
}

// opaqueImage copies a picture of 8 bits without alpha into the type that BMP's and JPEG's encoders know as gray or colour.
func (p *Picture) opaqueImage() image.Image {
	bounds := image.Rect(0, 0, p.Width, p.Height)
	if len(p.Planes) == 1 {
		gray := image.NewGray(bounds)
		for i, sample := range p.Planes[0] {
			gray.Pix[i] = uint8(sample)
		}
		return gray
	}
	colour := image.NewRGBA(bounds)
	for i := range p.Planes[0] {
		pixel := colour.Pix[4*i : 4*i+4]
		pixel[0], pixel[1], pixel[2], pixel[3] = uint8(p.Planes[0][i]), uint8(p.Planes[1][i]), uint8(p.Planes[2][i]), 255
	}
	return colour
}
