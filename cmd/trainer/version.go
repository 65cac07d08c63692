package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"tweedie/engine"
)

func runVersion(i *invocation) error {
	if err := i.parse(0, 0); err != nil {
		return err
	}
	version := "unknown version"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				version = setting.Value
			}
		}
	}
	d, err := engine.OpenDevice("auto", 0)
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Fprintf(i.stdout, "trainer %s, %s, %s/%s\n%s: %s, %d threads\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		d.Info().Name, d.Info().Description, d.Info().Threads)
	return nil
}
