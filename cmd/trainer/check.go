package main

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/configs"
	"tweedie/engine"
	"tweedie/engine/config"
	"tweedie/engine/oracle"
)

func runCheck(i *invocation) error {
	name := i.flags.String("config", "", "`name` of the experiment: a TOML file, or a preset; its network, loss and training step are checked on small synthetic images")
	var sets settings
	i.flags.Var(&sets, "set", "`key=value` sets one key, as in -set network.name=unet8x16b1; may be repeated")
	steps := i.flags.Int("steps", 20, "`number` of training steps that are compared, too")
	openDevice := i.deviceFlags()
	if err := i.parse(0, 0); err != nil {
		return err
	}
	if *name == "" {
		return i.misuse("-config is missing: name an experiment, such as sigma25.toml")
	}
	if *steps < 0 || *steps > 1000 {
		return i.misuse("-steps %d is not between 0 and 1000", *steps)
	}
	experiment, err := config.Load(*name, configs.FS, sets)
	if err != nil {
		return err
	}
	d, err := openDevice()
	if err != nil {
		return err
	}
	defer d.Close()
	rows, err := engine.CheckGradients(experiment, *steps, d)
	if err != nil {
		return err
	}
	return i.printWitnesses(rows)
}

// printWitnesses prints a line for each result and a column for each witness, and returns an error if there is a contradiction.
func (i *invocation) printWitnesses(rows []oracle.Row) error {
	all := slices.MaxFunc(rows, func(a, b oracle.Row) int { return len(a.Distances) - len(b.Distances) }).Distances
	line := func(kind, result string, cell func(witness oracle.Distance) string, verdict string) {
		text := fmt.Sprintf("%-21s  %-32s", kind, result)
		for _, witness := range all {
			text += fmt.Sprintf("  %11s", cell(witness))
		}
		fmt.Fprintln(i.stdout, strings.TrimRight(text+"  "+verdict, " "))
	}
	fmt.Fprintln(i.stdout, "Distances from the reference device, relative to the norm of its values:")
	line("", "", func(witness oracle.Distance) string { return witness.Witness }, "")
	failed := 0
	for _, row := range rows {
		verdict := "ok"
		if row.Failed() {
			failed++
			verdict = "FAILED"
		}
		name := row.Tensor.Name
		if len(row.Tensor.Shape) > 0 {
			name = row.Tensor.String()
		}
		line(row.Kind, name, func(witness oracle.Distance) string {
			for _, distance := range row.Distances {
				if distance.Witness == witness.Witness {
					return fmt.Sprintf("%.1e", distance.Value)
				}
			}
			return "-"
		}, verdict)
	}
	line("bound", "", func(witness oracle.Distance) string { return fmt.Sprintf("%.1e", witness.Bound) }, "")
	fmt.Fprintf(i.stdout, "%d results, %d failed\n", len(rows), failed)
	if failed > 0 {
		return fmt.Errorf("%w over %d of %d results", oracle.ErrDisagreement, failed, len(rows))
	}
	return nil
}
