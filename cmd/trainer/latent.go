package main

import (
	"fmt"
	"image"
	"math"
	"slices"

	"tweedie/engine"
	"tweedie/engine/data"
	"tweedie/engine/report"
)

// latentObject is what latent prints with -json.
type latentObject struct {
	Images  int              `json:"images"`
	Numbers int              `json:"numbers"` // of a latent
	Shares  [2]report.Number `json:"shares"`  // of the variance, along the axes
	Error   report.Number    `json:"error"`   // of the decoded images, root mean square of white
	Classes []int            `json:"classes"` // null if the images have none
	Alike   *report.Number   `json:"alike,omitempty"`
	From    latentEnd        `json:"from"`
	To      latentEnd        `json:"to"`
}

// latentEnd is an end of the walk.
type latentEnd struct {
	Image int  `json:"image"`
	Class *int `json:"class,omitempty"`
}

func runLatent(i *invocation) error {
	open := i.modelFlags()
	chosen := i.noiseFlags("noise")
	count := i.flags.Int("count", 2000, "`number` of images, the first ones")
	from := i.flags.Int("from", -1, "`class` at which the walk begins; -1: of the two furthest apart")
	to := i.flags.Int("to", -1, "`class` at which it ends; -1: of the two furthest apart")
	i.jsonFlag("images, numbers (of a latent), shares (of the variance), error (of the decoded images, root mean square of white), classes, alike (share of the images whose nearest latent is of their class), from and to")
	check, write := i.pictureFlags()
	if err := i.parse(0, math.MaxInt); err != nil {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	if *count < 2 || *count > 20000 {
		return i.misuse("-count is from 2 to 20000")
	}
	given, missing, err := chosen()
	if err != nil {
		return err
	}
	return open(func(model *engine.Model, path string) error {
		set, err := i.latentImages(path, *count)
		if err != nil {
			return err
		}
		images, err := engine.PicturesOf(set)
		if err != nil {
			return &dataError{err}
		}
		latents, err := i.encoded(model, path, images, given, missing)
		if err != nil {
			return err
		}
		plane, err := latents.Plane()
		if err != nil {
			return &dataError{err}
		}
		decoded, err := model.Decode(latents)
		if err != nil {
			return &dataError{err}
		}
		object := latentObject{
			Images: images.Count, Numbers: latents.Size.Elements(), Shares: [2]report.Number{report.Number(plane.Shares[0]), report.Number(plane.Shares[1])},
			Error: report.Number(rootMeanSquare(decoded.Values, images.Values)), To: latentEnd{Image: 1},
		}
		if set.Labels != nil {
			if err := i.walkEnds(&object, latents, set.Labels, *from, *to); err != nil {
				return err
			}
		} else if *from >= 0 || *to >= 0 {
			return i.misuse("the images have no classes, from one of which -from and -to could lead to another")
		}
		if err := i.found(object, func() { i.printLatent(object) }); err != nil {
			return err
		}
		title := fmt.Sprintf("The latents of %d images, by class", images.Count)
		if set.Labels == nil {
			title = fmt.Sprintf("The latents of %d images", images.Count)
		}
		var drawn image.Image
		if drawn, err = model.DrawLatents(title, latents, plane, set.Labels, object.From.Image, object.To.Image); err != nil {
			return &dataError{err}
		}
		return write(drawn)
	})
}

// latentImages are the first images named, or of those that the run was validated on.
func (i *invocation) latentImages(path string, count int) (*data.Set, error) {
	var set *data.Set
	var err error
	if len(i.arguments) > 0 {
		set, err = data.Load(i.arguments, data.Options{})
	} else if experiment, found := trainedExperiment(path); found {
		set, err = engine.LoadImages(experiment, true)
	} else {
		return nil, i.misuse("there is no run beside the model that says on which images it was validated; name images")
	}
	if err != nil {
		return nil, err
	}
	some := *set
	some.Images = set.Images[:min(count, len(set.Images))]
	if set.Labels != nil {
		some.Labels = set.Labels[:len(some.Images)]
	}
	return &some, nil
}

// walkEnds finds the classes and the two images between which the walk is.
func (i *invocation) walkEnds(object *latentObject, latents *engine.Latents, labels []int, from, to int) error {
	classes := latents.Classes(labels)
	alike := report.Number(classes.Alike)
	object.Classes, object.Alike = classes.Classes, &alike
	first, second := latents.Apart(classes)
	ends := [2]*latentEnd{&object.From, &object.To}
	for k, class := range []int{from, to} {
		ends[k].Image = []int{first, second}[k]
		if class != -1 {
			position := slices.Index(classes.Classes, class)
			if position < 0 {
				return i.misuse("there is no class %d among the images; there are %v", class, classes.Classes)
			}
			ends[k].Image = classes.Central[position]
		}
		ends[k].Class = &labels[ends[k].Image]
	}
	return nil
}

func (i *invocation) printLatent(o latentObject) {
	fmt.Fprintf(i.stdout, "%d images, latents of %d numbers; the axes hold %.1f %% and %.1f %% of the variance; decoded images are %.4f of white off (root mean square)\n",
		o.Images, o.Numbers, 100*float64(o.Shares[0]), 100*float64(o.Shares[1]), float64(o.Error))
	if o.Alike == nil {
		fmt.Fprintln(i.stdout, "the images have no classes (IDX files with labels and synthetic digits have some): drawn without colours, the walk is from the first to the second")
		return
	}
	fmt.Fprintf(i.stdout, "%d classes; the nearest latent is of the same class for %.1f %%; the walk is from class %d (image %d) to class %d (image %d)\n",
		len(o.Classes), 100*float64(*o.Alike), *o.From.Class, o.From.Image, *o.To.Class, o.To.Image)
}

func rootMeanSquare(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]-b[i]) * float64(a[i]-b[i]) / float64(len(a))
	}
	return math.Sqrt(sum)
}
