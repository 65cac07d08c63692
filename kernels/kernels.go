//go:build gpu

package kernels

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"tweedie/kernels/driver"
)

// images holds X.fatbin for each X.cu, once make gpu has compiled them.
//
//go:embed image
var images embed.FS

// emulated is the name of the device that scripts/cuda-emulator.sh builds: it holds the kernels itself and takes any image that begins so.
const (
	emulated      = "Emulated device"
	emulatedImage = "EMU"
)

// Kernels are the kernels of this package, loaded into one device's context. Its methods may be used by several goroutines.
type Kernels struct {
	modules         map[string]*driver.Module // by name of the .cu file without extension; the emulated device has one for all
	emulated        bool
	multiprocessors int
	capability      [2]int
	sharedBytes     int // the most shared memory of a block
	mutex           sync.Mutex
	functions       map[string]driver.Function
}

// Load loads every kernel. It is called inside d.Do, as is all that follows.
func Load(d *driver.Device) (*Kernels, error) {
	info := d.Info()
	k := &Kernels{
		modules: map[string]*driver.Module{}, emulated: info.Name == emulated,
		multiprocessors: max(info.Multiprocessors, 1), capability: info.Capability, sharedBytes: info.SharedBytes, functions: map[string]driver.Function{},
	}
	if k.emulated {
		return k, k.load("", []byte(emulatedImage))
	}
	names, err := fs.Glob(images, "image/*.fatbin")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("kernels: this program was built without kernels; build it by make gpu")
	}
	for _, name := range names {
		image, err := images.ReadFile(name)
		if err == nil {
			err = k.load(strings.TrimSuffix(path.Base(name), ".fatbin"), image)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("kernels: %s: %w", path.Base(name), err), k.Close())
		}
	}
	return k, nil
}

func (k *Kernels) load(file string, image []byte) error {
	module, err := driver.LoadModule(image)
	if err == nil {
		k.modules[file] = module
	}
	return err
}

// Close unloads the kernels. Nothing that uses them may be running.
func (k *Kernels) Close() error {
	var errs []error
	for _, module := range k.modules {
		errs = append(errs, module.Close())
	}
	clear(k.modules)
	clear(k.functions)
	return errors.Join(errs...)
}

// function finds a function of a .cu file, which is named without its extension.
func (k *Kernels) function(file, name string) (driver.Function, error) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if f, found := k.functions[name]; found {
		return f, nil
	}
	if k.emulated {
		file = ""
	}
	module, found := k.modules[file]
	if !found {
		return driver.Function{}, fmt.Errorf("kernel %s: %s.cu was not compiled into this program; build it by make gpu", name, file)
	}
	f, err := module.Function(name)
	if err != nil {
		return driver.Function{}, fmt.Errorf("%s.cu: %w", file, err)
	}
	k.functions[name] = f
	return f, nil
}

// sharedDefault is how much dynamic shared memory a kernel may have without being allowed more.
const sharedDefault = 48 << 10

// launch starts a function of a .cu file, which is named without its extension. Arguments are those that driver.Function.Launch takes.
func (k *Kernels) launch(s driver.Stream, file, name string, grid, block driver.Dim, shared int, arguments ...any) error {
	f, err := k.function(file, name)
	if err != nil {
		return err
	}
	if shared > sharedDefault {
		if err := f.AllowShared(shared); err != nil {
			return err
		}
	}
	return f.Launch(s, grid, block, shared, arguments...)
}

// The sizes that memory.cuh holds too: a block of threads works on chunks of elements, which are vectors of four to a thread.
const (
	threads = 256
	chunk   = 2048
)

var block = driver.Dim{X: threads} // of every kernel in chunks

// blocks is a grid for a number of chunks: at most as many blocks as the device holds at once (2048 threads a multiprocessor), each of which
// takes every such many chunks. What a kernel computes does not depend on it.
func (k *Kernels) blocks(chunks int) driver.Dim {
	return driver.Dim{X: min(chunks, 8*k.multiprocessors)}
}

// parts is n / size, rounded up.
func parts(n, size int) int { return (n-1)/size + 1 }
