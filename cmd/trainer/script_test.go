package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets this test's binary be the trainer too, as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trainer": main})
}

// tiny is an experiment that trains in a fraction of a second.
const tiny = `[experiment]
name = "tiny"
[data]
train = "data"
validation = "data"
[network]
name = "unet4x6b1"
[train]
steps = 20
batch = 2
patch = 16
validate = 10
[checkpoint]
every = 10
[device]
name = "cpu"
`

// writeTiny puts tiny.toml and the images that it names into a folder.
func writeTiny(folder string) error {
	if err := os.WriteFile(filepath.Join(folder, "tiny.toml"), []byte(tiny), 0o666); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(folder, "data"), 0o777); err != nil {
		return err
	}
	for n := range 3 {
		if err := writeImage(filepath.Join(folder, "data", fmt.Sprintf("%d.png", n)), "gray8", 40, 40+n); err != nil {
			return err
		}
	}
	return nil
}

// TestScripts runs testdata/script. Each script finds in its folder what writeTiny leaves there, and in its environment
//
//	TRAINED     a small U-Net that this program trained
//	DNCNN       a small DnCNN that PyTorch initialised
//	PICTURES    image files of many formats
//	SWEEP       the script that trains at several noise levels
//
// and may use the commands of scriptCommands beside those of testscript.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Cmds:                scriptCommands(),
		Setup: func(env *testscript.Env) error {
			for name, path := range map[string]string{
				"TRAINED":  filepath.Join("testdata", "evaluation", "trained.safetensors"),
				"DNCNN":    filepath.Join("testdata", "evaluation", "initialised.safetensors"),
				"SWEEP":    filepath.Join("..", "..", "scripts", "sweep.sh"),
				"PICTURES": filepath.Join("..", "..", "engine", "picture", "testdata"),
			} {
				absolute, err := filepath.Abs(path)
				if err != nil {
					return err
				}
				env.Setenv(name, absolute)
			}
			return writeTiny(env.WorkDir)
		},
	})
}
