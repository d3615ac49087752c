"""The Lightning side of training: loss, schedule, validation."""

import math
import platform
import time
from collections import defaultdict
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor

from model_training.batches import Batch
from model_training.consistency import make_views, measure_inconsistency
from model_training.networks.base import Network
from model_training.scoring import Scoring


class RecognitionSystem(lightning.LightningModule):
    """Trains a network by its own losses with AdamW, a warm-up and a cosine down to zero.

    local_loss_weight: of the second loss, where the network has one; the rest is the first one's. consistency_weight:
    of a further loss, by which two views of every string must be read alike; 0 does without and is twice as fast.

    The schedule ends after `minutes` where they are given, else with the trainer's epochs where it has them, else at
    `maximum_steps`; a resumed run counts on.
    """

    def __init__(
        self,
        network: Network,
        learning_rate: float = 2e-3,
        weight_decay: float = 0.02,
        local_loss_weight: float = 0.3,
        consistency_weight: float = 0.0,
        warmup_steps: int = 300,
        maximum_steps: int = 20_000,
        minutes: float | None = None,
        commit: str = "unknown",
    ) -> None:
        super().__init__()
        self.network: Network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.local_head = network.make_local_head()
        self._local_loss_weight, self._consistency_weight = local_loss_weight, consistency_weight
        self.learning_rate, self._weight_decay = learning_rate, weight_decay
        self._warmup_steps, self._maximum_steps, self._minutes = warmup_steps, maximum_steps, minutes
        self._commit = commit
        self._earlier_seconds, self._started = 0.0, time.monotonic()
        self._progress = 0.0
        self._scorings: dict[str, Scoring] = defaultdict(Scoring)  # by validation set

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
        if self.trainer.max_epochs is not None and self.trainer.max_epochs > 0:
            return self.global_step / self.trainer.estimated_stepping_batches
        return self.global_step / self._maximum_steps

    def configure_optimizers(self) -> OptimizerLRScheduler:
        matrices = [p for p in self.parameters() if p.ndim > 1]
        vectors = [p for p in self.parameters() if p.ndim <= 1]  # biases and norms do not decay
        groups = [{"params": matrices, "weight_decay": self._weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=self.learning_rate)
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
        if self._consistency_weight:
            batch = make_views(batch)
        losses = self.network.measure_losses(batch, self.local_head)
        loss = losses.main
        self.log("train/loss", loss, prog_bar=True, batch_size=len(batch.lengths))
        if losses.local is not None:
            self.log("train/local_loss", losses.local, prog_bar=True, batch_size=len(batch.lengths))
            loss = (1 - self._local_loss_weight) * loss + self._local_loss_weight * losses.local
        if self._consistency_weight:
            assert losses.logits is not None  # train() refuses networks without
            inconsistency = measure_inconsistency(losses.logits, batch.lengths)
            self.log("train/inconsistency", inconsistency, prog_bar=True, batch_size=len(batch.lengths))
            loss = loss + self._consistency_weight * inconsistency
        return loss

    def on_train_batch_end(self, *_: Any) -> None:
        if self._progress >= 1:
            self.trainer.should_stop = True

    def validation_step(self, batch: Batch, _: int, dataloader_idx: int = 0) -> None:
        name = self.trainer.datamodule.validation_names[dataloader_idx]  # type: ignore[attr-defined]
        self._scorings[name].add(self.network.read_strings(batch.pictures), batch.strings())

    def on_validation_epoch_end(self) -> None:
        scores = {name: scoring.score() for name, scoring in self._scorings.items()}
        for name, score in scores.items():
            self.log(f"validation/{name}_exact", score.exact, prog_bar=True, sync_dist=True)
            if math.isfinite(score.cer):  # pictures without a number have no digits to divide by
                self.log(f"validation/{name}_cer", score.cer, sync_dist=True)
        self.log(
            "validation/exact", sum(score.exact for score in scores.values()) / max(1, len(scores)), sync_dist=True
        )
        self._scorings.clear()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["seconds"] = self.seconds
        checkpoint["commit"] = self._commit
        checkpoint["device"] = self._describe_device()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self._earlier_seconds = checkpoint["seconds"]

    def _describe_device(self) -> str:
        """What it is trained on, for the model's metadata."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        processes = self.trainer.world_size
        threads = torch.get_num_threads()
        return f"CPU ({platform.machine()}), {processes} x {threads} thread{'s' if threads > 1 else ''}"
