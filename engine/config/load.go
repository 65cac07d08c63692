package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Load reads the experiment of that name, then sets keys as "section.key=value" strings say, and checks the whole.
//
// Name is the path of a file or, where there is none, the name of a preset; either may lack .toml. A value in sets that is not valid TOML is
// taken as text, one text stands for a list of one, and setting one of train.steps and train.minutes removes the other. The error, if any,
// is an *Error.
func Load(name string, presets fs.FS, sets []string) (*Experiment, error) {
	path, preset, text, err := open(name, presets)
	if err != nil {
		return nil, err
	}
	file := path
	if preset {
		file = "preset " + path
	}
	return parse(file, baseName(path), text, sets)
}

// open reads the text of an experiment, from the file at path or from the preset of that name.
func open(name string, presets fs.FS) (path string, preset bool, text []byte, err error) {
	candidates := []string{name}
	if !strings.HasSuffix(name, extension) {
		candidates = append(candidates, name+extension)
	}
	isFolder := false
	for _, candidate := range candidates {
		text, err := readFile(candidate)
		if err == nil {
			return candidate, false, text, nil
		}
		isFolder = isFolder || errors.Is(err, errFolder)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errFolder) {
			return "", false, nil, &Error{candidate, "cannot be read: " + cause(err)}
		}
	}
	for _, candidate := range candidates {
		if presets == nil || !strings.HasSuffix(candidate, extension) {
			continue
		}
		if text, err := fs.ReadFile(presets, candidate); err == nil {
			return candidate, true, text, nil
		}
	}
	if isFolder {
		return "", false, nil, &Error{bare(name), "is a folder; name the experiment's file in it"}
	}
	return "", false, nil, &Error{bare(name), notFound(name, presets)}
}

// errFolder: the path is a folder's. It is not yet a mistake, since a preset may have the name of one.
var errFolder = errors.New("is a folder")

const extension = ".toml"

// readFile reads at most a byte more than an experiment may have; of a folder it returns errFolder.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errFolder
	}
	return io.ReadAll(io.LimitReader(file, mostBytes+1))
}

// cause is an error of the operating system without the path, which the message has already.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// notFound says which presets there are, or which one was meant.
func notFound(name string, presets fs.FS) string {
	const problem = "no such file"
	if presets == nil || strings.ContainsAny(name, `/\`) {
		return problem
	}
	files, _ := fs.Glob(presets, "*"+extension) // errors only for a malformed pattern
	if len(files) == 0 {
		return problem
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, extension))
	}
	if near := Nearest(strings.TrimSuffix(name, extension), names); near != "" {
		return fmt.Sprintf("%s, and no preset of that name; did you mean %s?", problem, near)
	}
	return fmt.Sprintf("%s, and no preset of that name; the presets are %s", problem, strings.Join(names, ", "))
}
