package train

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tweedie/engine/atomicfile"
	"tweedie/engine/checkpoint"
	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/engine/report"
)

// Names of files in a run folder.
const (
	ModelName     = "model.safetensors" // the averaged weights, for use
	MetricsName   = "metrics.jsonl"
	PlotName      = "training.png"
	samplesFolder = "samples"

	// NetworkKey is the metadata of a model and a checkpoint that says which network its tensors are of, as the section [network] of an experiment.
	NetworkKey = "network"
)

// save writes a checkpoint of this step from a snapshot, while training goes on; saved waits for it.
func (r *run) save() error {
	if err := r.saved(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.folder, samplesFolder), 0o777); err != nil {
		return err
	}
	// Every line up to this step is on the disk before the checkpoint is, so that a resumed run can drop the later ones.
	if err := r.metrics.Sync(); err != nil {
		return err
	}
	plan, err := encodePlan(r.plan)
	if err != nil {
		return err
	}
	c := &checkpoint.Checkpoint{
		Step: r.step, Steps: r.steps, Plan: plan, Experiment: string(r.Experiment.Canonical()), Images: r.digest(),
		Metadata: r.description(),
	}
	if r.snapshot, err = r.state.Copy(); err != nil {
		return err
	}
	snapshot, stored, wide, done := r.snapshot, r.training.Stored(), r.Device.Info().Float64, make(chan error, 1)
	r.saving = done
	go func() {
		done <- func() error {
			for _, tensor := range stored {
				held := checkpoint.Tensor{Name: tensor.Name, Shape: tensor.Shape}
				if wide {
					held.Data = make([]float64, tensor.Elements())
				} else {
					held.Data = make([]float32, tensor.Elements())
				}
				if err := snapshot.Read(tensor.Name, held.Data); err != nil {
					return err
				}
				c.Tensors = append(c.Tensors, held)
			}
			if err := checkpoint.Save(r.folder, c); err != nil {
				return err
			}
			return checkpoint.Prune(r.folder, r.Experiment.Checkpoint.Keep)
		}()
	}()
	return nil
}

func (r *run) description() map[string]string {
	return map[string]string{NetworkKey: string(r.Experiment.Network.Encode())}
}

// encodePlan writes a plan as JSON with one algorithm a line, for people who look into a checkpoint.
func encodePlan(plan device.Plan) (string, error) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // keys hold "64>128"
	encoder.SetIndent("", "  ")
	err := encoder.Encode(plan)
	return text.String(), err
}

// savedIfDone is saved where that need not wait, so that a checkpoint that failed stops the run at once.
func (r *run) savedIfDone() error {
	if len(r.saving) == 0 {
		return nil
	}
	return r.saved()
}

// saved waits for the checkpoint that is being written, if there is one.
func (r *run) saved() error {
	if r.saving == nil {
		return nil
	}
	err := <-r.saving
	r.saving = nil
	if closing := r.snapshot.Close(); err == nil {
		err = closing
	}
	return err
}

// restore writes a checkpoint's tensors into the state.
func (r *run) restore(saved *checkpoint.Checkpoint) error {
	for _, tensor := range r.training.Stored() {
		held, found := saved.Tensor(tensor.Name)
		if !found {
			return fmt.Errorf("%w: the checkpoint of step %d lacks %s", ErrFolder, saved.Step, tensor.Name)
		}
		if err := r.state.Write(tensor.Name, held.Data); err != nil {
			return fmt.Errorf("%w: the checkpoint of step %d: %w", ErrFolder, saved.Step, err)
		}
	}
	return nil
}

// finish writes the model for use and the plot, and waits for the last checkpoint.
func (r *run) finish(model string) error {
	if err := r.saved(); err != nil {
		return err
	}
	training, validation, err := report.ReadMetrics(filepath.Join(r.folder, MetricsName))
	if err != nil {
		return err
	}
	if len(validation) > 0 { // a run that was killed after its last checkpoint measured nothing in this process
		r.validated = float64(validation[len(validation)-1].PSNR)
	}
	title := fmt.Sprintf("%s: %s", r.Experiment.Experiment.Name, r.network.Name)
	plot, err := report.RunPlot(title, training, validation)
	if err != nil {
		return err
	}
	if err := report.WritePNG(filepath.Join(r.folder, PlotName), plot); err != nil {
		return err
	}
	file := &checkpoint.File{Metadata: r.description()}
	for i, tensor := range r.network.Tensors(AveragePrefix, program.Averaged) {
		values := make([]float32, tensor.Elements())
		if err := r.state.Read(tensor.Name, values); err != nil {
			return err
		}
		parameter := r.network.Parameters[i]
		file.Tensors = append(file.Tensors, checkpoint.Tensor{Name: parameter.Name, Shape: parameter.Shape, Data: values})
	}
	return atomicfile.Write(model, func(w io.Writer) error { return checkpoint.Write(w, file) })
}
