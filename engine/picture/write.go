package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/bmp"
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
// The file appears whole or not at all: it is written under a temporary name beside its place, synced and renamed. Without overwrite a file
// that exists already is an error and stays as it is. Every error is an *Error with the path. Gray with alpha becomes, in PNG and TIFF,
// colour with alpha whose colours are gray.
func Write(path string, p *Picture, overwrite bool) error {
	if err := write(path, p, overwrite); err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		} else if linkError, ok := errors.AsType[*os.LinkError](err); ok {
			err = linkError.Err
		}
		if errors.Is(err, fs.ErrExist) {
			err = errors.New("the file exists already, and is only overwritten when that is asked for")
		}
		return &Error{path, err}
	}
	return nil
}

func write(path string, p *Picture, overwrite bool) error {
	if err := canWrite(path, p); err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil && !overwrite {
		return fs.ErrExist
	}
	folder, name := filepath.Split(path)
	temporary := filepath.Join(folder, fmt.Sprintf(".%s-%08x", name, rand.Uint32()))
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer os.Remove(temporary) // fails, as it should, once the file has been renamed
	buffered := bufio.NewWriterSize(file, 1<<16)
	err = encode(buffered, strings.ToLower(filepath.Ext(path)), p)
	err = errors.Join(err, buffered.Flush())
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := place(temporary, path, overwrite); err != nil {
		return err
	}
	return syncFolder(folder)
}

// place moves the finished file to its name.
func place(temporary, path string, overwrite bool) error {
	if !overwrite {
		// Unlike a rename, a link never replaces a file that another program has made meanwhile. Some file systems have no links.
		err := os.Link(temporary, path)
		if err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		if _, err := os.Lstat(path); err == nil {
			return fs.ErrExist
		}
	}
	return os.Rename(temporary, path)
}

func syncFolder(folder string) error {
	if folder == "" {
		folder = "."
	}
	directory, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

func encode(w io.Writer, extension string, p *Picture) error {
	switch extension {
	case ".png":
		return png.Encode(w, encodable{p})
	case ".tif", ".tiff":
		return encodeTIFF(w, p)
	case ".bmp":
		return bmp.Encode(w, p.opaqueImage())
	default:
		return jpeg.Encode(w, p.opaqueImage(), &jpeg.Options{Quality: jpegQuality})
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
