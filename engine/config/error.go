package config

// An Error is a mistake in an experiment. Every error of this package that a user can cause is an *Error, so that errors.As tells the command
// that the configuration is wrong, and not the data or the device.
type Error struct {
	Place   string // "configs/x.toml:12", "configs/x.toml", "-set train.batch=0", or empty for an Experiment built in Go
	Problem string // what is wrong and what to do
}

func (e *Error) Error() string {
	if e.Place == "" {
		return e.Problem
	}
	return e.Place + ": " + e.Problem
}
