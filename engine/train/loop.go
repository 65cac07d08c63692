package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"tweedie/engine/config"
	"tweedie/engine/device"
	"tweedie/engine/program"
	"tweedie/engine/report"
)

const (
	logEvery      = 10                     // steps that a line of metrics.jsonl averages; divides ringLength
	logDelay      = 500 * time.Millisecond // for which lines may wait, so that a fast device is seldom asked, or waited for
	mostBadInARow = 10                     // steps without a finite loss before the run stops
	mostLoss      = 1e4                    // a loss above this, of intensities in [0, 1], is a diverged run
)

// loop takes the steps that are left.
func (r *run) loop(ctx context.Context) error {
	began, first := r.Clock(), r.step
	r.lastLog = began
	train, checkpoint := r.Experiment.Train, r.Experiment.Checkpoint
	for r.step < r.steps {
		if ctx.Err() != nil {
			return r.interrupted()
		}
		if err := r.savedIfDone(); err != nil {
			return err
		}
		rate := LearningRate(train.LearningRate, train.Warmup, r.step, r.steps)
		if err := r.executable.Run(program.Scalars{Step: r.step, LearningRate: rate}); err != nil {
			return r.failed(err)
		}
		r.step++
		last := r.step == r.steps
		validated, saved := r.step%uint64(train.Validate) == 0 || last, r.step%uint64(checkpoint.Every) == 0 || last
		due := r.step%logEvery == 0 && (r.step-r.logged >= ringLength || r.Clock().Sub(r.lastLog) >= logDelay)
		if validated || saved {
			if err := r.log(); err != nil {
				return err
			}
		} else if due {
			if err := r.followed(); err != nil {
				return err
			}
		}
		if validated {
			if err := r.validate(); err != nil {
				return err
			}
		}
		if saved {
			seconds := r.Clock().Sub(began).Seconds()
			line := report.Timing{Step: r.step, Seconds: report.Number(seconds), StepsPerSecond: report.Number(float64(r.step-first) / seconds)}
			if err := r.timing.Append(line); err != nil {
				return err
			}
			if err := r.save(); err != nil {
				return err
			}
		}
		r.last.Step, r.last.Steps = r.step, r.steps
		r.Progress.Update(r.last)
	}
	return nil
}

// interrupted writes a checkpoint of this moment and says so.
func (r *run) interrupted() error {
	if err := r.log(); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	if err := r.saved(); err != nil {
		return err
	}
	return fmt.Errorf("%w at step %d of %d; go on with -resume", ErrInterrupted, r.step, r.steps)
}

// followed is log without waiting where the device can tell so: of the steps that have ended. It waits if the next step would overwrite what is not
// logged yet.
func (r *run) followed() error {
	follower, ok := r.executable.(device.Follower)
	if !ok {
		return r.log()
	}
	ring := make([]float64, 2*ringLength)
	pending, err := follower.Follow(ringName, ring)
	if err != nil {
		return r.failed(err)
	}
	if err := r.logLines(ring, r.step-min(uint64(pending), r.step)); err != nil || r.step-r.logged < ringLength {
		return err
	}
	return r.log()
}

// log waits for the device and writes the lines that are complete.
func (r *run) log() error {
	ring := make([]float64, 2*ringLength)
	if err := r.state.Read(ringName, ring); err != nil {
		return r.failed(err)
	}
	return r.logLines(ring, r.step)
}

// logLines writes the lines of the steps before ended that are complete: the means over logEvery steps, and over what is left at the end.
func (r *run) logLines(ring []float64, ended uint64) error {
	r.lastLog = r.Clock()
	for r.logged < ended {
		to := min(r.logged+logEvery, r.steps)
		if to > ended {
			return nil
		}
		if err := r.logLine(ring, r.logged, to); err != nil {
			return err
		}
		r.logged = to
	}
	return nil
}

// logLine writes the means over the steps in [from, to).
func (r *run) logLine(ring []float64, from, to uint64) error {
	loss, norm, finite := 0.0, 0.0, 0.0
	for step := from; step < to; step++ {
		row := ring[2*(step%ringLength):]
		if isFinite(row[0]) && isFinite(row[1]) {
			loss, norm, finite = loss+row[0], norm+row[1], finite+1
		}
	}
	loss, norm = loss/finite, norm/finite // NaN if no step was finite
	rate := float64(LearningRate(r.Experiment.Train.LearningRate, r.Experiment.Train.Warmup, to-1, r.steps))
	line := report.Training{
		Step: to, Loss: report.Number(loss), PSNR: report.Number(r.psnr(loss)), LearningRate: report.Number(rate), GradientNorm: report.Number(norm),
	}
	if err := r.metrics.Append(line); err != nil {
		return err
	}
	r.last.Loss, r.last.PSNR = loss, r.psnr(loss)
	if skipped := float64(to-from) - finite; skipped > 0 {
		r.Progress.Message(fmt.Sprintf("%.0f of the steps %d to %d gave no finite gradient and changed nothing", skipped, from, to-1))
	}
	diverged := ""
	switch {
	case finite == 0 && to-from >= mostBadInARow:
		diverged = "no finite loss"
	case loss > mostLoss:
		diverged = fmt.Sprintf("a mean loss of %.3g", loss)
	default:
		return nil
	}
	return fmt.Errorf("%w: %s in steps %d to %d; lower train.learning_rate (now %g) and begin anew by -fresh",
		ErrNumeric, diverged, from, to-1, r.Experiment.Train.LearningRate)
}

// psnr is the PSNR in dB of a batch with that loss, NaN if it cannot be told from it.
func (r *run) psnr(loss float64) float64 {
	switch r.Experiment.Train.Loss {
	case config.MSE, config.SURE: // the squared error, or an estimate of it
		return psnr(loss)
	}
	return math.NaN()
}

// failed says where a device failed, and how the run goes on if it does so at all.
func (r *run) failed(err error) error {
	if errors.As(err, new(*device.Failure)) {
		return fmt.Errorf("step %d: %w; -resume goes on from the last checkpoint", r.step, err)
	}
	return fmt.Errorf("step %d: %w", r.step, err)
}

func isFinite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }

// validate measures the averaged weights and leaves a picture.
func (r *run) validate() error {
	psnr, samples, err := r.validation.run(r.state)
	if err != nil {
		return fmt.Errorf("validation at step %d: %w", r.step, err)
	}
	r.validated = psnr
	if err := r.metrics.Append(report.Validation{Step: r.step, PSNR: report.Number(psnr)}); err != nil {
		return err
	}
	r.Progress.Message(fmt.Sprintf("step %d  validation PSNR %.2f dB", r.step, psnr))
	grid, err := report.ValidationGrid(fmt.Sprintf("%s, step %d of %d", r.Experiment.Experiment.Name, r.step, r.steps), samples)
	if err != nil {
		return err
	}
	return report.WritePNG(filepath.Join(r.folder, samplesFolder, fmt.Sprintf("%08d.png", r.step)), grid)
}

// stepsIn is how many steps, with their validations, fit into minutes: by the median time of a few steps and the time of one
// validation, on weights that are then forgotten. At least three steps, and up to a fiftieth of the time or three seconds, are taken.
func (r *run) stepsIn(minutes float64) (uint64, error) {
	budget := time.Duration(minutes * float64(time.Minute))
	var times []time.Duration
	for began := r.Clock(); len(times) < 4 || r.Clock().Sub(began) < min(budget/50, 3*time.Second); {
		start := r.Clock()
		if err := r.executable.Run(program.Scalars{Step: uint64(len(times))}); err != nil {
			return 0, err
		}
		if err := r.state.Read(ringName, make([]float32, 2*ringLength)); err != nil { // waits for the step
			return 0, err
		}
		times = append(times, r.Clock().Sub(start))
	}
	times = times[1:] // the first one finds cold caches
	slices.Sort(times)
	start := r.Clock()
	if _, _, err := r.validation.run(r.state); err != nil {
		return 0, err
	}
	perStep := float64(times[len(times)/2]) + float64(r.Clock().Sub(start))/float64(r.Experiment.Train.Validate)
	return uint64(max(1, float64(budget)/max(perStep, 1))), nil
}
