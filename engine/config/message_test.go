package config_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/noise"
)

// Each kind of mistake has one sentence: where, what, and what to do.
func TestMessages(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		// Names.
		{"[train]\nsteps = 1\n[noise]\nsgima = 25", `x.toml:4: unknown key "sgima" in [noise]; did you mean "sigma"?`},
		{"[train]\nSTEPS = 1", `x.toml:2: unknown key "STEPS" in [train]; did you mean "steps"?`},
		{"[noise]\nbatch = 1", `x.toml:2: unknown key "batch" in [noise]; did you mean "batch" in [train]?`},
		{"[noise]\n\ncolour = 1", `x.toml:3: unknown key "colour" in [noise]; its keys are model, sigma, peak, photons, attenuation, looks, of, recorded`},
		{"train.steps = 1\ntrain.bacth = 2", `x.toml:2: unknown key "bacth" in [train]; did you mean "batch"?`},
		{"train = {steps = 1,\n bacth = 2}", `x.toml:2: unknown key "bacth" in [train]; did you mean "batch"?`},
		{"[train]\n\"bat\\u0063h \" = 2", `x.toml:2: unknown key "batch " in [train]; did you mean "batch"?`},
		{"[train]\n\"\" = 2", `x.toml:2: unknown key "" in [train]; its keys are minutes, steps, batch, patch, upright, learning_rate, warmup, average, clip, borders, start, loss, precision, validate`},
		{"[train.schedule]\nsteps = 1", `x.toml:1: unknown key "schedule" in [train]; its keys are minutes, steps, batch, patch, upright, learning_rate, warmup, average, clip, borders, start, loss, precision, validate`},
		{"# a\n[trian]\nsteps = 1", `x.toml:2: unknown section [trian]; did you mean [train]?`},
		{"[optimizer]\nbeta = 1", `x.toml:1: unknown section [optimizer]; the sections are experiment, data, noise, network, train, checkpoint, device`},
		{"steps = 1", `x.toml:1: key "steps" is in no section; did you mean "steps" in [train]?`},
		{"colour = 1", `x.toml:1: key "colour" is in no section; the sections are experiment, data, noise, network, train, checkpoint, device`},
		{"\ntrain = 1", `x.toml:2: train is a section; write [train] and its keys below it`},
		{"[[train]]\nsteps = 1", `x.toml:1: [[train]] is a section that stands once; write [train]`},
		{"[[trian]]\nsteps = 1", `x.toml:1: unknown section [trian]; did you mean [train]?`},

		// Types.
		{"[train]\nsteps = \"many\"", `x.toml:2: train.steps = "many": want an integer from 1 to 1000000000`},
		{"[train]\nsteps = 1e3", `x.toml:2: train.steps = 1000.0: want an integer from 1 to 1000000000, without decimal point or exponent: write 1000`},
		{"[train]\nsteps = 1.5", `x.toml:2: train.steps = 1.5: want an integer from 1 to 1000000000`},
		{"[train]\nsteps = 2024-01-02", `x.toml:2: train.steps = a date or time: want an integer from 1 to 1000000000`},
		{"[train.steps]\na = 1", `x.toml:1: train.steps = a table: want an integer from 1 to 1000000000`},
		{"[[train.steps]]\na = 1", `x.toml:1: train.steps = an array of tables: want an integer from 1 to 1000000000`},
		{"[train]\nminutes = true", `x.toml:2: train.minutes = true: want a number from 0.01 to 100000`},
		{"[network]\nnoise_map = 1", `x.toml:2: network.noise_map = 1: want true or false`},
		{"[network]\ndomain = \"logs\"", `x.toml:2: network.domain = "logs": want "linear", "log" or "anscombe"; did you mean "log"?`},
		{"[noise]\nmodel = \"speckle\"\n[network]\ndomain = \"anscombe\"\n[train]\nsteps = 1", `x.toml:4: network.domain = "anscombe" is for noise that counts photons (poisson, poisson-gaussian), and the model is "speckle"; write "linear" or "log", choose another model, or give domain_offset`},
		{"[network]\ndomain_offset = 1\n[train]\nsteps = 1", `x.toml:2: network.domain_offset = 1 is of the domains log and anscombe; remove it, or choose one of them`},
		{"[network]\ndomain = \"log\"\nsigma_data = 1\n[train]\nsteps = 1", `x.toml:2: network.domain = "log" and sigma_data contradict each other: sigma_data preconditions for noise as it is in the image; remove one of them`},
		{"[network]\naxes = true\nsigma_data = 1\n[train]\nsteps = 1\npatch = 0", `x.toml:3: network.axes and sigma_data contradict each other: axes measures the images along each axis; remove sigma_data`},
		{"[network]\naxes = true\ndomain = \"log\"\n[train]\nsteps = 1\npatch = 0", `x.toml:3: network.axes and domain = "log" contradict each other: axes preconditions for noise as it is in the image; remove one of them`},
		{"[network]\naxes = true\n[train]\nsteps = 1\npatch = 8", `x.toml:5: network.axes are those of whole images, and train.patch = 8 cuts them; write patch = 0`},
		{"[network]\nname = 1", `x.toml:2: network.name = 1: want the name of a network`},
		{"[data]\ntrain = [\"a\", 1]", `x.toml:2: data.train = ["a", 1]: want a folder, an image, an IDX file, or a list of them; ` + data.Names() + ` stands for synthetic images`},

		// Ranges.
		{"[train]\nsteps = 0", `x.toml:2: train.steps = 0: want an integer from 1 to 1000000000`},
		{"[train]\nminutes = -1", `x.toml:2: train.minutes = -1: want a number from 0.01 to 100000`},
		{"[train]\nminutes = nan", `x.toml:2: train.minutes = nan: want a number from 0.01 to 100000`},
		{"[train]\nlearning_rate = inf", `x.toml:2: train.learning_rate = inf: want a number from 1e-09 to 1`},
		{"[train]\naverage = 1.0", `x.toml:2: train.average = 1.0: want a number from 0 to 0.999999`},
		{"[train]\nbatch = 4097", `x.toml:2: train.batch = 4097: want an integer from 1 to 4096`},
		{"[train]\npatch = -1", `x.toml:2: train.patch = -1: want an integer from 0 to 1024`},
		{"[experiment]\nseed = -1", `x.toml:2: experiment.seed = -1: want an integer from 0 to 9223372036854775807`},
		{"[experiment]\nseed = 9223372036854775808", `x.toml:2: not valid TOML: 9223372036854775808 is out of range for int64; the largest integer is 9223372036854775807`},
		{"[noise]\nsigma = -1", `x.toml:2: noise.sigma = -1: want a number above 0 up to 255, or a range [from, to] within [0, 255]`},
		{"[noise]\nsigma = 0", `x.toml:2: noise.sigma = 0: want a number above 0 up to 255, or a range [from, to] within [0, 255]`},
		{"[noise]\nsigma = [0, nan]", `x.toml:2: noise.sigma = [0, nan]: want a number above 0 up to 255, or a range [from, to] within [0, 255]`},
		{"[noise]\nsigma = [0, 1, 2]", `x.toml:2: noise.sigma = [0, 1, 2]: want a number above 0 up to 255, or a range [from, to] within [0, 255]`},
		{"[noise]\nsigma = [[0], 1]", `x.toml:2: noise.sigma = [[...], 1]: want a number above 0 up to 255, or a range [from, to] within [0, 255]`},
		{"[noise]\nsigma = [55, 0]", `x.toml:2: noise.sigma = [55, 0]: the range runs backwards: write [0, 55]`},
		{"[noise]\nmodel = \"gausian\"", `x.toml:2: noise.model = "gausian": want "` + strings.Join(noise.Names(), `", "`) + `", "one-of" or "paired"; did you mean "gaussian"?`},
		{"[noise]\npeak = 0", `x.toml:2: noise.peak = 0: want a number from 0.01 to 1e+06, or a range [from, to] within [0.01, 1e+06]`},
		{"[noise]\npeak = [0, 3]", `x.toml:2: noise.peak = [0, 3]: want a number from 0.01 to 1e+06, or a range [from, to] within [0.01, 1e+06]`},
		{"[noise]\nlooks = nan", `x.toml:2: noise.looks = nan: want a number from 0.1 to 1000, or a range [from, to] within [0.1, 1000]`},
		{"[device]\nname = \"CPU\"", `x.toml:2: device.name = "CPU": want "auto", "cuda" (or "cuda:1", ...), "cpu", "reference" or "gorgonia"; did you mean "cpu"?`},
		{"[device]\nname = \"cuda:x\"", `x.toml:2: device.name = "cuda:x": want "auto", "cuda" (or "cuda:1", ...), "cpu", "reference" or "gorgonia"; did you mean "cuda"?`},
		{"[experiment]\nname = \"a/b\"", `x.toml:2: experiment.name = "a/b": want a name without / and \`},
		{"[experiment]\noutput = \"a\\nb\"", `x.toml:2: experiment.output = "a\nb": want a folder`},
		{"[data]\ntrain = []", `x.toml:2: data.train = []: want a folder, an image, an IDX file, or a list of them; ` + data.Names() + ` stands for synthetic images`},
		{"[network]\nname = \"\"", `x.toml:2: network.name = "": want the name of a network`},

		// Contradictions.
		{"[train]\nsteps = 1\n[noise]\nrecorded = true", `x.toml:4: recorded = true in [noise] says that there are no clean images, which train.loss = "mse" needs; set train.loss = "sure"`},
		{"[train]\nsteps = 1\nloss = \"sure\"\n[noise]\nsigma = [5, 10]\nrecorded = true",
			`x.toml:5: sigma in [noise] is a range, but the noise that was recorded (recorded = true) is of one strength; give it: trainer noise-level estimates it`},
		{"[train]\nsteps = 1\nloss = \"sure\"\n[noise]\nmodel = \"speckle\"", `x.toml:5: train.loss = "sure" has no estimate for the noise model "speckle", ` +
			`only for gaussian, poisson, poisson-gaussian; choose one of these, or noise2noise`},
		{"[train]\nsteps = 1\nloss = \"sure\"\n[noise]\nmodel = \"one-of\"\nof = [{model = \"poisson\"}]\nrecorded = true",
			`x.toml:7: recorded = true in [noise] needs one model, that of the images' noise, not one-of`},
		{"[data]\nnoisy = \"n\"\nclean = \"c\"\nvalidation_noisy = \"n\"\nvalidation_clean = \"c\"\n[train]\nsteps = 1\nloss = \"sure\"",
			`x.toml:8: train.loss = "sure" needs no pairs: name the noisy images as data.train, with recorded = true and their noise in [noise], or take train.loss = "mse"`},
		{"[train]\nsteps = 1\n[noise]\nmodel = \"poisson\"\nsigma = 25", `x.toml:5: sigma in [noise] is no key of the model "poisson", whose keys are peak; remove it, or choose another model`},
		{"[train]\nsteps = 1\n[noise]\nmodel = \"rayleigh\"\nlooks = 1", `x.toml:5: looks in [noise] is no key of the model "rayleigh", which has none; remove it, or choose another model`},
		{"[train]\nsteps = 1\n[noise]\nmodel = \"one-of\"", `x.toml:3: [noise] has 0 models for "one-of" to choose from, not 1 to 8; give each a table [[noise.of]] with its model and keys`},
		{"[train]\nsteps = 1\n[noise]\nmodel = \"one-of\"\nsigma = 3\n[[noise.of]]\nmodel = \"ct\"", `x.toml:5: sigma in [noise] is no key of the model "one-of", whose keys are of; remove it, or choose another model`},
		{"[train]\nsteps = 1\n[[noise.of]]\nmodel = \"ct\"", `x.toml:3: [[noise.of]] lists models, but the model is "gaussian"; write model = "one-of" in [noise]`},
		{"[[noise.of]]\nsigma = 3", `x.toml:1: noise.of = an array of tables: table 1: it needs a model other than one-of and paired`},
		{"[[noise.of]]\nmodel = \"ct\"\n[[noise.of]]\nmodel = \"ct\"\nsigma = 3", `x.toml:1: noise.of = an array of tables: table 2: sigma is no key of the model "ct", whose keys are photons, attenuation; remove it, or choose another model`},
		{"[[noise.of]]\nmodel = \"ct\"\nweight = 0", `x.toml:1: noise.of = an array of tables: table 1: weight = 0: want a number from 0.001 to 1000`},
		{"[[noise.of]]\nmodel = \"ct\"\nfotons = 0", `x.toml:1: noise.of = an array of tables: table 1: unknown key "fotons"; its keys are weight, model, sigma, peak, photons, attenuation, looks`},
		{"[noise]\nof = 1", `x.toml:2: noise.of = 1: want tables [[noise.of]], each with a model, its keys, and a weight from 0.001 to 1000 (1 if absent)`},
		{"[train]\nsteps = 1\n[noise]\nphotons = 9", `x.toml:4: photons in [noise] is no key of the model "gaussian", whose keys are sigma; remove it, or choose another model`},
		{"[train]\nminutes = 1\nsteps = 1", `x.toml:3: minutes and steps in [train] contradict each other; remove one of them`},
		{"# nothing", `x.toml: [train] has neither minutes nor steps; add one of them, such as minutes = 10`},
		{"\n[train]\nbatch = 1", `x.toml:2: [train] has neither minutes nor steps; add one of them, such as minutes = 10`},
		{"[train]\nsteps = 1\npatch = 1024\nbatch = 65", `x.toml:4: a batch of 65 patches of 1024x1024 is 68157440 pixels, more than 67108864; make batch or patch smaller`},

		// Syntax.
		{"[train\nsteps = 1", `x.toml:1: not valid TOML: expected '.' or ']' to end table name, but got '\n' instead`},
		{"[train]\nsteps = 1\nsteps = 2", `x.toml:3: not valid TOML: Key 'train.steps' has already been defined`},
		{strings.Repeat("#", 16385), `x.toml: more than 16384 bytes: this is no experiment`},
	} {
		_, err := config.Parse("x.toml", []byte(test.text))
		if err == nil {
			t.Errorf("%q: no error, want %s", test.text, test.want)
		} else if err.Error() != test.want {
			t.Errorf("%.100q:\n got %s\nwant %s", test.text, err, test.want)
		}
	}
}

func TestMessagesOfSet(t *testing.T) {
	presets := fstest.MapFS{"x.toml": {Data: []byte("train.steps = 1")}}
	for set, want := range map[string]string{
		"trian.minutes=2":              `-set trian.minutes=2: unknown section [trian]; did you mean [train]?`,
		"train.mintes=2":               `-set train.mintes=2: unknown key "mintes" in [train]; did you mean "minutes"?`,
		"train.a.b=2":                  `-set train.a.b=2: unknown key "a.b" in [train]; its keys are minutes, steps, batch, patch, upright, learning_rate, warmup, average, clip, borders, start, loss, precision, validate`,
		"minutes=2":                    `-set minutes=2: key "minutes" is in no section; did you mean "minutes" in [train]?`,
		"train.minutes":                `-set train.minutes: write section.key=value, as in train.batch=8`,
		"":                             `-set "": write section.key=value, as in train.batch=8`,
		"train.batch=eight":            `-set train.batch=eight: want an integer from 1 to 4096`,
		"train.batch=":                 `-set train.batch=: want an integer from 1 to 4096`,
		"train.batch=8\ntrain.patch=8": `-set "train.batch=8\ntrain.patch=8": want an integer from 1 to 4096`,
		"train.batch=1\n[train]":       `-set "train.batch=1\n[train]": want an integer from 1 to 4096`,
		"train.minutes=nan":            `-set train.minutes=nan: want a number from 0.01 to 100000`,
		"data.train=":                  `-set data.train=: want a folder, an image, an IDX file, or a list of them; ` + data.Names() + ` stands for synthetic images`,
		"data.train=a\xff":             `-set "data.train=a\xff": want a folder, an image, an IDX file, or a list of them; ` + data.Names() + ` stands for synthetic images`,
		"noise.sigma=[9,1]":            `-set noise.sigma=[9,1]: the range runs backwards: write [1, 9]`,
	} {
		_, err := config.Load("x", presets, []string{set})
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", set, err, want)
		}
	}
	_, err := config.Load("x", presets, []string{"train.batch=4096", "train.patch=1024"})
	const want = `-set train.patch=1024: a batch of 4096 patches of 1024x1024 is 4294967296 pixels, more than 67108864; make batch or patch smaller`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestMessagesOfLoad(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file.toml", []byte("train.steps = 0"), 0o644); err != nil {
		t.Fatal(err)
	}
	presets := fstest.MapFS{"sigma25.toml": {Data: []byte("\ntrain.steps = 0")}, "demo.toml": {}}
	for name, want := range map[string]string{
		"sgima25.toml":         `sgima25.toml: no such file, and no preset of that name; did you mean sigma25?`,
		"other":                `other: no such file, and no preset of that name; the presets are demo, sigma25`,
		"configs/sigma25.toml": `configs/sigma25.toml: no such file`,
		"":                     `"": no such file, and no preset of that name; the presets are demo, sigma25`,
		"sigma25":              `preset sigma25.toml:2: train.steps = 0: want an integer from 1 to 1000000000`,
		"file.toml":            `file.toml:1: train.steps = 0: want an integer from 1 to 1000000000`,
		"file.toml/x":          `file.toml/x: cannot be read: not a directory`,
	} {
		_, err := config.Load(name, presets, nil)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", name, err, want)
		}
	}
	if _, err := config.Load("absent", nil, nil); err == nil || err.Error() != "absent: no such file" {
		t.Errorf("without presets: %v", err)
	}
}
