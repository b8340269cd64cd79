"""One file per engine: loads an artefact for one job and runs frames. Only worker processes import these."""
