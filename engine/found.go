package engine

import "fmt"

// Found is a device or a library that was looked for on this machine.
type Found struct {
	Name        string // of a device, as in the experiment's [device] name: cuda:0, cpu; or of a library
	Description string // of a device, its hardware; of a library, its version and file
	Absent      string // why it is not there or cannot be used, and what to do about it; empty if it can
}

// Find lists every device on which this program computes, those that are absent with the reason, and the libraries that it uses where they
// are. It opens each device, which shows that it works.
func Find() (devices, libraries []Found) {
	devices, libraries = findAccelerators()
	for _, name := range []string{"cpu", "reference", "gorgonia"} {
		found := Found{Name: name}
		if d, err := OpenDevice(name, 0); err != nil {
			found.Absent = err.Error()
		} else {
			info := d.Info()
			found.Description = info.Description
			if name == "cpu" {
				found.Description += fmt.Sprintf(", %d threads", info.Threads)
			}
			for _, reason := range []string{info.Slow, info.Missing} {
				if reason != "" {
					found.Description += "; " + reason
				}
			}
			_ = d.Close() // a device that was only looked at has nothing to lose
		}
		devices = append(devices, found)
	}
	return devices, libraries
}
