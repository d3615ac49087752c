"""The recognizer on AWS Lambda: the application of `server_api`, behind every kind of event."""
