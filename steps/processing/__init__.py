"""The Data Preparation Agent: a folder of raw files becomes matrices, a raw test part and metadata."""
