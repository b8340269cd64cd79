"""A labelled set like StreetHazards: towns to train on, to validate on and to test on, the last with anomalies."""
