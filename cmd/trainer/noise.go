package main

import (
	"fmt"

	"tweedie/engine"
	"tweedie/engine/picture"
)

func runNoise(i *invocation) error {
	chosen := i.noiseFlags("model")
	seed := i.flags.Uint64("seed", 1, "seed of the generator")
	out := i.flags.String("o", "", "`path` of the noisy image")
	force := i.flags.Bool("force", false, "overwrite the result if it exists")
	openDevice := i.deviceFlags()
	if err := i.parse(1, 1); err != nil {
		return err
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	if *out == "" {
		return i.misuse("-o is needed")
	}
	if missing {
		return i.sigmaMissing()
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
	noisy, err := engine.AddNoise(d, clean, given, *seed)
	if err != nil {
		return err
	}
	if err := picture.Write(*out, noisy, *force); err != nil {
		return err
	}
	fmt.Fprintln(i.stdout, *out)
	return nil
}
