package main

import (
	"fmt"

	"tweedie/engine"
	"tweedie/engine/picture"
)

func runNoise(i *invocation) error {
	model := i.flags.String("model", "gaussian", "`name` of the noise model; gaussian is the one there is")
	sigma := i.sigmaFlag("standard deviation, of 255")
	seed := i.flags.Uint64("seed", 1, "seed of the generator")
	out := i.flags.String("o", "", "`path` of the noisy image")
	force := i.flags.Bool("force", false, "overwrite the result if it exists")
	openDevice := i.deviceFlags()
	if err := i.parse(1, 1); err != nil {
		return err
	}
	if *model != "gaussian" {
		return i.misuse("there is no noise model %q; there is gaussian", *model)
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	if err := i.checkSigma(*sigma); err != nil {
		return err
	}
	clean, err := picture.Read(i.arguments[0])
	if err != nil {
		return err
	}
	if err := picture.CanWrite(*out, clean); err != nil {
		return err
	}
	d, err := openDevice()
	if err != nil {
		return err
	}
	defer d.Close()
	noisy, err := engine.AddNoise(d, clean, *sigma, *seed)
	if err != nil {
		return err
	}
	if err := picture.Write(*out, noisy, *force); err != nil {
		return err
	}
	fmt.Fprintln(i.stdout, *out)
	return nil
}
