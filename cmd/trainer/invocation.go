package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"tweedie/engine"
	"tweedie/engine/config"
	"tweedie/engine/device"
)

// invocation is one call of a subcommand: its flags, the arguments that are not flags, and where it prints.
type invocation struct {
	command   command
	flags     *flag.FlagSet
	arguments []string // as given; after parse, those that are not flags
	asJSON    bool     // what is found is printed as JSON; see jsonFlag
	stdout    io.Writer
	stderr    *os.File
}

func newInvocation(c command, arguments []string, stdout io.Writer, stderr *os.File) *invocation {
	flags := flag.NewFlagSet("trainer "+c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return &invocation{command: c, flags: flags, arguments: arguments, stdout: stdout, stderr: stderr}
}

// parse reads the flags, which may stand before or after the other arguments, and checks how many of those there are. After
// "--" nothing is a flag.
func (i *invocation) parse(least, most int) error {
	var rest []string
	for remaining := i.arguments; len(remaining) > 0; {
		if err := i.flags.Parse(remaining); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				i.help(i.stdout)
				return errHelp
			}
			return i.misuse("%s", i.flagProblem(err))
		}
		parsed := len(remaining) - i.flags.NArg()
		if parsed > 0 && remaining[parsed-1] == "--" {
			rest = append(rest, i.flags.Args()...)
			break
		}
		remaining = i.flags.Args()
		if len(remaining) > 0 {
			rest, remaining = append(rest, remaining[0]), remaining[1:]
		}
	}
	i.arguments = rest
	if len(rest) < least {
		return i.misuse("too few arguments: trainer %s %s", i.command.name, i.command.arguments)
	}
	if len(rest) > most {
		return i.misuse("%q is one argument too many: trainer %s %s", rest[most], i.command.name, i.command.arguments)
	}
	return nil
}

// flagProblem is an error of package flag, with the flag that was probably meant.
func (i *invocation) flagProblem(err error) string {
	unknown, is := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !is {
		return err.Error()
	}
	var names []string
	i.flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := config.Nearest(unknown, names); near != "" {
		return fmt.Sprintf("unknown flag -%s; did you mean -%s?", unknown, near)
	}
	return fmt.Sprintf("unknown flag -%s", unknown)
}

// misuse is a mistake on the command line, with where to read on.
func (i *invocation) misuse(format string, values ...any) error {
	problem := fmt.Sprintf(format, values...)
	return &usageError{fmt.Sprintf("%s (trainer help %s tells more)", problem, i.command.name)}
}

func (i *invocation) help(out io.Writer) {
	fmt.Fprintf(out, "trainer %s %s\n\n%s\n", i.command.name, i.command.arguments, i.command.summary)
	first := true
	i.flags.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprintln(out)
			first = false
		}
		kind, usage := flag.UnquoteUsage(f)
		preset := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "NaN" {
			preset = " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(out, "  %-18s %s%s\n", strings.TrimSpace("-"+f.Name+" "+kind), usage, preset)
	})
}

// deviceFlags declares -device and -threads and returns what opens the device that they name.
func (i *invocation) deviceFlags() func() (device.Device, error) {
	name := i.flags.String("device", "auto", "`name` of the device: auto, cuda, cuda:1, ..., cpu, reference, gorgonia")
	threads := i.flags.Int("threads", 0, "`number` of threads, 0 for one a core")
	return func() (device.Device, error) {
		if *threads < 0 || *threads > 1024 {
			return nil, i.misuse("-threads %d is not between 0 and 1024", *threads)
		}
		d, err := engine.OpenDevice(*name, *threads)
		if err == nil && d.Info().Slow != "" {
			fmt.Fprintln(i.stderr, d.Info().Slow)
		}
		return d, err
	}
}

// modelFlags declares -model and the device's flags, and returns what opens the model, hands it and its path on, and closes both.
func (i *invocation) modelFlags() func(use func(model *engine.Model, path string) error) error {
	path := i.flags.String("model", "", "`path` of a run folder, a model or a checkpoint")
	openDevice := i.deviceFlags()
	return func(use func(*engine.Model, string) error) error {
		if *path == "" {
			return i.misuse("-model is needed")
		}
		d, err := openDevice()
		if err != nil {
			return err
		}
		defer d.Close()
		model, err := engine.Open(*path, d)
		if err != nil {
			return &dataError{err}
		}
		defer model.Close()
		return use(model, *path)
	}
}

func (i *invocation) ensembleFlag() *bool {
	return i.flags.Bool("ensemble", false, "answer with the mean over the eight ways to turn and mirror an image: a little better, in eight times the time")
}
