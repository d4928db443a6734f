"""Laws that hold for every input, searched for counterexamples by hypothesis."""
