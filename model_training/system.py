"""The Lightning side of training: loss, schedule, validation."""

import math
import time
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn.functional import ctc_loss
from torchmetrics.text import CharErrorRate

from model_training.network import CRNN, OUTPUTS, to_time_steps
from model_training.strings_data import VALIDATION_SETS, Batch
from recognizer.contract import BLANK, CHARSET
from recognizer.ctc import best_path


class RecognitionSystem(lightning.LightningModule):
    """Trains a network by CTC with AdamW, a warm-up and a cosine down to zero.

    A second CTC loss, of the convolutions alone through a linear layer that is not exported, teaches them to tell a
    digit from what they see of it, and keeps the labels where the digits are: a bidirectional LSTM may tell them
    anywhere. J. Lee, S. Watanabe, Intermediate Loss Regularization for CTC-based Speech Recognition, 2021,
    arXiv 2102.03216.

    The schedule ends after `minutes` where they are given, else at `maximum_steps`; a resumed run counts on.
    """

    def __init__(
        self,
        network: CRNN,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.02,
        local_loss_weight: float = 0.3,
        warmup_steps: int = 300,
        maximum_steps: int = 20_000,
        minutes: float | None = None,
        commit: str = "unknown",
    ) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.local_head = nn.Linear(network.feature_channels, OUTPUTS)
        self._local_loss_weight = local_loss_weight
        self._learning_rate, self._weight_decay = learning_rate, weight_decay
        self._warmup_steps, self._maximum_steps, self._minutes = warmup_steps, maximum_steps, minutes
        self._commit = commit
        self._earlier_seconds, self._started = 0.0, time.monotonic()
        self._progress = 0.0
        self._exact: dict[str, list[bool]] = {}
        self._error_rates = {name: CharErrorRate() for name in VALIDATION_SETS}

    def forward(self, pictures: Tensor) -> Tensor:
        return self.network(pictures)  # type: ignore[no-any-return]

    @property
    def seconds(self) -> float:
        """Time trained, earlier runs included."""
        return self._earlier_seconds + time.monotonic() - self._started

    def _measure_progress(self) -> float:
        """Share of the schedule that is done."""
        if self._minutes:
            return self.seconds / 60 / self._minutes
        return self.global_step / self._maximum_steps

    def configure_optimizers(self) -> OptimizerLRScheduler:
        matrices = [p for p in self.parameters() if p.ndim > 1]
        vectors = [p for p in self.parameters() if p.ndim <= 1]  # biases and norms do not decay
        groups = [{"params": matrices, "weight_decay": self._weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=self._learning_rate)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, self._learning_rate_factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _learning_rate_factor(self, step: int) -> float:
        warmup = min(1.0, (step + 1) / self._warmup_steps)
        return warmup * 0.5 * (1 + math.cos(math.pi * min(1.0, self._progress)))

    def on_fit_start(self) -> None:
        self._started = time.monotonic()

    def on_train_batch_start(self, *_: Any) -> None:
        # One clock for all processes, which must agree on learning rate and end.
        self._progress = self.trainer.strategy.broadcast(self._measure_progress())

    def training_step(self, batch: Batch, _: int) -> Tensor:
        features = self.network.extract_features(batch.pictures)
        loss = measure_loss(self.network.read(features), batch)
        local_loss = measure_loss(to_time_steps(self.local_head(features)), batch)
        self.log("train/loss", loss, prog_bar=True, batch_size=len(features))
        self.log("train/local_loss", local_loss, prog_bar=True, batch_size=len(features))
        return (1 - self._local_loss_weight) * loss + self._local_loss_weight * local_loss

    def on_train_batch_end(self, *_: Any) -> None:
        if self._progress >= 1:
            self.trainer.should_stop = True

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        name = self.trainer.datamodule.validation_names[dataloader_idx]  # type: ignore[attr-defined]
        log_probabilities = self(batch.pictures).float().log_softmax(2).cpu().numpy()
        read = ["".join(CHARSET[label.label] for label in best_path(sample)) for sample in log_probabilities]
        wanted = batch.strings()
        self._exact.setdefault(name, []).extend(r == w for r, w in zip(read, wanted, strict=True))
        self._error_rates[name].update(read, wanted)

    def on_validation_epoch_end(self) -> None:
        shares = {name: sum(exact) / len(exact) for name, exact in self._exact.items()}
        for name, share in shares.items():
            error_rate = self._error_rates[name]
            self.log(f"validation/{name}_exact", share, prog_bar=True, sync_dist=True)
            self.log(f"validation/{name}_cer", error_rate.compute(), sync_dist=True)
            error_rate.reset()
        self.log("validation/exact", sum(shares.values()) / max(1, len(shares)), sync_dist=True)
        self._exact = {}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["seconds"] = self.seconds
        checkpoint["commit"] = self._commit

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self._earlier_seconds = checkpoint["seconds"]


def measure_loss(logits: Tensor, batch: Batch) -> Tensor:
    """CTC loss of logits (batch, time steps, classes), a digit; the mean over the strings."""
    log_probabilities = logits.float().log_softmax(2).transpose(0, 1)  # (time steps, batch, classes)
    steps = torch.full((len(logits),), logits.shape[1])
    return ctc_loss(log_probabilities, batch.targets, steps, batch.lengths, blank=BLANK, zero_infinity=True)
