package main

import (
	"fmt"

	"tweedie/engine"
)

func runDevices(i *invocation) error {
	if err := i.parse(0, 0); err != nil {
		return err
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
