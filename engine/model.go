package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine/checkpoint"
	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/denoise"
	"tweedie/engine/device"
	"tweedie/engine/evaluate"
	"tweedie/engine/network"
	"tweedie/engine/noise"
	"tweedie/engine/picture"
	"tweedie/engine/program"
	"tweedie/engine/random"
	"tweedie/engine/train"
)

// ModelError says why a file is not a model.
type ModelError struct {
	Path string
	Err  error
}

func (e *ModelError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ModelError) Unwrap() error { return e.Err }

// Model is a trained network, ready on a device. It is not safe for concurrent use.
type Model struct {
	Path     string // of the file of weights
	denoiser *denoise.Denoiser
}

// Open reads a model: a run folder, a file of weights in PyTorch's names (safetensors), or a checkpoint, whose averaged weights are
// taken. The network is found by the file's description of it, or else by the tensors' names and shapes. The device stays the caller's to close.
func Open(path string, d device.Device) (*Model, error) {
	saved, err := readWeights(path)
	if err != nil {
		return nil, err
	}
	n, err := networkOf(saved.metadata, saved.shapes)
	if err != nil {
		return nil, &ModelError{saved.file, err}
	}
	denoiser, err := denoise.New(d, n, saved.values)
	if err != nil {
		return nil, &ModelError{saved.file, err}
	}
	return &Model{Path: saved.file, denoiser: denoiser}, nil
}

// weights are the parameters in a file, and what the file says of them.
type weights struct {
	file     string
	metadata map[string]string
	shapes   map[string][]int
	values   map[string][]float32
}

// readWeights reads what a -model argument means: of a checkpoint the averaged weights.
func readWeights(path string) (*weights, error) {
	file, err := modelFile(path)
	if err != nil {
		return nil, &ModelError{path, err}
	}
	content, err := checkpoint.ReadFile(file)
	if err != nil {
		return nil, err // it names the file
	}
	read := &weights{file, content.Metadata, map[string][]int{}, map[string][]float32{}}
	prefix := ""
	if _, isCheckpoint := content.Metadata["step"]; isCheckpoint {
		prefix = train.AveragePrefix
	}
	for _, tensor := range content.Tensors {
		name, ours := strings.CutPrefix(tensor.Name, prefix)
		if !ours {
			continue
		}
		values, err := float32s(tensor)
		if err != nil {
			return nil, &ModelError{file, err}
		}
		read.shapes[name], read.values[name] = tensor.Shape, values
	}
	return read, nil
}

// startingWeights reads the weights that a run begins with; nil where the experiment names none, and where a run is resumed.
func startingWeights(experiment *config.Experiment, start train.Start) (map[string][]float32, error) {
	path := experiment.Train.Start
	if begun, err := checkpoint.Steps(experiment.Experiment.Output); path == "" || start == train.Resume && err == nil && len(begun) > 0 {
		return nil, nil
	}
	saved, err := readWeights(path)
	if err != nil {
		return nil, fmt.Errorf("train.start: %w", err)
	}
	n, err := train.NetworkOf(experiment)
	if err != nil {
		return nil, err
	}
	if err := n.Fits(saved.shapes); err != nil {
		return nil, &ModelError{saved.file, fmt.Errorf("train.start: %w", err)}
	}
	return saved.values, nil
}

// networkOf finds a file's network: by the description that the file carries, as those that the trainer writes do, or else by the tensors.
func networkOf(metadata map[string]string, shapes map[string][]int) (*network.Network, error) {
	text, described := metadata[train.NetworkKey]
	if !described {
		return network.Identify(shapes)
	}
	description, err := config.ParseNetwork("the file's description of its network", []byte(text))
	if err != nil {
		return nil, err
	}
	n, err := train.Describe(description).Network()
	if err != nil {
		return nil, err
	}
	return n, n.Fits(shapes)
}

// modelFile is the file that a -model argument means.
func modelFile(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("no such file or run folder")
	}
	if err != nil || !info.IsDir() {
		return path, err
	}
	file := filepath.Join(path, train.ModelName)
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if newest, _, err := checkpoint.Newest(path); err == nil {
		return "", fmt.Errorf("the run stands at step %d of %d and has no %s yet; go on with -resume, or name its checkpoint %s",
			newest.Step, newest.Steps, train.ModelName, checkpoint.Path(path, newest.Step))
	}
	return "", fmt.Errorf("the folder holds no %s and no run", train.ModelName)
}

func float32s(tensor checkpoint.Tensor) ([]float32, error) {
	switch values := tensor.Data.(type) {
	case []float32:
		return values, nil
	case []float64: // a checkpoint of the reference device
		narrow := make([]float32, len(values))
		for i, value := range values {
			narrow[i] = float32(value)
		}
		return narrow, nil
	}
	return nil, fmt.Errorf("tensor %s is of type %s, not floating-point", tensor.Name, tensor.Type())
}

// Network names the network and says whether it is told the noise level.
func (m *Model) Network() (name string, noiseMap bool) {
	n := m.denoiser.Network()
	return n.Name, n.TakesLevels()
}

// Parameters is the number of the network's weights.
func (m *Model) Parameters() int { return m.denoiser.Network().Count() }

// Ensemble makes Denoise and Evaluate answer with the mean over the eight ways to turn and mirror an image, in eight times the time.
func (m *Model) Ensemble(on bool) { m.denoiser.Ensemble = on }

// Denoise returns the denoised picture; size, depth and alpha are kept. Sigma, in units of 1/255 of white, is used by networks with a
// noise map only.
func (m *Model) Denoise(noisy *picture.Picture, sigma float64) (*picture.Picture, error) {
	return m.denoiser.Picture(noisy, sigma)
}

// Batch makes the model ready for so many images of one size at a time, as float values: for what runs the network often, and for its Jacobian. Close it before
// the model.
func (m *Model) Batch(samples, height, width int) (*denoise.Batch, error) {
	return m.denoiser.Batch(samples, height, width)
}

// Evaluate scores the model on clean images by the protocol, which says how noise is added, or on pairs as they were recorded.
func (m *Model) Evaluate(set *data.Set, protocol evaluate.Protocol) (*evaluate.Result, error) {
	var images []evaluate.Image
	for i, image := range set.Images {
		next := evaluate.Image{Name: image.Name, Height: image.Height, Width: image.Width, Samples: set.EightBit(i)}
		if set.Noisy != nil {
			next.Noisy = set.Noisy.Floats(i)
		}
		images = append(images, next)
	}
	return protocol.Run(images, func(noisy []float32, height, width int) ([]float32, error) {
		return m.denoiser.Image(noisy, height, width, protocol.Level())
	})
}

// Close frees the device's memory.
func (m *Model) Close() error { return m.denoiser.Close() }

// AddNoise returns the picture with noise as NoisySamples draws it. What leaves the range of samples is clipped, since a file holds no more.
func AddNoise(d device.Device, clean *picture.Picture, given noise.Fixed, seed uint64) (*picture.Picture, error) {
	planes, err := NoisySamples(d, clean, given, seed)
	if err != nil {
		return nil, err
	}
	noisy := picture.New(clean.Width, clean.Height, len(clean.Planes), clean.Depth)
	noisy.Alpha, noisy.Profile = clean.Alpha, clean.Profile
	for channel, values := range planes {
		if err := denoise.ToSamples(values, clean.Maximum(), noisy.Planes[channel]); err != nil {
			return nil, err
		}
	}
	return noisy, nil
}

// NoisySamples returns each channel of the picture with noise as training adds it, black 0 and white 1 and neither clipped nor rounded to samples. A channel is
// a sample of its own, drawn by the seed at the step of the channel's number.
func NoisySamples(d device.Device, clean *picture.Picture, given noise.Fixed, seed uint64) ([][]float32, error) {
	shape := []int{1, clean.Height, clean.Width, 1}
	x := program.Tensor{Name: "clean", Shape: shape, Role: program.Input}
	y := program.Tensor{Name: "noisy", Shape: shape, Role: program.Recorded}
	stored, contents := []program.Tensor{x, y}, []float32{given.Level()}
	var operation program.Operation
	if _, isGaussian := given.Sigma(); isGaussian {
		levels := program.Tensor{Name: "condition", Shape: shape[:1], Role: program.Input}
		operation = program.AddNoise{Clean: x, Noisy: y, Levels: levels, Seed: seed, Stream: random.Noise}
		stored = append(stored, levels)
	} else {
		conditions := program.Tensor{Name: "condition", Shape: []int{1, 3}, Role: program.Input}
		operation = program.Observe{Clean: x, Noisy: y, Conditions: conditions, Seed: seed, Stream: random.Noise}
		stored, contents = append(stored, conditions), []float32{float32(given.Number), given.Values[0], given.Values[1]}
	}
	state, err := d.NewState(stored)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	executable, err := d.Compile(&program.Program{Name: "noise", Operations: []program.Operation{operation}}, state, device.Plan{})
	if err != nil {
		return nil, err
	}
	defer executable.Close()
	if err := state.Write("condition", contents); err != nil {
		return nil, err
	}
	noisy := make([][]float32, len(clean.Planes))
	for channel, plane := range clean.Planes {
		values := make([]float32, clean.Height*clean.Width)
		denoise.FromSamples(plane, clean.Maximum(), values)
		if err := state.Write("clean", values); err != nil {
			return nil, err
		}
		if err := executable.Run(program.Scalars{Step: uint64(channel)}); err != nil {
			return nil, err
		}
		if err := state.Read("noisy", values); err != nil {
			return nil, err
		}
		noisy[channel] = values
	}
	return noisy, nil
}
