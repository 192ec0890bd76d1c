"""Reports: a page's figures and sentences as one file to read, print and pass on."""
