package engine

import (
	"strings"
	"testing"
)

func TestFindListsWhatComputes(t *testing.T) {
	devices, _ := Find()
	if first := devices[0].Name; first != "cuda" && first != "cuda:0" {
		t.Errorf("the first device is %q", first)
	}
	last := devices[len(devices)-3:]
	if last[0].Name != "cpu" || !strings.Contains(last[0].Description, " threads") || last[1].Name != "reference" || last[2].Name != "gorgonia" {
		t.Errorf("the last devices are %+v", last)
	}
	for _, found := range devices {
		if found.Description == "" && found.Absent == "" {
			t.Errorf("nothing is said of %s", found.Name)
		}
		if d, err := OpenDevice(found.Name, 1); (err == nil) != (found.Absent == "") {
			t.Errorf("%+v, but opening it gives %v", found, err)
		} else if err == nil {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
