"""The console of the supervising office: server-rendered pages over the same reads as the JSON API's."""
