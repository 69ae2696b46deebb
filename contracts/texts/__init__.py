"""The texts people read in comments, in English and Japanese side by side: one table a topic."""
