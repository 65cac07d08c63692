//go:build gpu

// Package library finds and opens CUDA's shared libraries when the program runs, so that a program starts where they are absent.
package library

// #cgo LDFLAGS: -ldl
// #define _GNU_SOURCE
// #include <dlfcn.h>
// #include <link.h>
// #include <stdlib.h>
//
// static void *open_library(const char *file, const char **why) {
//     void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
//     if (!handle) *why = dlerror();
//     return handle;
// }
//
// static const char *path_of(void *handle) {
//     struct link_map *map = 0;
//     return dlinfo(handle, RTLD_DI_LINKMAP, &map) ? 0 : map->l_name;
// }
import "C"

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"
)

// Library is an open shared library. It stays open as long as the program runs.
type Library struct {
	handle unsafe.Pointer
	// Path is the file that was opened.
	Path string
}

// Open opens the first library that is found under one of the sonames, the better names first: in the folders that the environment
// variable TWEEDIE_CUDA_LIBRARIES lists, in the linker's own search path, in /usr/local/cuda, and in NVIDIA's packages of the Pythons in
// PATH. The error is about the first file that is there but cannot be opened, or says that there is none.
func Open(sonames ...string) (*Library, error) {
	var broken error
	for _, soname := range sonames {
		for _, pattern := range append(named(soname), append([]string{soname}, usual(soname)...)...) {
			files := []string{soname}
			if pattern != soname {
				files, _ = filepath.Glob(pattern)
			}
			for _, file := range files {
				library, err := open(file)
				if err == nil {
					return library, nil
				}
				// The linker's search says no such file for a library that is merely absent, which is no news.
				if broken == nil && file != soname {
					broken = err
				}
			}
		}
	}
	if broken != nil {
		return nil, broken
	}
	return nil, fmt.Errorf("%s is neither in a folder of TWEEDIE_CUDA_LIBRARIES nor in the linker's path, /usr/local/cuda or Python's packages",
		strings.Join(sonames, " or "))
}

// named lists the patterns of paths that TWEEDIE_CUDA_LIBRARIES asks for: its folders, and the lib folders of NVIDIA's packages there.
func named(soname string) []string {
	var patterns []string
	for _, folder := range filepath.SplitList(os.Getenv("TWEEDIE_CUDA_LIBRARIES")) {
		if folder != "" {
			patterns = append(patterns, filepath.Join(folder, soname), filepath.Join(folder, "*/lib", soname))
		}
	}
	return patterns
}

// usual lists patterns of paths where CUDA's libraries are without the linker knowing: the toolkit, and Python's packages. A Python's
// prefix is taken from its place in PATH, with and without following links, since a virtual environment links to another's program.
func usual(soname string) []string {
	prefixes := []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX")}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		python := filepath.Join(folder, "python3")
		if resolved, err := filepath.EvalSymlinks(python); err == nil {
			prefixes = append(prefixes, filepath.Dir(folder), filepath.Dir(filepath.Dir(resolved)))
		}
	}
	home, _ := os.UserHomeDir()
	prefixes = append(prefixes, filepath.Join(home, ".local"), filepath.Join(home, ".pyenv/versions/*"), "/opt/*/.venv")
	patterns := []string{filepath.Join("/usr/local/cuda/lib64", soname)}
	for _, prefix := range prefixes {
		if filepath.IsAbs(prefix) {
			patterns = append(patterns, filepath.Join(prefix, "lib/python3*/*-packages/nvidia/*/lib", soname))
		}
	}
	return patterns
}

func open(file string) (*Library, error) {
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	var why *C.char
	handle := C.open_library(name, &why)
	if handle == nil {
		return nil, errors.New(C.GoString(why))
	}
	library := &Library{handle: handle, Path: file}
	if path := C.path_of(handle); path != nil {
		library.Path = C.GoString(path)
	}
	return library, nil
}

// Function is the address of one of the library's functions.
func (l *Library) Function(name string) (unsafe.Pointer, error) {
	symbol := C.CString(name)
	defer C.free(unsafe.Pointer(symbol))
	function := C.dlsym(l.handle, symbol)
	if function == nil {
		return nil, fmt.Errorf("%s has no function %s; a newer version is needed", l.Path, name)
	}
	return function, nil
}

// Bind hands the addresses of count functions, of which name tells the names, to set.
func (l *Library) Bind(count int, name func(i int) string, set func(i int, function unsafe.Pointer)) error {
	for i := range count {
		function, err := l.Function(name(i))
		if err != nil {
			return err
		}
		set(i, function)
	}
	return nil
}
