package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"tweedie/engine"
	"tweedie/engine/atomicfile"
	"tweedie/engine/config"
	"tweedie/engine/data"
	"tweedie/engine/device"
	"tweedie/engine/oracle"
	"tweedie/engine/picture"
	"tweedie/engine/score"
	"tweedie/engine/train"
)

// errHelp: the user asked for help and has been given it.
var errHelp = errors.New("help")

// usageError is a mistake on the command line.
type usageError struct{ problem string }

func (e *usageError) Error() string { return e.problem }

// dataError is a mistake in the files that a command was given.
type dataError struct{ err error }

func (e *dataError) Error() string { return e.err.Error() }
func (e *dataError) Unwrap() error { return e.err }

// exitCode is the documented exit code of an error.
func exitCode(err error) int {
	is := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	switch {
	case err == nil || is(errHelp):
		return exitDone
	case as[*usageError](err):
		return exitUsage
	case is(syscall.ENOSPC, syscall.EDQUOT): // a full disk is no mistake of the configuration, wherever it is met
		return exitData
	case as[*config.Error](err) || is(train.ErrFolder):
		return exitConfig
	case is(score.ErrDiverged): // before what it is wrapped in
		return exitNumeric
	case as[*data.Error](err) || as[*picture.Error](err) || as[*engine.ModelError](err) || as[*dataError](err):
		return exitData
	case is(train.ErrNumeric, oracle.ErrDisagreement, errNotThePosteriorMean, errNotCalibrated, errUnlikely, errNotTheMean, errNoStep):
		return exitNumeric
	case as[*engine.DeviceError](err) || as[*device.Failure](err) || as[*device.MemoryError](err):
		return exitDevice
	case is(train.ErrInterrupted):
		return exitInterrupted
	case as[*atomicfile.Error](err) || as[*fs.PathError](err) || as[*os.LinkError](err):
		return exitData
	}
	return exitInternal
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
