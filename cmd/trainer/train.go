package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"tweedie/configs"
	"tweedie/engine"
	"tweedie/engine/config"
	"tweedie/engine/report"
	"tweedie/engine/train"
)

// settings are the values of a flag that may be given several times.
type settings []string

func (s *settings) String() string { return "" }

func (s *settings) Set(value string) error {
	*s = append(*s, value)
	return nil
}

func runTrain(i *invocation) error {
	name := i.flags.String("config", "", "`name` of the experiment: a TOML file, or a preset (sigma15, sigma25, sigma50, blind, poisson30, ct, lowlight, speckle4, ultrasound, blind-all, digits, fashion, demo, gpu-sigma25)")
	var sets settings
	i.flags.Var(&sets, "set", "`key=value` sets one key, as in -set train.minutes=2; may be repeated")
	dryRun := i.flags.Bool("dry-run", false, "show the experiment, the network, memory and the time of a few steps; leaves nothing behind")
	resume := i.flags.Bool("resume", false, "go on with the run in the folder, or begin it")
	fresh := i.flags.Bool("fresh", false, "begin anew; a run that is in the folder is moved aside")
	deterministic := i.flags.Bool("deterministic", false, "take default algorithms instead of timing them, so that equal experiments give equal bits; the cpu and reference devices always do")
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if *name == "" {
		return i.misuse("-config is missing: name an experiment, such as sigma25.toml")
	}
	if *resume && *fresh {
		return i.misuse("-resume and -fresh exclude each other")
	}
	experiment, err := config.Load(*name, configs.FS, sets)
	if err != nil {
		return err
	}
	if *dryRun {
		return engine.Describe(i.stdout, experiment)
	}
	start := train.New
	if *resume {
		start = train.Resume
	} else if *fresh {
		start = train.Fresh
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	progress := report.NewProgress(i.stderr, time.Now)
	outcome, err := engine.Train(ctx, engine.Training{Experiment: experiment, Start: start, Progress: progress, Deterministic: *deterministic})
	progress.Close()
	if err != nil {
		return err
	}
	if outcome.Finished {
		fmt.Fprintf(i.stdout, "the run in %s is finished: %d steps, model %s\n", outcome.Folder, outcome.Steps, outcome.Model)
		return nil
	}
	fmt.Fprintf(i.stdout, "%d steps, validation PSNR %.2f dB\nmodel    %s\nplot     %s\npictures %s\n", outcome.Steps, outcome.ValidationPSNR,
		outcome.Model, filepath.Join(outcome.Folder, train.PlotName), filepath.Join(outcome.Folder, "samples"))
	return nil
}
