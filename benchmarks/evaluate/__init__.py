"""Evaluation: the programs' own linkage on anyone's labelled files, and how right it was."""
