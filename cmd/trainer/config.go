package main

import "tweedie/engine/config"

func runConfig(i *invocation) error {
	if err := i.parse(0, 0); err != nil {
		return err
	}
	_, err := i.stdout.Write(config.Keys())
	return err
}
