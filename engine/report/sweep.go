package report

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strconv"

	"tweedie/engine/atomicfile"
)

// SweepRow is the result of one run of a sweep over noise levels.
type SweepRow struct {
	Sigma float64 // of 255
	PSNR  float64 // mean over the images, in dB
	SSIM  float64 // mean over the images
	Run   string  // the run folder
}

var sweepHeader = []string{"sigma", "psnr", "ssim", "run"}

// check is written so that NaN fails.
func (r SweepRow) check() error {
	switch {
	case !(r.Sigma > 0 && r.Sigma <= 255):
		return fmt.Errorf("sigma %v is outside (0, 255]", r.Sigma)
	case !(math.Abs(r.PSNR) <= maxDecibels):
		return fmt.Errorf("PSNR %v is not one that an image can have", r.PSNR)
	case !(r.SSIM >= -1 && r.SSIM <= 1):
		return fmt.Errorf("SSIM %v is outside [-1, 1]", r.SSIM)
	}
	return nil
}

// WriteSweep replaces the file at path by rows as CSV, atomically: sigma,psnr,ssim,run, with 4 decimals of PSNR and 5 of SSIM.
func WriteSweep(path string, rows []SweepRow) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		table := csv.NewWriter(w)
		if err := table.Write(sweepHeader); err != nil {
			return err
		}
		for _, row := range rows {
			if err := row.check(); err != nil {
				return fmt.Errorf("%s: %w", row.Run, err)
			}
			record := []string{strconv.FormatFloat(row.Sigma, 'g', -1, 64), strconv.FormatFloat(row.PSNR, 'f', 4, 64), strconv.FormatFloat(row.SSIM, 'f', 5, 64), row.Run}
			if err := table.Write(record); err != nil {
				return err
			}
		}
		table.Flush()
		return table.Error()
	})
}

// ReadSweep reads what WriteSweep writes. An error names the file and the line.
func ReadSweep(path string) ([]SweepRow, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the sweep's table cannot be read: %w", err)
	}
	defer file.Close()
	table := csv.NewReader(file)
	table.FieldsPerRecord = len(sweepHeader)
	header, err := table.Read()
	if err != nil || !slices.Equal(header, sweepHeader) {
		return nil, fmt.Errorf("%s:1: the header must be sigma,psnr,ssim,run", path)
	}
	var rows []SweepRow
	for {
		record, err := table.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := table.FieldPos(0)
		row := SweepRow{Run: record[3]}
		for i, target := range []*float64{&row.Sigma, &row.PSNR, &row.SSIM} {
			if *target, err = strconv.ParseFloat(record[i], 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %s %q is no number", path, line, sweepHeader[i], record[i])
			}
		}
		if err := row.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		rows = append(rows, row)
	}
}

// AddToSweep adds a row to the table at path, which need not exist, and keeps the rows in the order of their noise levels.
func AddToSweep(path string, row SweepRow) error {
	rows, err := ReadSweep(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	rows = slices.DeleteFunc(rows, func(other SweepRow) bool { return other.Run == row.Run })
	rows = append(rows, row)
	slices.SortStableFunc(rows, func(a, b SweepRow) int { return cmp.Compare(a.Sigma, b.Sigma) })
	return WriteSweep(path, rows)
}
