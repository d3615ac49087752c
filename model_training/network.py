"""Where the configurations of earlier runs, which lie beside their checkpoints, find the CRNN."""

from model_training.networks.crnn import CRNN

__all__ = ["CRNN"]
