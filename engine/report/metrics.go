package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Training is a line of metrics.jsonl: what the step that ended with Step steps done has measured.
type Training struct {
	Step         uint64 `json:"step"`
	Loss         Number `json:"loss"` // of the batch, of intensities in [0, 1]: what train.loss names
	PSNR         Number `json:"psnr"` // of the batch, in dB; NaN if the loss is no mean squared error
	LearningRate Number `json:"learning_rate"`
	GradientNorm Number `json:"gradient_norm"`
}

// Validation is a line of metrics.jsonl: the averaged weights after Step steps, on the held-out images.
type Validation struct {
	Step uint64 `json:"step"`
	PSNR Number `json:"validation_psnr"` // mean over the images, in dB
}

// Timing is a line of timing.jsonl, which unlike metrics.jsonl differs between two equal runs.
type Timing struct {
	Step           uint64 `json:"step"`
	Seconds        Number `json:"seconds"` // since this process began to train
	StepsPerSecond Number `json:"steps_per_second"`
}

// Log is a file of JSON objects, one a line, each with a "step", that grows at its end. A line is there whole or not at all unless the process is killed;
// OpenLog mends that.
type Log struct {
	path string
	file *os.File
	size int64
}

// OpenLog opens the log at path, or begins one, to go on after step: it drops the lines of later steps and a last line that was torn.
//
// For a resumed run to have the lines of an unbroken one, all lines up to a checkpoint's step are appended and synced before the checkpoint is written.
// A line that is damaged, with lines up to step after it, is an error that names it.
func OpenLog(path string, step uint64) (*Log, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("the log cannot be opened: %w", err)
	}
	size, err := sizeUpTo(file, step)
	if err == nil {
		err = file.Truncate(size)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return &Log{path, file, size}, nil
}

// sizeUpTo returns the length of the leading lines whose step is at most step.
func sizeUpTo(r io.Reader, step uint64) (int64, error) {
	reader := bufio.NewReader(r)
	size, damaged := int64(0), 0
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF { // what is left has no end of line: torn
			return size, nil
		}
		if err != nil {
			return 0, err
		}
		var record struct {
			Step *uint64 `json:"step"`
		}
		switch err := json.Unmarshal(line, &record); {
		case err != nil || record.Step == nil:
			if damaged == 0 {
				damaged = number
			}
		case *record.Step > step:
			return size, nil
		case damaged > 0:
			return 0, fmt.Errorf("line %d is damaged, and lines that are needed follow it: remove that line, or move the file away to begin a new one", damaged)
		default:
			size += int64(len(line))
		}
	}
}

// Append adds a record, which encodes to a JSON object with a "step", as one line. When the disk is full, nothing of it stays.
func (l *Log) Append(record any) error {
	line, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	line = append(line, '\n')
	if _, err := l.file.WriteAt(line, l.size); err != nil {
		// The write's own error is the one that helps; the next line goes over a rest that could not be cut off.
		_ = l.file.Truncate(l.size)
		return fmt.Errorf("a line could not be added: %w", err)
	}
	l.size += int64(len(line))
	return nil
}

// Sync returns when all lines would survive a power cut.
func (l *Log) Sync() error { return l.file.Sync() }

// Close syncs and closes the file.
func (l *Log) Close() error { return errors.Join(l.file.Sync(), l.file.Close()) }

// ReadMetrics returns the training and the validation lines of a metrics.jsonl, each in the order of the file. Other lines and a torn last one are left out.
func ReadMetrics(path string) ([]Training, []Validation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("the metrics cannot be read: %w", err)
	}
	defer file.Close()
	var training []Training
	var validation []Validation
	reader := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err == io.EOF {
			return training, validation, nil
		}
		if err != nil {
			return nil, nil, err
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(line, &keys); err != nil {
			return nil, nil, fmt.Errorf("%s:%d: no JSON object: %w", path, number, err)
		}
		switch {
		case keys["loss"] != nil:
			training = append(training, Training{})
			err = json.Unmarshal(line, &training[len(training)-1])
		case keys["validation_psnr"] != nil:
			validation = append(validation, Validation{})
			err = json.Unmarshal(line, &validation[len(validation)-1])
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
}
