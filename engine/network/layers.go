package network

import (
	"fmt"
	"regexp"
	"slices"

	"tweedie/engine/program"
)

var layersName = regexp.MustCompile(`^layers(?:(\d+)x(\d+))?$`)

// Layer is one layer of a network that its user composes. In PyTorch it is the module Name of an nn.Module: value = module(From), then the layers
// of Add are added, then the activation or the gate follows.
type Layer struct {
	Kind       string   // one of Kinds
	Name       string   // in messages, From, Add and PyTorch's parameters; "layers.0" and so on if empty
	From       string   // the layer whose result is read, the one before if empty; InputLayer and NoisyLayer are what the network is given
	Add        []string // at most two layers
	Gate       string   // a layer whose silu the value is multiplied by, before Activation: a gated linear unit (Shazeer 2020)
	Channels   int      // of the result; not of SumKind
	Kernel     int      // of ConvolutionKind, 1 or 3; 0 is 3
	Height     int      // of ReshapeKind
	Width      int
	Activation string // one of Activations, none if empty; none with Gate
	NoBias     bool
	Latent     bool   // the result is the network's latent
	At         string // where the layer was written, for messages
}

// Names of what a network is given: the noisy images, and those with the noise map if there is one.
const (
	NoisyLayer = "noisy"
	InputLayer = "input"
)

// The kinds of layers.
const (
	ConvolutionKind = "convolution" // nn.Conv2d with a kernel of 1 or 3 that keeps the size
	DownKind        = "down"        // nn.Conv2d with a kernel and stride of 2: half the height and width
	UpKind          = "up"          // nn.ConvTranspose2d with a kernel and stride of 2, without bias: twice the height and width
	DenseKind       = "dense"       // nn.Linear on all elements, channels last: a vector of 1x1
	ReshapeKind     = "reshape"     // the same elements, channels last, as an image
	SumKind         = "sum"         // no module: what is read, with Add and Activation
)

// Kinds lists the kinds of layers.
func Kinds() []string {
	return []string{ConvolutionKind, DownKind, UpKind, DenseKind, ReshapeKind, SumKind}
}

// Activations lists the activations of layers.
func Activations() []string { return []string{noActivation, reluActivation, siluActivation} }

const (
	noActivation   = "none"
	reluActivation = "relu"
	siluActivation = "silu"
)

// LayerError is a mistake in a composed network.
type LayerError struct {
	At      string // the layer's At
	Problem string // names the layer and says what to do
}

func (e *LayerError) Error() string { return e.Problem }

// parseLayers reads layers, a network that Description.Layers makes up for images of any size, and layersHEIGHTxWIDTH, for images of that size, which
// dense layers need.
func (d Description) parseLayers(name string) (*Network, bool, error) {
	match := layersName.FindStringSubmatch(name)
	if match == nil {
		return nil, false, nil
	}
	if len(d.Layers) == 0 {
		return nil, false, fmt.Errorf("no layer is listed; describe each by a table [[network.layer]]")
	}
	n := &Network{Multiple: 1, Padding: 1}
	if match[1] != "" {
		var err error
		if n.Height, n.Width, err = imageSize(match[1], match[2]); err != nil {
			return nil, false, err
		}
		n.Radius = max(n.Height, n.Width)
	} else {
		downs := 0
		for _, layer := range d.Layers {
			if layer.Kind == DownKind {
				downs++
			}
		}
		if downs >= maximumLevels {
			return nil, false, fmt.Errorf("%d layers halve the size: fewer than %d are known", downs, maximumLevels)
		}
		n.Multiple = 1 << downs // enough for the wiring that finds what is needed
	}
	n.hasLatent = slices.ContainsFunc(d.Layers, func(l Layer) bool { return l.Latent })
	n.wire = func(b *builder, input program.Tensor) program.Tensor {
		c := composer{builder: b, layers: d.Layers, anySize: n.Height == 0, results: map[string]result{}}
		c.put(InputLayer, result{tensor: input})
		c.put(NoisyLayer, result{tensor: b.noisy})
		b.err = c.compose()
		return b.answer
	}
	return n, true, nil
}
