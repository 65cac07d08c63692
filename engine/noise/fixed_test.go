package noise

import (
	"strings"
	"testing"
)

// TestFixTakesTheKeysOfTheModel: values in the keys' units, defaults for those that are absent, one sentence for each mistake.
func TestFixTakesTheKeysOfTheModel(t *testing.T) {
	type given = map[string]float64
	for _, c := range []struct {
		name   string
		given  given
		values Values
		level  float32
	}{
		{"gaussian", given{"sigma": 51}, Values{0.2}, 0.2},
		{"poisson", nil, Values{30}, 0.18257418},
		{"ct", given{"photons": 100}, Values{100, 1}, 0.16487213},
		{"poisson-gaussian", given{"sigma": 255, "peak": 1e6}, Values{1e6, 1}, 1.0000005},
		{"speckle", nil, Values{4}, 0.5},
		{"rayleigh", nil, Values{}, 0.52272321},
	} {
		f, err := Fix(c.name, c.given)
		if err != nil || f.Values != c.values || !(f.Level()-c.level < 1e-7 && c.level-f.Level() < 1e-7) {
			t.Errorf("%s %v: %v with level %v (%v), want %v with %v", c.name, c.given, f.Values, f.Level(), err, c.values, c.level)
		}
		if Models()[f.Number].Name != c.name {
			t.Errorf("%s has the number %d", c.name, f.Number)
		}
	}
	for want, c := range map[string]struct {
		name  string
		given given
	}{
		`there is no noise model "laplace"; there are ` + strings.Join(Names(), ", "): {"laplace", nil},
		"the noise model poisson has no sigma; its parameters are peak":               {"poisson", given{"sigma": 1}},
		"the noise model rayleigh has no looks; it has no parameters":                 {"rayleigh", given{"looks": 1}},
		"sigma 256 is not between 0 and 255":                                          {"gaussian", given{"sigma": 256}},
		"peak 0 is not between 0.01 and 1e+06":                                        {"poisson", given{"peak": 0}},
	} {
		if _, err := Fix(c.name, c.given); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAtStrengthMultipliesTheLevel: of every model that has a parameter for it.
func TestAtStrengthMultipliesTheLevel(t *testing.T) {
	for _, model := range Models() {
		normal, err := AtStrength(model, 1)
		if err != nil {
			t.Fatal(err)
		}
		strong, err := AtStrength(model, 2)
		if err != nil {
			t.Fatal(err)
		}
		want := 2 * normal.Level()
		if len(model.Parameters) == 0 {
			want = normal.Level()
		}
		if ratio := strong.Level() / want; !(ratio > 0.99999 && ratio < 1.00001) {
			t.Errorf("%s: the level is %v at %v and %v at %v", model.Name, normal.Level(), normal, strong.Level(), strong)
		}
	}
	if f, err := Fix("ct", nil); err != nil || f.String() != "photons 1000, attenuation 1" {
		t.Errorf("ct is shown as %q (%v)", f, err)
	}
}
