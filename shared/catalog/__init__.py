"""What there is: machine types, prices, images, regions, workloads, as dated data files and their lookups."""
