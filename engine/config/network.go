package config

// Encode writes the network alone, as the section [network] of an experiment: what a file of weights carries so that it is understood by itself.
func (n Network) Encode() []byte {
	e := &Experiment{Network: n}
	return e.write(func(k key) bool { return k.section == "network" })
}

// ParseNetwork reads what Encode wrote, or a person in its place; name is what messages call the text. The error, if any, is an *Error.
func ParseNetwork(name string, text []byte) (Network, error) {
	items, err := readItems(name, text)
	if err != nil {
		return Network{}, err
	}
	b := newBuilder(name)
	for _, item := range items {
		if item.section != "network" {
			return Network{}, &Error{name, "[" + bare(item.section) + "] is not of a network; write the section [network] alone"}
		}
		if err := b.add(item); err != nil {
			return Network{}, err
		}
	}
	return b.experiment.Network, nil
}
