package main

import (
	"fmt"

	"tweedie/engine"
)

func runDevices(i *invocation) error {
	check := i.flags.Bool("check", false, "compare a device with the reference, operation by operation; exit code 6 if it is wrong")
	wgmma := i.flags.Bool("wgmma", false, "compare the kernel for the matrix instructions of compute capability 9.0 with the portable one; exit code 6 if it is wrong")
	name := i.flags.String("device", "auto", "`name` of the device to check: auto, cuda, cuda:1, ..., cpu, reference, gorgonia")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if *check {
		return i.checkDevice(*name)
	}
	if *wgmma {
		if err := engine.CompareWgmma(*name); err != nil {
			return err
		}
		fmt.Fprintln(i.stdout, "wgmma computes what mma does; TWEEDIE_WGMMA=1 lets new runs choose it")
		return nil
	}
	devices, libraries := engine.Find()
	for _, found := range append(devices, libraries...) {
		text := found.Description
		switch {
		case found.Absent != "" && text == "":
			text = "absent: " + found.Absent
		case found.Absent != "":
			text += "; cannot be used: " + found.Absent
		}
		fmt.Fprintf(i.stdout, "%-10s %s\n", found.Name, text)
	}
	return nil
}

// checkDevice says which parts of the suite fail.
func (i *invocation) checkDevice(name string) error {
	results, err := engine.Check(name, 0)
	if err != nil {
		return err
	}
	failed := 0
	for _, result := range results {
		for k, failure := range result.Failures {
			if k == 0 {
				failed++
			}
			fmt.Fprintf(i.stdout, "%s: %s\n", result.Name, failure)
		}
	}
	fmt.Fprintf(i.stdout, "%d parts, %d failed\n", len(results), failed)
	if failed > 0 {
		return &engine.DeviceError{Err: fmt.Errorf("%s computes something else than the reference in %d of %d parts", name, failed, len(results))}
	}
	return nil
}
