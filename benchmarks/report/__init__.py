"""The report: figures of one or more data sets as one self-contained HTML file."""
