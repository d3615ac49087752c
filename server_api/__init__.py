"""The recognizer over HTTP."""
