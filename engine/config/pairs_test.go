package config_test

import (
	"os"
	"reflect"
	"slices"
	"testing"

	"tweedie/engine/config"
)

const pairs = "[data]\nnoisy = \"n\"\nclean = [\"c\"]\nvalidation_noisy = \"vn\"\nvalidation_clean = \"vc\"\n"

// TestPairs: pairs take the place of clean images and of a noise model; what is written of them reads back; -set goes from one to the other.
func TestPairs(t *testing.T) {
	want := config.Data{Noisy: []string{"n"}, Clean: []string{"c"}, ValidationNoisy: []string{"vn"}, ValidationClean: []string{"vc"}}
	for _, text := range []string{
		pairs, pairs + "train = \"dead-leaves\"\nvalidation = \"dead-leaves\"\n", pairs + "[noise]\nmodel = \"gaussian\"\n", pairs + "[noise]\nmodel = \"paired\"\n",
	} {
		e, err := config.Parse("x.toml", []byte(text+"[train]\nsteps = 1"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(e.Data, want) || !reflect.DeepEqual(e.Noise, config.Noise{Model: config.Paired}) || e.Noise.Components() != nil {
			t.Errorf("%s: %+v, %+v", text, e.Data, e.Noise)
		}
		again, err := config.Parse("x.toml", e.Encode())
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Errorf("written and read again: %+v (%v), want %+v", again, err, e)
		}
		back, err := config.Parse("checkpoint", e.Canonical())
		if err != nil {
			t.Fatal(err)
		}
		if found := config.Differences(back, e); len(found) > 0 {
			t.Errorf("read back from a checkpoint it differs: %v", found)
		}
		plain, err := config.Parse("x.toml", []byte("train.steps = 1"))
		if err != nil {
			t.Fatal(err)
		}
		if found := config.Differences(plain, e); !slices.Equal(found, []string{`noise.model = "paired" (was "gaussian")`, "noise.sigma = absent (was 25)"}) {
			t.Errorf("of an experiment without pairs it differs by %q", found)
		}
	}
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/p.toml", []byte(pairs+"[train]\nsteps = 1"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder+"/n.toml", []byte("[data]\ntrain = \"photos\"\n[noise]\nsigma = 15\n[train]\nsteps = 1"), 0o666); err != nil {
		t.Fatal(err)
	}
	sets := []string{"data.noisy=n", "data.clean=c", "data.validation_noisy=vn", "data.validation_clean=vc"}
	e, err := config.Load(folder+"/n.toml", nil, sets)
	if err != nil || !reflect.DeepEqual(e.Data, want) || e.Noise.Model != config.Paired {
		t.Errorf("pairs set: %+v (%v)", e, err)
	}
	e, err = config.Load(folder+"/p.toml", nil, []string{"data.train=photos"})
	if err != nil || !reflect.DeepEqual(e.Data, config.Data{Train: []string{"photos"}, Validation: []string{"dead-leaves"}}) ||
		!reflect.DeepEqual(e.Noise, config.Noise{Model: "gaussian", Sigma: config.Range{From: 25, To: 25}}) {
		t.Errorf("clean images set: %+v (%v)", e, err)
	}
}

func TestPairsRefuse(t *testing.T) {
	const unpaired = "without clean images, name a second recording of each as clean with train.loss = \"noise2noise\", or the noisy ones as data.train with noise.recorded = true, " +
		"their noise in [noise], and train.loss = \"sure\""
	for text, message := range map[string]string{
		"[data]\nnoisy = \"n\"":                                    "x.toml:2: [data] has no clean, the clean images of noisy; " + unpaired,
		"[data]\nclean = \"c\"":                                    "x.toml:2: [data] has no noisy; pairs need noisy and clean, and validation_noisy and validation_clean to measure on",
		"[data]\nnoisy = \"n\"\nclean = \"c\"":                     "x.toml:1: [data] has no validation_noisy; pairs need noisy and clean, and validation_noisy and validation_clean to measure on",
		pairs + "train = \"photos\"":                               "x.toml:6: train in [data] names clean images to add noise to, but pairs are given; remove it, or all keys of pairs",
		pairs + "validation = \"photos\"":                          "x.toml:6: validation in [data] names clean images to add noise to, but pairs are given; remove it, or all keys of pairs",
		pairs + "[noise]\nsigma = 15":                              "x.toml:7: sigma in [noise] is no key of the model \"paired\", which has none; remove it, or choose another model",
		pairs + "[noise]\nmodel = \"ct\"":                          "x.toml:2: the model \"ct\" in [noise] would add noise to images that have their own; remove it, or all keys of pairs",
		pairs + "[network]\nnoise_map = true":                      "x.toml:2: noise_map in [network] tells the noise level, which is not known of pairs; remove it",
		pairs + "[network]\nsigma_data = 0.5":                      "x.toml:2: sigma_data in [network] needs the noise level, which is not known of pairs; remove it",
		"[data]\nnoisy = [\"a\", \"b\"]\nclean = \"c\"":            "x.toml:3: [data] lists 2 in noisy and 1 in clean; each belongs to the one at its place",
		"[data]\nnoisy = []":                                       "x.toml:2: data.noisy = []: want a folder of images, an image, an IDX file, or a list of them",
		"[noise]\nmodel = \"one-of\"\nof = [{model = \"paired\"}]": "x.toml:3: noise.of = [a table]: table 1: it needs a model other than one-of and paired",
	} {
		_, err := config.Parse("x.toml", []byte(text+"\n[checkpoint]\nkeep = 3"))
		if err == nil || err.Error() != message {
			t.Errorf("%s:\n got %v\nwant %s", text, err, message)
		}
	}
}
