package main

import "fmt"

func runHelp(i *invocation) error {
	if err := i.parse(0, 1); err != nil {
		return err
	}
	if len(i.arguments) == 1 {
		for _, c := range commands() {
			if c.name == i.arguments[0] {
				// A command declares its flags before it parses: asked for help, it prints them and does nothing.
				return c.run(newInvocation(c, []string{"-h"}, i.stdout, i.stderr))
			}
		}
		return i.misuse("there is no command %q", i.arguments[0])
	}
	fmt.Fprintln(i.stdout, "trainer trains denoisers and uses them.\n\n    trainer -config sigma25.toml -set data.train=photos\n    trainer denoise -model runs/sigma25 noisy.jpg -o denoised.png\n\nCommands:")
	for _, c := range commands() {
		fmt.Fprintf(i.stdout, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(i.stdout, "\ntrainer help COMMAND tells its flags.\nExit codes: 0 done, 1 internal error, 2 usage, 3 configuration, 4 data, 5 numeric failure, 6 device, 75 interrupted (go on with -resume).")
	return nil
}
