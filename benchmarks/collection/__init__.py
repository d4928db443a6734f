"""The standing collection: labelled data sets to measure the linkage on."""
