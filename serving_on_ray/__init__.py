"""The API of `server_api` on Ray Serve: the same application in replicas on many machines."""
