"""Rows of feet → figures. Pure numpy, one file per family, formula and source in the docstring.

In: signals of one foot or both, as values. Out: figures with units in their names.
Must not know: files, broker, stores, clocks on the wall. Conventions (sides, signs, units): README.md beside this.
"""
